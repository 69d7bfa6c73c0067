r"""Evidence: what a generation trains on. A commutative monoid with non-negative scaling, in several carriers.

A workflow may only add evidence and scale it, so one workflow means something for every class here: sufficient
statistics (`Sums`, `LogSums`, `Maximum`, `Excess`, `Moments`, `MultivariateMoments`, `NormalEquations`, `Counts`, `Labels`),
weighted `Samples`, and the formal sum itself (`Ledger`).
"""

import abc
from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Num

from ._keys import fold_in, words
from ._linear import ldl_factor, ldl_product
from .sampling import multinomial, multinomial_from_counts, multivariate_hypergeometric, tally
from .sampling.labels import compacted
from .sampling.subset import distinct_ranks, uniform_ranks


class AbstractEvidence(eqx.Module):
    """Something that can be added to its like and scaled by a weight; `count` is its total weight."""

    count: eqx.AbstractVar[Num[Array, ""]]

    @abc.abstractmethod
    def __add__(self, other) -> Self:
        """Pool two bodies of evidence."""

    @abc.abstractmethod
    def __rmul__(self, weight) -> Self:
        """Give every observation `weight` times its weight."""

    def reduced(self) -> "AbstractEvidence":
        """The form that pools keep, of one type whatever is added to it."""
        return self


def pooled(stacked: AbstractEvidence, length: int) -> AbstractEvidence:
    """Sum evidence stacked along a leading axis of `length`, by halving: log2(length) vectorised additions."""
    while length > 1:
        half = length // 2
        first, second, rest = (
            jax.tree.map(lambda a, s=s: a[s], stacked)
            for s in (slice(0, half), slice(half, 2 * half), slice(2 * half, length))
        )
        total = jax.vmap(lambda a, b: a + b)(first, second)
        stacked = jax.tree.map(lambda a, b: jnp.concatenate([a, b]), total, rest)
        length -= half
    return jax.tree.map(lambda a: a[0], stacked)


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

    A draw that is not pooled has a unit, the model's own: see `in_units`.
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


def in_units(log_unit, log_ratio):
    """The logarithm of a quantity from its ratio to a unit; None stands for the unit one.

    A chain of a million generations adds one small number to a large one in each. Added in two steps, such as log chi-square
    and then a constant, the second rounds the same way every time and the logarithm drifts.
    """
    return log_ratio if log_unit is None else log_unit + log_ratio


class Maximum(AbstractEvidence):
    """The largest positive observation, as its logarithm: scaling keeps it, unless the weight is zero."""

    count: Num[Array, ""]
    log_maximum: Float[Array, ""]

    def __add__(self, other):
        return Maximum(self.count + other.count, jnp.maximum(self.log_maximum, other.log_maximum))

    def __rmul__(self, weight):
        return Maximum(weight * self.count, jnp.where(weight > 0, self.log_maximum, -jnp.inf))


class Excess(AbstractEvidence):
    r"""The smallest observation and $\log\sum_iw_i(x_i-\min x)$, the total above it; `squares` is $\sum w_i^2$."""

    count: Num[Array, ""]
    squares: Num[Array, ""]
    minimum: Float[Array, ""]
    log_excess: Float[Array, ""]
    log_unit: Float[Array, ""] | None = None

    def reduced(self):
        return Excess(self.count, self.squares, self.minimum, in_units(self.log_unit, self.log_excess))

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


