"""What infinitely many observations of an exponential family say: its expected statistics."""

from dataclasses import replace
from functools import singledispatch
from typing import Any

import jax.numpy as jnp
from jax import lax

from ...evidence import (
    AbstractEvidence,
    Counts,
    Excess,
    LogSums,
    Maximum,
    Moments,
    MultivariateMoments,
    NormalEquations,
    Sums,
    Unpooled,
)
from ...families import (
    AbstractLocationScale,
    AbstractMeanQVF,
    AbstractReshapedCategorical,
    AveragedRegression,
    BlendedRegression,
    Categorical,
    CentroidClassifier,
    DampedCategorical,
    DampedGaussian,
    DebiasedMean,
    Gaussian,
    GroupedLabels,
    LinearRegression,
    LogisticRegression,
    MisspecifiedGaussian,
    MultivariateGaussian,
    NGram,
    ProbabilisticPCA,
    RegressionRisk,
    RememberingMean,
    ShiftedExponential,
    SmoothedCategorical,
    Uniform,
)
from ...families.base import AbstractFamily
from ...families.gamma import AbstractGamma

# Steps of the lazy chain of contexts, after which a text has forgotten how it began.
TEXT = 512


@singledispatch
def expected_statistics(family: AbstractFamily, params, n) -> AbstractEvidence:
    """Statistics of `n` observations in expectation; register a function for your own family."""
    raise ValueError(undefined(family))


def is_registered(function, record) -> bool:
    """Whether a function by type knows the type of a record."""
    return function.dispatch(type(record)) is not function.dispatch(object)


def undefined(family) -> str:
    """The objection to the limit of infinitely many observations."""
    return f"carrier 'population' is not defined for {type(family).__name__}"


@singledispatch
def in_the_limit(family: AbstractFamily) -> Any:
    """The family whose fit to weighted points is the fit of `family` to infinitely many data.

    It differs where an estimator reads the sample size, for which points say nothing.
    """
    return family


@in_the_limit.register(AbstractLocationScale)
@in_the_limit.register(MisspecifiedGaussian)
def _(family):
    return replace(family, ddof=0.0)


@in_the_limit.register
def _(family: SmoothedCategorical):
    return replace(family, pseudocount=0.0)


@expected_statistics.register(Categorical)
@expected_statistics.register(SmoothedCategorical)
def _(family, params, n):
    return Counts(n, n * params.probabilities)


@expected_statistics.register
def _(family: AbstractReshapedCategorical, params, n):
    weights = family.proposal(params.probabilities)
    return Counts(n, n * weights / jnp.sum(weights))


@expected_statistics.register
def _(family: DampedCategorical, params, n):
    return Counts(n, n * family.restricted(params))


@expected_statistics.register(Gaussian)
@expected_statistics.register(DampedGaussian)
def _(family, params, n):
    """Weights are infinitesimal: their squares vanish and both variance estimators agree."""
    return Moments(n, 0 * n, params.mean, params.log_variance + jnp.log(n))


@expected_statistics.register(MultivariateGaussian)
@expected_statistics.register(ProbabilisticPCA)
def _(family, params, n):
    return MultivariateMoments(
        n, 0 * n, params.mean, params.log_diagonal + 0.5 * jnp.log(n), params.below
    )


@expected_statistics.register(AbstractMeanQVF)
@expected_statistics.register(DebiasedMean)
def _(family, params, n):
    return Sums(n, n * params.mean)


@expected_statistics.register
def _(family: RememberingMean, params, n):
    return Sums(n, n * family.generated_mean(params))


@expected_statistics.register
def _(family: AbstractGamma, params, n):
    return LogSums(n, params.log_mean + jnp.log(n))


@expected_statistics.register
def _(family: Uniform, params, n):
    return Maximum(n, params.log_scale)


@expected_statistics.register
def _(family: ShiftedExponential, params, n):
    return Excess(n, 0 * n, params.location, params.log_scale + jnp.log(n))


@expected_statistics.register
def _(family: LinearRegression, params, n):
    return _normal_equations(family.design, params.weights, n)


@expected_statistics.register
def _(family: BlendedRegression, params, n):
    return _normal_equations(family.design, family.labeling(params)[0], n)


def _normal_equations(design, weights, n):
    second = jnp.asarray(design.covariance_of(weights.shape[-1]), weights.dtype)
    return NormalEquations(n, n * second, n * (second @ weights))


@expected_statistics.register
def _(family: AveragedRegression, params, n):
    return Sums(n, n * params.weights)


@expected_statistics.register
def _(family: RegressionRisk, params, n):
    return Unpooled(n, params.excess)


@expected_statistics.register
def _(family: LogisticRegression, params, n):
    chances = family.chances(params)
    share = n / chances.shape[0]
    return Sums(n, jnp.stack([share * jnp.ones_like(chances), share * chances]))


@expected_statistics.register
def _(family: CentroidClassifier, params, n):
    return Sums(n, n * (1 - 2 * family.wrong_share(params)) * params.weights)


@expected_statistics.register
def _(family: GroupedLabels, params, n):
    sizes, chances = n * params.blocks, family.relabeled(params)
    return Sums(n, jnp.stack([sizes * (1 - chances), sizes * chances], axis=-1))


@expected_statistics.register
def _(family: NGram, params, n):
    contexts, symbols = params.weights.shape
    rows = params.transitions
    following = (jnp.arange(contexts)[:, None] * symbols + jnp.arange(symbols)[None, :]) % contexts

    # The lazy chain of contexts: it forgets how a text began even where contexts alternate.
    def write(_, law):
        moved = jnp.zeros_like(law).at[following].add(law[:, None] * rows)
        return 0.5 * (law + moved)

    law = lax.fori_loop(0, TEXT, write, params.contexts)
    joint = (law[:, None] * rows).reshape(-1, symbols**family.order)
    return Counts(n, n * jnp.sum(joint, axis=0))
