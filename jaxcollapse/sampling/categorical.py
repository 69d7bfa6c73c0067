"""Labels from real weights by descent of a binary tree of sums: relative accuracy for the rarest category."""

import jax.numpy as jnp
from jax import lax

from .._keys import fold_in, words
from .normal import open_uniform


def sum_tree(weights):
    """Heap of partial sums: node 1 is the total, node i has children 2i and 2i + 1, leaves start at `len // 2`."""
    leaves = 1 << max(0, weights.shape[0] - 1).bit_length()
    level = jnp.concatenate([weights, jnp.zeros(leaves - weights.shape[0], weights.dtype)])
    levels = [level]
    while level.shape[0] > 1:
        level = level[0::2] + level[1::2]
        levels.append(level)
    return jnp.concatenate([jnp.zeros(1, weights.dtype), *levels[::-1]])


def categorical(key, weights, size: int):
    """`size` independent category labels with probabilities proportional to `weights`, int32.

    Each level compares a fresh 32-bit uniform with the share of the lighter child, so that a category of probability
    1e-12 is drawn with its own probability and one of weight zero never.
    """
    heap = sum_tree(jnp.asarray(weights, jnp.result_type(float)))
    depth = (heap.shape[0] // 2).bit_length() - 1

    def descend(level, node):
        left, right = heap[2 * node], heap[2 * node + 1]
        u = open_uniform(words(fold_in(key, level), size)) * (left + right)
        to_right = jnp.where(right <= left, u <= right, u > left)
        return 2 * node + to_right.astype(jnp.int32)

    node = lax.fori_loop(0, depth, descend, jnp.ones(size, jnp.int32))
    return node - heap.shape[0] // 2
