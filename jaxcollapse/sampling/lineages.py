"""Founders of a fit, looking backward: the category counts of Replace after many generations.

An observation of generation t is a copy of a uniformly chosen one of generation t - 1, its parent;
it has the category of its parent. So the counts after `steps` generations are those of the
founders, each counted as often as it has descendants: `jax.ops.segment_sum(founder_counts(...),
labels, K)`.

`traced_founders` recomputes the parents of a forward simulation from its key, for the ancestors
only, and returns the same family sizes bit for bit. `founder_counts` has the same law. It draws
only the n - 1 coalescences and skips the generations between them, so its cost does not grow with
the number of generations (Kingman, Stoch. Proc. Appl. 13:235, 1982, for the limit).
"""

from functools import lru_cache, partial

import jax.numpy as jnp
import numpy as np
from jax import lax

from .._keys import RandomStream, check_typed_key, fold_in, word_pair
from ..arguments import checked
from ..domains import Integer, Whole
from .labels import parent, parents
from .normal import open_uniform
from .subset import scaled_word

# The guide can be below the inverse by one step of its own and one of rounding.
_CORRECTIONS = 2

FOUNDERS = Integer(1, 1 << 20)


def forward_founders(key, n, steps: int, capacity: int, first=0, stream: int = 0):
    """Return the founder of every observation after `steps` generations by carrying labels.

    Generations are numbered from `first` on.
    """

    def generation(s, founder):
        return founder[parents(RandomStream(key, first + s, stream), n, capacity)]

    return lax.fori_loop(0, steps, generation, jnp.arange(capacity, dtype=jnp.int32))


@checked(
    key=check_typed_key,
    n=Whole(1),
    steps=Integer(1),
    capacity=Integer(1),
    first=Whole(0),
    stream=Integer(0, 7),
)
def traced_founders(key, n, steps: int, capacity: int, first=0, stream: int = 0):
    """Count how many of the n observations descend from each founder, int32, shape (capacity,).

    The result is bit for bit that of the forward simulation. Positions are traced back through
    `parent`, and merged after a few generations when fewer are expected to be left. If more are
    left than there is room for, which has probability below 1e-6, the trace is repeated with room
    for all.

    Args:
        key: a typed key; generation t draws from `RandomStream(key, t, stream)`.
        n: observations per generation, at most `capacity`, may be traced.
        steps: generations to look back over, static.
        capacity: static bound on n.
        first: number of the earliest generation, may be traced.
    """
    everyone = jnp.arange(capacity, dtype=jnp.int32)
    weight = (everyone < n).astype(jnp.int32)
    back = partial(_back, key, first + steps - 1, stream, n, capacity)

    def again(state):
        # The start depends on the loop's state. Otherwise XLA would hoist the whole trace out of
        # a loop that hardly ever runs, and always compute it.
        position = jnp.where(state[0], 0, everyone)
        return jnp.array(True), _traced(back, steps, (), position, weight)[1]

    start = _traced(back, steps, _stages(capacity, steps), everyone, weight)
    return lax.while_loop(lambda state: ~state[0], again, start)[1]


def _traced(back, steps, stages, position, weight):
    """Trace positions back over all steps, merging them at `stages`.

    Returns:
        Whether the ancestors fitted into the room of every stage, and the weight per founder.
    """
    nothing, done, fits = jnp.zeros(position.shape[0], jnp.int32), 0, jnp.array(True)
    for length, room in stages:
        position = lax.fori_loop(done, done + length, back, position)
        counts = nothing.at[position].add(weight, mode="promise_in_bounds")
        position, weight, left = _merged(counts, room)
        fits &= left <= room
        done += length
    position = lax.fori_loop(done, steps, back, position)
    return fits, nothing.at[position].add(weight, mode="promise_in_bounds")


def _back(key, last, stream, n, capacity, s, position):
    """Return the parents of `position` in generation `last` - s."""
    return parent(RandomStream(key, last - s, stream), position, n, capacity)


def _merged(counts, room: int):
    """Return the occupied positions in order, their weights, and how many there are.

    The two arrays have length `room`.
    """
    occupied = counts > 0
    rank = jnp.cumsum(occupied.astype(jnp.int32))
    slot = jnp.where(occupied, rank - 1, room)
    position = (
        jnp.zeros(room, jnp.int32)
        .at[slot]
        .set(jnp.arange(counts.shape[0], dtype=jnp.int32), mode="drop")
    )
    return position, jnp.zeros(room, jnp.int32).at[slot].set(counts, mode="drop"), rank[-1]


@lru_cache(maxsize=64)
def _stages(n: int, steps: int) -> tuple[tuple[int, int], ...]:
    """Return pairs (generations, room left after them) at which the trace is merged.

    The number of ancestors follows its mean plus four standard deviations; later, the rate at which
    the last pairs coalesce.
    """
    stages, done, width, mean = [], 0, n, float(n)
    for s in range(1, min(steps, 24 * n)):
        # The expected number of occupied cells after `mean` throws into n cells.
        mean = -n * np.expm1(mean * np.log1p(-1 / n)) if n > 1 else 1.0
        room = 1 if s >= 24 * n - 1 else 2 if s > 8 * n else int(mean + 4 * np.sqrt(mean) + 2)
        # Merging costs a scatter and a cumulative sum, so it must shrink the arrays to be worth it.
        if room <= 0.6 * width:
            stages.append((s - done, room))
            done, width = s, room
    return tuple(stages)


