"""The largest and the smallest observation: evidence of where a support ends."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Num

from .base import AbstractEvidence
from .units import in_units


class Maximum(AbstractEvidence):
    """The logarithm of the largest positive observation; only a weight of zero changes it."""

    count: Num[Array, ""]
    log_maximum: Float[Array, ""]

    def __add__(self, other):
        return Maximum(self.count + other.count, jnp.maximum(self.log_maximum, other.log_maximum))

    def __rmul__(self, weight):
        return Maximum(weight * self.count, jnp.where(weight > 0, self.log_maximum, -jnp.inf))


class Excess(AbstractEvidence):
    r"""The smallest observation and $\log\sum_iw_i(x_i-\min x)$, the total excess above it.

    `squares` is $\sum w_i^2$. For `log_unit` see `in_units`.
    """

    count: Num[Array, ""]
    squares: Num[Array, ""]
    minimum: Float[Array, ""]
    log_excess: Float[Array, ""]
    log_unit: Float[Array, ""] | None = None

    def reduced(self):
        return Excess(
            self.count, self.squares, self.minimum, in_units(self.log_unit, self.log_excess)
        )

    def log_over(self, divisor):
        """Logarithm of the excess divided by `divisor`."""
        return in_units(self.log_unit, self.log_excess - jnp.log(divisor))

    def __add__(self, other):
        self, other = self.reduced(), other.reduced()
        minimum = jnp.minimum(self.minimum, other.minimum)
        raised = [e.count * jnp.where(e.count > 0, e.minimum - minimum, 0.0) for e in (self, other)]
        log_excess = jnp.logaddexp(self.log_excess, other.log_excess)
        log_excess = jnp.logaddexp(log_excess, jnp.log(sum(raised)))
        return Excess(self.count + other.count, self.squares + other.squares, minimum, log_excess)

    def __rmul__(self, weight):
        minimum = jnp.where(weight > 0, self.minimum, jnp.inf)
        log_excess = jnp.log(weight) + self.reduced().log_excess
        return Excess(weight * self.count, weight**2 * self.squares, minimum, log_excess)
