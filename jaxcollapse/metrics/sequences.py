"""Metrics of sequence models, in nats per symbol.

Averages over contexts are weighted by how often the context occurs in the model's own text.
"""

import jax.numpy as jnp
from jax import lax
from jax.scipy.special import xlogy

from ..domains import Integer
from ..families import NGram
from .base import Metric, metric, unlisted
from .names import kl, support
from .parametrized import parametrized

entropy_rate = metric("entropy-rate", "entropy of the next symbol given its context, nats")
row_heterozygosity = metric(
    "row-heterozygosity", "probability that two continuations of one context differ"
)
perplexity = metric("perplexity", "perplexity of the model's text to the true source")
cycle_length = metric(
    "cycle-length",
    "period of the cycle that the model repeats for ever; 0 while it has a choice",
    compares=True,
)


@parametrized("transition-{context}-{symbol}", context=Integer(0), symbol=Integer(0))
def transition(name: str, context: int, symbol: int) -> Metric:
    """Probability of a symbol after a context, both counted from zero.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.NGram(2)
        >>> truth = family.params([[0.1, 0.9], [0.6, 0.4]])
        >>> round(float(jc.transition(1, 0)(family, truth, truth)), 4)
        0.6
    """
    each = unlisted(name, f"probability of symbol {symbol} after context {context}")
    each.of(NGram)(lambda family, params, truth: params.transitions[context, symbol])
    return each


@parametrized("context-heterozygosity-{context}", context=Integer(0))
def context_heterozygosity(name: str, context: int) -> Metric:
    """Probability that two continuations of one context differ.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.NGram(2)
        >>> truth = family.params([[0.1, 0.9], [0.6, 0.4]])
        >>> round(float(jc.context_heterozygosity(0)(family, truth, truth)), 4)
        0.18
    """
    each = unlisted(name, f"probability that two continuations of context {context} differ")
    each.of(NGram)(
        lambda family, params, truth: 1 - jnp.sum(jnp.square(params.transitions[context]))
    )
    return each


@entropy_rate.of(NGram)
def _(family, params, truth):
    rows = params.transitions
    return -params.contexts @ jnp.sum(xlogy(rows, rows), axis=1)


@row_heterozygosity.of(NGram)
def _(family, params, truth):
    return params.contexts @ (1 - jnp.sum(jnp.square(params.transitions), axis=1))


@perplexity.of(NGram)
def _(family, params, truth):
    weights = params.of_order(truth).weights
    joint = weights / jnp.sum(weights)
    return jnp.exp(-jnp.sum(xlogy(joint, truth.transitions)))


@kl.of(NGram)
def _(family, params, truth):
    return jnp.log(perplexity(family, params, truth)) - entropy_rate(family, params, truth)


@support.of(NGram)
def _(family, params, truth):
    return jnp.sum(params.weights > 0).astype(jnp.result_type(float))


@cycle_length.of(NGram)
def _(family, params, truth):
    contexts, symbols = params.weights.shape
    choices = jnp.sum(params.weights > 0, axis=1)
    alive = jnp.sum(choices > 0)
    start, only = jnp.argmax(choices > 0), jnp.argmax(params.weights, axis=1)

    # Follow the only continuation of each context from the first live one, and note when it
    # returns. A model that repeats a cycle visits all of its live contexts.
    def step(steps, state):
        context, period = state
        following = (context * symbols + only[context]) % contexts
        lost = choices[context] == 0
        return jnp.where(lost, context, following), jnp.where(
            (following == start) & (period == 0) & ~lost, steps, period
        )

    _, period = lax.fori_loop(1, contexts + 1, step, (start, 0))
    return jnp.where((jnp.max(choices) == 1) & (period == alive), period, 0).astype(
        jnp.result_type(float)
    )
