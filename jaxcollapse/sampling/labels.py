"""Samples of categories as labels: drawn from an earlier sample, from counts, and counted again."""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from .._keys import RandomStream, check_typed_key
from ..arguments import arrays, checked
from ..domains import Integer, Real, Whole
from ..numerics.precision import precise_product
from .subset import scaled_word, uniform_ranks

LABELS, COUNTS = arrays(Integer(0), 1), arrays(Real(0.0), 1)


@checked(source=RandomStream, labels=LABELS, n=Whole(0))
def resampled(source: RandomStream, labels, n):
    """Draw labels with replacement from the first `n` of `labels`, as many as there are labels.

    Each new label copies a parent, which is a uniform rank.

    Args:
        source: words of this generation.
        labels: int32, shape (capacity,).
        n: size of the sample that is drawn from, below 2^24, may be traced.
    """
    first, second = _parent_pairs(source, n, labels.shape[0])
    picked = [labels.at[part].get(mode="promise_in_bounds") for part in (first, second)]
    return jnp.concatenate(picked)[: labels.shape[0]]


def parents(source: RandomStream, n, capacity: int):
    """Return the parents of a generation's observations, int32 below n.

    Only the first n entries are meant to be used.
    """
    return jnp.concatenate(_parent_pairs(source, n, capacity))[:capacity]


def parent(source: RandomStream, child, n, capacity: int):
    """Return the parents of the observations `child` only.

    These are the same bits as `parents(source, n, capacity)[child]`.
    """
    half = (capacity + 1) // 2
    second = child >= half
    pair = source.block(jnp.where(second, child - half, child))
    return _rank(capacity)(
        jnp.where(second, pair[1], pair[0]), jnp.asarray(n).astype(jnp.uint32)
    ).astype(jnp.int32)


def _parent_pairs(source, n, capacity):
    """Return the ranks from the first words of all blocks, and those from the second words."""
    population, rank, half = jnp.asarray(n).astype(jnp.uint32), _rank(capacity), (capacity + 1) // 2

    def drawn(t, _):
        # The number of the generation is the loop's counter. With the constant `source.generation`
        # the body would not depend on the loop, and XLA would hoist it and copy the result.
        words = RandomStream(source.replica, t, source.stream).blocks(half)
        # Two ranks as one complex number: one result per fusion, and below 2^24 floats are exact.
        return lax.complex(*(rank(word, population).astype(jnp.float32) for word in words))

    t = jnp.asarray(source.generation, jnp.int32)
    # A loop of one round. XLA's CPU compiler computes a plain array again in every fusion that
    # reads it, and words inside a gather are not always vectorized; a loop's result is stored.
    pairs = lax.fori_loop(t, t + 1, drawn, jnp.zeros(half, jnp.complex64))
    return pairs.real.astype(jnp.int32), pairs.imag.astype(jnp.int32)


def _rank(capacity):
    return _short_rank if capacity < 1 << 16 else scaled_word


def _short_rank(word, population):
    """Return `scaled_word` for populations below 2^16, by two products."""
    low = (word & jnp.uint32(0xFFFF)) * population
    return ((word >> jnp.uint32(16)) * population + (low >> jnp.uint32(16))) >> jnp.uint32(16)


@checked(key=check_typed_key, n=Whole(0), counts=COUNTS, total=Real(0.0), capacity=Integer(1))
def labels_from_counts(key, n, counts, total, capacity: int):
    """Draw n labels with replacement from integer counts with sum `total`, exactly."""
    ranks = uniform_ranks(key, total, n, capacity)
    return lax.cond(
        jnp.asarray(total) <= capacity,
        # A table of all items when it fits into `capacity`: a gather per label is cheaper than a
        # search.
        lambda: listed(counts, capacity)[jnp.minimum(ranks, capacity - 1)],
        lambda: located(counts, ranks),
    )


def listed(counts, capacity: int):
    """Return the label of every item in order, for at most `capacity` items."""
    ends = running_total(counts)
    # Mark where each category ends; the running number of ends before an item is its label.
    steps = jnp.zeros(capacity + 1, jnp.int32).at[ends].add(1, mode="promise_in_bounds")
    return jnp.minimum(running_total(steps[:capacity]), counts.shape[0] - 1)


def located(counts, ranks):
    """Return the labels of the items at given ranks."""
    # Ranks beyond the total belong to unused entries; the clamp keeps them inside later gathers.
    labels = jnp.searchsorted(jnp.cumsum(counts), ranks, side="right").astype(jnp.int32)
    return jnp.minimum(labels, counts.shape[0] - 1)


def running_total(counts, block: int = 32):
    """Return the cumulative sum of integers below 2^24, by products with a triangle.

    It is three times as fast as a scan on a CPU.
    """
    padded = jnp.concatenate([counts, jnp.zeros(-counts.shape[0] % block, counts.dtype)])
    # Float32 holds integers below 2^24 exactly, and matrix products of floats use the vector units.
    rows = padded.astype(jnp.float32).reshape(-1, block)
    inner = precise_product(rows, jnp.triu(jnp.ones((block, block), jnp.float32)))
    before = jnp.cumsum(inner[:, -1]) - inner[:, -1]
    return (inner + before[:, None]).reshape(-1)[: counts.shape[0]].astype(jnp.int32)


def compacted(labels, categories: int):
    """Renumber labels by the categories that occur.

    At most n categories are alive after fit 1, so one renumbering below n bounds the arrays of
    every later generation; compacting again would gain nothing.

    Returns:
        The new labels, and the categories that the new numbers name, padded by zeros.
    """
    occurs = jnp.zeros(categories, jnp.int32).at[labels].set(1, mode="promise_in_bounds")
    number = running_total(occurs)[labels] - 1
    return number, jnp.zeros_like(labels).at[number].set(labels, mode="promise_in_bounds")


@checked(labels=LABELS, n=Whole(0), categories=Integer(1))
def tally(labels, n, categories: int):
    """Count how often each category occurs among the first `n` labels, shape (categories,)."""
    return _tally_of(categories)(labels, jnp.asarray(n, jnp.int32))


@functools.cache
def _tally_of(categories: int):
    """Return the counting function for a number of categories."""

    # Under `vmap` all replicas add into one long array: on a CPU one flat scatter is faster than a
    # batched one.
    @jax.custom_batching.custom_vmap
    def counted(labels, n):
        present = (jnp.arange(labels.shape[0]) < n).astype(jnp.int32)
        return jnp.zeros(categories, jnp.int32).at[labels].add(present, mode="promise_in_bounds")

    @counted.def_vmap
    def _(size, batched, labels, n):
        if not batched[0]:
            labels = jnp.broadcast_to(labels, (size, *labels.shape))
        n = n if batched[1] else jnp.broadcast_to(n, (size,))
        present = (jnp.arange(labels.shape[1])[None, :] < n[:, None]).astype(jnp.int32)
        place = labels + categories * jnp.arange(size, dtype=jnp.int32)[:, None]
        flat = jnp.zeros(size * categories, jnp.int32)
        flat = flat.at[place.reshape(-1)].add(present.reshape(-1), mode="promise_in_bounds")
        return flat.reshape(size, categories), True

    return counted
