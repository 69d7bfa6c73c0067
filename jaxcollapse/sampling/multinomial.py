"""Multinomial and multivariate hypergeometric counts, by labels or by a tree of binomials."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .._keys import check_typed_key, fold_in, word_pair
from ..arguments import arrays, checked
from ..domains import Integer, Real, Whole
from .binomial import binomial_of_seed
from .categorical import categorical
from .labels import labels_from_counts, located, tally
from .subset import distinct_ranks

# Above this ratio the tree of binomials is cheaper than single labels, measured on a CPU.
LABELS_PER_CATEGORY = 32
# Splits drawn by one program: more would waste work near the root, where few nodes are ready.
_SPLITS = 8
_WEIGHTS = arrays(Real(0.0), 1)


@checked(key=check_typed_key, n=Whole(0), weights=_WEIGHTS, capacity=Integer(1))
def multinomial(key, n, weights, capacity: int):
    r"""Draw one $\mathrm{Multinomial}(n, w/\sum w)$ variate from real weights, int32.

    Its sum is n exactly.

    Args:
        key: a typed key.
        n: number of draws, may be traced, at most `capacity`.
        weights: non-negative, shape (K,).
        capacity: static bound on n.
    """
    if capacity > LABELS_PER_CATEGORY * weights.shape[0]:
        return by_binomials(key, n, weights)
    return tally(categorical(key, weights, capacity), n, weights.shape[0])


@checked(key=check_typed_key, n=Whole(0), counts=_WEIGHTS, total=Real(0.0), capacity=Integer(1))
def multinomial_from_counts(key, n, counts, total, capacity: int):
    """Draw a multinomial variate from integer weights with sum `total`, exactly.

    A uniform rank among `total` items picks each label.
    """
    if capacity > LABELS_PER_CATEGORY * counts.shape[0]:
        return by_binomials(key, n, counts)
    return tally(labels_from_counts(key, n, counts, total, capacity), n, counts.shape[0])


@checked(key=check_typed_key, counts=_WEIGHTS, n=Whole(0), capacity=Integer(1))
def multivariate_hypergeometric(key, counts, n, capacity: int):
    """Count `n` items drawn without replacement from `counts`, int32.

    `capacity` is a static bound on n.
    """
    counts = counts.astype(jnp.int32)
    way = _thinned if 2 * counts.shape[0] <= capacity else _picked
    return way(key, counts, n, capacity)


def _picked(key, counts, n, capacity):
    """Draw n distinct ranks and count their labels."""
    return tally(
        located(counts, distinct_ranks(key, jnp.sum(counts), n, capacity)), n, counts.shape[0]
    )


def _thinned(key, counts, n, capacity):
    r"""Take every item with probability $\approx n/N$, then pick what is missing or too much.

    The surplus is $O(\sqrt n)$ items. Items are exchangeable at every step, so the law is exact
    whatever that probability is, and no hypergeometric sampler is needed.
    """
    total, room = jnp.sum(counts), 2 * math.isqrt(capacity)
    n = jnp.minimum(jnp.asarray(n, jnp.int32), total)
    draw, nodes = (
        _binomials(fold_in(key, 0), 0, None),
        jnp.arange(counts.shape[0], dtype=jnp.uint32),
    )

    def mended(state):
        attempt, taken = state
        # `room` is at least two standard deviations of the surplus, so one round is usually enough.
        surplus = jnp.sum(taken) - n
        among = jnp.where(surplus > 0, taken, counts - taken)
        moved = _picked(fold_in(key, attempt), among, jnp.minimum(jnp.abs(surplus), room), room)
        return attempt + 1, taken - jnp.sign(surplus) * moved

    start = jnp.uint32(1), draw(nodes, counts, n / jnp.maximum(total, 1))
    return lax.while_loop(lambda state: jnp.sum(state[1]) != n, mended, start)[1]


def _binomials(key, *axes):
    """Return a function that draws binomials of n and p, each by the word of its node.

    `axes` says which of n and p differ from node to node.
    """
    cipher = word_pair(key)
    return jax.vmap(
        lambda node, n, p: binomial_of_seed((*cipher, jnp.uint32(0), node), n, p),
        in_axes=(0, *axes),
    )


@checked(key=check_typed_key, n=Whole(0), weights=_WEIGHTS)
def by_binomials(key, n, weights):
    """Draw multinomial counts by splitting n down a binary tree of sums.

    Every split is a binomial given the node above it. The splits are drawn a few at a time, from
    the root down, by one program for all of them.
    """
    categories, draw = weights.shape[0], _binomials(key, 0, 0)
    sums = _heap(weights)
    share = jnp.pad(
        # An empty subtree gets share 0 / 1: a division by zero would pass NaN down the tree.
        sums[::2] / jnp.where(sums[:categories] > 0, sums[:categories], 1),
        (0, _SPLITS),
    )
    whole = jnp.zeros(2 * (categories + _SPLITS), jnp.int32).at[1].set(jnp.asarray(n, jnp.int32))

    def split(counts, start):
        nodes = (start + jnp.arange(_SPLITS)).astype(jnp.uint32)
        above, part = (lax.dynamic_slice(x, (start,), (_SPLITS,)) for x in (counts, share))
        left = draw(nodes, above, part)
        return lax.dynamic_update_slice(
            counts, jnp.stack([left, above - left], axis=1).reshape(-1), (2 * start,)
        ), None

    counts, _ = lax.scan(split, whole, np.array(_starts(categories), np.int32))
    return counts[categories : 2 * categories]


def _starts(categories: int) -> list[int]:
    """Return where runs of `_SPLITS` nodes begin.

    What a run writes beyond its own children is empty; later runs write it again.
    """
    starts = [1]
    while (after := min(starts[-1] + _SPLITS, 2 * starts[-1])) < categories:
        starts.append(after)
    return starts if categories > 1 else []


def _heap(weights):
    """Return partial sums: node 1 is the total, node i has the children 2i and 2i + 1.

    The K leaves are the nodes from K on.
    """
    known, first = weights, weights.shape[0]
    while first > 1:
        # K leaves at the nodes from K on: no padding to a power of two, so exactly K - 1 splits.
        lower = (first + 1) // 2
        children = known[2 * lower - first : first]
        known, first = jnp.concatenate([children[::2] + children[1::2], known]), lower
    return jnp.concatenate([jnp.zeros(1, weights.dtype), known])
