r"""Generative adversarial nets.

Their own mode collapse is one thing, recursive collapse another: real data every generation, `Refresh(1.0)`, shows the first alone.
"""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float

from .._keys import fold_in
from ..domains import POSITIVE, Integer, Real, Record, field
from ..sampling import normal
from .base import AbstractNet
from .layers import dense
from .training import Training


class AbstractGame(Record):
    """What critic and generator play for."""

    @abc.abstractmethod
    def critic(self, score, real, fake, key):
        """Loss of the critic; `score` maps rows to numbers."""

    @abc.abstractmethod
    def generator(self, scores):
        """Loss of the generator, given the scores of what it generated."""


class NonSaturating(AbstractGame):
    r"""The critic plays $E\,\mathrm{softplus}(-D(x))+E\,\mathrm{softplus}(D(G(z)))+\frac\gamma2E\|\nabla D(x)\|^2$.

    The generator plays $E\,\mathrm{softplus}(-D(G(z)))$.

    Args:
        penalty: $\gamma$ of the gradient penalty on real data, R1.

    References:
        Goodfellow et al., arXiv 1406.2661; Mescheder, Geiger, Nowozin, arXiv 1801.04406 (R1).
    """

    penalty: Float[Array, ""] = field(Real(0.0), 0.1, doc="weight of the squared gradient at real observations")

    def critic(self, score, real, fake, key):
        slopes = jax.grad(lambda x: jnp.sum(score(x)))(real)
        penalty = 0.5 * self.penalty * jnp.mean(jnp.sum(jnp.square(slopes), axis=-1))
        return jnp.mean(jax.nn.softplus(-score(real)) + jax.nn.softplus(score(fake))) + penalty

    def generator(self, scores):
        return jnp.mean(jax.nn.softplus(-scores))


class Wasserstein(AbstractGame):
    r"""$E\,D(G(z))-E\,D(x)+\lambda E(\|\nabla D\|-1)^2$ between real and generated observations.

    Args:
        penalty: $\lambda$ of the gradient penalty.

    References:
        Gulrajani et al., arXiv 1704.00028.
    """

    penalty: Float[Array, ""] = field(Real(0.0), 1.0, doc="weight of the squared excess of the gradient's norm")

    def critic(self, score, real, fake, key):
        share = jax.random.uniform(key, (real.shape[0], 1))
        slopes = jax.grad(lambda x: jnp.sum(score(x)))(share * real + (1 - share) * fake)
        lengths = jnp.sqrt(jnp.sum(jnp.square(slopes), axis=-1) + 1e-12)
        return jnp.mean(score(fake) - score(real)) + self.penalty * jnp.mean(jnp.square(lengths - 1))

    def generator(self, scores):
        return -jnp.mean(scores)


class Adversaries(nnx.Module):
    """A generator and a critic, two hidden layers each."""

    def __init__(self, features, hidden, latent, rngs):
        self.make = nnx.List([dense(*sizes, rngs) for sizes in ((latent, hidden), (hidden, hidden), (hidden, features))])
        self.judge = nnx.List([dense(*sizes, rngs) for sizes in ((features, hidden), (hidden, hidden), (hidden, 1))])

    def generate(self, z):
        """Observations from codes."""
        return _through(self.make, z)

    def score(self, x):
        """One number a row: how real it looks."""
        return _through(self.judge, x)[:, 0]


def _through(layers, x):
    first, second, last = layers
    return last(jax.nn.leaky_relu(second(jax.nn.leaky_relu(first(x)))))


class GAN(AbstractNet):
    r"""Generator and critic descend together, each on its own loss, by one Adam over both.

    Args:
        features: numbers in one observation.
        hidden: width of the two hidden layers of each.
        latent: dimension of the generator's normal noise.
        game: `NonSaturating` or `Wasserstein`.
        pace: step of the generator over that of the critic; a Wasserstein critic must be the faster one, 0.2 or less.
        training: steps, batch, rate and start; the first moment decays at 0.5 by default.
    """

    features: int = eqx.field(static=True)
    hidden: int = eqx.field(default=64, static=True)
    latent: int = eqx.field(default=4, static=True)
    game: AbstractGame = NonSaturating()
    pace: Float[Array, ""] = field(POSITIVE, 1.0, doc="step of the generator over that of the critic")
    training: Training = Training(steps=2000, batch=64, learning_rate=1e-3, decay=0.5)

    def __check_init__(self):
        for name in ("features", "hidden", "latent"):
            Integer(1, 10**6).check(f"GAN.{name}", getattr(self, name))

    @property
    def event(self):
        return (self.features,)

    @property
    def activations(self):
        return 16 * self.hidden + 6 * self.features

    @property
    def paces(self):
        _, state = nnx.split(nnx.eval_shape(lambda: self.build(nnx.Rngs(0))))
        parts = [(path[0] == "make", leaf.size) for path, leaf in nnx.to_flat_state(state)]
        made = np.concatenate([np.full(size, which) for which, size in parts])
        return jnp.where(made, self.pace, 1.0)

    def build(self, rngs):
        return Adversaries(self.features, self.hidden, self.latent, rngs)

    def loss(self, module, batch, key):
        graph, state = nnx.split(module)
        frozen = nnx.merge(graph, jax.tree.map(jax.lax.stop_gradient, state))
        made = module.generate(normal(fold_in(key, 0), (batch.shape[0], self.latent)))
        critic = self.game.critic(module.score, batch, jax.lax.stop_gradient(made), fold_in(key, 1))
        return critic + self.game.generator(frozen.score(made))

    def generate(self, module, key, size):
        return module.generate(normal(key, (size, self.latent)))
