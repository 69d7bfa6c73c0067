"""A small autoregressive transformer over symbols, bytes or words.

An observation is a window of text.
"""

import abc
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Float

from .._keys import fold_in, words
from ..domains import POSITIVE, Integer, Real, is_concrete
from ..metrics import Metric
from ..metrics.samples import on_samples
from ..records import Record, field
from ..sampling import normal
from .base import AbstractNet, NetParams
from .layers import dense
from .training import Training


class AbstractDecoding(Record):
    """A change of the distribution of the next symbol before it is drawn."""

    @abc.abstractmethod
    def __call__(self, logits) -> Float[Array, "*batch vocabulary"]:
        """Return the logits to draw from, shape (..., vocabulary)."""


class Ancestral(AbstractDecoding):
    """Draw from the model itself."""

    def __call__(self, logits):
        return logits


class Sharpened(AbstractDecoding):
    """Draw at a temperature: below one, likely symbols become likelier.

    Args:
        temperature: above 0.
    """

    temperature: Float[Array, ""] = field(POSITIVE, 0.7, doc="divides the logits")

    def __call__(self, logits):
        return logits / self.temperature


class Truncated(AbstractDecoding):
    """Draw from the most probable symbols only.

    Kept are the `top_k` most probable symbols, or the fewest with total probability `top_p`,
    whichever are fewer.

    Args:
        temperature: above 0, applied first.
        top_k: symbols kept; all of them if large.
        top_p: probability kept, in (0, 1].
    """

    temperature: Float[Array, ""] = field(POSITIVE, 1.0, doc="divides the logits")
    top_k: Float[Array, ""] = field(Integer(1), 2**20, doc="symbols kept")
    top_p: Float[Array, ""] = field(
        Real(0.0, 1.0, closed=(False, True), typical=(0.5, 1.0)), 1.0, doc="probability kept"
    )

    def __call__(self, logits):
        logits = logits / self.temperature
        falling = -jnp.sort(-logits, axis=-1)
        share = jax.nn.softmax(falling, axis=-1)
        # The mass before a symbol, so that the symbol that reaches `top_p` is still kept.
        before = jnp.cumsum(share, axis=-1) - share
        kept = (before < self.top_p) & (jnp.arange(logits.shape[-1]) < self.top_k)
        least = jnp.min(jnp.where(kept, falling, jnp.inf), axis=-1, keepdims=True)
        return jnp.where(logits >= least, logits, -jnp.inf)


