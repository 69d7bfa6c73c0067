"""The precision in which programs compute."""

import jax.numpy as jnp


def is_double() -> bool:
    """Whether programs compute in double precision here, under `jax_enable_x64`."""
    return jnp.result_type(float) == jnp.float64
