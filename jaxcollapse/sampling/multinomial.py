"""Multinomial and multivariate hypergeometric counts, by labels or by a tree of conditional binomials."""

import jax
import jax.numpy as jnp
from jax import lax

from .._keys import fold_in
from .binomial import binomial
from .categorical import categorical, sum_tree
from .subset import distinct_ranks, uniform_ranks

_LABELS_PER_CATEGORY = 32


def multinomial(key, n, weights, capacity: int):
    r"""One draw of $\mathrm{Multinomial}(n, w/\sum w)$ from real weights, int32, summing to exactly n.

    Args:
        key: a typed key.
        n: number of draws, may be traced, at most `capacity`.
        weights: non-negative, shape (K,).
        capacity: static bound on n.
    """
    if capacity > _LABELS_PER_CATEGORY * weights.shape[0]:
        return _by_binomials(key, n, weights)
    return _tally(categorical(key, weights, capacity), n, weights.shape[0])


def multinomial_from_counts(key, n, counts, total, capacity: int):
    """The same from integer weights with sum `total`: a uniform rank among `total` items picks each label, exactly."""
    if capacity > _LABELS_PER_CATEGORY * counts.shape[0]:
        return _by_binomials(key, n, counts)
    ranks = uniform_ranks(key, total, n, capacity)
    items = lax.cond(
        jnp.asarray(total) <= capacity,
        lambda: _listed(counts, capacity)[jnp.minimum(ranks, capacity - 1)],
        lambda: _located(counts, ranks),
    )
    return _tally(items, n, counts.shape[0])


def multivariate_hypergeometric(key, counts, n, capacity: int):
    """Counts of `n` items drawn without replacement from `counts`, int32; `capacity` is a static bound on n."""
    counts = counts.astype(jnp.int32)
    return _tally(_located(counts, distinct_ranks(key, jnp.sum(counts), n, capacity)), n, counts.shape[0])


def _tally(labels, n, categories: int):
    """How often each label occurs among the first `n`."""
    present = (jnp.arange(labels.shape[0]) < n).astype(jnp.int32)
    return jnp.zeros(categories, jnp.int32).at[labels].add(present, mode="promise_in_bounds")


def _listed(counts, capacity: int):
    """Label of every item in order, for at most `capacity` items."""
    ends = _running_total(counts)
    steps = jnp.zeros(capacity + 1, jnp.int32).at[ends].add(1, mode="promise_in_bounds")
    return jnp.minimum(_running_total(steps[:capacity]), counts.shape[0] - 1)


def _running_total(counts, block: int = 32):
    """Cumulative sum of integers below 2^24 as a product with a triangle: three times the speed of a scan on a CPU."""
    padded = jnp.concatenate([counts, jnp.zeros(-counts.shape[0] % block, counts.dtype)])
    rows = padded.astype(jnp.float32).reshape(-1, block)
    inner = jnp.matmul(rows, jnp.triu(jnp.ones((block, block), jnp.float32)), precision=lax.Precision.HIGHEST)
    before = jnp.cumsum(inner[:, -1]) - inner[:, -1]
    return (inner + before[:, None]).reshape(-1)[: counts.shape[0]].astype(jnp.int32)


def _located(counts, ranks):
    """Label of the items at given ranks."""
    labels = jnp.searchsorted(jnp.cumsum(counts), ranks, side="right").astype(jnp.int32)
    return jnp.minimum(labels, counts.shape[0] - 1)


def _by_binomials(key, n, weights):
    """Split n down a binary tree of sums: every split is a binomial given the node above it."""
    heap = sum_tree(weights)
    drawn = jnp.asarray(n, jnp.int32)[None]
    width = 1
    while 2 * width < heap.shape[0]:
        left, right = heap[2 * width : 4 * width : 2], heap[2 * width + 1 : 4 * width : 2]
        both = left + right
        share = left / jnp.where(both > 0, both, 1)
        nodes = jnp.arange(width, 2 * width)
        taken = jax.vmap(lambda node, m, p: binomial(fold_in(key, node), m, p))(nodes, drawn, share)
        drawn = jnp.stack([taken, drawn - taken], axis=1).reshape(-1)
        width *= 2
    return drawn[: weights.shape[0]]
