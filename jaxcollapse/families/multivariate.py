r"""The multivariate Gaussian with mean and covariance unknown, in any dimension, n below d included.

The covariance is kept as $\Sigma = M\,\mathrm{diag}(e^{2s})M^\top$ with M unit lower triangular. One fit multiplies the
Cholesky factor by a Bartlett factor, $L_t = L_{t-1} A_t / \sqrt{n - \mathrm{ddof}}$, which in this form neither
needs a factorization nor underflows.
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._keys import fold_in
from .._linear import ldl_factor, ldl_product, ldl_times_lower
from ..domains import PROBABILITY, REAL, Covariance, field
from ..evidence import MultivariateMoments
from ..sampling import bartlett, normal
from .base import AbstractExponentialFamily, as_float


class MultivariateGaussianParams(eqx.Module):
    r"""Mean and covariance $M\,\mathrm{diag}(e^{2s})M^\top$ with $s$ = `log_diagonal` and $M$ = `unit_lower`."""

    mean: Float[Array, " d"]
    log_diagonal: Float[Array, " d"]
    unit_lower: Float[Array, "d d"]

    @property
    def covariance(self):
        return ldl_product(self.log_diagonal, self.unit_lower)


class MultivariateGaussian(AbstractExponentialFamily):
    r"""Normal law in d dimensions fitted by its sample mean and covariance $S/(n-\mathrm{ddof})$.

    Args:
        ddof: 1 for the unbiased covariance, 0 for maximum likelihood.

    Example:
        >>> import jaxcollapse as jc
        >>> truth = jc.MultivariateGaussian.params(mean=[0.0, 1.0], covariance=[[2.0, 0.3], [0.3, 1.0]])
        >>> [[round(float(x), 3) for x in row] for row in truth.covariance]
        [[2.0, 0.3], [0.3, 1.0]]

    References:
        Bartlett, Proc. R. Soc. Edinburgh 53:260 (1933); Alemohammad et al., arXiv 2307.01850.
    """

    ddof: Float[Array, ""] = field(PROBABILITY, 1, doc="delta degrees of freedom of the covariance")
    minimum_size: ClassVar[int] = 2

    @staticmethod
    def params(mean, covariance) -> MultivariateGaussianParams:
        """The law N(mean, covariance). Raises `ValueError` unless the covariance is positive definite."""
        REAL.check("mean", mean)
        Covariance().check("covariance", covariance)
        mean, covariance = np.asarray(mean, float), np.asarray(covariance, float)
        if mean.shape != covariance.shape[:1]:
            raise ValueError(f"mean must have shape {covariance.shape[:1]} to go with covariance, got {mean.shape}")
        factor = np.linalg.cholesky(covariance)
        diagonal = np.diagonal(factor)
        return MultivariateGaussianParams(mean, np.log(diagonal), factor / diagonal)

    def sample(self, key, params, size):
        d = params.mean.shape[-1]
        factor = params.unit_lower * jnp.exp(params.log_diagonal)[None, :]
        return params.mean[None, :] + normal(key, (size, d)) @ factor.T

    def statistics(self, samples, params):
        del params
        weights, x = samples.weights, samples.values
        count = jnp.sum(weights)
        mean = weights @ x / count
        centred = x - mean[None, :]
        scatter = centred.T @ (weights[:, None] * centred)
        scale = jnp.max(jnp.diagonal(scatter))
        log_scale = jnp.where(scale > 0, 0.5 * jnp.log(scale), 0.0)
        log_diagonal, unit_lower = ldl_factor(scatter * jnp.exp(-2 * log_scale))
        return MultivariateMoments(
            count, jnp.sum(weights**2), mean, log_diagonal + log_scale, unit_lower
        )

    def sample_statistics(self, key, params, n, capacity):
        del capacity
        d = params.mean.shape[-1]
        count = as_float(n)
        step = jnp.exp(params.log_diagonal) * normal(fold_in(key, 0), (d,)) / jnp.sqrt(count)
        log_scale, lower = bartlett(fold_in(key, 1), count - 1, d)
        log_diagonal, unit_lower = ldl_times_lower(params.log_diagonal, params.unit_lower, log_scale, lower)
        return MultivariateMoments(count, count, params.mean + params.unit_lower @ step, log_diagonal, unit_lower)

    def estimate(self, evidence):
        freedom = evidence.count - self.ddof * evidence.squares / evidence.count
        log_diagonal = evidence.log_diagonal - 0.5 * jnp.log(freedom)
        return MultivariateGaussianParams(evidence.mean, log_diagonal, evidence.unit_lower)
