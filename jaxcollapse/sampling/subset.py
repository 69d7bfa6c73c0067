"""Uniform ranks in a finite population, with and without replacement."""

import jax.numpy as jnp
from jax import lax

from .._keys import fold_in, words


def scaled_word(word, population):
    r"""Return $\lfloor w N / 2^{32} \rfloor$ for a uniform word.

    The bias of each value is at most $N 2^{-32}$.
    """
    # The high word of a 64-bit product by 16-bit parts: JAX has no 64-bit integers by default.
    high, low = word >> jnp.uint32(16), word & jnp.uint32(0xFFFF)
    top, bottom = population >> jnp.uint32(16), population & jnp.uint32(0xFFFF)
    middle = high * bottom
    carry = (
        ((low * bottom) >> jnp.uint32(16))
        + (middle & jnp.uint32(0xFFFF))
        + ((low * top) & jnp.uint32(0xFFFF))
    )
    return (
        high * top
        + (middle >> jnp.uint32(16))
        + ((low * top) >> jnp.uint32(16))
        + (carry >> jnp.uint32(16))
    )


def uniform_ranks(key, population, n, capacity: int):
    """Return `capacity` independent ranks below `population`.

    Only the first `n` are meant to be used.
    """
    del n
    return scaled_word(words(key, capacity), jnp.asarray(population).astype(jnp.uint32)).astype(
        jnp.int32
    )


def distinct_ranks(key, population, n, capacity: int):
    """Return a uniform random subset of `n` distinct ranks below `population`, ascending.

    Entries beyond the first `n` are arbitrary. The smaller of the subset and its complement is
    drawn; ranks that repeat are drawn again until none does, one sort per round. No round prefers a
    rank to another, so all subsets of that size are equally likely. When `n >= population` every
    rank is taken once. `population + capacity` must lie below 2^31.
    """
    population = jnp.asarray(population).astype(jnp.int32)
    n = jnp.minimum(jnp.asarray(n).astype(jnp.int32), population)
    # At most half of the population is drawn, so that repeats stay few and the loop short.
    fewer = jnp.minimum(n, population - n)
    drawn = _without_repeats(key, population, fewer, capacity)
    return jnp.where(fewer == n, drawn, _left_by(drawn))


def _without_repeats(key, population, n, capacity):
    """Return `n` distinct ranks, ascending, then ranks beyond the population, ascending."""

    def again(state):
        attempt, ranks, wanted = state
        fresh = uniform_ranks(fold_in(key, attempt), population, n, capacity)
        ranks = jnp.sort(jnp.where(wanted, fresh, ranks))
        return attempt + 1, ranks, jnp.pad(ranks[1:] == ranks[:-1], (1, 0))

    place = jnp.arange(capacity, dtype=jnp.int32)
    # Unused places hold distinct ranks beyond the population: they sort to the end, never collide.
    start = jnp.uint32(0), population + place, place < n
    return lax.while_loop(lambda state: jnp.any(state[2]), again, start)[1]


def _left_by(taken):
    """Return the ranks that are not among ascending ones.

    Rank i of them is i plus the number of taken ranks before it.
    """
    capacity = taken.shape[0]
    place = jnp.arange(capacity, dtype=jnp.int32)
    before = jnp.zeros(capacity, jnp.int32).at[taken - place].add(1, mode="drop")
    return place + jnp.cumsum(before)
