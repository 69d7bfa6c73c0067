r"""An open vocabulary: tokens are copied from the training text or are new words.

This is the Wright-Fisher model with infinitely many alleles. The model is its own text, so it needs
no list of words. The name of a new word is the key of the draw that coined it and its place in this
draw, so that two words never have one name.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt32

from .._keys import fold_in, words
from ..domains import PROBABILITY, Simplex
from ..records import AnyArray, field
from ..sampling import categorical
from ..sampling.normal import uniforms
from .base import AbstractFamily

# Places of words that no draw has coined; those of draws are smaller.
FIRST = np.uint32(1 << 31)


class VocabularyParams(eqx.Module):
    """A text: the name of every token and its weight; weight zero means absent."""

    tokens: UInt32[AnyArray, "size 3"]
    weights: Float[AnyArray, " size"]

    def type_weights(self):
        """Return the total weight of every distinct word, in order of name.

        The result is padded by zeros to the length of the text.
        """
        present = self.weights > 0
        # Shapes are static, so distinct words are counted by sorting; absent tokens sort to the
        # end.
        order = jnp.lexsort((*self.tokens.T, ~present))
        tokens, weights = self.tokens[order], self.weights[order]
        differs = jnp.any(tokens[1:] != tokens[:-1], axis=1)
        new = jnp.concatenate([jnp.zeros(1, jnp.int32), differs.astype(jnp.int32)])
        return jnp.zeros_like(weights).at[jnp.cumsum(new)].add(weights)


class OpenVocabulary(AbstractFamily):
    r"""Every token is a new word with probability `novelty`, else a copy from the model's text.

    Copies are picked by weight. Runs are recorded through metrics (`observe=`), as for
    `KernelDensity`.

    Args:
        novelty: share $\alpha$ of tokens that are new words, in [0, 1].

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.OpenVocabulary(0.05)
        >>> r = jc.Recursion(family, jc.Replace(), truth=family.params([0.7, 0.3]), n=20)
        >>> [round(float(f), 4) for f in jc.predict(jc.E(jc.simpson), r, t=[0, 1, 500])]
        [0.58, 0.5473, 0.3506]

    References:
        Kimura and Crow, Genetics 49:725 (1964); Ewens, Theor. Popul. Biol. 3:87 (1972).
    """

    novelty: Float[Array, ""] = field(PROBABILITY, 0.1, doc="share of tokens that are new words")

    @staticmethod
    def params(probabilities) -> VocabularyParams:
        """The first vocabulary, with these frequencies.

        Raises:
            ValueError: if they are not a probability vector.
        """
        Simplex().check("probabilities", probabilities)
        weights = np.asarray(probabilities, float)
        names = np.zeros((len(weights), 3), np.uint32)
        names[:, 2] = FIRST + np.arange(len(weights), dtype=np.uint32)
        return VocabularyParams(names, weights)

    def sample(self, key, params, size):
        copied = jnp.asarray(params.tokens)[categorical(fold_in(key, 0), params.weights, size)]
        coined = uniforms(fold_in(key, 1), size) <= self.novelty
        return jnp.where(coined[:, None], _new_names(key, size), copied)

    def fit(self, key, samples, init):
        del key, init
        return VocabularyParams(samples.values, samples.weights)


def _new_names(key, size: int):
    """Names that no other draw gives: the two words of its key and a place.

    Keys of the draws of one replica differ, since Threefry maps counters to words one to one. For
    other generators two words of the key stand for it.
    """
    data = jax.random.key_data(key)
    seed = data if data.shape == (2,) else words(key, 2)
    places = jnp.arange(size, dtype=jnp.uint32)
    return jnp.concatenate([jnp.broadcast_to(seed, (size, 2)), places[:, None]], axis=1)
