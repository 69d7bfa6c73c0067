"""Decodings of categories that cut tails or edit what was drawn."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from ..domains import PROBABILITY, Integer, Real, Simplex
from ..families import CategoricalParams
from ..records import field
from .base import AbstractClosedDecoding, undefined


class TopK(AbstractClosedDecoding):
    """Sample the k most probable categories only; of equally probable ones the first are taken."""

    k: Int[Array, ""] = field(Integer(1, typical=(1, 4)), 1, doc="categories that are left")

    def decode(self, family, params):
        weights = category_weights(family, params, "TopK")
        rank = jnp.argsort(jnp.argsort(-weights, stable=True), stable=True)
        return reweighed(weights, rank < self.k)


class TopP(AbstractClosedDecoding):
    """Sample the nucleus: the smallest set of most probable categories whose mass is at least p."""

    p: Float[Array, ""] = field(
        Real(0.0, 1.0, closed=(False, True), typical=(0.3, 0.95)), 0.9, doc="mass of the nucleus"
    )

    def decode(self, family, params):
        weights = category_weights(family, params, "TopP")
        order = jnp.argsort(-weights, stable=True)
        # The mass before a category, so that the category that reaches p still belongs to the
        # nucleus.
        before = jnp.cumsum(weights[order]) - weights[order]
        inside = jnp.zeros(weights.shape, bool).at[order].set(before < self.p * jnp.sum(weights))
        return reweighed(weights, inside)


class Edit(AbstractClosedDecoding):
    r"""Replace an observation of category i with probability $\rho_i$ by a draw from another law q.

    $p_i \mapsto (1-\rho_i)p_i + q_i\sum_j\rho_jp_j$: label noise, mutation, and token editing,
    where $\rho$ marks the categories that a reference model is sure of.

    Args:
        rates: probability of replacement in each category, shape (K,), or the same for all.
        law: q, shape (K,).
    """

    rates: Float[Array, "..."] = field(PROBABILITY, doc="probability of replacement by category")
    law: Float[Array, " K"] = field(Simplex(), doc="law of the replacement")

    def decode(self, family, params):
        weights = category_weights(family, params, "Edit")
        p = weights / jnp.sum(weights)
        law = jnp.asarray(self.law, p.dtype)
        rates = jnp.broadcast_to(jnp.asarray(self.rates, p.dtype), p.shape)
        return reweighed((1 - rates) * p + law * jnp.sum(rates * p), jnp.ones(p.shape, bool))


def category_weights(family, params, name):
    """Return the weights of a categorical model as floats; the error names the decoding `name`."""
    if not isinstance(params, CategoricalParams):
        raise undefined(name, family)
    return params.weights.astype(jnp.result_type(float))


def reweighed(weights, factor):
    """Return the categorical model with weights multiplied by `factor`."""
    weights = weights * factor
    return CategoricalParams(weights, jnp.sum(weights))
