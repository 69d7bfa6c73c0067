"""Multinomial and multivariate hypergeometric counts, by labels or by a tree of conditional binomials."""

import jax
import jax.numpy as jnp

from .._keys import word_pair
from .binomial import binomial_of_seed
from .categorical import categorical, sum_tree
from .labels import labels_from_counts, located, tally
from .subset import distinct_ranks

LABELS_PER_CATEGORY = 32


def multinomial(key, n, weights, capacity: int):
    r"""One draw of $\mathrm{Multinomial}(n, w/\sum w)$ from real weights, int32, summing to exactly n.

    Args:
        key: a typed key.
        n: number of draws, may be traced, at most `capacity`.
        weights: non-negative, shape (K,).
        capacity: static bound on n.
    """
    if capacity > LABELS_PER_CATEGORY * weights.shape[0]:
        return by_binomials(key, n, weights)
    return tally(categorical(key, weights, capacity), n, weights.shape[0])


def multinomial_from_counts(key, n, counts, total, capacity: int):
    """The same from integer weights with sum `total`: a uniform rank among `total` items picks each label, exactly."""
    if capacity > LABELS_PER_CATEGORY * counts.shape[0]:
        return by_binomials(key, n, counts)
    return tally(labels_from_counts(key, n, counts, total, capacity), n, counts.shape[0])


def multivariate_hypergeometric(key, counts, n, capacity: int):
    """Counts of `n` items drawn without replacement from `counts`, int32; `capacity` is a static bound on n."""
    counts = counts.astype(jnp.int32)
    return tally(located(counts, distinct_ranks(key, jnp.sum(counts), n, capacity)), n, counts.shape[0])


def by_binomials(key, n, weights):
    """Multinomial counts: split n down a binary tree of sums: every split is a binomial given the node above it."""
    heap, cipher = sum_tree(weights), word_pair(key)
    drawn = jnp.asarray(n, jnp.int32)[None]
    width = 1
    while 2 * width < heap.shape[0]:
        left, right = heap[2 * width : 4 * width : 2], heap[2 * width + 1 : 4 * width : 2]
        both = left + right
        share = left / jnp.where(both > 0, both, 1)
        nodes = jnp.arange(width, 2 * width)
        taken = jax.vmap(lambda node, n, p: binomial_of_seed((*cipher, jnp.uint32(0), node), n, p))(nodes, drawn, share)
        drawn = jnp.stack([taken, drawn - taken], axis=1).reshape(-1)
        width *= 2
    return drawn[: weights.shape[0]]
