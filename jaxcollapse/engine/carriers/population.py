r"""The infinite-sample loop: evidence is the expectation of the statistics, nothing is drawn.

`simulate(..., carrier="population")` runs any workflow, decoding and selection in the limit of
infinitely many observations, where a generation is a deterministic map. Sample sizes are left as
the proportions in which data sets are pooled. A selection or decoding contributes the member of the
family that is fitted to what it leaves, and the share that it leaves (`projected`).
"""

from functools import singledispatch
from typing import Any, ClassVar

import jax.numpy as jnp
from jax.scipy.special import ndtr, ndtri
from jax.scipy.stats import norm

from ...decoding import AbstractClosedDecoding, Truncate
from ...decoding.base import _Decoded
from ...decoding.categories import reweighed
from ...evidence import AbstractEvidence, Counts, LogSums, Moments, MultivariateMoments, Sums
from ...families import (
    AbstractMeanQVF,
    Categorical,
    CategoricalParams,
    Gaussian,
    GaussianParams,
    MultivariateGaussian,
    NormalMean,
)
from ...families.base import AbstractExponentialFamily, AbstractFamily, as_float
from ...families.gamma import AbstractGamma
from ...families.qvf import MeanParams
from ...selection import BestOf, Everything, Prefer, Slope, Top, Verify, Within
from .base import AbstractCarrier


class Population(AbstractCarrier):
    """Evidence is the expectation of the statistics; nothing is drawn.

    A uniform subsample of a pool leaves its law as it is, so a workflow's selection is left out.
    """

    name: ClassVar[str] = "population"
    families: ClassVar[type] = AbstractExponentialFamily

    family: Any

    @classmethod
    def why_not(cls, recursion, stops):
        objection, family = super().why_not(recursion, stops), recursion.family
        if objection is None and not _is_registered(expected_statistics, family):
            return _undefined(family)
        for rule in (recursion.selection, recursion.decoding):
            if objection is None and not _is_registered(projected, rule):
                return _unknown(rule, family)
        return objection

    @classmethod
    def of(cls, recursion, generations, stops):
        return cls(recursion.family)

    def empty(self, params):
        return ()

    def draw(self, store, ahead, source, selection, params, n, index):
        family = self.family
        if isinstance(family, _Decoded):
            family, (params, _) = family.family, projected(family.decoding, family.family, params)
        params, share = projected(selection, family, params)
        return expected_statistics(family, params, share * as_float(n)), store

    def learn(self, store, keys, selection, evidence, init, n):
        return self.family.estimate(evidence), store


@singledispatch
def expected_statistics(family: AbstractFamily, params, n) -> AbstractEvidence:
    """Statistics of `n` observations in expectation; register a function for your own family."""
    raise ValueError(_undefined(family))


@expected_statistics.register
def _(family: Categorical, params, n):
    return Counts(n, n * params.probabilities)


@expected_statistics.register
def _(family: Gaussian, params, n):
    """Weights are infinitesimal: their squares vanish and both variance estimators agree."""
    return Moments(n, 0 * n, params.mean, params.log_variance + jnp.log(n))


@expected_statistics.register
def _(family: MultivariateGaussian, params, n):
    return MultivariateMoments(
        n, 0 * n, params.mean, params.log_diagonal + 0.5 * jnp.log(n), params.below
    )


@expected_statistics.register
def _(family: AbstractMeanQVF, params, n):
    return Sums(n, n * params.mean)


@expected_statistics.register
def _(family: AbstractGamma, params, n):
    return LogSums(n, params.log_mean + jnp.log(n))


@singledispatch
def projected(rule, family: AbstractFamily, params) -> tuple[Any, Any]:
    """What `rule` makes of infinitely many observations.

    Returns:
        The model that is fitted to what the rule leaves, and the share that it leaves.
    """
    raise ValueError(_unknown(rule, family))


@projected.register
def _(rule: Everything, family, params):
    return params, 1.0


@projected.register
def _(rule: AbstractClosedDecoding, family, params):
    return rule.decode(family, params), 1.0


@projected.register
def _(rule: Truncate, family, params):
    _require(isinstance(params, GaussianParams), rule, family)
    kept = 1 - 2 * rule.bound * norm.pdf(rule.bound) / (2 * ndtr(rule.bound) - 1)
    return GaussianParams(params.mean, params.log_variance + jnp.log(kept)), 1.0


