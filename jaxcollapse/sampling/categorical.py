"""Labels from real weights by descent of a binary tree of sums: relative accuracy for the rarest
category.
"""

import jax.numpy as jnp
from jax import lax

from .._keys import RandomStream
from .normal import open_uniform


def sum_tree(weights):
    """Heap of partial sums of even depth: node 1 is the total, node i has children 2i and 2i + 1,
    leaves start at `len // 2`.
    """
    depth = max(0, weights.shape[0] - 1).bit_length()
    leaves = 1 << depth + depth % 2
    level = jnp.concatenate([weights, jnp.zeros(leaves - weights.shape[0], weights.dtype)])
    levels = [level]
    while level.shape[0] > 1:
        level = level[0::2] + level[1::2]
        levels.append(level)
    return jnp.concatenate([jnp.zeros(1, weights.dtype), *levels[::-1]])


def _turns(heap):
    """The share of the lighter child of every inner node, negative where that is the left one."""
    left, right = heap[0::2], heap[1::2]
    share = jnp.minimum(left, right) / jnp.where(left + right > 0, left + right, 1)
    return jnp.where(right <= left, share, -jnp.maximum(share, jnp.finfo(share.dtype).tiny))


def categorical(key, weights, size: int):
    r"""`size` independent category labels with probabilities proportional to `weights`, int32.

    Each level compares a fresh 32-bit uniform with the share of the lighter child: the chance of
    turning there is off by at most $2^{-33}$ and by rounding, and a category of weight zero is
    never drawn. One block of words makes two levels.
    """
    turns = _turns(sum_tree(jnp.asarray(weights, jnp.result_type(float))))
    leaves = turns.shape[0]

    def below(node, word):
        turn, u = turns.at[node].get(mode="promise_in_bounds"), open_uniform(word)
        return 2 * node + ((turn >= 0) == (u <= jnp.abs(turn))).astype(jnp.int32)

    def descend(pair, node):
        first, second = RandomStream(key, pair, 0).blocks(size)
        return below(below(node, first), second)

    return (
        lax.fori_loop(0, (leaves.bit_length() - 1) // 2, descend, jnp.ones(size, jnp.int32))
        - leaves
    )
