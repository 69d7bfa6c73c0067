"""The generalized hyperbolic secant family, the sixth with quadratic variance function."""

import equinox as eqx
import jax.numpy as jnp

from ..domains import REAL, Integer
from ..sampling import hyperbolic_secant, hyperbolic_secant_sum
from .base import as_float
from .qvf import AbstractMeanQVF, each


class HyperbolicSecant(AbstractMeanQVF):
    r"""Generalized hyperbolic secant with r summands: $V = r + \mu^2/r$.

    It never collapses; its tails become heavy.
    """

    summands: int = eqx.field(default=1, static=True)

    def __check_init__(self):
        Integer(1, 64).check("HyperbolicSecant.summands", self.summands)

    @property
    def variance_function(self):
        return (float(self.summands), 0.0, 1.0 / self.summands)

    @property
    def mean_domain(self):
        return REAL

    def sample(self, key, params, size):
        part = params.mean / self.summands
        draws = each(key, size * self.summands, lambda own: hyperbolic_secant(own, part))
        return jnp.sum(draws.reshape(size, self.summands), axis=1)

    def total(self, key, mean, n):
        count = as_float(n) * self.summands
        return hyperbolic_secant_sum(key, count, mean / self.summands)
