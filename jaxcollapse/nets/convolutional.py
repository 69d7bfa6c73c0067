"""A convolutional VAE on square images, trained on the same evidence lower bound as `VAE`."""

import equinox as eqx
import jax
import jax.numpy as jnp
from flax import nnx

from ..domains import Integer
from .condition import AbstractCondition, Unconditional
from .layers import dense
from .training import Training
from .vae import AbstractLikelihood, AbstractVAE, Pixels


def neighborhoods(images, stride: int):
    """Return the 3 x 3 pixels around every `stride`-th pixel; pixels outside the image are zero.

    The shape is (size, rows, columns, 9 * channels).
    """
    rows, columns = images.shape[1:3]
    padded = jnp.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    # A convolution is the product of these patches with a matrix. Every replica has kernels of its
    # own, and `lax.conv` under `vmap` becomes a grouped convolution, which takes 1.1 to 2.7 times
    # the processor time of a batched product.
    shifted = [
        padded[:, i : i + rows : stride, j : j + columns : stride]
        for i in range(3)
        for j in range(3)
    ]
    return jnp.concatenate(shifted, axis=-1)


def images_of(rows, side: int, colors: int):
    """Turn rows of pixels, one color after the other, into images (size, side, side, colors)."""
    return rows[:, : colors * side**2].reshape(-1, colors, side, side).transpose(0, 2, 3, 1)


def interleaved(images):
    """Turn four channels into the four pixels of a block.

    The shape (size, rows, columns, 4 c) becomes (size, 2 rows, 2 columns, c).
    """
    size, rows, columns, channels = images.shape
    blocks = images.reshape(size, rows, columns, 2, 2, channels // 4).transpose(0, 1, 3, 2, 4, 5)
    return blocks.reshape(size, 2 * rows, 2 * columns, channels // 4)


class ConvolutionalAutoencoder(nnx.Module):
    """An encoder of two convolutions of stride 2, a decoder of two sub-pixel convolutions."""

    def __init__(self, side, colors, channels, latent, condition, rngs):
        self.side, self.colors, self.wide = side, colors, 2 * channels
        deep = (side // 4) ** 2 * self.wide
        self.into = dense(9 * colors, channels, rngs)
        self.deeper = dense(9 * channels, self.wide, rngs)
        self.code = dense(deep + condition.width, 2 * latent, rngs)
        self.out_of = dense(latent + condition.width, deep, rngs)
        self.wider = dense(9 * self.wide, 4 * channels, rngs)
        self.show = dense(9 * channels, 4 * colors, rngs)
        self.scale = nnx.Param(jnp.zeros(()))
        self.seen = condition.unseen

    def encode(self, x):
        """Return mean and log variance of the code."""
        images = images_of(x, self.side, self.colors)
        given = x[:, self.colors * self.side**2 :]
        for layer in (self.into, self.deeper):
            images = jax.nn.relu(layer(neighborhoods(images, 2)))
        features = jnp.concatenate([images.reshape(x.shape[0], -1), given], axis=1)
        return jnp.split(self.code(features), 2, axis=-1)

    def decode(self, z):
        """Return the outputs that the likelihood reads."""
        images = jax.nn.relu(self.out_of(z)).reshape(-1, self.side // 4, self.side // 4, self.wide)
        images = jax.nn.relu(interleaved(self.wider(neighborhoods(images, 1))))
        images = interleaved(self.show(neighborhoods(images, 1)))
        return images.transpose(0, 3, 1, 2).reshape(z.shape[0], -1)


class ConvVAE(AbstractVAE):
    """A VAE with two convolutional layers on each side, for square images.

    An image is a row of `colors * side**2` pixels, one color after the other.

    Args:
        side: of an image, a multiple of 4, such as 8 or 28.
        colors: channels of an image.
        channels: of the first layer; the second has twice as many.
        latent: dimension of the code.
        likelihood: `Pixels` for intensities in [0, 1], `Noise` for real numbers.
        condition: `Unconditional`, or `ByClass` or `Balanced` for a net that is given the class.
        training: steps, batch, rate and start.

    Raises:
        ValueError: a side that is not a multiple of 4, or a size below 1.

    Example:
        >>> import jax, numpy as np, jaxcollapse as jc
        >>> images = np.random.default_rng(0).uniform(size=(32, 64)).astype(np.float32)
        >>> training = jc.nets.Training(steps=2, batch=8)
        >>> family = jc.nets.ConvVAE(8, channels=2, latent=2, training=training)
        >>> r = jc.Recursion(family, jc.Replace(), truth=family.data(images), n=16)
        >>> jc.simulate(jax.random.key(0), r, generations=2, replicas=2).params.loss.shape
        (2, 3)

    References:
        Kingma and Welling, arXiv 1312.6114; sub-pixel convolution: Shi et al., arXiv 1609.05158.
    """

    side: int = eqx.field(static=True)
    colors: int = eqx.field(default=1, static=True)
    channels: int = eqx.field(default=8, static=True)
    latent: int = eqx.field(default=8, static=True)
    likelihood: AbstractLikelihood = Pixels()
    condition: AbstractCondition = Unconditional()
    training: Training = Training()

    def __check_init__(self):
        for name in ("side", "colors", "channels", "latent"):
            Integer(1, 10**4).check(f"ConvVAE.{name}", getattr(self, name))
        if self.side % 4:
            raise ValueError(f"ConvVAE.side must be a multiple of 4, got {self.side}")

    @property
    def event(self):
        return self.condition.event(self.colors * self.side**2)

    @property
    def activations(self):
        return 16 * self.channels * self.side**2

    def build(self, rngs):
        return ConvolutionalAutoencoder(
            self.side, self.colors, self.channels, self.latent, self.condition, rngs
        )
