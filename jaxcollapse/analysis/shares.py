"""Shares of categories, of words of n-grams, and of the symbols that a language model writes."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from ..arguments import check_is
from ..domains import Integer
from ..engine.recording import floating
from ..engine.trajectory import Trajectory
from ..families import AbstractCategorical, NGram

# Windows that are drawn from every language model.
WINDOWS = 1024


def shares_of(run, size: int = WINDOWS) -> np.ndarray:
    """The shares of all categories in every model of a run, shape (replicas, times, categories).

    They are probabilities for categorical models and n-grams. A language model is read from windows
    that it writes under a fixed key, and its truth from its data.

    Args:
        run: a trajectory of models.
        size: windows that are drawn from every language model.

    Raises:
        ValueError: a family without categories, or a run that kept metrics alone.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> truth = jc.NGram(2).params([[0.1, 0.9], [0.6, 0.4]])
        >>> r = jc.Recursion(jc.NGram(1), jc.Replace(), truth=truth, n=40)
        >>> run = jc.simulate(jax.random.key(0), r, generations=1, replicas=5)
        >>> shares_of(run)[0, 0].round(2).tolist()
        [0.4, 0.6]
    """
    check_is("run", run, Trajectory)
    Integer(1).check("size", size)
    family, truth = run.recursion.family, run.recursion.truth
    if run.params is None:
        raise ValueError("run must hold its models: simulate it without observe=")
    if isinstance(family, NGram):
        return _of_words(family, truth, run.params)
    if isinstance(family, AbstractCategorical):
        weights = np.asarray(run.params.weights, float)
        return weights / weights.sum(axis=-1, keepdims=True)
    if hasattr(family, "vocabulary"):
        return _of_symbols(family, truth, run.params, size)
    raise ValueError(
        f"run must be of a family with categories, words or symbols, got {type(family).__name__}"
    )


def _of_words(family: NGram, truth, params) -> np.ndarray:
    """Shares of the words of n-grams; the truth may be of a higher order."""
    words = family.grams(truth)
    weights = np.asarray(params.weights, float)
    # Fits of a lower order than the truth are filled up with zeros.
    fits = weights[:, 1:, : words // weights.shape[-1]].reshape(*weights[:, 1:].shape[:2], words)
    true = np.asarray(truth.weights, float).reshape(-1, words).sum(axis=0)
    true = np.broadcast_to(true, (len(weights), 1, words))
    shares = np.concatenate([true, fits], axis=1)
    return shares / shares.sum(axis=-1, keepdims=True)


def _of_symbols(family, truth, params, size: int) -> np.ndarray:
    """Shares of the symbols that language models write."""
    number = family.vocabulary
    true = np.bincount(np.ravel(np.asarray(truth.values)), minlength=number).astype(float)
    models = jax.tree.map(lambda leaf: jnp.asarray(leaf)[:, 1:], params)
    outer = jax.tree.leaves(models)[0].shape[:2]
    flat = jax.tree.map(lambda leaf: leaf.reshape(outer[0] * outer[1], *leaf.shape[2:]), models)
    counts = _written(family, floating(flat), size)
    fits = np.asarray(counts, float).reshape(*outer, number)
    shares = np.concatenate([np.broadcast_to(true, (outer[0], 1, number)), fits], axis=1)
    return shares / shares.sum(axis=-1, keepdims=True)


@partial(jax.jit, static_argnames="size")
def _written(family, models, size: int):
    """Counts of the symbols that every model writes, shape (models, vocabulary)."""

    def counted(model):
        windows = family.sample(jax.random.key(2), model, size)
        return jnp.bincount(jnp.ravel(windows), length=family.vocabulary)

    return jax.lax.map(counted, models)
