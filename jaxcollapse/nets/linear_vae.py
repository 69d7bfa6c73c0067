"""The linear VAE, whose optimum is known in closed form: probabilistic PCA.

So the trained net has a law to obey.
"""

import equinox as eqx
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from .._keys import fold_in
from ..domains import Integer
from ..metrics import variance
from ..sampling import normal
from .base import AbstractNet, NetParams
from .empirical import Empirical
from .layers import dense
from .training import Training
from .vae import LOG_2PI


class LinearAutoencoder(nnx.Module):
    """Affine encoder and decoder, one variance for each code, and one scale of the noise."""

    def __init__(self, features, latent, rngs):
        self.encode = dense(features, latent, rngs)
        self.decode = dense(latent, features, rngs)
        self.code_scale = nnx.Param(jnp.zeros((latent,)))
        self.scale = nnx.Param(jnp.zeros(()))


class LinearVAE(AbstractNet):
    r"""$x = Wz + b + \sigma\epsilon$ with an affine encoder, trained on the ELBO.

    The expectation of the ELBO over z is computed exactly. Its optimum is the maximum likelihood of
    `ProbabilisticPCA`, with no gap between ELBO and likelihood.

    Args:
        features: numbers in one observation, d.
        latent: dimension of the code, q.
        training: steps, batch, rate and start.

    References:
        Lucas, Tucker, Grosse, Norouzi, arXiv 1911.02469.
    """

    features: int = eqx.field(static=True)
    latent: int = eqx.field(default=1, static=True)
    training: Training = Training(learning_rate=1e-2)

    def __check_init__(self):
        for name in ("features", "latent"):
            Integer(1, 10**6).check(f"LinearVAE.{name}", getattr(self, name))

    @property
    def event(self):
        return (self.features,)

    @property
    def activations(self):
        return 3 * self.features + 3 * self.latent

    def build(self, rngs):
        return LinearAutoencoder(self.features, self.latent, rngs)

    def loss(self, module, batch, key):
        code, scale, noise = module.encode(batch), module.code_scale[...], module.scale[...]
        # The expectation of the squared error over z: the variance of the codes through the
        # decoder.
        spread = jnp.sum(jnp.exp(2 * scale)[:, None] * jnp.square(module.decode.kernel[...]))
        error = jnp.sum(jnp.square(batch - module.decode(code)), axis=-1) + spread
        nll = 0.5 * (error * jnp.exp(-2 * noise) + self.features * (2 * noise + LOG_2PI))
        divergence = 0.5 * (
            jnp.sum(jnp.square(code), axis=-1) + jnp.sum(jnp.exp(2 * scale) - 1 - 2 * scale)
        )
        return jnp.mean(nll + divergence)

    def generate(self, module, key, size):
        z = normal(fold_in(key, 0), (size, self.latent))
        noise = normal(fold_in(key, 1), (size, self.features))
        return module.decode(z) + jnp.exp(module.scale[...]) * noise

    def covariance(self, params: NetParams) -> Float[Array, "d d"]:
        r"""$WW^\top+\sigma^2 I$ of a trained net."""
        module = self.module_of(params)
        loadings = module.decode.kernel[...]
        return loadings.T @ loadings + jnp.exp(2 * module.scale[...]) * jnp.eye(self.features)


@variance.of(LinearVAE)
def _(family, params, truth):
    if isinstance(params, Empirical):
        return jnp.sum(jnp.var(params.values, axis=0))
    return jnp.trace(family.covariance(params))
