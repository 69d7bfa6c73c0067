"""The observations themselves, weighted, and the formal sum of their sources."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Num

from .._keys import words
from ..sampling.subset import distinct_ranks, uniform_ranks
from .base import AbstractEvidence


class Samples(AbstractEvidence):
    """Observations along the leading axis, each with a weight; weight zero means absent."""

    values: Num[Array, "size *event"]
    weights: Float[Array, " size"]

    # The total weight is a property here, so that the constructor takes no `count`.
    def __init__(self, values, weights):
        self.values, self.weights = values, weights

    @property
    def count(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return jnp.sum(self.weights)

    def __add__(self, other):
        return Samples(
            jnp.concatenate([self.values, other.values]),
            jnp.concatenate([self.weights, other.weights]),
        )

    def __rmul__(self, weight):
        return Samples(self.values, weight * self.weights)

    def subsample(self, key, n: Int[Array, ""], capacity: int, replacement: bool) -> "Samples":
        """Draw `n` of the observations that are present, uniformly, into an array of `capacity`."""
        present = jnp.cumsum((self.weights > 0).astype(jnp.int32))
        draw = uniform_ranks if replacement else distinct_ranks
        ranks = draw(key, present[-1], n, capacity)
        chosen = jnp.searchsorted(present, ranks, side="right")
        mask = jnp.arange(capacity) < n
        return Samples(self.values[chosen], mask.astype(self.weights.dtype))

    def displaced(self, key) -> "Samples":
        """Let observations of weight one displace as many whose weight lies below one.

        The displaced ones are drawn uniformly; all others get weight one.
        """
        settled, old = self.weights >= 1, (self.weights > 0) & (self.weights < 1)
        order = jnp.where(
            old, words(key, self.weights.shape[0]) >> jnp.uint32(1), jnp.uint32(1 << 31)
        )
        rank = jnp.argsort(jnp.argsort(order))
        return Samples(
            self.values, (settled | (old & (rank >= jnp.sum(settled)))).astype(self.weights.dtype)
        )

    def reweighed(self, key, weigh, capacity: int) -> "Samples":
        """Multiply the weights by those of `weigh(key, values, present)`."""
        return Samples(self.values, self.weights * weigh(key, self.values, self.weights > 0))


class Ledger(AbstractEvidence):
    """The formal sum: the weight of every source of data, and the total count."""

    count: Num[Array, ""]
    weights: Float[Array, " sources"]

    def __add__(self, other):
        return Ledger(self.count + other.count, self.weights + other.weights)

    def __rmul__(self, weight):
        return Ledger(weight * self.count, weight * self.weights)

    def subsample(self, key, n: Int[Array, ""], capacity: int, replacement: bool) -> "Ledger":
        """The expected sample: every source keeps its share."""
        share = n / self.count
        return share * self

    def displaced(self, key) -> "Ledger":
        """The expected sample: the weights are the chances of staying already."""
        return self

    def reweighed(self, key, weigh, capacity: int) -> "Ledger":
        """The sources before the selection: which observations it keeps is not known."""
        return self
