"""Metrics with a threshold, a category or a rate: one metric for each value."""

import jax.numpy as jnp
from jax.scipy.special import gammaln, ndtr, ndtri, xlogy

from ..domains import Integer, Real
from ..families import AbstractCategorical, AbstractQVF, Gaussian, Poisson
from .base import REGISTRY, Metric, exactly, metric

_COUNTS = 64


def tail_mass(threshold: float) -> Metric:
    """Mass that a categorical model keeps on the categories whose true probability is below
    `threshold`.
    """
    name = f"tail-mass-{exactly(threshold)}"
    if name not in REGISTRY:

        def formula(family, params, truth):
            rare = truth.probabilities < threshold
            return jnp.sum(jnp.where(rare, params.probabilities, 0.0))

        metric(name, f"mass on the categories of true probability below {threshold:g}").of(
            AbstractCategorical
        )(formula)
    return REGISTRY[name]


def share(category: int) -> Metric:
    """Probability that a categorical model gives to one category, counted from zero.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.Categorical()
        >>> truth = family.params([0.75, 0.25])
        >>> float(jc.share(1)(family, truth, truth))
        0.25
    """
    Integer(0).check("category", category)
    name = f"share-{category}"
    if name not in REGISTRY:
        formula = metric(name, f"probability of category {category}").of(AbstractCategorical)
        formula(lambda family, params, truth: params.probabilities[category])
    return REGISTRY[name]


def laplace_transform(rate: float) -> Metric:
    r"""The functional $e^{-sm}$ of the model's mean m at s = `rate`, whose expectation is the
    Laplace transform of its law.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.Poisson()
        >>> round(float(jc.laplace_transform(2.0)(family, family.params(0.5), None)), 4)
        0.3679
    """
    Real(0.0).check("rate", rate)
    name = f"laplace-{exactly(rate)}"
    if name not in REGISTRY:
        formula = metric(name, f"exp(-{rate:g} mean)").of(AbstractQVF)
        formula(lambda family, params, truth: jnp.exp(-rate * params.mean))
    return REGISTRY[name]


def types_left(low: float, high: float) -> Metric:
    """Share that is still possible of the categories whose true probability lies in [low, high);
    zero if there are none.
    """
    name = f"types-left-{exactly(low)}-{exactly(high)}"
    if name not in REGISTRY:

        def formula(family, params, truth):
            concerned = (truth.probabilities >= low) & (truth.probabilities < high)
            left = jnp.sum(concerned & (params.weights > 0)).astype(jnp.result_type(float))
            return left / jnp.maximum(jnp.sum(concerned), 1)

        metric(name, f"share left of the categories of true probability in [{low:g}, {high:g})").of(
            AbstractCategorical
        )(formula)
    return REGISTRY[name]


def outside(mass: float) -> Metric:
    """Mass that a model puts where the truth has `mass`: on both tails, or on the upper one of a
    count, where it is at most `mass`.

    Counts are told apart up to 64. Raises `ValueError` unless the mass lies in (0, 1).
    """
    Real(0.0, 1.0, closed=(False, False)).check("mass", mass)
    name = f"outside-{exactly(mass)}"
    if name not in REGISTRY:
        each = metric(name, f"mass on the tails that hold {mass:g} of the truth")

        @each.of(Gaussian)
        def _(family, params, truth):
            reach = -ndtri(0.5 * mass) * jnp.exp(0.5 * truth.log_variance)
            shift, scale = params.mean - truth.mean, jnp.exp(-0.5 * params.log_variance)
            return ndtr((-reach - shift) * scale) + ndtr((shift - reach) * scale)

        @each.of(Poisson)
        def _(family, params, truth):
            counts = jnp.arange(_COUNTS, dtype=jnp.result_type(float))
            chances = lambda mean: jnp.exp(xlogy(counts, mean) - mean - gammaln(counts + 1))  # noqa: E731
            usual = 1 - jnp.cumsum(chances(truth.mean)) > mass
            beyond = jnp.concatenate([jnp.zeros(1, bool), ~usual[:-1]])
            return jnp.clip(1 - jnp.sum(jnp.where(beyond, 0.0, chances(params.mean))), 0.0, 1.0)

    return REGISTRY[name]
