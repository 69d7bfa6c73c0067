"""Generative adversarial nets.

Their own mode collapse differs from recursive collapse. Training on real data in every generation,
`Refresh(1.0)`, shows the first without the second.
"""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float

from .._keys import fold_in
from ..domains import POSITIVE, Integer, Real
from ..records import Record, field
from ..sampling import normal
from .condition import AbstractCondition, AbstractConditionalNet, Unconditional
from .layers import dense
from .training import Training


class AbstractGame(Record):
    """The losses of critic and generator."""

    @abc.abstractmethod
    def critic(self, score, real, fake, key) -> Float[Array, ""]:
        """Return the loss of the critic; `score` maps rows to numbers."""

    @abc.abstractmethod
    def generator(self, scores) -> Float[Array, ""]:
        """Return the loss of the generator, given the scores of what it generated."""


class NonSaturating(AbstractGame):
    r"""The non-saturating game with a penalty on the critic's gradient at real data.

    The critic minimizes
    $E\,\mathrm{softplus}(-D(x))+E\,\mathrm{softplus}(D(G(z)))+\frac\gamma2E\|\nabla D(x)\|^2$, the
    generator $E\,\mathrm{softplus}(-D(G(z)))$.

    Args:
        penalty: $\gamma$ of the gradient penalty on real data, R1; at zero no gradient is computed.

    References:
        Goodfellow et al., arXiv 1406.2661; Mescheder, Geiger, Nowozin, arXiv 1801.04406 (R1).
    """

    penalty: Float[Array, ""] = field(
        Real(0.0), 0.1, doc="weight of the squared gradient at real observations"
    )

    def critic(self, score, real, fake, key):
        def steepness():
            slopes = jax.grad(lambda x: jnp.sum(score(x)))(real)
            return 0.5 * jnp.mean(jnp.sum(jnp.square(slopes), axis=-1))

        played = jnp.mean(jax.nn.softplus(-score(real)) + jax.nn.softplus(score(fake)))
        # The penalty is traced, so a branch skips the second-order gradient where it is zero.
        return played + self.penalty * jax.lax.cond(
            self.penalty > 0, steepness, lambda: jnp.zeros_like(played)
        )

    def generator(self, scores):
        return jnp.mean(jax.nn.softplus(-scores))


class Wasserstein(AbstractGame):
    r"""The Wasserstein game with a gradient penalty between real and generated observations.

    The critic minimizes $E\,D(G(z))-E\,D(x)+\lambda E(\|\nabla D\|-1)^2$.

    Args:
        penalty: $\lambda$ of the gradient penalty.

    References:
        Gulrajani et al., arXiv 1704.00028.
    """

    penalty: Float[Array, ""] = field(
        Real(0.0), 1.0, doc="weight of the squared excess of the gradient's norm"
    )

    def critic(self, score, real, fake, key):
        share = jax.random.uniform(key, (real.shape[0], 1))
        slopes = jax.grad(lambda x: jnp.sum(score(x)))(share * real + (1 - share) * fake)
        # The slope of a square root at zero is infinite: the constant keeps it finite.
        lengths = jnp.sqrt(jnp.sum(jnp.square(slopes), axis=-1) + 1e-12)
        return jnp.mean(score(fake) - score(real)) + self.penalty * jnp.mean(
            jnp.square(lengths - 1)
        )

    def generator(self, scores):
        return -jnp.mean(scores)


class AbstractBound(Record):
    """A bound of the slope of the critic's layers."""

    @abc.abstractmethod
    def __call__(self, kernel):
        """Return the matrix that a layer multiplies with, shape (inputs, outputs)."""


class Unbounded(AbstractBound):
    """No bound; a penalty of the game may limit the slope."""

    def __call__(self, kernel):
        return kernel


class Spectral(AbstractBound):
    r"""Spectral normalization: the critic uses $W/\sigma(W)$ in place of every kernel W.

    $\sigma$ is the largest singular value. The singular vectors come from power iteration. It has a
    fixed start in every step, and the gradient treats the vectors as constants.

    Args:
        iterations: of the power method; more iterations approximate $\sigma$ better, from below.

    Raises:
        ValueError: fewer than one iteration.

    Example:
        >>> import jax.numpy as jnp, jaxcollapse as jc
        >>> jc.nets.Spectral(30)(jnp.diag(jnp.array([3.0, 1.5]))).round(3).tolist()
        [[1.0, 0.0], [0.0, 0.5]]

    References:
        Miyato, Kataoka, Koyama, Yoshida, arXiv 1802.05957, algorithm 1.
    """

    iterations: int = eqx.field(default=8, static=True)

    def __check_init__(self):
        Integer(1, 1000).check("Spectral.iterations", self.iterations)

    def __call__(self, kernel):
        fixed = jax.lax.stop_gradient(kernel)
        # The published algorithm carries the vectors from step to step. A fixed start needs no
        # state, so the loss stays a function of the weights.
        right = normal(jax.random.key(0), (kernel.shape[1],))
        for _ in range(self.iterations):
            left = _unit(fixed @ right)
            right = _unit(left @ fixed)
        # A kernel of zeros stays zero instead of becoming NaN.
        return kernel / jnp.maximum(left @ kernel @ right, 1e-6)


