r"""The multivariate Gaussian with unknown mean and covariance in any dimension.

The sample size may be below the dimension. The covariance is stored as $\Sigma =
M\,\mathrm{diag}(e^{2s})M^\top$ with M unit lower triangular. One fit multiplies the Cholesky factor
by a Bartlett factor, $L_t = L_{t-1} A_t / \sqrt{n - \mathrm{ddof}}$. In this form it needs no
factorization and does not underflow.
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..domains import PROBABILITY, REAL, Covariance
from ..evidence import MultivariateMoments
from ..numerics.precision import precise_product
from ..numerics.triangular import (
    ldl_factor,
    ldl_product,
    ldl_times_lower,
    lower_indices,
    lower_times_vector,
    unit_lower,
)
from ..numerics.vectorize import over_trailing_axes
from ..records import AnyArray, field
from ..sampling import bartlett_from_normals, complex_normals, normal
from .base import AbstractInnovationsFamily, as_float, per_model
from .frames import frame


# Small matrices are worked on for many replicas at a time, as arrays whose last axis is the
# replica. `jax.vmap` would give one tiny matrix kernel per replica: at d = 10 a generation took 840
# ns per replica, and takes about 80.
@over_trailing_axes
def _refitted(mean, log_diagonal, below, innovations, freedom, shrink):
    """Return mean and factor of the scatter of a sample.

    They follow from mean and factor of the model and from standard normals. The diagonal is
    relative to that of the model.
    """
    d = mean.shape[0]
    z = jnp.concatenate([innovations.real, innovations.imag])
    step = jnp.exp(log_diagonal) * z[:d] * shrink
    log_scale, lower = bartlett_from_normals(z[d : d * (d + 3) // 2], freedom)
    moved = mean + lower_times_vector(below, step)
    return moved, *ldl_times_lower(log_diagonal, below, log_scale, lower)


class MultivariateGaussianParams(eqx.Module):
    r"""Mean and covariance $M\,\mathrm{diag}(e^{2s})M^\top$.

    $s$ is `log_diagonal`; `below` is the strictly lower part of the unit lower triangular M.
    """

    mean: Float[AnyArray, " d"]
    log_diagonal: Float[AnyArray, " d"]
    below: Float[AnyArray, " pairs"]

    @per_model
    def unit_lower(self):
        return unit_lower(self.below)

    @per_model
    def covariance(self):
        return ldl_product(self.log_diagonal, self.below)

    def seen_from(self, frame):
        """The law of the data seen from a frame."""
        scale = frame.logarithm(self.log_diagonal)
        return MultivariateGaussianParams(frame.point(self.mean), scale, self.below)


class MultivariateGaussian(AbstractInnovationsFamily):
    r"""Normal law in d dimensions fitted by its sample mean and covariance $S/(n-\mathrm{ddof})$.

    Args:
        ddof: 1 for the unbiased covariance, 0 for maximum likelihood.

    Example:
        >>> import jaxcollapse as jc
        >>> covariance = [[2.0, 0.3], [0.3, 1.0]]
        >>> truth = jc.MultivariateGaussian.params(mean=[0.0, 1.0], covariance=covariance)
        >>> [[round(float(x), 3) for x in row] for row in truth.covariance]
        [[2.0, 0.3], [0.3, 1.0]]

    References:
        Bartlett, Proc. R. Soc. Edinburgh 53:260 (1933); Alemohammad et al., arXiv 2307.01850.
    """

    ddof: Float[Array, ""] = field(PROBABILITY, 1, doc="delta degrees of freedom of the covariance")
    minimum_size: ClassVar[int] = 2
    replica_axis: ClassVar[int] = -1

    @staticmethod
    def params(mean, covariance) -> MultivariateGaussianParams:
        """The law N(mean, covariance).

        Raises:
            ValueError: if the covariance is not positive definite.
        """
        REAL.check("mean", mean)
        Covariance().check("covariance", covariance)
        mean, covariance = np.asarray(mean, float), np.asarray(covariance, float)
        if mean.shape != covariance.shape[:1]:
            raise ValueError(
                f"mean must have shape {covariance.shape[:1]} to go with covariance, "
                f"got {mean.shape}"
            )
        factor = np.linalg.cholesky(covariance)
        diagonal = np.diagonal(factor)
        below = (factor / diagonal)[lower_indices(len(mean))]
        return MultivariateGaussianParams(mean, np.log(diagonal), below)

    def frame_of(self, truth):
        scales = np.asarray(truth.log_diagonal, float)
        return frame(truth.mean, scales.max(), scales)

    def sample(self, key, params, size):
        d = params.mean.shape[-1]
        factor = params.unit_lower * jnp.exp(params.log_diagonal)[None, :]
        z = normal(key, (size, d))
        return params.mean[None, :] + precise_product(z, factor.T)

    def statistics(self, samples, params):
        del params
        weights, x = samples.weights, samples.values
        count = jnp.sum(weights)
        mean = weights @ x / count
        # Two passes, as for one variable: products of uncentered data would cancel.
        centered = x - mean[None, :]
        weighted = weights[:, None] * centered
        scatter = precise_product(centered.T, weighted)
        # Scaled to one before it is factored: a collapsed covariance underflows otherwise.
        scale = jnp.max(jnp.diagonal(scatter))
        log_scale = jnp.where(scale > 0, 0.5 * jnp.log(scale), 0.0)
        log_diagonal, below = ldl_factor(scatter * jnp.exp(-2 * log_scale))
        return MultivariateMoments(
            count, jnp.sum(weights**2), mean, log_diagonal + log_scale, below
        )

    def innovations(self, source, params):
        d = params.mean.shape[-1]
        # One complex array: XLA computes every result of a fusion separately, so that two arrays
        # would draw all words twice.
        return complex_normals(source, (d * (d + 3) // 2 + 1) // 2)

    def respond(self, innovations, params, n, capacity):
        del capacity
        d = params.mean.shape[-1]
        count = as_float(n)
        freedom, shrink = count - 1 - jnp.arange(d), jnp.broadcast_to(1 / jnp.sqrt(count), (d,))
        mean, log_diagonal, below = _refitted(
            params.mean, params.log_diagonal, params.below, innovations, freedom, shrink
        )
        # The diagonal is in units of the model's; see `Gaussian.respond`.
        return MultivariateMoments(count, count, mean, log_diagonal, below, params.log_diagonal)

    def estimate(self, evidence: MultivariateMoments):
        freedom = evidence.count - self.ddof * evidence.squares / evidence.count
        return MultivariateGaussianParams(evidence.mean, evidence.log_over(freedom), evidence.below)
