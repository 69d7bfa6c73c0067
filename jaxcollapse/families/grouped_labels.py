r"""Labels inside groups: Wright-Fisher chains of the labels of every group and true class.

n items keep their group g and their true class y. Every generation labels them anew: a label is
handed on by retention, errors and forgetting, and the labels of a block (g, y) are binomial. It is
the exact twin, on counts, of sequences of classifiers and generators.
"""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._keys import fold_in
from ..domains import POSITIVE, PROBABILITY, Real, Simplex
from ..evidence import Sums
from ..records import AnyArray, field
from ..sampling.binomial import successes
from .base import AbstractExponentialFamily, AbstractFamily, as_float

ERROR = Real(0.0, 0.5, typical=(0.01, 0.2))


class AbstractGrouped(AbstractFamily):
    """A family that labels items of several groups; metrics of fairness apply to it."""

    @abc.abstractmethod
    def confusion(self, params, truth):
        """Return the share of items by group, true class and label, shape (groups, 2, 2)."""


class GroupedParams(eqx.Module):
    """Share of items and share labeled 1 in every block, by group and true class."""

    blocks: Float[AnyArray, "groups classes"]
    rates: Float[AnyArray, "groups classes"]


class GroupedLabels(AbstractExponentialFamily, AbstractGrouped):
    r"""Binary labels of n items of several groups, handed on from one generation to the next.

    The share s of items labeled 1 in a block becomes $\frac{\omega s}{\omega s+1-s}$ by retention,
    then $s(1-d)+(1-s)u$ by errors. Then an item forgets its class with probability m and takes the
    label of a random item of its group. The new labels of a block are binomial with this
    probability. Labels forget the truth at rate $\kappa=(1-m)(1-u-d)$ per generation. Without
    errors, every group ends with one label: G groups have $2^G$ absorbing labelings.

    Every field is one number or one per group. A block has its share of n, rounded so that the
    blocks sum to n; a block without items keeps its share of labels. Items have no features, so the
    family runs on statistics.

    Args:
        forgetting: m in [0, 1], probability that an item is labeled by its group alone.
        retention: $\omega>0$, how often label 1 is kept for each label 0 that is kept.
        up: u in [0, 1/2], probability that a label 0 becomes 1 by error.
        down: d in [0, 1/2], probability that a label 1 becomes 0 by error.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> family = jc.GroupedLabels(forgetting=0.2)
        >>> truth = family.params([0.5, 0.5], base_rates=[0.7, 0.3])
        >>> r = jc.Recursion(family, jc.Replace(), truth=truth, n=40)
        >>> jc.simulate(jax.random.key(0), r, generations=3, replicas=5).params.rates.shape
        (5, 4, 2, 2)
        >>> jc.predict(jc.E(jc.informedness(0)), r, t=[0, 1, 2]).round(2).tolist()
        [1.0, 0.8, 0.64]

    References:
        Wyllie, Shumailov and Papernot, arXiv 2403.07857; Wright, Genetics 16:97 (1931).
    """

    forgetting: Float[Array, "..."] = field(PROBABILITY, 0.0, doc="labels taken from the group")
    retention: Float[Array, "..."] = field(POSITIVE, 1.0, doc="odds of keeping label 1")
    up: Float[Array, "..."] = field(ERROR, 0.0, doc="probability that label 0 becomes 1")
    down: Float[Array, "..."] = field(ERROR, 0.0, doc="probability that label 1 becomes 0")

    def params(
        self, shares, base_rates, true_positive_rates=1.0, false_positive_rates=0.0
    ) -> GroupedParams:
        """The real items of every group and how they are labeled, by their classes unless given.

        Args:
            shares: share of every group, shape (G,). A group of share 0 is absorbed.
            base_rates: share of class 1 in every group, shape (G,).
            true_positive_rates: share labeled 1 among items of class 1; one number or one per
                group.
            false_positive_rates: share labeled 1 among items of class 0; likewise.

        Raises:
            ValueError: shares that are no probabilities, rates outside [0, 1], or numbers of groups
                that differ.
        """
        Simplex().check("shares", shares)
        shares = np.asarray(shares, float)
        groups, given = shares.shape, {"base_rates": base_rates}
        given |= {"true_positive_rates": true_positive_rates}
        given |= {"false_positive_rates": false_positive_rates}
        for name, value in given.items():
            PROBABILITY.check(name, value)
            _check_groups(name, value, groups)
        for name in ("forgetting", "retention", "up", "down"):
            _check_groups(f"GroupedLabels.{name}", getattr(self, name), groups)
        base, true, false = (np.broadcast_to(np.asarray(v, float), groups) for v in given.values())
        blocks = shares[:, None] * np.stack([1 - base, base], axis=1)
        return GroupedParams(blocks, np.stack([false, true], axis=1))

    def confusion(self, params, truth):
        del truth
        rates = jnp.asarray(params.rates)
        return params.blocks[..., None] * jnp.stack([1 - rates, rates], axis=-1)

    def sizes(self, params, n):
        """Return the number of items in every block, shape (groups, classes); they sum to n."""
        ends = jnp.floor(as_float(n) * jnp.cumsum(jnp.ravel(params.blocks)) + 0.5)
        ends = ends.at[-1].set(as_float(n))
        return jnp.diff(ends, prepend=0.0).reshape(params.blocks.shape)

    def relabeled(self, params):
        """Return the probability of label 1 in every block in the next generation."""
        rates, groups = params.rates, params.rates.shape[:1]
        forgetting, retention, up, down = (
            jnp.broadcast_to(each, groups)[:, None]
            for each in (self.forgetting, self.retention, self.up, self.down)
        )
        kept = retention * rates / (retention * rates + 1 - rates)
        labeled = kept * (1 - down) + (1 - kept) * up
        total = jnp.sum(params.blocks, axis=-1, keepdims=True)
        safe = jnp.where(total > 0, total, 1.0)
        # A quotient of equal sums is 1 exactly, so that absorbed labels stay absorbed.
        group = jnp.sum(params.blocks * labeled, axis=-1, keepdims=True) / safe
        return jnp.clip(labeled + forgetting * (group - labeled), 0.0, 1.0)

    def sample(self, key, params, size):
        raise ValueError(
            "GroupedLabels has no observations: use carrier 'statistics' without a selection"
        )

    def statistics(self, samples, params):
        raise ValueError(
            "GroupedLabels has no observations: use carrier 'statistics' without a selection"
        )

    def sample_statistics(self, key, params, n, capacity):
        del capacity
        sizes, chances = self.sizes(params, n), self.relabeled(params)
        numbers = jnp.arange(sizes.size).reshape(sizes.shape)
        draw = jax.vmap(jax.vmap(lambda i, m, p: successes(fold_in(key, i), m, p)))
        ones = draw(numbers, sizes, chances)
        return Sums(as_float(n), jnp.stack([sizes - ones, ones], axis=-1))

    def estimate(self, evidence: Sums):
        items = jnp.sum(evidence.total, axis=-1)
        return GroupedParams(items / jnp.sum(items), evidence.total[..., 1] / items)

    def revise(self, evidence: Sums, init):
        items = jnp.sum(evidence.total, axis=-1)
        shares = evidence.total[..., 1] / jnp.where(items > 0, items, 1.0)
        return GroupedParams(init.blocks, jnp.where(items > 0, shares, init.rates))


def _check_groups(name: str, value, groups: tuple[int, ...]) -> None:
    if np.shape(value) not in ((), groups):
        raise ValueError(
            f"{name} must be one number or one for each of {groups[0]} groups, "
            f"got shape {np.shape(value)}"
        )