class Moments(AbstractEvidence):
    r"""Count, mean and $\log\sum_i w_i (x_i-\bar x)^2$; merging never subtracts squares (Chan, Golub, LeVeque 1983).

    `squares` is $\sum w_i^2$, so that `count**2 / squares` is Kish's effective sample size. A draw that is not pooled has a
    unit, the model's own: see `in_units`.
    """

    count: Num[Array, ""]
    squares: Num[Array, ""]
    mean: Float[Array, ""]
    log_scatter: Float[Array, ""]
    log_unit: Float[Array, ""] | None = None

    def reduced(self):
        return Moments(self.count, self.squares, self.mean, in_units(self.log_unit, self.log_scatter))

    def log_over(self, divisor):
        """Logarithm of the scatter divided by `divisor`."""
        return in_units(self.log_unit, self.log_scatter - jnp.log(divisor))

    def __add__(self, other):
        self, other = self.reduced(), other.reduced()
        count, mean, log_between = _merged_mean(self, other)
        log_between += 2 * jnp.log(jnp.abs(other.mean - self.mean))
        log_within = jnp.logaddexp(self.log_scatter, other.log_scatter)
        return Moments(count, self.squares + other.squares, mean, jnp.logaddexp(log_within, log_between))

    def __rmul__(self, weight):
        log_scatter = jnp.log(weight) + self.reduced().log_scatter
        return Moments(weight * self.count, weight**2 * self.squares, self.mean, log_scatter)


class MultivariateMoments(AbstractEvidence):
    r"""Count, mean and scatter $M\,\mathrm{diag}(e^{2s})M^\top$, M unit lower triangular with strict part `below`.

    A draw that is not pooled has units, the model's own: see `in_units`.
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
        """Logarithms of the diagonal of the scatter's factor, the scatter divided by `divisor`."""
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
        return MultivariateMoments(count, self.squares + other.squares, mean, log_diagonal + scale, below)

    def __rmul__(self, weight):
        log_diagonal = self.reduced().log_diagonal + 0.5 * jnp.log(weight)
        return MultivariateMoments(weight * self.count, weight**2 * self.squares, self.mean, log_diagonal, self.below)


class NormalEquations(AbstractEvidence):
    r"""What least squares needs of inputs X and labels y: the Gram matrix $X^\top X$ and the moment $X^\top y$."""

    count: Num[Array, ""]
    gram: Float[Array, "d d"]
    moment: Float[Array, " d"]

    def __add__(self, other):
        return NormalEquations(self.count + other.count, self.gram + other.gram, self.moment + other.moment)

    def __rmul__(self, weight):
        return NormalEquations(weight * self.count, weight * self.gram, weight * self.moment)


class Unpooled(AbstractEvidence):
    """A summary that says nothing about a pool of several data sets: it can be scaled but not added."""

    count: Num[Array, ""]
    summary: Float[Array, "..."]

    def __add__(self, other):
        raise ValueError("evidence of one data set cannot be pooled: the family allows workflows such as Replace only")

    def __rmul__(self, weight):
        return Unpooled(weight * self.count, self.summary)


def _merged_mean(a, b):
    """Count and mean of a pooled sample, and the log weight of its between-group scatter."""
    count = a.count + b.count
    safe = jnp.where(count > 0, count, 1)
    share = b.count / safe
    return count, a.mean + share * (b.mean - a.mean), jnp.log(a.count * share)


class Counts(AbstractEvidence):
    """Occurrences of each category: integers until a workflow scales them. They keep the sample up to its order."""

    count: Num[Array, ""]
    total: Num[Array, " K"]

    def __add__(self, other):
        return Counts(self.count + other.count, self.total + other.total)

    def __rmul__(self, weight):
        return Counts(weight * self.count, weight * self.total)

    def subsample(self, key, n: Int[Array, ""], capacity: int, replacement: bool) -> "Counts":
        """Draw `n` of the counted observations: multinomial with replacement, hypergeometric without."""
        if replacement:
            drawn = draw_counts(key, n, self.total, self.count, capacity)
        else:
            drawn = multivariate_hypergeometric(key, self.total, n, capacity)
        return Counts(n, drawn.astype(self.total.dtype))

    def reweighed(self, key, weigh, capacity: int) -> "Counts":
        """Give the counted observations the weights of `weigh(key, labels, present)`, which sees them in random order."""
        present = jnp.arange(capacity) < self.count
        shuffled = jnp.argsort(jnp.where(present, words(fold_in(key, 1), capacity) >> jnp.uint32(1), jnp.uint32(1 << 31)))
        labels = jnp.searchsorted(jnp.cumsum(self.total), shuffled.astype(self.total.dtype), side="right")
        labels = jnp.minimum(labels, self.total.shape[0] - 1)
        weights = present * weigh(key, labels, present)
        weights = weights.astype(jnp.promote_types(self.total.dtype, weights.dtype))
        return Counts(jnp.sum(weights), jnp.zeros(self.total.shape, weights.dtype).at[labels].add(weights))


