"""n-gram language models: the next symbol depends on the k - 1 symbols before it.

A text of n k-grams is one walk on the contexts, so its counts form a path and are not multinomial.
A model is a table of such counts. It starts to write from a context that is drawn by its frequency.
A context that occurs only at the end of the text has no continuation; there the model uses the
frequencies of single symbols (back-off).
"""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Num

from .._keys import fold_in
from ..domains import Integer, Simplex
from ..evidence import Counts
from ..records import AnyArray
from ..sampling import categorical
from .base import AbstractExponentialFamily, per_model


class NGramParams(eqx.Module):
    """Weight of every symbol after every context.

    A context is the number that its k-1 symbols form to the base K.
    """

    weights: Num[AnyArray, "contexts K"]

    @per_model
    def contexts(self):
        """Relative frequency of every context, shape (contexts,)."""
        return jnp.sum(self.weights, axis=1) / jnp.sum(self.weights)

    @per_model
    def continuations(self):
        """Weights that the next symbol is drawn with.

        They are those of the context, or those of single symbols where the context has none.
        """
        seen = jnp.sum(self.weights, axis=1, keepdims=True) > 0
        return jnp.where(seen, self.weights, jnp.sum(self.weights, axis=0)[None, :])

    @per_model
    def transitions(self):
        """Probability of every symbol after every context."""
        weights = self.continuations
        return weights / jnp.sum(weights, axis=1, keepdims=True)

    def of_order(self, other: "NGramParams") -> "NGramParams":
        """The same model as one of the order of another one, which is not lower."""
        weights, symbols = self.weights, self.weights.shape[1]
        while weights.shape[0] < other.weights.shape[0]:
            # One symbol more in front of every context; what follows does not depend on it.
            rows = jnp.tile(self.transitions, (weights.size // self.weights.shape[0], 1))
            weights = (weights / jnp.sum(weights)).reshape(-1, 1) * rows
        return NGramParams(weights.reshape(-1, symbols))


class NGram(AbstractExponentialFamily):
    """Maximum-likelihood n-gram model of order k on an alphabet of K symbols, trained on one text.

    An observation is a k-gram, coded as context times K plus symbol. `n` is the number of k-grams
    of a text, which has n + k - 1 symbols. Evidence is the count of every k-gram. The truth may be
    of a higher order: then no model of the family is the truth.

    Args:
        order: k in 1…5; 2 is the Markov chain, 1 is `Categorical`.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> truth = jc.NGram(2).params([[0.1, 0.9], [0.6, 0.4]])
        >>> r = jc.Recursion(jc.NGram(2), jc.Replace(), truth=truth, n=40)
        >>> run = jc.simulate(jax.random.key(0), r, generations=3, replicas=5)
        >>> run.params.weights.shape, float(run.params.weights[0, 3].sum())
        ((5, 4, 2, 2), 40.0)

    References:
        Shumailov et al., Nature 631:755 (2024), discrete distributions with exact approximation;
        Billingsley, Ann. Math. Stat. 32:12 (1961), for the estimator.
    """

    order: int = eqx.field(default=2, static=True)
    lossless: ClassVar[bool] = True
    shapes_follow_n: ClassVar[bool] = True

    def __check_init__(self):
        Integer(1, 5).check("NGram.order", self.order)

    def params(self, transitions) -> NGramParams:
        """The stationary source with these transition probabilities, shape (K^(k-1), K).

        Contexts come in numerical order.

        Raises:
            ValueError: for a wrong shape, rows that are not probabilities, or several stationary
                laws.
        """
        Simplex().check("transitions", transitions)
        rows = np.asarray(transitions, float)
        if rows.ndim != 2 or rows.shape[0] != rows.shape[1] ** (self.order - 1):
            raise ValueError(
                f"transitions must have shape (K**{self.order - 1}, K) for order {self.order}, "
                f"got {rows.shape}"
            )
        return NGramParams(stationary(rows)[:, None] * rows)

    def of_text(self, text, categories: int) -> NGramParams:
        """The model that is fitted to a text of integers from 0 to `categories` - 1.

        Raises:
            ValueError: for other symbols, or a text shorter than one k-gram.
        """
        Integer(2).check("categories", categories)
        Integer(0, categories - 1).check("text", text)
        text = np.asarray(text, int)
        if text.ndim != 1 or len(text) < self.order:
            raise ValueError(
                f"text must be a sequence of at least {self.order} symbols, got shape {text.shape}"
            )
        windows = np.lib.stride_tricks.sliding_window_view(text, self.order)
        codes = windows @ categories ** np.arange(self.order - 1, -1, -1)
        counts = np.bincount(codes, minlength=categories**self.order)
        return NGramParams(counts.reshape(-1, categories).astype(float))

    def sample(self, key, params, size):
        contexts, symbols = params.weights.shape
        weights = jnp.asarray(params.continuations, jnp.result_type(float))
        first = categorical(fold_in(key, 0), jnp.sum(params.weights, axis=1), 1)[0]

        def write(context, position):
            symbol = categorical(fold_in(key, position), weights[context], 1)[0]
            code = context * symbols + symbol
            return code % contexts, code

        # A scan over `capacity`, since n may be traced; symbols beyond n are not counted.
        _, codes = jax.lax.scan(write, first, jnp.arange(1, size + 1))
        grams = self.grams(params)
        return codes if grams == params.weights.size else codes % grams

    def grams(self, params) -> int:
        """The number of k-grams of the alphabet of a model, which may be of a higher order.

        Raises:
            ValueError: a model of a lower order.
        """
        contexts, symbols = params.weights.shape
        if contexts * symbols < symbols**self.order:
            raise ValueError(
                f"truth must be of order {self.order} or more for NGram({self.order}), "
                f"got {contexts} contexts of {symbols} symbols"
            )
        return symbols**self.order

    def least_size(self, truth):
        self.grams(truth)
        return self.minimum_size

    def statistics(self, samples, params):
        nothing = jnp.zeros(self.grams(params), samples.weights.dtype)
        return Counts(samples.count, nothing.at[samples.values].add(samples.weights))

    def sample_statistics(self, key, params, n, capacity: int):
        codes = self.sample(key, params, capacity)
        present = (jnp.arange(capacity) < n).astype(jnp.int32)
        counts = jnp.zeros(self.grams(params), jnp.int32).at[codes].add(present)
        return Counts(jnp.asarray(n, counts.dtype), counts)

    def estimate(self, evidence: Counts):
        # Rounded, because the k-th root of K^k in floats can miss K.
        symbols = round(evidence.total.shape[0] ** (1 / self.order))
        return NGramParams(evidence.total.reshape(-1, symbols))


def context_chain(transitions: np.ndarray) -> np.ndarray:
    """Return the Markov chain of contexts: each drops its first symbol and appends the next."""
    contexts, symbols = transitions.shape
    chain = np.zeros((contexts, contexts))
    for context in range(contexts):
        np.add.at(
            chain[context],
            (context * symbols + np.arange(symbols)) % contexts,
            transitions[context],
        )
    return chain


def stationary(transitions: np.ndarray) -> np.ndarray:
    """Return the stationary law of the contexts.

    Raises:
        ValueError: if it is not unique.
    """
    chain = context_chain(transitions)
    balance = chain.T - np.eye(len(chain))
    if np.linalg.matrix_rank(balance, tol=1e-9) < len(chain) - 1:
        raise ValueError(
            "transitions must have a single stationary law, got several closed sets of contexts"
        )
    system = np.vstack([balance, np.ones(len(chain))])
    law = np.linalg.lstsq(system, np.eye(len(chain) + 1)[-1], rcond=None)[0]
    return np.clip(law, 0.0, None) / np.clip(law, 0.0, None).sum()
