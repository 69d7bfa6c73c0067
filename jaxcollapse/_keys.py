"""Random words from typed keys: a counter-based generator that XLA fuses into its consumers.

A run's key is folded with the replica, then with (generation, stream): the stream is the high word
of the counter, which `jax.random.fold_in` leaves at zero. No key is ever split in a loop, so
replica i does not depend on how many run beside it, and a longer run extends a shorter one.
"""

import enum
import functools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, UInt32

from .numerics.vectorize import over_trailing_axes

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA

# The law of randomness: another number wherever one key no longer gives the same draws.
RANDOMNESS = 1


class Stream(enum.IntEnum):
    """What a generation draws randomness for; each has its own words."""

    DATA = 0
    FRESH = 1
    FIT = 2
    SELECT = 3
    POOL = 4
    TILT = 5


def check_key(key) -> jax.Array:
    """Return `key` if it is one typed PRNG key.

    Raises:
        ValueError: anything else, with the way to make a key.
    """
    dtype = getattr(key, "dtype", None)
    if dtype is None or not jnp.issubdtype(dtype, jax.dtypes.prng_key):
        raise ValueError(
            "key must be a typed key such as jax.random.key(0), "
            f"got {type(key).__name__} of dtype {dtype}"
        )
    if key.shape != ():
        raise ValueError(f"key must be a single key, got shape {key.shape}")
    return key


def check_typed_key(name: str, key) -> None:
    """`check_key` for `checked`, which names the argument; it is always called key."""
    check_key(key)


def check_seed(name: str, seed) -> None:
    """Raise a `ValueError` unless a seed is four words: two of a key and two of a counter."""
    if not isinstance(seed, tuple) or len(seed) != 4 or not all(map(_is_word, seed)):
        raise ValueError(
            f"{name} must be four words, two of a key and two of a counter, got {seed!r}"
        )


def _is_word(value) -> bool:
    return isinstance(value, int) or getattr(value, "dtype", None) is not None


def _rotate(x, by):
    return (x << jnp.uint32(by)) | (x >> jnp.uint32(32 - by))


# Compiled by itself, so that it is traced once per shape and not at every use.
@jax.jit
def threefry2x32(key_words, high, low):
    """Threefry-2x32 with 20 rounds, bit-identical to the generator of `jax.random`.

    The rounds are unrolled, so that they fuse with whatever uses the words: JAX lowers its own to a
    loop on CPUs, which is three to eight times slower.

    Args:
        key_words: the two uint32 words of the key.
        high: uint32 counter, any shape.
        low: uint32 counter, broadcastable with `high`.

    Returns:
        Two arrays of uint32 words of the broadcast shape.

    References:
        Salmon et al., SC 2011.
    """
    k0, k1 = key_words
    schedule = (k0, k1, k0 ^ k1 ^ jnp.uint32(_PARITY))
    x, y = high + k0, low + k1
    for round_group in range(5):
        for rotation in _ROTATIONS[round_group % 2]:
            x = x + y
            y = _rotate(y, rotation) ^ x
        x = x + schedule[(round_group + 1) % 3]
        y = y + schedule[(round_group + 2) % 3] + jnp.uint32(round_group + 1)
    return x, y


def _is_threefry(key) -> bool:
    return str(jax.random.key_impl(key)) == "threefry2x32"


def _key_words(key):
    data = jax.random.key_data(key)
    return data[..., 0], data[..., 1]


def fold_in(key, data, stream: int = 0):
    """Derive the key of `(data, stream)`.

    With stream 0 it is `jax.random.fold_in(key, data)` bit for bit.
    """
    if not _is_threefry(key):
        return jax.random.fold_in(jax.random.fold_in(key, data), stream)
    low = jnp.asarray(data).astype(jnp.uint32)
    return jax.random.wrap_key_data(
        jnp.stack(threefry2x32(_key_words(key), jnp.uint32(stream), low), axis=-1),
        impl="threefry2x32",
    )


def apart(keys):
    """Split many keys into two arrays of words, which load faster than pairs.

    Keys of other generators are returned as they are.
    """
    return _key_words(keys) if _is_threefry(keys) else keys


def together(parts):
    """The inverse of `apart`."""
    if not isinstance(parts, tuple):
        return parts
    return jax.random.wrap_key_data(jnp.stack(parts, axis=-1), impl="threefry2x32")


def words(key, count: int) -> UInt32[Array, " count"]:
    """`count` independent uniform 32-bit words of one key."""
    if not _is_threefry(key):
        return jax.random.bits(key, (count,), jnp.uint32)
    half = (count + 1) // 2
    first, second = threefry2x32(_key_words(key), jnp.uint32(0), jnp.arange(half, dtype=jnp.uint32))
    return jnp.concatenate([first, second])[:count]


class RandomStream(eqx.Module):
    """The random words of one stream of one generation of a replica.

    They come as a typed key or as blocks of words straight from the counter. Block i has the
    counter (stream + 8 i, generation), so block 0 is the key itself: use one or the other, never
    both.
    """

    replica: Any
    generation: Any
    stream: int = eqx.field(static=True)

    @property
    def key(self):
        """A typed key for any sampler."""
        return fold_in(self.replica, self.generation, self.stream)

    @property
    def seed(self):
        """The words of the replica's key and of the counter of block 0.

        For samplers that need no key: stacking the two words into one costs about 10 ns per draw.
        """
        if not _is_threefry(self.replica):
            return *word_pair(self.key), jnp.uint32(0), jnp.uint32(0)
        return *self.cipher, jnp.uint32(self.stream), self._low

    def blocks(self, count: int):
        """Two arrays of `count` independent uniform words."""
        return self.block(jnp.arange(count))

    def block(self, index):
        """The two words of the blocks `index`, uint32 of its shape."""
        if not _is_threefry(self.replica):
            each = jax.vmap(lambda i: jax.random.bits(fold_in(self.key, i), (2,), jnp.uint32))(
                jnp.ravel(index)
            )
            return each[:, 0].reshape(jnp.shape(index)), each[:, 1].reshape(jnp.shape(index))
        return threefry2x32(self.cipher, self._counter(index), self._low)

    def map_blocks(self, function, count: int):
        """Apply `function` to the two words of each of `count` blocks.

        The same as `function(*blocks(count))`, but vectorized over replicas along the trailing
        axis.
        """
        if not _is_threefry(self.replica):
            return function(*self.blocks(count))
        first, second = self.cipher
        return _mapped(function)(
            first[None], second[None], self._counter(jnp.arange(count)), self._low[None]
        )

    @property
    def cipher(self):
        """The two words of the replica's key."""
        return _key_words(self.replica)

    @property
    def _low(self):
        return jnp.asarray(self.generation).astype(jnp.uint32)

    def _counter(self, index):
        return jnp.uint32(self.stream) + jnp.uint32(8) * index.astype(jnp.uint32)


def word_pair(key):
    """Two random words from a key made by `fold_in`, which is a block of the generator itself.

    Nothing else may draw from the key.
    """
    if not _is_threefry(key):
        drawn = jax.random.bits(key, (2,), jnp.uint32)
        return drawn[0], drawn[1]
    return _key_words(key)


@functools.cache
def _mapped(function):
    return over_trailing_axes(
        lambda k0, k1, high, low: function(*threefry2x32((k0, k1), high, low))
    )
