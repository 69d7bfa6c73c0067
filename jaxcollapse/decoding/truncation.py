"""Truncation at the scale of the model.

The sampled law leaves the family, so observations are drawn one by one.
"""

from functools import singledispatch
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jax.scipy.special import ndtr, ndtri
from jaxtyping import Array, Float

from .._keys import check_typed_key
from ..arguments import checked
from ..domains import POSITIVE, Integer
from ..families import AbstractFamily, Gaussian
from ..records import field
from ..sampling.normal import uniforms
from .base import AbstractDecoding, undefined


class Truncate(AbstractDecoding):
    r"""Sample within c standard deviations of the mean only: $|x-\mu|<c\sigma$.

    This is the truncation trick. The law that is sampled leaves the family, so observations are
    drawn one by one. Its variance is $\tau\sigma^2$, $\tau=1-\frac{2c\varphi(c)}{2\Phi(c)-1}$.
    Families: Gaussian.

    Args:
        bound: c, positive.
    """

    bound: Float[Array, ""] = field(POSITIVE, 2.0, doc="standard deviations on either side")
    closed: ClassVar[bool] = False

    def in_frame(self, frame):
        return self

    def sample(self, key, family, params, size):
        return truncated_sample(family, key, params, size, self.bound)


@checked(
    family=AbstractFamily, key=check_typed_key, params=eqx.Module, size=Integer(1), bound=POSITIVE
)
@singledispatch
def truncated_sample(family: AbstractFamily, key, params, size, bound) -> Array:
    """Draw within `bound` standard deviations of the mean.

    Register a function for your own family.
    """
    raise undefined("Truncate", family)


@truncated_sample.register
def _(family: Gaussian, key, params, size, bound):
    # Inversion between the two bounds: rejection would need a loop with a traced length.
    below = ndtr(-jnp.asarray(bound, jnp.result_type(float)))
    z = ndtri(below + (1 - 2 * below) * uniforms(key, size))
    # Inversion at a uniform of exactly one can land beyond the bound by rounding error.
    return params.mean + jnp.exp(0.5 * params.log_variance) * jnp.clip(z, -bound, bound)
