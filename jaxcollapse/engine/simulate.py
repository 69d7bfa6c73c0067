"""A run: the plan is carried out tile by tile, and what it leaves is put side by side below the
truth.
"""

from threading import Lock

import jax
import jax.numpy as jnp
import numpy as np

from ..recursion import Recursion
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
):
    """Run the recursion, many replicas at once.

    Args:
        key: a typed key, `jax.random.key(0)`.
        recursion: the configuration. Its numbers are traced: changing them does not compile again.
        generations: number of fits, at least 1.
        replicas: how many, or a range of replica numbers, so that any part of a run can be computed
            alone.
        carrier: "statistics" draws sufficient statistics from their exact law, "samples" draws
            every observation,
            "auto" takes statistics where the family and the workflow's selection allow it;
            "skeleton" draws the generations
            `at` alone, equally spaced, from the kernel of several generations (replacement of
            categories); "population" is
            the limit of infinitely many observations, without chance.
        observe: a metric or a sequence of metrics to record instead of the parameters.
        at: the generations to record, increasing, from 1 to `generations`; all of them unless
            given.

    Returns:
        A `Trajectory`; index 0 of its generation axis is the truth, and `times` says which
        generations follow.

    Raises:
        ValueError: legacy or batched key, no generations, no replicas, schedule of the wrong
            length, unknown carrier,
            something else than metrics to observe, generations to record that are not increasing or
            out of range.
    """
    plan = Plan.of(key, recursion, generations, replicas, carrier, observe, at)
    if plan.traced:
        tiles = [plan.tile(start) for start in plan.starts]
        joined = jax.tree.map(
            lambda *parts: jnp.concatenate(parts, axis=1)[:, : len(plan.replicas)], *tiles
        )
        whole = jax.tree.map(_prepended, plan.at_truth, joined[0], joined[1])
    else:
        whole = gathered(plan)
    return Trajectory.assemble(recursion, key, plan.replicas, plan.metrics, whole, plan.times)


def _prepended(start, earlier, last):
    dtype = jnp.promote_types(jnp.result_type(start), last.dtype)
    start = jnp.broadcast_to(jnp.asarray(start, dtype), last.shape)
    return jnp.concatenate([start, earlier.astype(dtype), last.astype(dtype)])


def gathered(plan: Plan):
    """All tiles side by side below the truth, in host memory."""
    truth, room, lock = plan.at_truth, [], Lock()

    def make_room(start, last):
        dtype = jnp.promote_types(jnp.result_type(start), last.dtype)
        array = np.empty((len(plan.times), len(plan.replicas), *last.shape[2:]), dtype)
        array[0] = np.asarray(start)
        return array

    def place(start, tile):
        with lock:
            room.extend([] if room else [jax.tree.map(make_room, truth, tile[1])])
        at = start - plan.replicas.start
        lanes = slice(at, at + plan.width)

        def put(array, earlier, last):
            width = array[0, lanes].shape[0]
            array[1:-1, lanes], array[-1:, lanes] = (
                np.asarray(earlier)[:, :width],
                np.asarray(last)[:, :width],
            )

        jax.tree.map(put, room[0], *tile)

    plan.tiles(place)
    return room[0]
