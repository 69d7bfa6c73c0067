r"""The six natural exponential families with quadratic variance function.

$V(\mu) = v_0 + v_1\mu + v_2\mu^2$. The estimator is the sample mean. All second moments are
governed by $v_2$ alone: under replacement $E\,V(\mu_t) = V(\mu_0)(1 + v_2/n)^t$.

References:
    Morris, Ann. Statist. 10:65 (1982).
"""

import abc
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from .._keys import fold_in
from ..domains import POSITIVE, REAL, AbstractDomain, Integer, Real
from ..evidence import Sums
from ..records import AnyArray, field
from ..sampling import binomial, negative_binomial, normal, poisson, successes, successes_of_seed
from .base import AbstractExponentialFamily, as_float
from .frames import frame_of_mean

NON_NEGATIVE = Real(0.0, typical=(0.3, 3.0))


def each(key, size: int, draw):
    """Draw `size` observations, each by `draw` from a key of its own."""
    return jax.vmap(lambda i: draw(fold_in(key, i)))(jnp.arange(size))


class MeanParams(eqx.Module):
    """The mean parameter."""

    mean: Float[AnyArray, ""]

    def seen_from(self, frame):
        """The law of the data seen from a frame."""
        return MeanParams(frame.point(self.mean))


class AbstractQVF(AbstractExponentialFamily):
    """A natural exponential family with quadratic variance function, fitted by the sample mean."""

    @property
    @abc.abstractmethod
    def variance_function(self) -> tuple:
        """The coefficients (v0, v1, v2) of the variance as a function of the mean."""

    @property
    @abc.abstractmethod
    def mean_domain(self) -> AbstractDomain:
        """The range of the mean."""

    @abc.abstractmethod
    def params(self, mean):
        """The member of the family with this mean.

        Raises:
            ValueError: if the mean is outside the mean domain.
        """

    def variance_of(self, mean):
        """V(mean)."""
        v0, v1, v2 = self.variance_function
        return v0 + mean * (v1 + v2 * mean)


class AbstractMeanQVF(AbstractQVF):
    """A quadratic-variance family that stores its mean itself."""

    def params(self, mean) -> MeanParams:
        self.mean_domain.check_one("mean", mean)
        return MeanParams(np.asarray(mean, float) if not isinstance(mean, jax.Array) else mean)

    def statistics(self, samples, params):
        del params
        return Sums(jnp.sum(samples.weights), jnp.sum(samples.weights * samples.values))

    def estimate(self, evidence: Sums):
        return MeanParams(evidence.total / evidence.count)

    def canonical(self, params):
        return MeanParams(params.mean)

    @abc.abstractmethod
    def total(self, key, mean, n):
        """Draw the sum of n observations from its exact law."""

    def sample_statistics(self, key, params, n, capacity):
        del capacity
        return Sums(as_float(n), as_float(self.total(key, params.mean, n)))


class NormalMean(AbstractMeanQVF):
    r"""Normal with known variance: $V = \sigma^2$. It never collapses.

    The mean is a random walk.
    """

    known_variance: Float[Array, ""] = field(POSITIVE, 1.0, doc="the variance, known and kept")

    @property
    def variance_function(self):
        return (self.known_variance, 0.0, 0.0)

    @property
    def mean_domain(self):
        return REAL

    def frame_of(self, truth):
        return frame_of_mean(truth.mean, self.known_variance)

    def in_frame(self, frame):
        return NormalMean(frame.scaled(self.known_variance, 2))

    def sample(self, key, params, size):
        return params.mean + jnp.sqrt(self.known_variance) * normal(key, (size,))

    def total(self, key, mean, n):
        count = as_float(n)
        return count * mean + jnp.sqrt(count * self.known_variance) * normal(key)


class Poisson(AbstractMeanQVF):
    r"""Poisson: $V = \mu$. Under replacement the total is a critical branching process."""

    @property
    def variance_function(self):
        return (0.0, 1.0, 0.0)

    @property
    def mean_domain(self):
        return NON_NEGATIVE

    def sample(self, key, params, size):
        return as_float(each(key, size, lambda own: poisson(own, params.mean)))

    def total(self, key, mean, n):
        return poisson(key, as_float(n) * mean)


class AbstractBinomial(AbstractMeanQVF):
    r"""Number of successes in a fixed number k of trials: $V = \mu - \mu^2/k$.

    The mean is fixed at 0 or k in the end (Wright-Fisher).
    """

    # The lanes that need a closer look cost small kernels whose number does not grow with the tile,
    # so wide tiles spread that cost.
    least_lanes: ClassVar[int] = 1 << 13
    trials: eqx.AbstractVar[Int[Array, ""]]

    @property
    def variance_function(self):
        # A concrete number of trials gives Python floats, which laws read in float64.
        traced = isinstance(self.trials, jax.Array)
        return (0.0, 1.0, -1.0 / (as_float(self.trials) if traced else self.trials))

    @property
    def mean_domain(self):
        high = float(self.trials)
        return Real(0.0, high, typical=(0.1 * high, 0.9 * high))

    def sample(self, key, params, size):
        p = params.mean / self.trials
        return as_float(each(key, size, lambda own: binomial(own, self.trials, p)))

    def total(self, key, mean, n):
        return successes(key, as_float(n) * self.trials, mean / self.trials)

    def draw_statistics(self, innovations, source, params, n, capacity):
        # Bare words: building a typed key stacks two arrays, about 10 ns per draw. The product of
        # integers overflows, so both are floats before they meet.
        trials = as_float(n) * self.trials
        total = successes_of_seed(source.seed, trials, params.mean / self.trials)
        return Sums(as_float(n), total)


class Binomial(AbstractBinomial):
    """Binomial with a known number of trials."""

    trials: Int[Array, ""] = field(Integer(1, 2**20, typical=(1, 10)), 2, doc="number of trials k")


class Bernoulli(AbstractBinomial):
    """One trial: two categories, the haploid Wright-Fisher chain."""

    @property
    def trials(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return 1


class NegativeBinomial(AbstractMeanQVF):
    r"""Negative binomial of known size r: $V = \mu + \mu^2/r$."""

    size: Float[Array, ""] = field(POSITIVE, 2.0, doc="the size r, known and kept")

    @property
    def variance_function(self):
        return (0.0, 1.0, 1.0 / self.size)

    @property
    def mean_domain(self):
        return NON_NEGATIVE

    def sample(self, key, params, size):
        r = as_float(self.size)
        return as_float(each(key, size, lambda own: negative_binomial(own, r, params.mean)))

    def total(self, key, mean, n):
        count = as_float(n)
        return negative_binomial(key, count * as_float(self.size), count * mean)
