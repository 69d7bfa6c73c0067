r"""The univariate Gaussian with unknown mean and variance.

The law of one fit of n observations from $N(\mu, \sigma^2)$ is exact for every n (Cochran's
theorem): $\hat\mu = \mu + \sigma Z/\sqrt n$ and $\hat\sigma^2 = \sigma^2 \chi^2_{n-1} / (n -
\mathrm{ddof})$, independent. The variance decays geometrically under replacement, so its logarithm
is stored.
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..domains import POSITIVE, PROBABILITY, REAL
from ..evidence import Moments
from ..records import AnyArray, field
from ..sampling import complex_normals, log_chi2_from_normal, normal
from .base import AbstractInnovationsFamily, as_float, log_gamma_tilts
from .frames import exponential, frame


class GaussianParams(eqx.Module):
    """Mean and log-variance of a normal law."""

    mean: Float[AnyArray, ""]
    log_variance: Float[AnyArray, ""]

    @property
    def variance(self):
        return exponential(self.log_variance)

    def seen_from(self, frame):
        """The law of the data seen from a frame."""
        return GaussianParams(frame.point(self.mean), frame.logarithm(self.log_variance, 2))

    def frame(self):
        """The frame of a truth: its mean and its standard deviation."""
        return frame(self.mean, 0.5 * self.log_variance)


class Gaussian(AbstractInnovationsFamily):
    r"""Normal law fitted by its sample mean and variance $S/(n - \mathrm{ddof})$.

    Args:
        ddof: 1 for the unbiased variance, 0 for maximum likelihood; any number in [0, 1].

    Example:
        >>> import jaxcollapse as jc
        >>> r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.0, 1.0), n=100)
        >>> float(jc.predict(jc.E(jc.variance), r, t=50))
        1.0

    References:
        Shumailov et al., Nature 631:755 (2024), section on the one-dimensional Gaussian (arXiv
        2305.17493).
    """

    ddof: Float[Array, ""] = field(PROBABILITY, 1, doc="delta degrees of freedom of the variance")
    minimum_size: ClassVar[int] = 2
    tilts: ClassVar[tuple[float, ...]] = (1.0,)

    @staticmethod
    def params(mean=0.0, variance=1.0) -> GaussianParams:
        """The law N(mean, variance).

        Raises:
            ValueError: if the variance is not positive.
        """
        REAL.check_one("mean", mean)
        POSITIVE.check_one("variance", variance)
        # Concrete variances stay on the host, so that the logarithm of the truth is exact in
        # float64.
        xp = np if isinstance(variance, (int, float, np.generic, np.ndarray)) else jnp
        return GaussianParams(
            xp.asarray(mean, dtype=float), xp.log(xp.asarray(variance, dtype=float))
        )

    def frame_of(self, truth):
        return type(truth).frame(truth)

    def sample(self, key, params, size):
        return params.mean + jnp.exp(0.5 * params.log_variance) * normal(key, (size,))

    def statistics(self, samples, params):
        del params
        weights, x = samples.weights, samples.values
        count = jnp.sum(weights)
        # Two passes: the mean of squares minus the squared mean would cancel.
        mean = jnp.sum(weights * x) / count
        return Moments(
            count, jnp.sum(weights**2), mean, jnp.log(jnp.sum(weights * jnp.square(x - mean)))
        )

    def innovations(self, source, params):
        del params
        # One complex number, drawn a generation ahead: the loop's noise must be a single array,
        # since XLA computes every result of a fusion separately and would draw two arrays twice.
        return complex_normals(source, 1)[0]

    def respond(self, innovations, params, n, capacity):
        del capacity
        count = as_float(n)
        return _responded(innovations, params, count, count - 1)

    def draw_tilted(self, innovations, source, params, n, power):
        """The scatter in units of the model, chi-square, is tilted by its power p."""
        del source
        count = as_float(n)
        return _responded(innovations, params, count, count - 1 + 2 * power)

    def log_tilts(self, evidence: Moments, params, n):
        del params
        half = 0.5 * (as_float(n) - 1)
        return log_gamma_tilts(evidence.log_scatter - np.log(2), half, self.tilts)

    def estimate(self, evidence: Moments):
        freedom = evidence.count - self.ddof * evidence.squares / evidence.count
        return GaussianParams(evidence.mean, evidence.log_over(freedom))


def _responded(innovations, params, count, freedom) -> Moments:
    """The statistics of so many observations, whose scatter has this freedom, from the noise."""
    mean = params.mean + jnp.exp(0.5 * params.log_variance) * innovations.real / jnp.sqrt(count)
    # The clamp keeps the quantile map in its domain; for one observation the scatter is zero
    # below.
    log_scatter = log_chi2_from_normal(innovations.imag, jnp.maximum(freedom, 1))
    log_scatter = jnp.where(count > 1, log_scatter, -jnp.inf)
    # The scatter is in units of the model's variance, which is passed on beside it, so that
    # the logarithm grows by one addition per generation. Two additions of opposite sign would
    # round one way, and long chains would drift.
    return Moments(count, count, mean, log_scatter, params.log_variance)
