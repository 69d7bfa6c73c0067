"""The precision in which programs compute."""

import jax.numpy as jnp
from jax import lax


def is_double() -> bool:
    """Whether programs compute in double precision here, under `jax_enable_x64`."""
    return jnp.result_type(float) == jnp.float64


def precise_product(left, right):
    """The matrix product, in all bits: accelerators multiply in fewer by default."""
    return jnp.matmul(left, right, precision=lax.Precision.HIGHEST)
