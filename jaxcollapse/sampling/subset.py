"""Ranks drawn from a finite population, with and without replacement."""

import jax.numpy as jnp
from jax import lax

from .._keys import words


def scaled_word(word, population):
    r"""$\lfloor w N / 2^{32} \rfloor$ for a uniform word; the bias of each value is at most $N 2^{-32}$."""
    high, low = word >> jnp.uint32(16), word & jnp.uint32(0xFFFF)
    top, bottom = population >> jnp.uint32(16), population & jnp.uint32(0xFFFF)
    middle = high * bottom
    carry = ((low * bottom) >> jnp.uint32(16)) + (middle & jnp.uint32(0xFFFF)) + ((low * top) & jnp.uint32(0xFFFF))
    return high * top + (middle >> jnp.uint32(16)) + ((low * top) >> jnp.uint32(16)) + (carry >> jnp.uint32(16))


def uniform_ranks(key, population, n, capacity: int):
    """`capacity` independent ranks below `population`; only the first `n` are meant to be used."""
    del n
    return scaled_word(words(key, capacity), jnp.asarray(population).astype(jnp.uint32)).astype(jnp.int32)


def distinct_ranks(key, population, n, capacity: int):
    """A uniform random subset of `n` distinct ranks below `population`, by Floyd's algorithm (CACM 30(9), 1987).

    Ranks beyond the first `n` are arbitrary. When `n >= population` every rank is taken once.
    """
    population = jnp.asarray(population).astype(jnp.int32)
    draws = words(key, capacity)
    chosen = jnp.full((capacity,), -1, jnp.int32)
    first = jnp.maximum(population - jnp.asarray(n).astype(jnp.int32), 0)

    def take(i, chosen):
        last = first + i
        candidate = scaled_word(draws[i], (last + 1).astype(jnp.uint32)).astype(jnp.int32)
        repeated = jnp.any(chosen == candidate)
        return chosen.at[i].set(jnp.where(repeated, last, candidate))

    return lax.fori_loop(0, capacity, take, chosen)
