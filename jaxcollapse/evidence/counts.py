"""Categories: how often each occurs, or the labels of a sample in their order."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Int, Num

from .._keys import check_typed_key, fold_in, words
from ..arguments import arrays, checked
from ..domains import Integer, Real
from ..sampling import multinomial, multinomial_from_counts, multivariate_hypergeometric, tally
from ..sampling.labels import compacted
from .base import AbstractEvidence


class Counts(AbstractEvidence):
    """How often each category occurs: integers until a workflow scales them.

    The type decides how the next sample is drawn: integer counts by uniform ranks, exactly, real
    weights by a tree of sums. Counts are the sample up to its order.
    """

    count: Num[Array, ""]
    total: Num[Array, " K"]

    def __add__(self, other):
        return Counts(self.count + other.count, self.total + other.total)

    def __rmul__(self, weight):
        return Counts(weight * self.count, weight * self.total)

    def subsample(self, key, n: Int[Array, ""], capacity: int, replacement: bool) -> "Counts":
        """Draw `n` of the counted observations, as multinomial or hypergeometric counts."""
        if replacement:
            drawn = draw_counts(key, n, self.total, self.count, capacity)
        else:
            drawn = multivariate_hypergeometric(key, self.total, n, capacity)
        return Counts(n, drawn.astype(self.total.dtype))

    def reweighed(self, key, weigh, capacity: int) -> "Counts":
        """Give the counted observations the weights of `weigh(key, labels, present)`.

        The function sees their labels in random order.
        """
        present = jnp.arange(capacity) < self.count
        shuffled = jnp.argsort(
            jnp.where(
                present, words(fold_in(key, 1), capacity) >> jnp.uint32(1), jnp.uint32(1 << 31)
            )
        )
        labels = jnp.searchsorted(
            jnp.cumsum(self.total), shuffled.astype(self.total.dtype), side="right"
        )
        labels = jnp.minimum(labels, self.total.shape[0] - 1)
        weights = present * weigh(key, labels, present)
        weights = weights.astype(jnp.promote_types(self.total.dtype, weights.dtype))
        return Counts(
            jnp.sum(weights), jnp.zeros(self.total.shape, weights.dtype).at[labels].add(weights)
        )


class Labels(AbstractEvidence):
    """The categories of a sample in order: the first `count` of `values`.

    The next draw picks its parents from them. Where `names` are given, value i stands for the
    category `names[i]`. Added or scaled, labels become `Counts`.
    """

    count: Int[Array, ""]
    values: Int[Array, " capacity"]
    categories: int = eqx.field(static=True)
    names: Int[Array, " capacity"] | None = None

    @property
    def multiplicities(self):
        """How often each value occurs."""
        return tally(
            self.values, self.count, self.categories if self.names is None else self.values.shape[0]
        )

    def reduced(self):
        total = self.multiplicities
        if self.names is not None:
            total = (
                jnp.zeros(self.categories, jnp.int32)
                .at[self.names]
                .add(total, mode="promise_in_bounds")
            )
        return Counts(self.count, total)

    def compact(self):
        """The same sample with values below its length, whatever the number of categories.

        At most n categories live after fit 1, so one renumbering below n bounds every later
        generation.
        """
        values, names, bound = self.values, self.names, min(self.categories, self.values.shape[0])
        if names is None and self.categories > bound:
            values, names = compacted(values, self.categories)
        # Two bytes where values fit: a generation is bound by the memory that it reads and writes.
        return Labels(
            self.count,
            values.astype(jnp.int16 if bound < 1 << 15 else jnp.int32),
            self.categories,
            names,
        )

    def __add__(self, other):
        return self.reduced() + other.reduced()

    def __rmul__(self, weight):
        return weight * self.reduced()

    def subsample(
        self, key, n: Int[Array, ""], capacity: int, replacement: bool
    ) -> AbstractEvidence:
        """Draw `n` of the observations, through their counts."""
        return self.reduced().subsample(key, n, capacity, replacement)

    def reweighed(self, key, weigh, capacity: int) -> AbstractEvidence:
        """Give the observations weights, through their counts."""
        return self.reduced().reweighed(key, weigh, capacity)


@checked(
    key=check_typed_key,
    n=Real(0.0),
    weights=arrays(Real(0.0), 1),
    total=Real(0.0),
    capacity=Integer(1),
)
def draw_counts(key, n, weights, total, capacity):
    """Multinomial counts from the weights of categories, exact where these are integers."""
    if jnp.issubdtype(weights.dtype, jnp.integer):
        return multinomial_from_counts(key, n, weights, total, capacity)
    return multinomial(key, n, weights, capacity)
