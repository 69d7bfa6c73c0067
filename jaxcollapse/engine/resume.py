"""A run of hours that outlives its process: the loop taken one generation at a time, each stored
before the next begins.
"""

import functools
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np

from .._keys import fold_in
from ..domains import Integer
from ..recursion import Recursion
from .carry import settled
from .checkpoints import _Folder
from .loop import at_truth, one_replica, recorder
from .plan import Plan
from .trajectory import Trajectory


def resume(
    key, recursion: Recursion, *, generations: int, replicas: int | range, folder, until: int | None = None, carrier="auto",
    observe=None,
) -> Trajectory:  # fmt: skip
    """Run the recursion and keep every finished generation in a folder; called again, go on after
    the last one kept.

    A run that was killed and resumed gives the numbers of an unbroken one bit for bit: both take
    the same compiled step from
    the same state. The step is compiled once, however many generations there are.

    Args:
        key: a typed key.
        recursion: the configuration.
        generations: the horizon; it decides what is kept of the past.
        replicas: how many, or a range.
        folder: where generations are kept; made if it is not there.
        until: the generation to stop at for now, the horizon unless given.
        carrier: as in `simulate`.
        observe: as in `simulate`.

    Returns:
        The trajectory of all generations kept so far.

    Raises:
        ValueError: bad arguments, or a folder that holds another run.

    Example:
        >>> import jax, tempfile, jaxcollapse as jc
        >>> r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.0, 1.0), n=10)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     half = jc.resume(jax.random.key(0), r, generations=6, replicas=2, folder=folder,
        until=3)
        ...     whole = jc.resume(jax.random.key(0), r, generations=6, replicas=2, folder=folder)
        >>> half.params.mean.shape, whole.params.mean.shape
        ((2, 4), (2, 7))
    """
    last = generations if until is None else until
    plan = Plan.of(key, recursion, generations, replicas, carrier, observe, None)
    chosen, metrics, medium, width = plan.replicas, plan.metrics, plan.carrier, plan.width
    Integer(1, generations).check("until", last)
    kept = _Folder(folder, key, recursion, generations, chosen, metrics)
    begin = functools.partial(_begin, key, recursion, medium, generations=plan.room, width=width)
    advance = functools.partial(
        _advance, key, recursion, medium, generations=plan.room, width=width
    )
    starts = [jnp.uint32(start) for start in plan.starts]
    done = kept.done()
    states = (
        kept.states(done, jax.eval_shape(begin, starts[0]), len(starts))
        if done
        else [None] * len(starts)
    )
    with ThreadPoolExecutor(plan.workers) as pool:
        for t in range(done + 1, last + 1):
            step = (
                (lambda at, _: begin(at))
                if t == 1
                else (lambda at, state, t=t: advance(state, at, jnp.int32(t)))
            )
            states = list(pool.map(step, starts, states))
            shown = [
                _shown(recursion, state, generations=plan.room, carrier=medium, metrics=metrics)
                for state in states
            ]
            kept.keep(t, shown, states)
    records = [
        kept.record(t, jax.eval_shape(lambda: at_truth(recursion, metrics)), len(chosen))
        for t in range(1, last + 1)
    ]
    whole = jax.tree.map(_laid_out, at_truth(recursion, metrics), *records)
    return Trajectory.assemble(recursion, key, chosen, metrics, whole, np.arange(last + 1))


def _laid_out(truth, *fits):
    start = np.broadcast_to(np.asarray(truth), fits[0].shape).astype(fits[0].dtype)
    return np.stack([start, *fits])


_STATIC = ("generations", "width")


@functools.partial(jax.jit, static_argnames=_STATIC)
def _begin(key, recursion, carrier, start, *, generations, width):
    begin, generation, *_ = one_replica(recursion, carrier, generations)
    replicas = _replicas(key, start, width)
    return jax.vmap(settled(begin, generation, replicas, recursion.family)[0])(replicas)


@functools.partial(jax.jit, static_argnames=_STATIC)
def _advance(key, recursion, carrier, state, start, t, *, generations, width):
    generation = one_replica(recursion, carrier, generations)[1]
    return jax.vmap(lambda each, replica: generation(each, replica, t))(
        state, _replicas(key, start, width)
    )


def _replicas(key, start, width):
    return jax.vmap(lambda index: fold_in(key, index))(start + jnp.arange(width, dtype=jnp.uint32))


@functools.partial(jax.jit, static_argnames=("generations", "metrics"))
def _shown(recursion, state, *, generations, carrier, metrics):
    model = one_replica(recursion, carrier, generations)[3]
    return jax.vmap(lambda each: recorder(recursion, metrics)(model(each)))(state)
