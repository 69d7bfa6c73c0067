"""A run that outlives its process: one generation at a time, each stored before the next begins."""

import functools
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np

from .. import progress
from .._keys import fold_in
from ..arguments import check_is_path, checked
from ..domains import Integer
from ..recursion import Recursion
from .carry import stable_types
from .checkpoints import RunFolder
from .executor import workers
from .plan import Plan
from .recording import recorder
from .replica import Replica
from .trajectory import Trajectory


@checked(folder=check_is_path, until=Integer(1))
def resume(
    key,
    recursion: Recursion,
    *,
    generations: int,
    replicas: int | range,
    folder,
    until: int | None = None,
    carrier="auto",
    observe=None,
) -> Trajectory:
    """Run the recursion and keep every generation in a folder; called again, continue from there.

    A run that was killed and resumed has the same bits as an unbroken one: both take the same
    compiled step from the same state. The step is compiled once for all generations.

    Args:
        key, recursion, replicas, carrier, observe: as in `simulate`.
        generations: the horizon; it decides what is kept of the past.
        folder: where generations are kept; it is made if it does not exist.
        until: the generation to stop at for now, the horizon unless given.

    Returns:
        The trajectory of all generations kept so far.

    Raises:
        ValueError: what `simulate` refuses, or a folder that holds another run.

    Example:
        >>> import jax, tempfile, jaxcollapse as jc
        >>> r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.0, 1.0), n=10)
        >>> run = dict(key=jax.random.key(0), recursion=r, generations=6, replicas=2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     half = jc.resume(**run, folder=folder, until=3)
        ...     jc.resume(**run, folder=folder).params.mean.shape, half.params.mean.shape
        ((2, 7), (2, 4))
    """
    last = generations if until is None else until
    plan = Plan.of(key, recursion, generations, replicas, carrier, observe, None)
    Integer(1, generations).check_one("until", last)
    folder = RunFolder(folder, key, recursion, generations, plan.replicas, plan.metrics)
    _continue(plan, folder, last)
    whole, times = _trajectory_of(plan, folder, last), np.arange(last + 1)
    return Trajectory.assemble(recursion, plan, whole, times)


def _continue(plan: Plan, folder: RunFolder, last: int) -> None:
    """Run and store every generation from the last one stored to `last`."""
    replica = Replica(plan.recursion, plan.carrier, plan.compiled_generations)
    begin = functools.partial(_begin, replica, plan.key, width=plan.tiling.width)
    advance = functools.partial(_advance, replica, plan.key, width=plan.tiling.width)
    starts = [jnp.uint32(start) for start in plan.starts]
    done = folder.done()
    states: list = [None] * len(starts)
    if done:
        states = folder.states(done, jax.eval_shape(begin, starts[0]), len(starts))

    def stepped(start, state, t):
        return begin(start) if t == 1 else advance(start, state, jnp.int32(t))

    left = progress.task("resume", last - done, "generations")
    with ThreadPoolExecutor(workers(plan)) as pool, left as task:
        for t in range(done + 1, last + 1):
            states = list(pool.map(functools.partial(stepped, t=t), starts, states))
            shown = [_shown(replica, state, metrics=plan.metrics) for state in states]
            folder.keep(t, shown, states)
            task.advance()


def _trajectory_of(plan: Plan, folder: RunFolder, last: int):
    """The stored records of generations 1 to `last` below the truth."""
    truth = plan.at_truth  # remembered by the plan: first made here, and not while tracing
    shapes = jax.eval_shape(lambda: truth)
    records = [folder.record(t, shapes, len(plan.replicas)) for t in range(1, last + 1)]
    return jax.tree.map(_stacked, truth, *records)


def _stacked(truth, *fits):
    start = np.broadcast_to(np.asarray(truth), fits[0].shape).astype(fits[0].dtype)
    return np.stack([start, *fits])


@functools.partial(jax.jit, static_argnames="width")
def _begin(replica: Replica, key, start, *, width):
    keys = _keys_of(key, start, width)
    begin, _ = stable_types(replica, keys.dtype)
    return jax.vmap(begin)(keys)


@functools.partial(jax.jit, static_argnames="width")
def _advance(replica: Replica, key, start, state, t, *, width):
    keys = _keys_of(key, start, width)
    return jax.vmap(lambda each, key: replica.step(each, key, t))(state, keys)


@functools.partial(jax.jit, static_argnames="metrics")
def _shown(replica: Replica, state, *, metrics):
    record = recorder(replica.recursion, metrics)
    return jax.vmap(lambda each: record(replica.model(each)))(state)


def _keys_of(key, start, width):
    """The keys of the replicas of one tile."""
    return jax.vmap(lambda i: fold_in(key, i))(start + jnp.arange(width, dtype=jnp.uint32))
