r"""Gamma laws of known shape, $V=\mu^2/r$, the quadratic-variance family with a scale."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..domains import POSITIVE
from ..evidence import LogSums
from ..records import AnyArray, field
from ..sampling import log_gamma
from .base import as_float, log_gamma_tilts
from .frames import exponential, frame
from .qvf import AbstractQVF, each


class LogMeanParams(eqx.Module):
    """A positive mean, stored as its logarithm."""

    log_mean: Float[AnyArray, ""]

    @property
    def mean(self):
        return exponential(self.log_mean)

    def seen_from(self, frame):
        """The law of the data seen from a frame without offset."""
        return LogMeanParams(frame.logarithm(self.log_mean))


class AbstractGamma(AbstractQVF):
    r"""Gamma with known shape r: $V = \mu^2/r$.

    The mean is a martingale that tends to zero almost surely, so its logarithm is stored.
    """

    shape: eqx.AbstractVar[Float[Array, ""]]
    tilts: ClassVar[tuple[float, ...]] = (2.0,)

    @property
    def variance_function(self):
        return (0.0, 0.0, 1.0 / self.shape)

    @property
    def mean_domain(self):
        return POSITIVE

    def params(self, mean) -> LogMeanParams:
        POSITIVE.check_one("mean", mean)
        return LogMeanParams(
            jnp.log(mean) if isinstance(mean, jax.Array) else np.log(np.asarray(mean, float))
        )

    def frame_of(self, truth):
        return frame(0.0, truth.log_mean)

    def sample(self, key, params, size):
        shape = as_float(self.shape)
        draws = each(key, size, lambda own: log_gamma(own, shape))
        return jnp.exp(params.log_mean - jnp.log(shape) + draws)

    def statistics(self, samples, params):
        del params
        total = jnp.sum(samples.weights * samples.values)
        return LogSums(jnp.sum(samples.weights), jnp.log(total))

    def sample_statistics(self, key, params, n, capacity):
        del capacity
        shape, count = as_float(self.shape), as_float(n)
        return LogSums(count, log_gamma(key, shape * count) - jnp.log(shape), params.log_mean)

    def draw_tilted(self, innovations, source, params, n, power):
        """The total in units of the model, a gamma variate, is tilted by its power p."""
        shape, count = as_float(self.shape), as_float(n)
        log_total = log_gamma(source.key, shape * count + power) - jnp.log(shape)
        return LogSums(count, log_total, params.log_mean)

    def log_tilts(self, evidence: LogSums, params, n):
        shape = as_float(self.shape)
        log_x = evidence.log_total + jnp.log(shape)
        return log_gamma_tilts(log_x, shape * as_float(n), self.tilts)

    def estimate(self, evidence: LogSums):
        return LogMeanParams(evidence.log_over(evidence.count))


class Gamma(AbstractGamma):
    """Gamma with a known shape."""

    shape: Float[Array, ""] = field(POSITIVE, 2.0, doc="the shape r, known and kept")


class Exponential(AbstractGamma):
    """Gamma of shape one."""

    @property
    def shape(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return 1.0