@projected.register
def _(rule: Top, family, params):
    if isinstance(params, CategoricalParams):
        return _top_categories(rule, params)
    if not (isinstance(params, GaussianParams) and isinstance(rule.reward, Slope)):
        raise ValueError(_unknown(rule, family))
    cut = -ndtri(rule.share)
    intensity = norm.pdf(cut) / rule.share
    step = jnp.sign(rule.reward.slope) * intensity * jnp.exp(0.5 * params.log_variance)
    shrink = jnp.log1p(-intensity * (intensity - cut))
    return GaussianParams(params.mean + step, params.log_variance + shrink), rule.share


def _top_categories(rule, params):
    """The best categories fill the share; equal rewards share what is left of it."""
    p, rewards = params.probabilities, rule.reward(jnp.arange(params.weights.shape[0]))
    above = jnp.sum(jnp.where(rewards[None, :] > rewards[:, None], p[None, :], 0.0), axis=1)
    level = _level(p, rewards)
    room = jnp.clip(rule.share - above, 0.0, level)
    return reweighed(p / jnp.where(level > 0, level, 1.0), room), rule.share


def _level(p, rewards):
    """Mass of all categories with the same reward, for each category."""
    return jnp.sum(jnp.where(rewards[None, :] == rewards[:, None], p[None, :], 0.0), axis=1)


@projected.register
def _(rule: Verify, family, params):
    if isinstance(family, NormalMean):
        _require(isinstance(rule.judge, Within), rule, family)
        return _verified_mean(rule, family, params)
    _require(isinstance(params, CategoricalParams), rule, family)
    passing = rule.passing(jnp.arange(params.weights.shape[0]))
    verified = reweighed(params.probabilities, passing)
    return verified, verified.total


def _verified_mean(rule, family, params):
    scale = jnp.sqrt(family.known_variance)
    low, high = (
        (rule.judge.center + side * rule.judge.radius - params.mean) / scale for side in (-1, 1)
    )
    inside = ndtr(high) - ndtr(low)
    share = rule.wrong + (rule.right - rule.wrong) * inside
    step = (rule.right - rule.wrong) * (norm.pdf(low) - norm.pdf(high)) / share
    return MeanParams(params.mean + scale * step), share


@projected.register
def _(rule: BestOf, family, params):
    _require(isinstance(params, CategoricalParams), rule, family)
    p, rewards = params.probabilities, rule.reward(jnp.arange(params.weights.shape[0]))
    below = jnp.sum(jnp.where(rewards[None, :] < rewards[:, None], p[None, :], 0.0), axis=1)
    level = _level(p, rewards)
    wins = (below + level) ** rule.among - below**rule.among
    return reweighed(p / jnp.where(level > 0, level, 1.0), wins), 1 / rule.among


@projected.register
def _(rule: Prefer, family, params):
    r"""$K\,E\,e^{r}/(e^{r}+S_{K-1}) = K\int e^{r}e^{-ue^{r}}(E\,e^{-ue^{r}})^{K-1}du$, by the
    trapezoidal rule in $\log u$.
    """
    _require(isinstance(params, CategoricalParams), rule, family)
    p, rewards = params.probabilities, rule.reward(jnp.arange(params.weights.shape[0]))
    height = jnp.arange(-42.0, 6.0, 0.1)[:, None] + (rewards - jnp.max(rewards))[None, :]
    survival = jnp.exp(-jnp.exp(height))
    rivals = jnp.sum(p[None, :] * survival, axis=1) ** (rule.among - 1)
    density = jnp.exp(height) * survival * rivals[:, None]
    return reweighed(p, jnp.sum(density, axis=0)), 1 / rule.among


def _require(defined: bool, rule, family) -> None:
    if not defined:
        raise ValueError(_unknown(rule, family))


def _is_registered(function, record) -> bool:
    return function.dispatch(type(record)) is not function.dispatch(object)


def _undefined(family) -> str:
    return f"carrier 'population' is not defined for {type(family).__name__}"


def _unknown(rule, family) -> str:
    return f"carrier 'population' does not know {type(rule).__name__} for {type(family).__name__}"
