"""Mean and scatter of one variable or of several, merged without subtracting squares."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Num

from ..numerics.triangular import ldl_factor, ldl_product
from .base import AbstractEvidence
from .units import in_units


class Moments(AbstractEvidence):
    r"""Count, mean and $\log\sum_i w_i (x_i-\bar x)^2$; merging never subtracts squares.

    `squares` is $\sum w_i^2$: `count**2 / squares` is Kish's effective sample size, which the
    unbiased variance of weighted data needs. For `log_unit`, the unit of a draw that is not pooled,
    see `in_units`.

    References:
        Chan, Golub, LeVeque, Am. Stat. 37:242 (1983).
    """

    count: Num[Array, ""]
    squares: Num[Array, ""]
    mean: Float[Array, ""]
    log_scatter: Float[Array, ""]
    log_unit: Float[Array, ""] | None = None

    def reduced(self):
        return Moments(
            self.count, self.squares, self.mean, in_units(self.log_unit, self.log_scatter)
        )

    def log_over(self, divisor):
        """Logarithm of the scatter divided by `divisor`."""
        return in_units(self.log_unit, self.log_scatter - jnp.log(divisor))

    def __add__(self, other):
        self, other = self.reduced(), other.reduced()
        count, mean, log_between = _merged_mean(self, other)
        log_between += 2 * jnp.log(jnp.abs(other.mean - self.mean))
        log_within = jnp.logaddexp(self.log_scatter, other.log_scatter)
        return Moments(
            count, self.squares + other.squares, mean, jnp.logaddexp(log_within, log_between)
        )

    def __rmul__(self, weight):
        log_scatter = jnp.log(weight) + self.reduced().log_scatter
        return Moments(weight * self.count, weight**2 * self.squares, self.mean, log_scatter)


class MultivariateMoments(AbstractEvidence):
    r"""Count, mean and scatter $M\,\mathrm{diag}(e^{2s})M^\top$, M unit lower triangular.

    `log_diagonal` is s and `below` the strictly lower part of M. For `log_unit` see `in_units`.
    """

    count: Num[Array, ""]
    squares: Num[Array, ""]
    mean: Float[Array, " d"]
    log_diagonal: Float[Array, " d"]
    below: Float[Array, " pairs"]
    log_unit: Float[Array, " d"] | None = None

    def reduced(self):
        log_diagonal = in_units(self.log_unit, self.log_diagonal)
        return MultivariateMoments(self.count, self.squares, self.mean, log_diagonal, self.below)

    def log_over(self, divisor):
        """The log diagonal of the scatter's factor, the scatter divided by `divisor`."""
        return in_units(self.log_unit, self.log_diagonal - 0.5 * jnp.log(divisor))

    def __add__(self, other):
        self, other = self.reduced(), other.reduced()
        count, mean, log_between = _merged_mean(self, other)
        shift = jnp.exp(0.5 * log_between) * (other.mean - self.mean)
        scale = jnp.maximum(jnp.max(self.log_diagonal), jnp.max(other.log_diagonal))
        scale = jnp.where(jnp.isfinite(scale), scale, 0.0)
        scatter = sum(ldl_product(m.log_diagonal - scale, m.below) for m in (self, other))
        shift = shift * jnp.exp(-scale)
        log_diagonal, below = ldl_factor(scatter + shift[:, None] * shift[None, :])
        return MultivariateMoments(
            count, self.squares + other.squares, mean, log_diagonal + scale, below
        )

    def __rmul__(self, weight):
        log_diagonal = self.reduced().log_diagonal + 0.5 * jnp.log(weight)
        return MultivariateMoments(
            weight * self.count, weight**2 * self.squares, self.mean, log_diagonal, self.below
        )


def _merged_mean(a, b):
    """Count and mean of a pooled sample, and the log weight of its between-group scatter."""
    count = a.count + b.count
    safe = jnp.where(count > 0, count, 1)
    share = b.count / safe
    return count, a.mean + share * (b.mean - a.mean), jnp.log(a.count * share)