def _unit(vector):
    return vector * jax.lax.rsqrt(jnp.sum(jnp.square(vector)) + 1e-24)


class Adversaries(nnx.Module):
    """A generator and a critic, two hidden layers each."""

    def __init__(self, features, hidden, latent, condition, rngs):
        noise, seen = latent + condition.width, features + condition.width
        self.make = nnx.List(
            [
                dense(*sizes, rngs)
                for sizes in ((noise, hidden), (hidden, hidden), (hidden, features))
            ]
        )
        self.judge = nnx.List(
            [dense(*sizes, rngs) for sizes in ((seen, hidden), (hidden, hidden), (hidden, 1))]
        )
        self.seen = condition.unseen

    def generate(self, z):
        """Return observations from codes."""
        return _through(self.make, Unbounded(), z)

    def score(self, x, bound: AbstractBound = Unbounded()):  # noqa: B008
        """Return one number per row: how real it looks."""
        return _through(self.judge, bound, x)[:, 0]


def _through(layers, bound, x):
    first, second, last = (
        lambda y, layer=layer: y @ bound(layer.kernel[...]) + layer.bias[...][None, :]
        for layer in layers
    )
    return last(jax.nn.leaky_relu(second(jax.nn.leaky_relu(first(x)))))


class GAN(AbstractConditionalNet):
    r"""Generator and critic are trained at the same time, each on its own loss, by one Adam.

    Args:
        features: numbers in one observation.
        hidden: width of the two hidden layers of each.
        latent: dimension of the generator's normal noise.
        game: `NonSaturating` or `Wasserstein`.
        bound: `Unbounded` or `Spectral`, on the critic's layers.
        condition: `Unconditional`, or `ByClass` or `Balanced` for a generator and a critic that are
            given the class.
        pace: step of the generator over that of the critic; a Wasserstein critic must be the faster
            one, 0.2 or less.
        sampling_bias: variance of the noise when the net generates, over that in training; below
            one, likely observations become likelier ($\lambda$ of Alemohammad et al., arXiv
            2307.01850).
        training: steps, batch, rate and start; the first moment decays at 0.5 by default.
    """

    features: int = eqx.field(static=True)
    hidden: int = eqx.field(default=64, static=True)
    latent: int = eqx.field(default=4, static=True)
    game: AbstractGame = NonSaturating()
    bound: AbstractBound = Unbounded()
    condition: AbstractCondition = Unconditional()
    pace: Float[Array, ""] = field(
        POSITIVE, 1.0, doc="step of the generator over that of the critic"
    )
    sampling_bias: Float[Array, ""] = field(
        POSITIVE, 1.0, doc="variance of the noise when it generates"
    )
    training: Training = Training(steps=2000, batch=64, learning_rate=1e-3, decay=0.5)

    def __check_init__(self):
        for name in ("features", "hidden", "latent"):
            Integer(1, 10**6).check(f"GAN.{name}", getattr(self, name))

    @property
    def event(self):
        return self.condition.event(self.features)

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
        return Adversaries(self.features, self.hidden, self.latent, self.condition, rngs)

    def loss(self, module, batch, key):
        graph, state = nnx.split(module)
        # One gradient serves both players: the critic's loss sees generated data as constants, and
        # the generator's loss sees the critic's weights as constants.
        frozen = nnx.merge(graph, jax.tree.map(jax.lax.stop_gradient, state))
        real, given = self.condition.parted(batch)
        noise = normal(fold_in(key, 0), (batch.shape[0], self.latent))
        made = module.generate(jnp.concatenate([noise, given], axis=1))
        score, judged = (
            lambda x, m=m: m.score(jnp.concatenate([x, given], axis=1), self.bound)
            for m in (module, frozen)
        )
        critic = self.game.critic(score, real, jax.lax.stop_gradient(made), fold_in(key, 1))
        return critic + self.game.generator(judged(made))

    def generate(self, module, key, size):
        labels = self.condition.labels(fold_in(key, 1), module.seen[...], size)
        noise = jnp.sqrt(self.sampling_bias) * normal(key, (size, self.latent))
        return self.condition.joined(module.generate(self.condition.told(noise, labels)), labels)
