r"""A normal law fitted to real data of another law: the class does not hold the truth.

With p the law of the real data and $N_p$ the normal law of its mean and variance, every fit q of
normal laws has $\mathrm{KL}(p\|q)=\mathrm{KL}(p\|N_p)+\mathrm{KL}(N_p\|q)$: what the class costs is
paid once, and what finite samples cost comes on top.
"""

import abc
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp, ndtr, ndtri
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from .._keys import fold_in
from ..domains import POSITIVE, PROBABILITY, REAL, Simplex
from ..records import AnyArray, Record, field
from ..sampling import normal
from .base import AbstractFamily
from .gaussian import Gaussian, GaussianParams

# Points of the trapezoidal rule for a normal law, which reaches 8 standard deviations.
NORMAL_POINTS = 385
# Panels and nodes of the rule for a source on an interval.
PANELS, NODES = 48, 8


class AbstractSource(Record):
    """The law of real data, moved and scaled to mean 0 and variance 1."""

    @abc.abstractmethod
    def standard(self, key, size: int) -> Float[Array, " size"]:
        """Draw `size` independent observations."""

    @abc.abstractmethod
    def points(self) -> tuple[Array, Array]:
        """Return points and weights whose averages are expectations, shape (points,) each."""

    @abc.abstractmethod
    def log_density(self, z) -> Array:
        """Return the log density at points z of one axis."""

    @abc.abstractmethod
    def distribution(self, z) -> Array:
        """Return the probabilities of values up to points z of one axis."""

    @property
    @abc.abstractmethod
    def excess_kurtosis(self) -> Any:
        """The fourth moment less 3."""


def _panels(low: float, high: float, density):
    """Points and weights of Gauss and Legendre for a law on an interval, of mean 0, variance 1."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    edges = np.linspace(low, high, PANELS + 1)
    half = np.diff(edges)[:, None] / 2
    z = (edges[:-1, None] + half * (1 + nodes)).ravel()
    mass = (half * weights).ravel() * density(z)
    mass /= mass.sum()
    return z / np.sqrt(mass @ z**2), mass


class LaplaceSource(AbstractSource):
    """The double exponential law."""

    def standard(self, key, size):
        return jax.random.laplace(key, (size,)) / np.sqrt(2)

    def points(self):
        # Twice the panels on one side: the density has a kink at zero.
        z, mass = _panels(-20.0, 20.0, lambda z: np.exp(-np.sqrt(2) * np.abs(z)))
        return jnp.asarray(z, float), jnp.asarray(mass, float)

    def log_density(self, z):
        return -0.5 * np.log(2) - np.sqrt(2) * jnp.abs(z)

    def distribution(self, z):
        tail = 0.5 * jnp.exp(-np.sqrt(2) * jnp.abs(z))
        return jnp.where(z < 0, tail, 1 - tail)

    @property
    def excess_kurtosis(self):
        return 3.0


class UniformSource(AbstractSource):
    """The uniform law on an interval."""

    def standard(self, key, size):
        return np.sqrt(3) * (2 * jax.random.uniform(key, (size,)) - 1)

    def points(self):
        z, mass = _panels(-np.sqrt(3), np.sqrt(3), np.ones_like)
        return jnp.asarray(z, float), jnp.asarray(mass, float)

    def log_density(self, z):
        # The points of the rule end where the interval does, up to rounding.
        inside = jnp.abs(z) <= np.sqrt(3) * (1 + 1e-6)
        return jnp.where(inside, -0.5 * np.log(12), -jnp.inf)

    def distribution(self, z):
        return jnp.clip(0.5 + z / np.sqrt(12), 0.0, 1.0)

    @property
    def excess_kurtosis(self):
        return -1.2


class MixtureSource(AbstractSource):
    """A mixture of normal laws.

    Args:
        weights: probabilities of the components, shape (components,).
        means: their means, in any unit.
        variances: their variances, in the square of that unit.
    """

    weights: Float[Array, " components"] = field(Simplex(), (0.7, 0.3), doc="shares")
    means: Float[Array, " components"] = field(REAL, (0.0, 3.0), doc="means")
    variances: Float[Array, " components"] = field(POSITIVE, (1.0, 0.4), doc="variances")

    def __check_init__(self):
        shapes = [np.shape(each) for each in (self.weights, self.means, self.variances)]
        if len(set(shapes)) > 1:
            raise ValueError(f"MixtureSource needs arrays of one shape, got {shapes}")

    @property
    def _standardized(self):
        """Weights, means and standard deviations at mean 0 and variance 1."""
        shares = self.weights / jnp.sum(self.weights)
        apart = self.means - shares @ self.means
        scale = jnp.sqrt(shares @ (self.variances + apart**2))
        return shares, apart / scale, jnp.sqrt(self.variances) / scale

    def standard(self, key, size):
        shares, means, deviations = self._standardized
        which = jax.random.categorical(fold_in(key, 0), jnp.log(shares), shape=(size,))
        return means[which] + deviations[which] * normal(fold_in(key, 1), (size,))

    def points(self):
        shares, means, deviations = self._standardized
        z, mass = normal_points()
        places = means[:, None] + deviations[:, None] * z[None, :]
        return places.ravel(), (shares[:, None] * mass[None, :]).ravel()

    def log_density(self, z):
        shares, means, deviations = self._standardized
        seen = (z[:, None] - means[None, :]) / deviations[None, :]
        each = norm.logpdf(seen) - jnp.log(deviations)[None, :]
        return logsumexp(jnp.log(shares)[None, :] + each, axis=1)

    def distribution(self, z):
        shares, means, deviations = self._standardized
        return ndtr((z[:, None] - means[None, :]) / deviations[None, :]) @ shares

    @property
    def excess_kurtosis(self):
        shares, means, deviations = self._standardized
        fourth = means**4 + 6 * means**2 * deviations**2 + 3 * deviations**4
        return shares @ fourth - 3


def normal_points():
    """Points and weights of the standard normal law."""
    z = np.linspace(-8, 8, NORMAL_POINTS)
    mass = np.exp(-0.5 * z**2)
    mass /= mass.sum()
    return jnp.asarray(z / np.sqrt(mass @ z**2), float), jnp.asarray(mass, float)


class MisspecifiedParams(GaussianParams):
    """Mean and log-variance of a law, and whether it is normal (1) or of the source's shape (0)."""

    normal: Float[AnyArray, ""]

    def seen_from(self, frame):
        """The law of the data seen from a frame."""
        moved = GaussianParams.seen_from(self, frame)
        return MisspecifiedParams(moved.mean, moved.log_variance, self.normal)


