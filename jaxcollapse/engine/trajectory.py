"""What a run returns: parameters or metrics of every replica at every recorded generation."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ..arguments import check_is
from ..families.frames import Frame
from ..metrics import Metric
from .carriers.tilted import LOG_WEIGHT
from .frames import seen_from, value_in


class Trajectory(eqx.Module):
    """Replicas of one recursion at the generations `times`, of which the first is 0, the truth.

    `params` has leaves of shape (replicas, times, ...). Where metrics were observed instead, it is
    None and `observed` maps their names to arrays of shape (replicas, times). A run whose truth is
    far from 0 or has a scale far from 1 keeps its models seen from the `frame` of the truth, as
    `framed`; `params` and `observed` are in double precision then.
    """

    recursion: Any
    key: Any
    framed: Any
    observed: dict[str, Any]
    times: Any
    first: int = eqx.field(static=True)
    frame: Frame | None = eqx.field(static=True, default=None)

    @classmethod
    def assemble(cls, recursion, plan, whole, times) -> "Trajectory":
        """Put the replicas first; `whole` has the generations first, the truth among them."""
        whole = jax.tree.map(lambda leaf: leaf.swapaxes(0, 1), whole)
        models = whole if plan.metrics is None else None
        observed = {} if plan.metrics is None else plan.units.restored(whole)
        return cls(recursion, plan.key, models, observed, times, plan.replicas.start, plan.frame)

    @property
    def params(self):
        """The models, None where metrics were observed instead."""
        if self.frame is None or self.framed is None:
            return self.framed
        return jax.tree.map(_double, self.framed).seen_from(self.frame.inverse)

    @property
    def log_weights(self):
        """Logarithms of the weights of replicas, shape (replicas, times); None if all are equal.

        The carrier "tilted" gives weights, whose mean is 1 in every generation. `E` uses them.
        """
        return self.observed.get(LOG_WEIGHT)

    @property
    def framed_recursion(self):
        """The recursion seen from the frame, which the models `framed` belong to."""
        return seen_from(self.recursion, self.frame)

    @property
    def replicas(self) -> int:
        """Number of replicas."""
        return jax.tree.leaves((self.framed, self.observed))[0].shape[0]

    @property
    def generations(self) -> int:
        """Number of fits."""
        return int(self.times[-1])

    def values(self, metric):
        """A metric of every replica at every recorded generation, shape (replicas, times)."""
        check_is("metric", metric, Metric)
        if metric.name in self.observed:
            return self.observed[metric.name]
        if self.framed is None:
            known = ", ".join(self.observed) or "nothing"
            raise ValueError(
                f"metric {metric.name!r} was not observed in this run, which kept {known}"
            )
        recursion = self.framed_recursion
        seen, units = value_in(metric.fixed_for(recursion.family), self.frame)
        return units.value(metric.name, _evaluate(seen, recursion, self.framed))

    def to_xarray(self, labels=None):
        """The run as an `xarray.Dataset`, with its provenance.

        Dimensions are replica, generation and one per parameter axis.

        Args:
            labels: names of the categories, such as `data.labels`: the coordinates of `category`,
                which is then every parameter axis of their length.

        Raises:
            ValueError: labels that fit no parameter axis.

        Example:
            >>> import jax, jaxcollapse as jc
            >>> truth = jc.Categorical.params([0.5, 0.3, 0.2])
            >>> r = jc.Recursion(jc.Categorical(), jc.Replace(), truth=truth, n=10)
            >>> run = jc.simulate(jax.random.key(0), r, generations=2, replicas=3)
            >>> stored = run.to_xarray(labels=["the", "of", "and"])
            >>> stored["weights"].sel(category="the", generation=0).values.tolist()
            [0.5, 0.5, 0.5]
        """
        from .storage import dataset_of, with_categories

        dataset = dataset_of(self)
        return dataset if labels is None else with_categories(dataset, labels)

    def to_pandas(self, labels=None):
        """The run as a `pandas.DataFrame`, one row per replica, generation and parameter axis."""
        return self.to_xarray(labels).to_dataframe()


def _double(leaf):
    """A leaf in double precision where it is not whole."""
    return np.asarray(leaf, np.float64) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf


@eqx.filter_jit
def _evaluate(metric, recursion, params):
    truth = jax.tree.map(jnp.asarray, recursion.truth)

    def measured(model):
        return metric(recursion.family, model, truth)

    return jax.vmap(jax.vmap(measured))(jax.tree.map(jnp.asarray, params))
