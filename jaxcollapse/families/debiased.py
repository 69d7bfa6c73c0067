r"""A mean that knows which share of its data is synthetic, but not which observations are.

The mean of a batch with a real share $\alpha$ is $\alpha\mu_0+(1-\alpha)\theta_{t-1}$ plus noise,
so $\tilde x_t=(\bar x_t-(1-\alpha)\theta_{t-1})/\alpha$ is an unbiased estimate of the truth. These
estimates are averaged with weights proportional to their information.
"""

from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..domains import POSITIVE, REAL, Real
from ..evidence import Sums
from ..records import AnyArray, field
from .base import AbstractExponentialFamily
from .frames import frame_of_mean
from .qvf import NormalMean

SHARE = Real(0.0, 1.0, closed=(False, True), typical=(0.1, 0.9))


class DebiasedMeanParams(eqx.Module):
    """The mean, and its information in units of one real observation."""

    mean: Float[AnyArray, ""]
    information: Float[AnyArray, ""]

    def seen_from(self, frame):
        """The mean of the data seen from a frame."""
        return DebiasedMeanParams(frame.point(self.mean), self.information)


class DebiasedMean(AbstractExponentialFamily):
    r"""Normal with known variance whose mean subtracts what a batch inherits from the last model.

    $\theta_t=\theta_{t-1}+\frac{\alpha n_t}{I_t}(\bar x_t-\theta_{t-1})$ with
    $I_t=I_{t-1}+\alpha^2n_t$ for a batch of $n_t$; fit 1 is all real. Of all linear estimators from
    batches with a known real share this one has the smallest error (Gauss-Markov): for equal
    batches of N, $\frac{\sigma^2}{N(1+\alpha^2(t-1))}$. Use it with `Refresh()`, which pools a
    batch as it comes.

    Args:
        share: $\alpha$, the real share of every batch but the first, in (0, 1].
        known_variance: $\sigma^2$, known and kept.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.DebiasedMean(share=0.25)
        >>> r = jc.Recursion(family, jc.Refresh(), truth=family.params(0.0), n=9, fresh=3, real=12)
        >>> round(float(jc.predict(jc.E(jc.mean_error), r, t=17)), 6)
        0.041667

    References:
        Amin et al. (limitations of empirical risk minimization), recalled; Kanabar, Gastpar 2026
        (effective sizes $n_i\alpha_i^2$).
    """

    share: Float[Array, ""] = field(SHARE, 0.25, doc="real share of later batches")
    known_variance: Float[Array, ""] = field(POSITIVE, 1.0, doc="the variance, known and kept")

    @property
    def mean_domain(self):
        """Where the mean may lie."""
        return REAL

    def params(self, mean) -> DebiasedMeanParams:
        """The truth with this mean, which rests on no data.

        Raises:
            ValueError: if the mean is not finite.
        """
        REAL.check_one("mean", mean)
        return DebiasedMeanParams(NormalMean().params(mean).mean, np.zeros(()))

    def frame_of(self, truth):
        return frame_of_mean(truth.mean, self.known_variance)

    def in_frame(self, frame):
        return replace(self, known_variance=frame.scaled(self.known_variance, 2))

    def sample(self, key, params, size):
        return NormalMean(self.known_variance).sample(key, params, size)

    def statistics(self, samples, params):
        return NormalMean(self.known_variance).statistics(samples, params)

    def sample_statistics(self, key, params, n, capacity):
        return NormalMean(self.known_variance).sample_statistics(key, params, n, capacity)

    def estimate(self, evidence: Sums):
        return self.revise(evidence, self.params(0.0))

    def revise(self, evidence: Sums, init):
        # Information zero marks the truth: the first batch is all real.
        share = jnp.where(init.information > 0, self.share, 1.0)
        information = init.information + share**2 * evidence.count
        step = share * (evidence.total - evidence.count * init.mean) / information
        return DebiasedMeanParams(init.mean + step, information)