class MisspecifiedGaussian(AbstractFamily):
    r"""Normal law fitted to real data of a source that is not normal.

    Fits have the mean and the variance of their sample. Metrics compare them with the source:
    `kl_reverse` is $\mathrm{KL}(p\|q)$, p the source; `kl` is $\mathrm{KL}(q\|p)$.

    Args:
        source: the shape of the real law; mean and variance are those of the truth.
        ddof: 1 for the unbiased variance, 0 for the second moment about the sample mean.
        flexible: whether the class also has the source, moved and scaled. Of the two laws that has
            the distribution function nearer to the sample's is fitted.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> family = jc.MisspecifiedGaussian(jc.LaplaceSource())
        >>> r = jc.Recursion(family, jc.Replace(), truth=family.params(0.7, 1.7), n=50)
        >>> at = jc.simulate(jax.random.key(0), r, generations=2, replicas=3, carrier="population")
        >>> at.values(jc.kl_reverse)[0].round(4).tolist()
        [0.0, 0.0724, 0.0724]

    References:
        White, Econometrica 50:1 (1982); Csiszar, Ann. Probab. 3:146 (1975) for the projection.
    """

    source: AbstractSource = LaplaceSource()
    ddof: Float[Array, ""] = field(PROBABILITY, 1, doc="delta degrees of freedom of the variance")
    flexible: bool = eqx.field(default=False, static=True)
    minimum_size: ClassVar[int] = 2

    @staticmethod
    def params(mean=0.0, variance=1.0) -> MisspecifiedParams:
        """The source with this mean and variance.

        Raises:
            ValueError: if the variance is not positive.
        """
        made = Gaussian.params(mean, variance)
        return MisspecifiedParams(made.mean, made.log_variance, np.zeros(()))

    def frame_of(self, truth):
        return truth.frame()

    def sample(self, key, params, size):
        drawn = self.source.standard(fold_in(key, 0), size)
        z = jnp.where(params.normal > 0, normal(fold_in(key, 1), (size,)), drawn)
        return params.mean + jnp.exp(0.5 * params.log_variance) * z

    def fit(self, key, samples, init):
        fitted = Gaussian(self.ddof).fit(key, samples, init)
        kind = self._nearer(fitted, samples) if self.flexible else jnp.ones(())
        return MisspecifiedParams(fitted.mean, fitted.log_variance, kind)

    def _nearer(self, fitted, samples):
        """One where the sample is nearer to normal than to the source, else zero."""
        order = jnp.argsort(samples.values)
        z = (samples.values[order] - fitted.mean) * jnp.exp(-0.5 * fitted.log_variance)
        weights = samples.weights[order] / jnp.sum(samples.weights)
        below = jnp.cumsum(weights) - 0.5 * weights
        to_normal, to_source = (
            weights @ jnp.square(below - law(z)) for law in (ndtr, self.source.distribution)
        )
        return (to_normal < to_source).astype(weights.dtype)

    def log_density(self, params, x):
        """The log density of a model at x."""
        z = (x - params.mean) * jnp.exp(-0.5 * params.log_variance)
        normal_part = -0.5 * (jnp.square(z) + np.log(2 * np.pi))
        part = jnp.where(params.normal > 0, normal_part, self.source.log_density(z))
        return part - 0.5 * params.log_variance

    def points(self, params):
        """Points and weights whose averages are expectations under a model."""
        own, shares = normal_points()
        other, others = self.source.points()
        z = jnp.concatenate([own, other])
        weights = jnp.concatenate([params.normal * shares, (1 - params.normal) * others])
        return params.mean + jnp.exp(0.5 * params.log_variance) * z, weights

    def divergence(self, one, other):
        """KL of a model from another one, in nats."""
        x, weights = self.points(one)
        ratio = self.log_density(one, x) - self.log_density(other, x)
        return jnp.sum(jnp.where(weights > 0, weights * ratio, 0.0))

    def likeness(self, params):
        """The correlation of the quantiles of a model with those of the source, at most 1."""
        z, weights = self.source.points()
        # Beyond these limits the quantile of a single-precision probability is infinite.
        below = jnp.clip(self.source.distribution(z), 1e-7, 1 - 1e-7)
        return jnp.where(params.normal > 0, weights @ (z * ndtri(below)), 1.0)
