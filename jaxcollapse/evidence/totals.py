"""Totals of a sufficient statistic: plain, as logarithms, for least squares, or unpooled."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Num

from .base import AbstractEvidence
from .units import in_units


class Sums(AbstractEvidence):
    """Total of the sufficient statistic and the number of observations."""

    count: Num[Array, ""]
    total: Num[Array, "..."]

    def __add__(self, other):
        return Sums(self.count + other.count, self.total + other.total)

    def __rmul__(self, weight):
        return Sums(weight * self.count, weight * self.total)


class LogSums(AbstractEvidence):
    """A positive total carried as its logarithm, for models whose mean decays geometrically.

    For `log_unit`, the unit of a draw that is not pooled, see `in_units`.
    """

    count: Num[Array, ""]
    log_total: Float[Array, ""]
    log_unit: Float[Array, ""] | None = None

    def reduced(self):
        return LogSums(self.count, in_units(self.log_unit, self.log_total))

    def __add__(self, other):
        a, b = self.reduced(), other.reduced()
        return LogSums(a.count + b.count, jnp.logaddexp(a.log_total, b.log_total))

    def __rmul__(self, weight):
        return LogSums(weight * self.count, jnp.log(weight) + self.reduced().log_total)

    def log_over(self, divisor):
        """Logarithm of the total divided by `divisor`."""
        return in_units(self.log_unit, self.log_total - jnp.log(divisor))


class NormalEquations(AbstractEvidence):
    r"""The Gram matrix $X^\top X$ and the moment $X^\top y$ of inputs X and labels y."""

    count: Num[Array, ""]
    gram: Float[Array, "d d"]
    moment: Float[Array, " d"]

    def __add__(self, other):
        return NormalEquations(
            self.count + other.count, self.gram + other.gram, self.moment + other.moment
        )

    def __rmul__(self, weight):
        return NormalEquations(weight * self.count, weight * self.gram, weight * self.moment)


class Unpooled(AbstractEvidence):
    """A summary of one data set that can be scaled but not pooled with others."""

    count: Num[Array, ""]
    summary: Float[Array, "..."]

    def __add__(self, other):
        raise ValueError(
            "evidence of one data set cannot be pooled: "
            "the family allows workflows such as Replace only"
        )

    def __rmul__(self, weight):
        return Unpooled(weight * self.count, self.summary)
