"""A small convolutional classifier of square images with several channels."""

import equinox as eqx
import jax
from flax import nnx

from ..domains import Integer
from .classifier import AbstractClassifier
from .convolutional import images_of, neighborhoods
from .layers import dense
from .training import Training


class ConvolutionalPerceptron(nnx.Module):
    """Two convolutions of stride 2 and a hidden layer, whose activations are the features."""

    def __init__(self, side, colors, channels, width, classes, rngs):
        self.side, self.colors = side, colors
        self.into = dense(9 * colors, channels, rngs)
        self.deeper = dense(9 * channels, 2 * channels, rngs)
        self.wide = dense((side // 4) ** 2 * 2 * channels, width, rngs)
        self.last = dense(width, classes, rngs)

    def features(self, x):
        """Return the features, shape (size, width)."""
        images = images_of(x, self.side, self.colors)
        for layer in (self.into, self.deeper):
            images = jax.nn.relu(layer(neighborhoods(images, 2)))
        return jax.nn.tanh(self.wide(images.reshape(x.shape[0], -1)))

    def logits(self, x):
        """Return the logits, shape (size, classes)."""
        return self.last(self.features(x))


class ConvClassifier(AbstractClassifier):
    """Two convolutional layers and a hidden one, trained on cross-entropy.

    An image is a row of `colors * side**2` pixels, one color after the other.

    Args:
        side: of an image, a multiple of 4.
        colors: channels of an image.
        classes: number of classes.
        channels: of the first convolution; the second has twice as many.
        width: width of the hidden layer, the features that Fréchet distances use.
        training: steps, batch and rate.

    Raises:
        ValueError: a side that is not a multiple of 4, or a size below 1.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> judge = jc.nets.ConvClassifier(8, colors=2, channels=2)
        >>> judge.features, judge.initial(jax.random.key(0)).shape == (judge.weights,)
        (128, True)

    References:
        LeCun et al., Proc. IEEE 86:2278 (1998).
    """

    side: int = eqx.field(static=True)
    colors: int = eqx.field(default=1, static=True)
    classes: int = eqx.field(default=2, static=True)
    channels: int = eqx.field(default=8, static=True)
    width: int = eqx.field(default=16, static=True)
    training: Training = Training(steps=1000, learning_rate=3e-3, anneal=0.1)

    def __check_init__(self):
        for name in ("side", "colors", "classes", "channels", "width"):
            Integer(1, 10**4).check(f"ConvClassifier.{name}", getattr(self, name))
        if self.side % 4:
            raise ValueError(f"ConvClassifier.side must be a multiple of 4, got {self.side}")

    @property
    def features(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Numbers in one image."""
        return self.colors * self.side**2

    @property
    def activations(self):
        return 8 * self.channels * self.side**2

    def build(self, rngs):
        return ConvolutionalPerceptron(
            self.side, self.colors, self.channels, self.width, self.classes, rngs
        )
