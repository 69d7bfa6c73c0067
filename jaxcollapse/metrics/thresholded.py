"""Metrics with a threshold, a category or a rate: one metric for each value."""

import jax.numpy as jnp
from jax.scipy.special import gammaln, ndtr, ndtri, xlogy

from ..domains import Integer, Real
from ..families import AbstractCategorical, AbstractQVF, Gaussian, Poisson
from .base import Metric, unlisted
from .parametrized import parametrized
from .units import FREE

COUNTS = 64
NON_NEGATIVE = Real(0.0)


@parametrized("tail-mass-{threshold}", threshold=NON_NEGATIVE)
def tail_mass(name: str, threshold: float) -> Metric:
    """Mass that a categorical model keeps on rare categories.

    Rare are those whose true probability is below `threshold`.
    """
    each = unlisted(name, f"mass on the categories of true probability below {threshold:g}")

    @each.of(AbstractCategorical)
    def _(family, params, truth):
        rare = truth.probabilities < threshold
        return jnp.sum(jnp.where(rare, params.probabilities, 0.0))

    return each


@parametrized("share-{category}", category=Integer(0))
def share(name: str, category: int) -> Metric:
    """Probability that a categorical model gives to one category, counted from zero.

    Raises `ValueError` if the category is not a non-negative integer.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.Categorical()
        >>> truth = family.params([0.75, 0.25])
        >>> float(jc.share(1)(family, truth, truth))
        0.25
    """
    each = unlisted(name, f"probability of category {category}")
    each.of(AbstractCategorical)(lambda family, params, truth: params.probabilities[category])
    return each


@parametrized("laplace-{rate}", rate=NON_NEGATIVE)
def laplace_transform(name: str, rate: float) -> Metric:
    """The functional $e^{-sm}$ of the model's mean m at s = `rate`.

    Its expectation is the Laplace transform of the law of m.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.Poisson()
        >>> round(float(jc.laplace_transform(2.0)(family, family.params(0.5), None)), 4)
        0.3679
    """
    each = unlisted(name, f"exp(-{rate:g} mean)")
    each.of(AbstractQVF)(lambda family, params, truth: jnp.exp(-rate * params.mean))
    return each


@parametrized("types-left-{low}-{high}", low=NON_NEGATIVE, high=NON_NEGATIVE)
def types_left(name: str, low: float, high: float) -> Metric:
    """Share of the categories with true probability in [low, high) that are still possible.

    It is zero if there are none.

    Raises:
        ValueError: if an end is negative.
    """
    each = unlisted(
        name,
        f"share left of the categories of true probability in [{low:g}, {high:g})",
        compares=True,
    )

    @each.of(AbstractCategorical)
    def _(family, params, truth):
        concerned = (truth.probabilities >= low) & (truth.probabilities < high)
        left = jnp.sum(concerned & (params.weights > 0)).astype(jnp.result_type(float))
        return left / jnp.maximum(jnp.sum(concerned), 1)

    return each


@parametrized("outside-{mass}", mass=Real(0.0, 1.0, closed=(False, False)))
def outside(name: str, mass: float) -> Metric:
    """Mass that a model puts on the tails of the truth.

    The tails of the truth hold `mass`: both tails of a Gaussian, or at most `mass` in the upper
    tail of a count. Counts are told apart up to 64.

    Raises:
        ValueError: unless the mass lies in (0, 1).
    """
    each = unlisted(name, f"mass on the tails that hold {mass:g} of the truth", unit=FREE)

    @each.of(Gaussian)
    def _(family, params, truth):
        reach = -ndtri(0.5 * mass) * jnp.exp(0.5 * truth.log_variance)
        shift, scale = params.mean - truth.mean, jnp.exp(-0.5 * params.log_variance)
        return ndtr((-reach - shift) * scale) + ndtr((shift - reach) * scale)

    @each.of(Poisson)
    def _(family, params, truth):
        counts = jnp.arange(COUNTS, dtype=jnp.result_type(float))
        chances = lambda mean: jnp.exp(xlogy(counts, mean) - mean - gammaln(counts + 1))
        usual = 1 - jnp.cumsum(chances(truth.mean)) > mass
        beyond = jnp.concatenate([jnp.zeros(1, bool), ~usual[:-1]])
        return jnp.clip(1 - jnp.sum(jnp.where(beyond, 0.0, chances(params.mean))), 0.0, 1.0)

    return each
