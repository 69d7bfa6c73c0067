"""Gaussian mixtures in one dimension, fitted by a fixed number of EM steps from the last model.

A step of EM matches the mean and the second moment of the sample exactly for any responsibilities.
So mixtures obey every law that assumes two matched moments.
"""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp
from jaxtyping import Array, Float

from .._keys import fold_in
from ..domains import POSITIVE, REAL, Integer, Real, Simplex
from ..records import AnyArray, field
from ..sampling import normal
from .base import AbstractFamily, per_model
from .frames import frame

# Steps of EM after which starts are compared.
SHORT_RUN = 32


class MixtureParams(eqx.Module):
    """Logarithms of the weights, means and log-variances of the components."""

    log_weights: Float[AnyArray, " components"]
    means: Float[AnyArray, " components"]
    log_variances: Float[AnyArray, " components"]

    @per_model
    def weights(self):
        return jnp.exp(self.log_weights - logsumexp(self.log_weights))

    @per_model
    def mean(self):
        return jnp.sum(self.weights * self.means)

    @per_model
    def log_variance(self):
        apart = 2 * jnp.log(jnp.abs(self.means - self.mean))
        return logsumexp(jnp.log(self.weights) + jnp.logaddexp(self.log_variances, apart))

    def standardized(self, center, log_scale):
        """Return the law of $(x - c)/s$."""
        means = (self.means - center) * jnp.exp(-log_scale)
        return MixtureParams(self.log_weights, means, self.log_variances - 2 * log_scale)

    def seen_from(self, frame):
        """The law of the data seen from a frame."""
        scales = frame.logarithm(self.log_variances, 2)
        return MixtureParams(self.log_weights, frame.point(self.means), scales)


