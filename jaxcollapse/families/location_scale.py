r"""Location and scale families: $\mu_t=\mu_{t-1}+\sigma_{t-1}A_t$, $\sigma_t=\sigma_{t-1}B_t$.

The pairs $(A_t,B_t)$ are independent and identically distributed. Every equivariant estimator gives
this recursion, so the moments of the scale are $E\sigma_t^s=\sigma_0^s(E B^s)^t$. Scales decay
geometrically and are stored as logarithms.
"""

import abc
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._keys import fold_in
from ..domains import POSITIVE, PROBABILITY, REAL
from ..evidence import Excess, Maximum
from ..records import AnyArray, field
from ..sampling import log_chi2_from_normal, normal
from .base import AbstractExponentialFamily, AbstractFamily, as_float, log_gamma_tilts
from .frames import exponential, frame
from .gaussian import Gaussian, GaussianParams


class AbstractLocationScale(AbstractFamily):
    """A law of fixed shape fitted by its sample mean and variance.

    `standard` draws it with mean 0 and variance 1.
    """

    ddof: eqx.AbstractVar[Float[Array, ""]]
    excess_kurtosis: eqx.AbstractClassVar[float]
    minimum_size: ClassVar[int] = 2

    @staticmethod
    def params(mean=0.0, variance=1.0) -> GaussianParams:
        """The member with this mean and variance.

        Raises:
            ValueError: if the variance is not positive.
        """
        return Gaussian.params(mean, variance)

    @abc.abstractmethod
    def standard(self, key, size: int) -> Array:
        """Draw `size` independent observations of mean 0 and variance 1."""

    @abc.abstractmethod
    def quantile(self, u: np.ndarray) -> np.ndarray:
        """Return the quantile of the law with mean 0 and variance 1 at u in (0, 1), on the host."""

    def frame_of(self, truth):
        return truth.frame()

    def sample(self, key, params, size):
        return params.mean + jnp.exp(0.5 * params.log_variance) * self.standard(key, size)

    def fit(self, key, samples, init):
        return Gaussian(self.ddof).fit(key, samples, init)


class Laplace(AbstractLocationScale):
    """Double exponential law: heavier tails than the normal.

    Args:
        ddof: 1 for the unbiased variance, 0 for the second moment about the sample mean.
    """

    ddof: Float[Array, ""] = field(PROBABILITY, 1, doc="delta degrees of freedom of the variance")
    excess_kurtosis: ClassVar[float] = 3.0

    def standard(self, key, size):
        return jax.random.laplace(key, (size,)) / np.sqrt(2)

    def quantile(self, u):
        return -np.sign(u - 0.5) * np.log1p(-np.abs(2 * u - 1)) / np.sqrt(2)


class Logistic(AbstractLocationScale):
    """Logistic law.

    Args:
        ddof: 1 for the unbiased variance, 0 for the second moment about the sample mean.
    """

    ddof: Float[Array, ""] = field(PROBABILITY, 1, doc="delta degrees of freedom of the variance")
    excess_kurtosis: ClassVar[float] = 1.2

    def standard(self, key, size):
        return jax.random.logistic(key, (size,)) * np.sqrt(3) / np.pi

    def quantile(self, u):
        return (np.log(u) - np.log1p(-u)) * np.sqrt(3) / np.pi


class UniformParams(eqx.Module):
    r"""Logarithm of the end $\theta$ of the interval $(0, \theta)$."""

    log_scale: Float[AnyArray, ""]

    @property
    def mean(self):
        return 0.5 * exponential(self.log_scale)

    @property
    def log_variance(self):
        return 2 * self.log_scale - np.log(12)

    def seen_from(self, frame):
        """The law of the data seen from a frame without offset."""
        return UniformParams(frame.logarithm(self.log_scale))


class Uniform(AbstractExponentialFamily):
    r"""Uniform law on $(0, \theta)$ fitted by maximum likelihood, $\hat\theta=\max_ix_i$.

    Every fit loses the end of the support.

    Example:
        >>> import jaxcollapse as jc
        >>> r = jc.Recursion(jc.Uniform(), jc.Replace(), truth=jc.Uniform.params(2.0), n=9)
        >>> round(float(jc.predict(jc.E(jc.log_variance), r, t=9)), 6)
        -2.0
    """

    tilts: ClassVar[tuple[float, ...]] = (2.0,)

    @staticmethod
    def params(scale=1.0) -> UniformParams:
        """The law on (0, scale).

        Raises:
            ValueError: if the scale is not positive.
        """
        POSITIVE.check_one("scale", scale)
        return UniformParams(_log(scale))

    def frame_of(self, truth):
        return frame(0.0, truth.log_scale)

    def sample(self, key, params, size):
        return jnp.exp(params.log_scale) * jax.random.uniform(key, (size,))

    def statistics(self, samples, params):
        del params
        # Absent observations count as zero, which is below every observation.
        largest = jnp.max(jnp.where(samples.weights > 0, samples.values, 0.0))
        return Maximum(jnp.sum(samples.weights), jnp.log(largest))

    def sample_statistics(self, key, params, n, capacity):
        del capacity
        # The maximum of n uniforms is u^(1/n), and -log u is an exponential variate.
        return Maximum(as_float(n), params.log_scale - jax.random.exponential(key) / as_float(n))

    def draw_tilted(self, innovations, source, params, n, power):
        """The maximum in units of the model is tilted by its power p."""
        count = as_float(n)
        step = jax.random.exponential(source.key) / (count + power)
        return Maximum(count, params.log_scale - step)

    def log_tilts(self, evidence: Maximum, params, n):
        p = jnp.asarray(self.tilts)
        return p * (evidence.log_maximum - params.log_scale) + jnp.log1p(p / as_float(n))

    def estimate(self, evidence: Maximum):
        return UniformParams(evidence.log_maximum)


