"""The gradient that the training of a net leaves, over all observations that it was trained on."""

import jax
import jax.numpy as jnp
from jax import lax

from .._keys import fold_in
from ..families.gradients import squared_gradient
from .base import AbstractNet
from .training import joined

# Observations whose gradients are computed side by side.
BLOCK = 32


@squared_gradient.register
def _(family: AbstractNet, evidence, model):
    """Two draws of the noise of the loss, whose product has the square of the gradient as mean."""
    parts = family.parts(model.weights)
    values, weights = evidence.values, evidence.weights / jnp.sum(evidence.weights)
    rows = values.shape[0]
    blocks = -(-rows // BLOCK)
    missing = blocks * BLOCK - rows
    values = jnp.concatenate([values, jnp.broadcast_to(values[:1], (missing, *values.shape[1:]))])
    weights = jnp.concatenate([weights, jnp.zeros(missing, weights.dtype)])

    def gradient_of(observation, key):
        def loss(parts):
            return family.loss(family.assembled(parts), observation[None], key)

        return joined(jax.grad(loss)(parts))

    def add(totals, block):
        start = block * BLOCK
        seen = lax.dynamic_slice_in_dim(values, start, BLOCK)
        share = lax.dynamic_slice_in_dim(weights, start, BLOCK)
        numbers = start + jnp.arange(BLOCK, dtype=jnp.uint32)
        sums, squares = totals
        for draw in range(2):
            keys = jax.vmap(lambda i, draw=draw: fold_in(jax.random.key(4), i, draw))(numbers)
            each = jax.vmap(gradient_of)(seen, keys)
            sums = sums.at[draw].add(share @ each)
            squares = squares + 0.5 * jnp.square(share) @ jnp.sum(jnp.square(each), axis=1)
        return (sums, squares), None

    nothing = jnp.zeros((2, model.weights.shape[0]), model.weights.dtype), jnp.zeros(())
    (sums, squares), _ = lax.scan(add, nothing, jnp.arange(blocks, dtype=jnp.uint32))
    return sums[0] @ sums[1] / jnp.where(squares > 0, squares, 1.0)
