"""The only generation loop of the package: fit 1 on real data, then one step per generation.

The loop vectorizes over replicas inside the scan. Three drivers share one step: every generation is
recorded, or chosen ones, or only those are drawn. Records are kept as they are or summarized.
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from .._keys import fold_in
from .branch import replica_of
from .lanes import Lanes, Ticking
from .programs import WIDE

BLOCK = 16


def run_replicas(
    key,
    recursion,
    carrier,
    stops,
    start,
    present,
    *,
    generations,
    width,
    metrics,
    digest,
    ticks=False,
    branch=None,
):
    """Run replicas `start` to `start + width` and record them at every generation or at `stops`.

    Returns:
        The records of all recorded generations but the last, leaves of shape (times, width, ...),
        and those of the last, leaves of shape (1, width, ...); or their digests.
    """
    # Lanes from `present` on repeat the last replica, so that a maximum over all lanes is one
    # over replicas that are present: a masked maximum would write all values once more.
    lanes = jnp.minimum(jnp.arange(width), present - 1).astype(jnp.uint32)
    keys = jax.vmap(lambda i: fold_in(key, i))(start + lanes)
    summarize = None
    if digest is not None:
        summarize = jax.vmap(lambda values: digest(values, jnp.arange(width) < present))
    replica = replica_of(recursion, carrier, generations, branch)
    together = Lanes.of(replica, keys, metrics)
    if ticks:
        last = generations if stops is None else stops[-1]
        together = Ticking(**vars(together), share=present / last)
    return _trajectories(together, stops, summarize)


_STATIC = ("generations", "width", "metrics", "digest", "ticks")
tile = jax.jit(run_replicas, static_argnames=_STATIC)
wide_tile = jax.jit(run_replicas, static_argnames=_STATIC, compiler_options=WIDE)


def _trajectories(lanes: Lanes, stops, summarize):
    """Run the lanes to the last generation, with the driver that fits what is recorded."""
    scan = lax.scan if summarize is None else functools.partial(_summarizing_scan, summarize)
    state = lanes.start()
    if stops is None:
        state, earlier = every_generation(lanes, state, scan)
    elif lanes.replica.carrier.leaps:
        state, earlier = leaps(lanes, state, stops, scan)
    else:
        state, earlier = chosen_stops(lanes, state, stops, scan)
    last = jax.tree.map(lambda leaf: leaf[None], lanes.show(state))
    return earlier, last if summarize is None else summarize(last)


def every_generation(lanes: Lanes, state, scan):
    """Record every generation, from the state that the next one starts with.

    Recorded from the new state, the model would be computed twice: XLA fuses it into both users.
    """

    def generation(state, t):
        return lanes.advance(state, t), lanes.show(state)

    times = jnp.arange(2, lanes.replica.generations + 1, dtype=jnp.int32)
    return scan(generation, state, times)


def chosen_stops(lanes: Lanes, state, stops, scan):
    """Step through every generation and record the stops; a repeated stop adds nothing."""

    def until(carry, stop):
        t, state = carry
        later = _steps(lanes, state, t, stop)
        return (stop, later), lax.cond(stop > t, lanes.show, lanes.show_nothing, state)

    first = stops[0], _steps(lanes, state, jnp.int32(1), stops[0])
    (_, state), earlier = scan(until, first, stops[1:])
    return state, earlier


def leaps(lanes: Lanes, state, stops, scan):
    """Step to the first stop, then draw each later stop from the one before it at once."""

    def until(carry, stop):
        t, state = carry
        return (stop, lanes.leap(state, t, stop)), lanes.show(state)

    first = stops[0], _steps(lanes, state, jnp.int32(1), stops[0])
    (_, state), earlier = scan(until, first, stops[1:])
    return state, earlier


def _steps(lanes, state, t, stop):
    return lax.fori_loop(t + 1, stop + 1, lambda t, state: lanes.advance(state, t), state)


def _summarizing_scan(summarize, body, carry, times):
    """`lax.scan` whose stacked results are summarized a block of generations at a time.

    A block is still in the cache when it is summarized. Single generations are slower, and so are
    whole tiles.
    """
    length = times.shape[0]
    if length <= BLOCK:
        carry, rows = lax.scan(body, carry, times)
        return carry, summarize(rows)
    shapes = jax.eval_shape(body, carry, times[0])[1]
    blank = jax.tree.map(lambda leaf: jnp.zeros((BLOCK, *leaf.shape), leaf.dtype), shapes)

    def block(carry_and_rows, first):
        def one(i, carry_and_rows):
            carry, row = body(carry_and_rows[0], times[first + i])
            rows = jax.tree.map(lambda rows, values: rows.at[i].set(values), carry_and_rows[1], row)
            return carry, rows

        carry, rows = lax.fori_loop(0, jnp.minimum(BLOCK, length - first), one, carry_and_rows)
        return (carry, rows), summarize(rows)

    (carry, _), blocks = lax.scan(block, (carry, blank), jnp.arange(0, length, BLOCK))
    return carry, jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:])[:length], blocks)