class Labels(AbstractEvidence):
    """The first `count` of `values` are the categories of a sample, in order: what the next draw picks its parents from.

    Where `names` are given, value i stands for the category `names[i]`. Added or scaled, it becomes `Counts`.
    """

    count: Int[Array, ""]
    values: Int[Array, " capacity"]
    categories: int = eqx.field(static=True)
    names: Int[Array, " capacity"] | None = None

    @property
    def multiplicities(self):
        """How often each value occurs."""
        return tally(self.values, self.count, self.categories if self.names is None else self.values.shape[0])

    def reduced(self):
        total = self.multiplicities
        if self.names is not None:
            total = jnp.zeros(self.categories, jnp.int32).at[self.names].add(total, mode="promise_in_bounds")
        return Counts(self.count, total)

    def compact(self):
        """The same sample with values below its length, whatever the number of categories: later samples know no others."""
        if self.names is not None or self.categories <= self.values.shape[0]:
            return self
        values, names = compacted(self.values, self.categories)
        return Labels(self.count, values, self.categories, names)

    def __add__(self, other):
        return self.reduced() + other.reduced()

    def __rmul__(self, weight):
        return weight * self.reduced()

    def subsample(self, key, n: Int[Array, ""], capacity: int, replacement: bool) -> AbstractEvidence:
        """Draw `n` of the observations, through their counts."""
        return self.reduced().subsample(key, n, capacity, replacement)

    def reweighed(self, key, weigh, capacity: int) -> AbstractEvidence:
        """Give the observations weights, through their counts."""
        return self.reduced().reweighed(key, weigh, capacity)


def draw_counts(key, n, weights, total, capacity):
    """Multinomial counts from category weights; integer weights take the exact integer path."""
    if jnp.issubdtype(weights.dtype, jnp.integer):
        return multinomial_from_counts(key, n, weights, total, capacity)
    return multinomial(key, n, weights, capacity)


class Samples(AbstractEvidence):
    """Observations along the leading axis, each with a weight; weight zero means absent."""

    values: Num[Array, "size *event"]
    weights: Float[Array, " size"]

    @property
    def count(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return jnp.sum(self.weights)

    def __add__(self, other):
        return Samples(
            jnp.concatenate([self.values, other.values]), jnp.concatenate([self.weights, other.weights])
        )

    def __rmul__(self, weight):
        return Samples(self.values, weight * self.weights)

    def subsample(self, key, n: Int[Array, ""], capacity: int, replacement: bool) -> "Samples":
        """Draw `n` of the observations that are present, all equally likely, into an array of `capacity`."""
        present = jnp.cumsum((self.weights > 0).astype(jnp.int32))
        draw = uniform_ranks if replacement else distinct_ranks
        ranks = draw(key, present[-1], n, capacity)
        chosen = jnp.searchsorted(present, ranks, side="right")
        mask = jnp.arange(capacity) < n
        return Samples(self.values[chosen], mask.astype(self.weights.dtype))

    def displaced(self, key) -> "Samples":
        """Let those of weight one take the places of as many whose weight lies below, drawn uniformly; the rest weigh one each."""
        settled, old = self.weights >= 1, (self.weights > 0) & (self.weights < 1)
        order = jnp.where(old, words(key, self.weights.shape[0]) >> jnp.uint32(1), jnp.uint32(1 << 31))
        rank = jnp.argsort(jnp.argsort(order))
        return Samples(self.values, (settled | (old & (rank >= jnp.sum(settled)))).astype(self.weights.dtype))

    def reweighed(self, key, weigh, capacity: int) -> "Samples":
        """Multiply the weights by those of `weigh(key, values, present)`."""
        del capacity
        return Samples(self.values, self.weights * weigh(key, self.values, self.weights > 0))


class Ledger(AbstractEvidence):
    """The formal sum: the weight given to every source of data, and the total count that makes."""

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
        del key
        return self