@lru_cache(maxsize=16)
def _clock(n: int):
    r"""Return the hazard $h(k)=-\sum_{i<k}\log(1-i/n)$ of k occupied cells, and a guide.

    The guide is an approximate inverse of h. Whole part and fraction of h are kept apart, as one
    complex number, so that differences are exact to $2^{-24}$. For every integer y the guide holds
    the largest k with $\sqrt{2n\,h(k)}\le y$; that root grows by about one or more with k, so the
    guide is close to the inverse.
    """
    with np.errstate(divide="ignore"):
        hazard = np.concatenate([[0.0], np.cumsum(-np.log1p(-np.arange(n) / n))])
    root = np.sqrt(2 * n * hazard)
    guide = np.searchsorted(root, np.arange(int(root[-1]) + 2), side="right") - 1
    whole = np.floor(hazard)
    return (whole + 1j * (hazard - whole)).astype(np.complex64), np.maximum(guide, 0).astype(
        np.int32
    )


@checked(key=check_typed_key, n=FOUNDERS, steps=Integer(1), capacity=FOUNDERS)
def founder_counts(key, n: int, steps, capacity: int | None = None):
    """Count how many of the n observations descend from each founder, int32, shape (capacity,).

    The counts are exact in law. Coalescences are the points of a clock: while a ancestors are left,
    the throws of one generation have no collision with probability $e^{-h(a)}$. So one exponential
    variate determines how many generations pass and at which throw the next collision comes. That
    ancestor joins one of those already placed, all equally likely. The last generation is thrown
    cell by cell.

    Args:
        key: a typed key.
        n: observations per generation, a concrete integer from 1 to 2^20.
        steps: generations to look back over, at least 1, may be traced.
        capacity: length of the result, at least n; n by default.

    Example:
        >>> import jax
        >>> int(founder_counts(jax.random.key(0), 100, 50).sum())
        100
    """
    hazard, guide = (jnp.asarray(table) for table in _clock(n))
    before = jnp.asarray(steps, jnp.int32) - 1
    event = partial(_coalescence, key, n, before, hazard, guide)
    state = (
        jnp.int32(0),
        jnp.int32(n),
        jnp.int32(0),
        # Half the memory: this array is read and written at random n times.
        jnp.ones(n, jnp.int16 if n < 1 << 15 else jnp.int32),
    )
    _, left, _, weight = lax.fori_loop(0, n - 1, event, state)
    weight = jnp.where(jnp.arange(n) < left, weight, 0).astype(jnp.int32)
    # Stream 2, because the coalescences below use the keys of streams 0 and 1.
    cells = parents(RandomStream(key, 0, 2), n, n)
    return jnp.zeros(capacity or n, jnp.int32).at[cells].add(weight, mode="promise_in_bounds")


def _coalescence(key, n, before, hazard, guide, index, state):
    """Return the state after the next collision.

    The state is `generation`, the number of ancestors `left`, the cells `placed` so far in this
    generation, and the family sizes.
    """
    generation, left, placed, weight = state
    first, second = word_pair(fold_in(key, index))
    third, _ = word_pair(fold_in(key, index, 1))
    clock = -jnp.log(open_uniform(first))
    ends, base = hazard[left], hazard[placed]
    rest, whole = _difference(ends, base), _difference(ends, jnp.complex64(0))
    here = clock < rest
    skipped = jnp.where(
        here, 0.0, jnp.floor(jnp.maximum(clock - rest, 0.0) / jnp.maximum(whole, 1e-30))
    )
    generation = generation + jnp.where(
        # Near the last pair the clock can skip more generations than int32 holds.
        here,
        0,
        1 + jnp.minimum(skipped, 2.0**30).astype(jnp.int32),
    )
    # An exponential variate given that it falls inside one generation.
    conditional = -jnp.log1p(open_uniform(second) * jnp.expm1(-whole))
    base = jnp.where(here, base, jnp.complex64(0))
    hit = _inverted(jnp.where(here, clock, conditional), base, hazard, guide, n)
    # Rounding may put the hit one cell outside the cells that can collide.
    hit = jnp.clip(hit, jnp.maximum(jnp.where(here, placed, 1), 1), jnp.maximum(left - 1, 1))
    live = (generation < before) & (left > 1)
    partner = scaled_word(third, _unsigned(hit)).astype(jnp.int32)
    joined, gained, moved = weight[jnp.stack([partner, hit, left - 1])]
    # Two writes move the last ancestor into the gap; a lane that is done writes what it read.
    sizes = jnp.where(live, jnp.stack([joined + gained, moved]), jnp.stack([joined, gained]))
    weight = weight.at[jnp.stack([partner, hit])].set(
        sizes, mode="promise_in_bounds", unique_indices=True
    )
    generation = jnp.where(live, generation, before)
    return generation, left - live.astype(jnp.int32), jnp.where(live, hit, placed), weight


def _difference(a, b):
    """Return a - b of two numbers that are kept as whole part and fraction."""
    return (a.real - b.real) + (a.imag - b.imag)


def _inverted(target, base, hazard, guide, n: int):
    """Return the largest k with h(k) at most `target` above `base`."""
    level = jnp.maximum(target + (base.real + base.imag), 0.0)
    y = jnp.minimum(
        # Slightly low, so that rounding never puts the guide above the answer: corrections only
        # add.
        (jnp.sqrt(2.0 * n * level) * (1 - 2.0**-21)).astype(jnp.int32),
        guide.shape[0] - 1,
    )
    k = guide[y]
    for _ in range(_CORRECTIONS):
        above = hazard[jnp.minimum(k + 1, n)]
        k = k + ((k < n) & (_difference(above, base) <= target)).astype(jnp.int32)
    return k


def _unsigned(x):
    return jnp.asarray(x).astype(jnp.uint32)
