r"""Variational autoencoders, trained on the evidence lower bound (ELBO).

They have a latent normal z, a decoder $p(x\mid z)$ and an encoder $q(z\mid x)$.
"""

import abc
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from .._keys import fold_in
from ..domains import POSITIVE, PROBABILITY, REAL, Integer, Real
from ..records import Record
from ..sampling import normal
from .condition import AbstractCondition, AbstractConditionalNet, Unconditional
from .layers import dense, softplus
from .training import Training

LOG_2PI = 1.8378770664093453


class AbstractLikelihood(Record):
    """The law of an observation given the decoder's outputs.

    `support` is the range of its numbers.
    """

    support: ClassVar[Real]

    @abc.abstractmethod
    def nll(self, outputs, scale, x) -> Float[Array, " size"]:
        """Return the negative log likelihood of each observation, nats."""

    @abc.abstractmethod
    def emit(self, key, outputs, scale) -> Float[Array, "size features"]:
        """Return the observations that a generation passes on."""


class Pixels(AbstractLikelihood):
    """Intensities in [0, 1] with the Bernoulli likelihood.

    Generations pass on the decoder's means, as papers do.

    Args:
        weight: how many pixels of the original images one pixel stands for, in (0, infinity). The
            divergence of the code does not fall with the number of pixels: averaged over blocks of
            2 x 2, images need weight 4 for the bound that they had, and blur more at weight 1.

    Raises:
        ValueError: a weight that is not positive.

    Example:
        >>> import jax.numpy as jnp, jaxcollapse as jc
        >>> outputs, x = jnp.zeros((1, 9)), jnp.ones((1, 9))
        >>> one, four = (jc.nets.Pixels(w).nll(outputs, 0.0, x)[0] for w in (1.0, 4.0))
        >>> round(float(four / one), 5)
        4.0
    """

    support = PROBABILITY
    weight: float = eqx.field(default=1.0, static=True)

    def __check_init__(self):
        POSITIVE.check_one("Pixels.weight", self.weight)

    def nll(self, outputs, scale, x):
        return self.weight * jnp.sum(softplus(outputs) - x * outputs, axis=-1)

    def emit(self, key, outputs, scale):
        return jax.nn.sigmoid(outputs)


class Noise(AbstractLikelihood):
    """Real numbers with normal noise of one learned scale.

    Generations pass on draws, noise included.
    """

    support = REAL

    def nll(self, outputs, scale, x):
        terms = jnp.square((x - outputs) * jnp.exp(-scale)) + 2 * scale + LOG_2PI
        return 0.5 * jnp.sum(terms, axis=-1)

    def emit(self, key, outputs, scale):
        return outputs + jnp.exp(scale) * normal(key, outputs.shape)


class Autoencoder(nnx.Module):
    """Encoder, decoder and the log scale of the noise."""

    def __init__(self, features, hidden, latent, condition, rngs):
        self.into = dense(features + condition.width, hidden, rngs)
        self.code = dense(hidden, 2 * latent, rngs)
        self.out_of = dense(latent + condition.width, hidden, rngs)
        self.show = dense(hidden, features, rngs)
        self.scale = nnx.Param(jnp.zeros(()))
        self.seen = condition.unseen

    def encode(self, x):
        """Return mean and log variance of the code."""
        return jnp.split(self.code(jax.nn.relu(self.into(x))), 2, axis=-1)

    def decode(self, z):
        """Return the outputs that the likelihood reads."""
        return self.show(jax.nn.relu(self.out_of(z)))


class AbstractVAE(AbstractConditionalNet):
    """A net with `encode`, `decode`, `scale` and `seen`, trained on the evidence lower bound.

    A conditional net is also given the class.
    """

    latent: eqx.AbstractVar[int]
    likelihood: eqx.AbstractVar[AbstractLikelihood]

    @property
    def support(self):
        return self.likelihood.support

    def elbo(self, module, x, key):
        """Return the evidence lower bound of each observation, nats, with one draw of the code."""
        features, given = self.condition.parted(x)
        mean, log_variance = module.encode(jnp.concatenate([features, given], axis=1))
        z = mean + jnp.exp(0.5 * log_variance) * normal(key, mean.shape)
        terms = jnp.square(mean) + jnp.exp(log_variance) - 1 - log_variance
        divergence = 0.5 * jnp.sum(terms, axis=-1)
        outputs = module.decode(jnp.concatenate([z, given], axis=1))
        return -self.likelihood.nll(outputs, module.scale[...], features) - divergence

    def reconstruct(self, module, x):
        """Return the features that the decoder makes of the mean code."""
        features, given = self.condition.parted(x)
        z = module.encode(jnp.concatenate([features, given], axis=1))[0]
        outputs = module.decode(jnp.concatenate([z, given], axis=1))
        # A fixed key, since metrics are functions of the model; only `Noise` uses it.
        return self.likelihood.emit(jax.random.key(0), outputs, module.scale[...])

    def loss(self, module, batch, key):
        return -jnp.mean(self.elbo(module, batch, key))

    def generate(self, module, key, size):
        z = normal(fold_in(key, 0), (size, self.latent))
        labels = self.condition.labels(fold_in(key, 2), module.seen[...], size)
        outputs = module.decode(self.condition.told(z, labels))
        return self.condition.joined(
            self.likelihood.emit(fold_in(key, 1), outputs, module.scale[...]), labels
        )


class VAE(AbstractVAE):
    """A VAE with one hidden layer on each side, D-H-Z.

    Args:
        features: numbers in one observation, D.
        hidden: width of the hidden layers, H.
        latent: dimension of the code, Z.
        likelihood: `Pixels` for intensities in [0, 1], `Noise` for real numbers.
        condition: `Unconditional`, or `ByClass` or `Balanced` for a net that is given the class.
        training: steps, batch, rate and start.

    Example:
        >>> import jax, numpy as np, jaxcollapse as jc
        >>> images = np.random.default_rng(0).uniform(size=(64, 4)).astype(np.float32)
        >>> training = jc.nets.Training(steps=5, batch=16)
        >>> family = jc.nets.VAE(4, hidden=8, latent=2, training=training)
        >>> r = jc.Recursion(family, jc.Replace(), truth=family.data(images), n=32)
        >>> jc.simulate(jax.random.key(0), r, generations=2, replicas=3).params.loss.shape
        (3, 3)

    References:
        Kingma and Welling, arXiv 1312.6114; in the loop: Shumailov et al., arXiv 2305.17493.
    """

    features: int = eqx.field(static=True)
    hidden: int = eqx.field(default=128, static=True)
    latent: int = eqx.field(default=8, static=True)
    likelihood: AbstractLikelihood = Pixels()
    condition: AbstractCondition = Unconditional()
    training: Training = Training()

    def __check_init__(self):
        for name in ("features", "hidden", "latent"):
            Integer(1, 10**6).check(f"VAE.{name}", getattr(self, name))

    @property
    def event(self):
        return self.condition.event(self.features)

    @property
    def activations(self):
        return 4 * self.hidden + 3 * self.features + 6 * self.latent

    def build(self, rngs):
        return Autoencoder(self.features, self.hidden, self.latent, self.condition, rngs)
