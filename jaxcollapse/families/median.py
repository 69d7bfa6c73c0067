"""Location fitted by the sample median: equivariant, but not a sufficient statistic."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from .base import AbstractFamily
from .gaussian import GaussianParams
from .location_scale import AbstractLocationScale, Laplace


class MedianLocation(AbstractFamily):
    """A law of fixed shape and scale whose center is fitted by the sample median.

    Args:
        shape: the symmetric law whose center is unknown; its variance is that of the truth and
            never fitted.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.MedianLocation(jc.Logistic())
        >>> r = jc.Recursion(family, jc.Replace(), truth=family.params(0.7, 1.7), n=9)
        >>> five, one = (float(jc.predict(jc.E(jc.mean_error), r, t=t)) for t in (5, 1))
        >>> round(five / one, 9)
        5.0

    References:
        Dey, Donoho, arXiv 2410.22812, who simulate the median.
    """

    shape: AbstractLocationScale = eqx.field(default_factory=Laplace)
    minimum_size: ClassVar[int] = 1

    @staticmethod
    def params(mean=0.0, variance=1.0) -> GaussianParams:
        """The member with this center and variance.

        Raises:
            ValueError: if the variance is not positive.
        """
        return AbstractLocationScale.params(mean, variance)

    def frame_of(self, truth):
        return truth.frame()

    def sample(self, key, params, size):
        return self.shape.sample(key, params, size)

    def fit(self, key, samples, init):
        del key
        return GaussianParams(weighted_median(samples.values, samples.weights), init.log_variance)


def weighted_median(values, weights):
    """Return the midpoint of the values that have at most half of the weight on either side."""
    # Absent observations sort to the end, where no half of the weight is reached.
    order = jnp.argsort(jnp.where(weights > 0, values, jnp.inf))
    below = jnp.cumsum(weights[order])
    lower = jnp.searchsorted(below, 0.5 * below[-1], side="left")
    upper = jnp.searchsorted(below, 0.5 * below[-1], side="right")
    return 0.5 * (values[order[lower]] + values[order[upper]])