class GaussianMixture(AbstractFamily):
    """Mixture of K Gaussians with free weights, means and variances; K is that of the truth.

    Responsibilities are computed in log space on standardized data. A component that explains less
    than $10^{-6}$ of the data stays where it is. The fit is stretched about its mean, so that
    `floor` adds no variance.

    Args:
        floor: least variance of a component in units of the sample's, which bounds the likelihood.
        steps: EM steps of every fit.
        starts: starts of every fit, the last model and others at random observations. Of short runs
            from all of them the likeliest is continued.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> family, spread = jc.GaussianMixture(), dict(means=[-1.0, 1.5], variances=[0.5, 1.2])
        >>> truth = family.params(weights=[0.6, 0.4], **spread)
        >>> r = jc.Recursion(family, jc.Replace(), truth=truth, n=50)
        >>> jc.simulate(jax.random.key(0), r, generations=3, replicas=2).params.means.shape
        (2, 4, 2)

    References:
        Dempster, Laird, Rubin, J. R. Statist. Soc. B 39:1 (1977); Hathaway, Ann. Statist. 13:795
        (1985) for the floor; Biernacki, Celeux, Govaert, Comput. Stat. Data Anal. 41:561 (2003) for
        short runs.
    """

    floor: Float[Array, ""] = field(
        Real(0.0, 1.0, (False, False), (0.001, 0.1)), 0.01, doc="least variance of a component"
    )
    steps: int = eqx.field(default=16, static=True)
    starts: int = eqx.field(default=1, static=True)
    minimum_size: ClassVar[int] = 2

    def __check_init__(self):
        Integer(1, 10**4).check("GaussianMixture.steps", self.steps)
        Integer(1, 1024).check("GaussianMixture.starts", self.starts)

    @staticmethod
    def params(weights, means, variances) -> MixtureParams:
        """The mixture with these weights, means and variances.

        Raises:
            ValueError: if the weights are no probabilities, a variance is not positive, or shapes
                differ.
        """
        Simplex().check("weights", weights)
        REAL.check("means", means)
        POSITIVE.check("variances", variances)
        weights, means, variances = (
            np.asarray(each, float) for each in (weights, means, variances)
        )
        if not weights.shape == means.shape == variances.shape:
            shapes = f"{weights.shape}, {means.shape}, {variances.shape}"
            raise ValueError(f"weights, means and variances must have one shape, got {shapes}")
        return MixtureParams(np.log(weights), means, np.log(variances))

    def frame_of(self, truth):
        # On the host in float64: the properties of a model are for single precision.
        logs, means, log_variances = (
            np.asarray(leaf, float)
            for leaf in (truth.log_weights, truth.means, truth.log_variances)
        )
        weights = np.exp(logs - logs.max())
        mean = np.average(means, weights=weights)
        reach = max(np.max(np.abs(means - mean)), np.exp(0.5 * log_variances.max()))
        spread = np.square((means - mean) / reach) + np.exp(log_variances - 2 * np.log(reach))
        return frame(mean, np.log(reach) + 0.5 * np.log(np.average(spread, weights=weights)))

    def sample(self, key, params, size):
        component = jax.random.categorical(fold_in(key, 0), params.log_weights, shape=(size,))
        spread = jnp.exp(0.5 * params.log_variances)[component]
        return params.means[component] + spread * normal(fold_in(key, 1), (size,))

    def fit(self, key, samples, init):
        weights = samples.weights / jnp.sum(samples.weights)
        center = jnp.sum(weights * samples.values)
        variance = jnp.sum(weights * jnp.square(samples.values - center))
        # A sample of one repeated value has variance zero; the inner `where` keeps log(0) out.
        positive = jnp.where(variance > 0, variance, 1.0)
        log_scale = jnp.where(variance > 0, 0.5 * jnp.log(positive), 0.0)
        z = (samples.values - center) * jnp.exp(-log_scale)
        start = _stretched(init.standardized(init.mean, 0.5 * init.log_variance))
        if self.starts > 1:
            start = self.likeliest(key, start, z, weights)
        fitted = _stretched(self.climbed(start, z, weights, self.steps))
        means = center + jnp.exp(log_scale) * fitted.means
        return MixtureParams(fitted.log_weights, means, fitted.log_variances + 2 * log_scale)

    def climbed(self, start: MixtureParams, z, weights, steps: int) -> MixtureParams:
        """Take steps of EM on standardized data."""
        return jax.lax.fori_loop(0, steps, lambda _, params: self.step(params, z, weights), start)

    def likeliest(self, key, last: MixtureParams, z, weights) -> MixtureParams:
        """Return the likeliest end of short runs from the last model and from random starts."""
        shape = self.starts - 1, last.means.shape[0]
        rows = jax.random.categorical(key, jnp.log(weights), shape=shape)
        means = jnp.concatenate([last.means[None], z[rows]])
        level = jnp.zeros(shape, z.dtype)
        scales, shares = (
            jnp.concatenate([of_last[None], level])
            for of_last in (last.log_variances, last.log_weights)
        )
        starts = MixtureParams(shares, means, scales)
        ends = jax.vmap(lambda start: self.climbed(start, z, weights, SHORT_RUN))(starts)
        ranks = jax.vmap(lambda end: weights @ logsumexp(_joint(end, z), axis=1))(ends)
        best = jnp.argmax(jnp.where(jnp.isnan(ranks), -jnp.inf, ranks))
        return jax.tree.map(lambda leaf: leaf[best], ends)

    def shares(self, params: MixtureParams, z):
        """Return the probabilities that observations come from the components, one row each."""
        joint = _joint(params, z)
        return jnp.exp(joint - logsumexp(joint, axis=1, keepdims=True))

    def step(self, params: MixtureParams, z, weights) -> MixtureParams:
        """Take one step of EM on standardized data."""
        share = weights[:, None] * self.shares(params, z)
        mass = jnp.sum(share, axis=0)
        alive = mass > 1e-6
        safe = jnp.where(alive, mass, 1.0)
        means = jnp.where(alive, z @ share / safe, params.means)
        squares = jnp.sum(share * jnp.square(z[:, None] - means[None, :]), axis=0) / safe
        log_variances = jnp.where(
            alive, jnp.log(jnp.maximum(squares, self.floor)), params.log_variances
        )
        # The floor keeps a dead component's log-weight finite, so that it can come back to life.
        return MixtureParams(jnp.log(jnp.maximum(mass, 1e-12)), means, log_variances)


def _joint(params: MixtureParams, z):
    """Log densities of observations and components up to a constant, one row per observation."""
    distance = (
        jnp.square(z[:, None] - params.means[None, :]) * jnp.exp(-params.log_variances)[None, :]
    )
    return (params.log_weights - 0.5 * params.log_variances)[None, :] - 0.5 * distance


def _stretched(params: MixtureParams) -> MixtureParams:
    """Return the mixture moved and scaled to mean 0 and variance 1."""
    return params.standardized(params.mean, 0.5 * params.log_variance)