class ShiftedExponentialParams(eqx.Module):
    """Where the support begins, and the logarithm of the mean distance from there."""

    location: Float[AnyArray, ""]
    log_scale: Float[AnyArray, ""]

    @property
    def mean(self):
        return self.location + exponential(self.log_scale)

    @property
    def log_variance(self):
        return 2 * self.log_scale

    def seen_from(self, frame):
        """The law of the data seen from a frame."""
        return ShiftedExponentialParams(frame.point(self.location), frame.logarithm(self.log_scale))


class ShiftedExponential(AbstractExponentialFamily):
    r"""Exponential law on $(\ell,\infty)$, fitted by the minimum and the mean distance from it.

    $\hat\ell=\min_ix_i$ and $\hat\sigma=\frac1{n-\mathrm{ddof}}\sum_i(x_i-\hat\ell)$. One fit is
    exact for every n: $\hat\ell=\ell+\sigma E/n$ with E standard exponential, and independent of it
    $\hat\sigma=\sigma\,\Gamma_{n-1}/(n-\mathrm{ddof})$. The support only ever shrinks.

    Args:
        ddof: 1 for the unbiased scale, 0 for maximum likelihood; any number in [0, 1].
    """

    ddof: Float[Array, ""] = field(PROBABILITY, 1, doc="delta degrees of freedom of the scale")
    minimum_size: ClassVar[int] = 2
    tilts: ClassVar[tuple[float, ...]] = (2.0,)

    @staticmethod
    def params(location=0.0, scale=1.0) -> ShiftedExponentialParams:
        """The law on (location, infinity).

        Raises:
            ValueError: if the scale is not positive.
        """
        REAL.check_one("location", location)
        POSITIVE.check_one("scale", scale)
        return ShiftedExponentialParams(np.asarray(location, float), _log(scale))

    def frame_of(self, truth):
        return frame(truth.location, truth.log_scale)

    def sample(self, key, params, size):
        return params.location + jnp.exp(params.log_scale) * jax.random.exponential(key, (size,))

    def statistics(self, samples, params):
        del params
        present = samples.weights > 0
        minimum = jnp.min(jnp.where(present, samples.values, jnp.inf))
        # Absent observations may hold anything: infinity times a weight of zero would be NaN.
        excess = jnp.sum(samples.weights * jnp.where(present, samples.values - minimum, 0.0))
        return Excess(
            jnp.sum(samples.weights), jnp.sum(samples.weights**2), minimum, jnp.log(excess)
        )

    def sample_statistics(self, key, params, n, capacity):
        del capacity
        count = as_float(n)
        return _gap_and_excess(key, params, count, 2 * jnp.maximum(count - 1, 1))

    def draw_tilted(self, innovations, source, params, n, power):
        """The excess in units of the model, a gamma variate, is tilted by its power p."""
        count = as_float(n)
        freedom = 2 * (jnp.maximum(count - 1, 1) + power)
        return _gap_and_excess(source.key, params, count, freedom)

    def log_tilts(self, evidence: Excess, params, n):
        return log_gamma_tilts(evidence.log_excess, as_float(n) - 1, self.tilts)

    def estimate(self, evidence: Excess):
        freedom = evidence.count - self.ddof * evidence.squares / evidence.count
        return ShiftedExponentialParams(evidence.minimum, evidence.log_over(freedom))


def _gap_and_excess(key, params, count, freedom) -> Excess:
    """The statistics of so many observations whose doubled excess has this freedom."""
    gap = jnp.exp(params.log_scale) * jax.random.exponential(fold_in(key, 0)) / count
    # A gamma variate of shape n - 1 is half a chi-square with 2 (n - 1) degrees of freedom.
    doubled = log_chi2_from_normal(normal(fold_in(key, 1)), freedom)
    log_excess = jnp.where(count > 1, doubled - np.log(2), -jnp.inf)
    return Excess(count, count, params.location + gap, log_excess, params.log_scale)


def _log(scale):
    """Return the logarithm, in float64 on the host for concrete scales."""
    return jnp.log(scale) if isinstance(scale, jax.Array) else np.log(np.asarray(scale, float))
