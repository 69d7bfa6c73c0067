"""Formulas of categories: diversity, lost categories, and distances to the truth (nats)."""

import jax.numpy as jnp
from jax.scipy.special import xlogy

from ..families import AbstractCategorical, AbstractQVF, OpenVocabulary
from .names import (
    chi_square,
    entropy,
    fixed,
    heterozygosity,
    kl,
    kl_reverse,
    missing_mass,
    segregating,
    simpson,
    squared_distance,
    support,
    total_variation,
)


@entropy.of(AbstractCategorical)
def _(family, params, truth):
    p = params.shares
    return -jnp.sum(xlogy(p, p))


@heterozygosity.of(AbstractCategorical)
def _(family, params, truth):
    p = params.shares
    return jnp.sum(p * (1 - p))


@simpson.of(AbstractCategorical)
def _(family, params, truth):
    return jnp.sum(jnp.square(params.shares))


@missing_mass.of(AbstractCategorical)
def _(family, params, truth):
    return jnp.sum(jnp.where(params.weights > 0, 0.0, truth.probabilities))


@simpson.of(OpenVocabulary)
def _(family, params, truth):
    return jnp.sum(jnp.square(params.type_weights() / jnp.sum(params.weights)))


@heterozygosity.of(OpenVocabulary)
def _(family, params, truth):
    return 1 - simpson(family, params, truth)


@support.of(OpenVocabulary)
def _(family, params, truth):
    return jnp.sum(params.type_weights() > 0).astype(jnp.result_type(float))


@support.of(AbstractCategorical)
def _(family, params, truth):
    return jnp.sum(params.shares > 0).astype(jnp.result_type(float))


@fixed.of(AbstractCategorical)
def _(family, params, truth):
    return (jnp.sum(params.shares > 0) == 1).astype(jnp.result_type(float))


@segregating.of(AbstractCategorical, AbstractQVF)
def _(family, params, truth):
    return 1 - fixed(family, params, truth)


@total_variation.of(AbstractCategorical)
def _(family, params, truth):
    return 0.5 * jnp.sum(jnp.abs(params.probabilities - truth.probabilities))


@squared_distance.of(AbstractCategorical)
def _(family, params, truth):
    return jnp.sum(jnp.square(params.probabilities - truth.probabilities))


@chi_square.of(AbstractCategorical)
def _(family, params, truth):
    return jnp.sum(_relative_square(params.probabilities, truth.probabilities))


def _relative_square(p, q):
    """Return (p - q)^2 / q, and zero where q is zero."""
    # Two `where`s: the outer one alone would still divide by zero, which makes NaN gradients.
    return jnp.where(q > 0, jnp.square(p - q) / jnp.where(q > 0, q, 1.0), 0.0)


def _categorical_kl(p, q):
    """Return KL(p || q), with 0 log 0 = 0."""
    # Not `xlogy`: q may be zero where p is not, and the divergence is then infinite.
    none = p <= 0
    inside = jnp.where(none, 0.0, p * (jnp.log(jnp.where(none, 1.0, p)) - jnp.log(q)))
    return jnp.sum(inside)


@kl.of(AbstractCategorical)
def _(family, params, truth):
    return _categorical_kl(params.probabilities, truth.probabilities)


@kl_reverse.of(AbstractCategorical)
def _(family, params, truth):
    return _categorical_kl(truth.probabilities, params.probabilities)
