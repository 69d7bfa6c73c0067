"""Streams of runs: outputs of every model of a replica, after those of a healthy one."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .._keys import check_typed_key, fold_in
from ..arguments import checked
from ..domains import SAMPLE_SIZE, Integer
from ..families import AbstractCategorical, AbstractGrouped, OpenVocabulary
from .evidence import check_run, self_evidence
from .streams import Stream


@checked(key=check_typed_key, run=check_run, outputs=SAMPLE_SIZE, reference=SAMPLE_SIZE)
def stream_of_run(key, run, outputs: int, replica: int = 0, reference: int | None = None) -> Stream:
    """Return outputs of every model of one replica of a run, after observations of the truth.

    For a family with groups the outputs are items with their true label, prediction and group, and
    the reference is labeled by the first model: no model is without errors, and signs are to tell
    of a decline. Outputs of categories are words.

    Args:
        key: a typed key; outputs are drawn from it, not from the run's own data.
        run: a `Trajectory` with its parameters.
        outputs: observations drawn from every model.
        replica: which replica.
        reference: observations of the reference; ten times `outputs` unless given.

    Raises:
        ValueError: the run kept no parameters, or has no such replica.
    """
    if run.params is None:
        raise ValueError("run must keep its parameters: simulate without `observe`")
    Integer(0, run.replicas - 1).check_one("replica", replica)
    family, truth = run.recursion.family, run.recursion.truth
    models = jax.tree.map(lambda leaf: jnp.asarray(leaf)[replica, 1:], run.params)
    keys = [fold_in(key, t) for t in range(len(run.times))]
    first = 10 * outputs if reference is None else reference
    grouped = isinstance(family, AbstractGrouped)
    healthy = jax.tree.map(lambda leaf: leaf[0], models) if grouped else truth
    real = _outputs(keys[0], family, healthy, truth, first)
    later = _outputs_of_all(jnp.stack(keys[1:]), family, models, truth, outputs)
    drawn = [np.asarray(real), *np.asarray(later)]
    if grouped:
        return Stream.of_labels(*zip(*(rows.T for rows in drawn), strict=True), classes=(0, 1))
    return Stream.of([told(family, each) for each in drawn])


def gains_of_run(key, run, outputs: int, replica: int) -> np.ndarray:
    """Nats by which outputs of every model are likelier under it than under the truth.

    They are outputs of their own, independent of those of `stream_of_run`.
    """
    own = fold_in(key, len(run.times))
    return np.diff(self_evidence(own, run, outputs=outputs)[replica])


def told(family, values) -> np.ndarray:
    """Outputs of a family as they are watched: categories are words, which have no distances."""
    if not isinstance(family, AbstractCategorical | OpenVocabulary):
        return values
    rows = values.astype(int).reshape(len(values), -1)
    return np.array(["-".join(map(str, row)) for row in rows])


@eqx.filter_jit
def _outputs(key, family, model, truth, size: int):
    """Observations of a model; for a family with groups rows of true label, prediction, group."""
    if not isinstance(family, AbstractGrouped):
        return family.sample(key, model, size)
    chances = jnp.ravel(jnp.asarray(family.confusion(model, truth)))
    cell = jax.random.choice(key, chances.size, (size,), p=chances / chances.sum())
    return jnp.stack([cell // 2 % 2, cell % 2, cell // 4], axis=1)


@eqx.filter_jit
def _outputs_of_all(keys, family, models, truth, size: int):
    """Observations of several models, one program for all of them."""
    return jax.vmap(lambda key, model: _outputs(key, family, model, truth, size))(keys, models)