class Block(nnx.Module):
    """Attention to the past and a feed-forward layer, each after normalization."""

    def __init__(self, width, heads, rngs):
        self.heads = heads
        self.before = nnx.LayerNorm(width, rngs=rngs)
        self.mix = dense(width, 3 * width, rngs)
        self.out = dense(width, width, rngs)
        self.between = nnx.LayerNorm(width, rngs=rngs)
        self.wide = dense(width, 4 * width, rngs)
        self.narrow = dense(4 * width, width, rngs)

    def __call__(self, x, past, position):
        """Return the outputs of new symbols at `position` on, and the past with them.

        The shape is (size, new, width). The past is a pair of keys and values.
        """
        size, new, width = x.shape
        split = (size, new, self.heads, width // self.heads)
        query, key, value = (
            part.reshape(split) for part in jnp.split(self.mix(self.before(x)), 3, axis=-1)
        )
        # One code for training and generation: training writes the whole window into an empty past,
        # generation one symbol per step.
        keys = jax.lax.dynamic_update_slice_in_dim(past[0], key, position, 1)
        values = jax.lax.dynamic_update_slice_in_dim(past[1], value, position, 1)
        scores = jnp.einsum("snhd,sphd->shnp", query, keys) / math.sqrt(split[-1])
        # Every symbol sees at least itself, so no softmax is over minus infinities alone.
        seen = jnp.arange(keys.shape[1])[None, :] <= position + jnp.arange(new)[:, None]
        weights = jax.nn.softmax(jnp.where(seen[None, None], scores, -jnp.inf), axis=-1)
        x = x + self.out(jnp.einsum("shnp,sphd->snhd", weights, values).reshape(x.shape))
        return x + self.narrow(jax.nn.gelu(self.wide(self.between(x)))), (keys, values)


class Transformer(nnx.Module):
    """A transformer from symbols to logits of the next symbol.

    The symbol numbered `vocabulary` begins a window.
    """

    def __init__(self, vocabulary, length, width, heads, layers, rngs):
        self.shape = (length, heads, width // heads)
        self.symbols = nnx.Param(0.1 * normal(rngs.params(), (vocabulary + 1, width)))
        self.places = nnx.Param(0.02 * normal(rngs.params(), (length, width)))
        self.blocks = nnx.List([Block(width, heads, rngs) for _ in range(layers)])
        self.last = nnx.LayerNorm(width, rngs=rngs)
        self.read = dense(width, vocabulary, rngs)

    def nothing(self, size):
        """Return a past without keys and values, one for each block."""
        empty = jnp.zeros((size, *self.shape))
        return [(empty, empty) for _ in self.blocks]

    def __call__(self, symbols, past, position):
        """Return the logits after each of the symbols at `position` on, and the past with them."""
        places = jax.lax.dynamic_slice_in_dim(self.places[...], position, symbols.shape[1], 0)
        x, later = self.symbols[...][symbols] + places[None], []
        for block, before in zip(self.blocks, past, strict=True):
            x, after = block(x, before, position)
            later.append(after)
        return self.read(self.last(x)), later


class LanguageModel(AbstractNet):
    r"""An autoregressive model of windows of text.

    It is trained on $-\frac1L\sum_i\log p(x_i\mid x_{<i})$, in nats per symbol.

    Args:
        vocabulary: number of symbols.
        length: symbols in a window, L.
        width: of the residual stream, a multiple of `heads`.
        heads: of attention.
        layers: number of blocks.
        decoding: `Ancestral`, `Sharpened` or `Truncated`; its numbers are traced.
        training: steps, batch, rate and start.

    References:
        in the loop: Shumailov et al., Nature 631:755 (2024); Gerstgrasser et al., arXiv 2404.01413.
    """

    vocabulary: int = eqx.field(static=True)
    length: int = eqx.field(default=32, static=True)
    width: int = eqx.field(default=32, static=True)
    heads: int = eqx.field(default=2, static=True)
    layers: int = eqx.field(default=1, static=True)
    decoding: AbstractDecoding = Ancestral()
    training: Training = Training(steps=1000, batch=32, learning_rate=3e-3, anneal=0.1)

    def __check_init__(self):
        for name in ("vocabulary", "length", "width", "heads", "layers"):
            Integer(1, 10**6).check(f"LanguageModel.{name}", getattr(self, name))
        if self.width % self.heads:
            raise ValueError(
                f"LanguageModel.width must be a multiple of heads = {self.heads}, got {self.width}"
            )

    @property
    def event(self):
        return (self.length,)

    @property
    def activations(self):
        return self.length * (
            self.layers * (14 * self.width + 2 * self.heads * self.length) + 2 * self.vocabulary
        )

    def check_data(self, data):
        self.check_event(data.values.shape[1:])
        if not is_concrete(data.values):
            return
        values = np.asarray(data.values)
        least, most = values.min(), values.max()
        if values.dtype.kind not in "iu" or least < 0 or most >= self.vocabulary:
            raise ValueError(
                f"symbols of the data must be integers in [0, {self.vocabulary - 1}], "
                f"got {least} to {most}"
            )

    def build(self, rngs):
        return Transformer(self.vocabulary, self.length, self.width, self.heads, self.layers, rngs)

    def surprise(self, module, windows):
        """Return the negative log likelihood of every symbol, nats, shape (size, length)."""
        begin = jnp.full((windows.shape[0], 1), self.vocabulary, windows.dtype)
        shifted = jnp.concatenate([begin, windows[:, :-1]], axis=1)
        logits = module(shifted, module.nothing(windows.shape[0]), 0)[0]
        return optax.softmax_cross_entropy_with_integer_labels(logits, windows)

    def loss(self, module, batch, key):
        return jnp.mean(self.surprise(module, batch))

    def generate(self, module, key, size):
        def step(carry, position):
            symbol, past = carry
            logits, past = module(symbol[:, None], past, position)
            # Gumbel's trick, with uniforms of 24 bits strictly inside (0, 1), so that neither
            # logarithm is infinite.
            drawn = words(fold_in(key, position), size * self.vocabulary) >> 8
            noise = drawn.reshape(size, -1) * 2.0**-24 + 2.0**-25
            scores = self.decoding(logits[:, 0]) - jnp.log(-jnp.log(noise))
            symbol = jnp.argmax(scores, axis=-1).astype(jnp.int32)
            return (symbol, past), symbol

        begin = (jnp.full((size,), self.vocabulary, jnp.int32), module.nothing(size))
        return jax.lax.scan(step, begin, jnp.arange(self.length))[1].T

    def surprise_under(self, params: NetParams, name: str, size: int = 256) -> Metric:
        """Return a metric: the surprise of a given model by generated windows.

        It is a sorted vector over windows of the mean nats per symbol. Shumailov et al. plot its
        exponential, the perplexity, under the model of fit 1.
        """
        module = self.module_of(params)

        def formula(x, y):
            return jnp.sort(jnp.mean(self.surprise(module, x), axis=1))

        return on_samples(
            f"surprise-{name}",
            f"sorted mean nats a symbol of generated windows under {name}",
            formula,
            size,
        )
