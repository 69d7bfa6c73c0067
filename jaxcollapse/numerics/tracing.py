"""Whether a computation is part of a larger program that is being compiled or vectorized."""

import jax
import jax.core
import jax.numpy as jnp


@jax.jit
def _nothing():
    return jnp.zeros(())


def is_traced(*trees) -> bool:
    """Whether these are part of a larger program that is being compiled or vectorized.

    Either a leaf is traced, or everything around is: then a result without inputs is traced too. A
    compiled function is asked, because a single operation takes longer.
    """
    return any(isinstance(leaf, jax.core.Tracer) for leaf in (_nothing(), *jax.tree.leaves(trees)))
