"""Simulate a recursion: plan the run, carry it out, and put the tiles side by side."""

from threading import Lock

import jax
import jax.numpy as jnp
import numpy as np

from ..recursion import Recursion
from .counts import check_memory
from .executor import run_tile, run_tiles
from .plan import Plan
from .trajectory import Trajectory


def simulate(
    key,
    recursion: Recursion,
    *,
    generations: int,
    replicas: int | range,
    carrier="auto",
    observe=None,
    at=None,
) -> Trajectory:
    """Run the recursion, many replicas at once.

    Args:
        key: a typed key, `jax.random.key(0)`.
        recursion: the configuration. Its numbers are traced: changing them does not compile again.
        generations: number of fits, at least 1.
        replicas: how many, or a range of replica numbers to compute part of a larger run.
        carrier: "statistics" draws sufficient statistics from their exact law; "samples" draws
            every observation; "auto" takes statistics where that is exact; "skeleton" draws only
            the generations `at`, equally spaced, for categories under replacement; "population" is
            the limit of infinitely many observations, without chance; "tilted" draws what is rare
            more often and gives every replica a weight (`Trajectory.log_weights`).
        observe: a metric or a sequence of metrics to record instead of the parameters.
        at: the generations to record, increasing, from 1 to `generations`; all unless given.

    Returns:
        The trajectory. Index 0 of its generation axis is the truth; `times` names the others.

    Raises:
        ValueError: a key that is not one typed key, a number of generations or replicas below 1, a
            schedule of the wrong length, a carrier that cannot run the recursion, something other
            than metrics to observe, or generations to record that are not increasing or in range.
    """
    plan = Plan.of(key, recursion, generations, replicas, carrier, observe, at, weighed=True)
    check_memory(plan.recursion, plan.metrics, len(plan.times), len(plan.replicas))
    whole = _joined(plan) if plan.traced else gathered(plan)
    return Trajectory.assemble(recursion, plan, whole, plan.times)


def _joined(plan: Plan):
    """All tiles side by side below the truth, as part of a larger program."""
    tiles = [run_tile(plan, start) for start in plan.starts]
    earlier, last = jax.tree.map(
        lambda *parts: jnp.concatenate(parts, axis=1)[:, : len(plan.replicas)], *tiles
    )
    return jax.tree.map(_prepended, plan.at_truth, earlier, last)


def _common(truth: tuple, fit: tuple) -> tuple:
    """The shape that holds a truth and a fit.

    They differ where a model is a weighted sample. Zeros fill it up, for what has no weight is
    absent.
    """
    return tuple(map(max, truth, fit))


def _prepended(start, earlier, last):
    dtype = jnp.promote_types(jnp.result_type(start), last.dtype)
    inner = _common(jnp.shape(start), last.shape[2:])
    start, earlier, last = (_filled(each, inner) for each in (start, earlier, last))
    start = jnp.broadcast_to(jnp.asarray(start, dtype), last.shape)
    return jnp.concatenate([start, earlier.astype(dtype), last.astype(dtype)])


def _filled(array, inner: tuple):
    """Zeros after the last axes up to a shape."""
    outer = jnp.ndim(array) - len(inner)
    missing = [(0, 0)] * outer + [
        (0, most - size) for most, size in zip(inner, jnp.shape(array)[outer:], strict=True)
    ]
    return jnp.pad(array, missing) if any(after for _, after in missing) else array


def gathered(plan: Plan):
    """All tiles side by side below the truth, in host memory."""
    truth, arrays, lock = plan.at_truth, [], Lock()

    def allocated(start, last):
        dtype = jnp.promote_types(jnp.result_type(start), last.dtype)
        inner = _common(np.shape(start), last.shape[2:])
        made = np.empty if inner == np.shape(start) == last.shape[2:] else np.zeros
        array = made((len(plan.times), len(plan.replicas), *inner), dtype)
        array[(0, slice(None), *map(slice, np.shape(start)))] = np.asarray(start)
        return array

    def place(start, tile):
        # Tiles arrive from several threads; the first one says what shapes to allocate.
        with lock:
            if not arrays:
                arrays.append(jax.tree.map(allocated, truth, tile[1]))
        first = start - plan.replicas.start
        lanes = slice(first, first + plan.tiling.width)

        def put(array, earlier, last):
            present, inner = array[0, lanes].shape[0], tuple(map(slice, last.shape[2:]))
            array[(slice(1, -1), lanes, *inner)] = np.asarray(earlier)[:, :present]
            array[(slice(-1, None), lanes, *inner)] = np.asarray(last)[:, :present]

        jax.tree.map(put, arrays[0], *tile)

    run_tiles(plan, place)
    return arrays[0]
