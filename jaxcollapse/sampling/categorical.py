"""Labels from real weights by descent of a binary tree of sums.

A tree of sums keeps the relative accuracy of the rarest category, which a cumulative sum loses.
"""

import jax.numpy as jnp
from jax import lax

from .._keys import RandomStream, check_typed_key
from ..arguments import arrays, checked
from ..domains import Integer, Real
from .normal import open_uniform


def sum_tree(weights):
    """Return a heap of partial sums of even depth.

    Node 1 is the total, node i has the children 2i and 2i + 1, the leaves start at `len // 2`.
    """
    depth = max(0, weights.shape[0] - 1).bit_length()
    # An even depth, because one block of two words makes two levels.
    leaves = 1 << depth + depth % 2
    level = jnp.concatenate([weights, jnp.zeros(leaves - weights.shape[0], weights.dtype)])
    levels = [level]
    while level.shape[0] > 1:
        level = level[0::2] + level[1::2]
        levels.append(level)
    return jnp.concatenate([jnp.zeros(1, weights.dtype), *levels[::-1]])


def _turns(heap):
    """Return the share of the lighter child of every inner node, negative if it is the left one."""
    left, right = heap[0::2], heap[1::2]
    share = jnp.minimum(left, right) / jnp.where(left + right > 0, left + right, 1)
    # One signed number per node, so that a level costs one gather. The smallest float stands for a
    # share of zero, whose sign would be lost. No uniform is that small, so that child is never
    # taken.
    return jnp.where(right <= left, share, -jnp.maximum(share, jnp.finfo(share.dtype).tiny))


@checked(key=check_typed_key, weights=arrays(Real(0.0), 1), size=Integer(1))
def categorical(key, weights, size: int):
    """Draw `size` independent labels with probabilities proportional to `weights`, int32.

    Each level compares a fresh 32-bit uniform with the share of the lighter child. The probability
    of turning there is off by at most $2^{-33}$ and by rounding. A category of weight zero is never
    drawn.
    """
    turns = _turns(sum_tree(jnp.asarray(weights, jnp.result_type(float))))
    leaves = turns.shape[0]

    def below(node, word):
        turn, u = turns.at[node].get(mode="promise_in_bounds"), open_uniform(word)
        return 2 * node + ((turn >= 0) == (u <= jnp.abs(turn))).astype(jnp.int32)

    # Both words of a block are used: one per level, two levels per round of the loop.
    def descend(pair, node):
        first, second = RandomStream(key, pair, 0).blocks(size)
        return below(below(node, first), second)

    return (
        lax.fori_loop(0, (leaves.bit_length() - 1) // 2, descend, jnp.ones(size, jnp.int32))
        - leaves
    )
