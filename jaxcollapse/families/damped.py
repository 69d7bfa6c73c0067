r"""Fits that move only part of the way from the last model to the data.

Damping at rate $\eta$ stands for an optimizer that stops early after a warm start. A restricted
support stands for a class that does not contain the truth. Together with the sample size these are
the three sources of error in their simplest form.
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..domains import Real
from ..evidence import Counts, Moments, draw_counts
from ..records import field, leaf
from ..sampling.categorical import categorical
from .base import AbstractExponentialFamily
from .categorical import AbstractCategorical, Categorical, CategoricalParams
from .gaussian import Gaussian, GaussianParams

RATE = Real(0.0, 1.0, closed=(False, True), typical=(0.2, 1.0))


class DampedGaussian(AbstractExponentialFamily):
    r"""A Gaussian whose mean and unbiased variance move only part of the way to the data.

    $v_t=(1-\eta)v_{t-1}+\eta S_t^2$.

    Args:
        rate: $\eta$; 1 is `Gaussian`.
    """

    rate: Float[Array, ""] = field(RATE, 0.5, doc="share of the way that a fit moves")
    minimum_size: ClassVar[int] = 2

    @staticmethod
    def params(mean=0.0, variance=1.0) -> GaussianParams:
        """The law N(mean, variance).

        Raises:
            ValueError: if the variance is not positive.
        """
        return Gaussian.params(mean, variance)

    def frame_of(self, truth):
        return truth.frame()

    def sample(self, key, params, size):
        return Gaussian().sample(key, params, size)

    def statistics(self, samples, params):
        return Gaussian().statistics(samples, params)

    def sample_statistics(self, key, params, n, capacity):
        return Gaussian().sample_statistics(key, params, n, capacity)

    def estimate(self, evidence: Moments):
        return Gaussian().estimate(evidence)

    def revise(self, evidence: Moments, init):
        target = self.estimate(evidence)
        # The weighted mean of two variances from their logarithms: a collapsed variance would
        # underflow.
        kept = jnp.log1p(-self.rate) + init.log_variance
        variance = jnp.logaddexp(kept, jnp.log(self.rate) + target.log_variance)
        return GaussianParams(init.mean + self.rate * (target.mean - init.mean), variance)


class DampedCategorical(AbstractCategorical):
    r"""Categories on a restricted support S: $p_t=(1-\eta)p_{t-1}+\eta\,\hat p_t$.

    Observations outside S are never generated. The truth acts through its restriction $p_S$, which
    is also where the first fit starts.

    Args:
        support: 1 for the categories of the class, 0 for others, shape (K,); all of them unless
            given.
        rate: $\eta$; 1 is `Categorical`.
    """

    support: Float[Array, " K"] | None = eqx.field(converter=leaf, default=None)
    rate: Float[Array, ""] = field(RATE, 0.5, doc="share of the way that a fit moves")
    lossless: ClassVar[bool] = True
    shapes_follow_n: ClassVar[bool] = True

    def __check_init__(self):
        if self.support is not None:
            Real(0.0, 1.0).check("DampedCategorical.support", self.support)

    def params(self, probabilities) -> CategoricalParams:
        """The law with these probabilities.

        Raises:
            ValueError: if the support has another shape or probability zero.
        """
        truth = Categorical.params(probabilities)
        if self.support is not None and np.shape(self.support) != truth.weights.shape:
            raise ValueError(
                f"probabilities must have shape {np.shape(self.support)} like the support, "
                f"got {truth.weights.shape}"
            )
        if self.support is not None and not np.sum(np.asarray(self.support) * truth.weights) > 0:
            raise ValueError("probabilities must give the support a positive probability, got 0")
        return truth

    def restricted(self, params):
        """Return the probabilities of the model, restricted to the support."""
        weights = (
            params.probabilities
            if self.support is None
            else params.probabilities * jnp.asarray(self.support)
        )
        return weights / jnp.sum(weights)

    def sample(self, key, params, size):
        return categorical(key, self.restricted(params), size)

    def statistics(self, samples, params):
        return Categorical().statistics(samples, params)

    def sample_statistics(self, key, params, n, capacity):
        counts = draw_counts(key, n, self.restricted(params), jnp.ones(()), capacity)
        return Counts(jnp.asarray(n, counts.dtype), counts)

    def estimate(self, evidence: Counts):
        return CategoricalParams(evidence.total / evidence.count, jnp.ones(()))

    def revise(self, evidence: Counts, init):
        start = self.restricted(init)
        return CategoricalParams(
            start + self.rate * (evidence.total / evidence.count - start), jnp.ones(())
        )
