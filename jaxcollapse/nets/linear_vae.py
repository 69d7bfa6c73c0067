"""The linear VAE, whose optimum is known in closed form: probabilistic PCA.

So the trained net has a law to obey.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from .._keys import fold_in
from ..domains import Integer
from ..families.ppca import discarded
from ..metrics import mean_error, trace_ratio, variance
from ..numerics.eigen import symmetric_eigen
from ..numerics.precision import precise_product
from ..sampling import normal
from .base import CACHE_BYTES, AbstractNet, NetParams
from .empirical import Empirical
from .layers import dense
from .training import Optimum, Training
from .vae import LOG_2PI

# Replicas that a fit in closed form takes at a time, at most.
WIDEST_FIT = 256


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
        training: steps, batch, rate and start; or `Optimum()`, a fit in closed form, which takes at
            least min(q, d - 1) + 2 observations.

    Raises:
        ValueError: features or latents below one; in a recursion, too few observations for a fit.

    Example:
        >>> import jax, numpy as np, jaxcollapse as jc
        >>> rows = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
        >>> family = jc.nets.LinearVAE(3, latent=1, training=jc.nets.Optimum())
        >>> samples = jc.Samples(rows, np.ones(64, np.float32))
        >>> net = family.fit(jax.random.key(0), samples, family.data(rows))
        >>> kept = jc.trace_ratio(family, net, family.data(rows))
        >>> round(float(kept), 4)
        1.0

    References:
        Lucas, Tucker, Grosse, Norouzi, arXiv 1911.02469; Tipping and Bishop, J. R. Stat. Soc. B
        61:611 (1999).
    """

    features: int = eqx.field(static=True)
    latent: int = eqx.field(default=1, static=True)
    training: Training | Optimum = Training(learning_rate=1e-2)

    def __check_init__(self):
        for name in ("features", "latent"):
            Integer(1, 10**6).check(f"LinearVAE.{name}", getattr(self, name))

    @property
    def event(self):
        return (self.features,)

    @property
    def minimum_size(self) -> int:
        """The batch size; in closed form the number that leaves a positive noise."""
        if isinstance(self.training, Optimum):
            return min(self.latent, self.features - 1) + 2
        return super().minimum_size

    @property
    def lanes(self) -> int:
        """Number of replicas fitted side by side."""
        if not isinstance(self.training, Optimum) or self.training.lanes is not None:
            return super().lanes
        # Covariance and eigenvectors of all replicas, in two buffers of 4 bytes, stay in the cache.
        widest = CACHE_BYTES // (32 * self.features**2)
        return max(1, min(WIDEST_FIT, 1 << max(0, widest.bit_length() - 1)))

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

    def optimum(self, samples):
        r"""Return weights and loss of the fit to weighted samples with the greatest ELBO.

        With eigenvalues $\lambda$ and eigenvectors U of the covariance of the samples, $\sigma^2$
        is the mean of the discarded eigenvalues and $W=U_q(\Lambda_q-\sigma^2)^{1/2}$. The code of
        x has mean $\Lambda_q^{-1}W^\top(x-b)$ and variances $\sigma^2\Lambda_q^{-1}$.
        """
        mean, scale, eigenvalues, axes = _spectrum(samples)
        noise, kept = self._split(eigenvalues)
        lengths, axes = jnp.sqrt(scale * (kept - noise)), axes[:, ::-1][:, : self.latent]
        axes = jnp.pad(axes, ((0, 0), (0, self.latent - axes.shape[1])))
        module = self.module_from(jnp.zeros(self.weights, mean.dtype))
        into = axes * (lengths / (scale * kept))[None, :]
        module.encode.kernel[...] = into
        module.encode.bias[...] = -precise_product(mean[None, :], into)[0]
        module.decode.kernel[...] = (axes * lengths[None, :]).T
        module.decode.bias[...] = mean
        module.code_scale[...] = 0.5 * (jnp.log(noise) - jnp.log(kept))
        module.scale[...] = 0.5 * (jnp.log(noise) + jnp.log(scale))
        each = jax.vmap(lambda x: self.loss(module, x[None], None))(samples.values)
        return self.flat(module), samples.weights @ each / samples.count

    def _split(self, eigenvalues):
        """Return the variance of the noise, and that along each code, from rising eigenvalues."""
        rest, noise = discarded(eigenvalues, self.latent)
        # Observations that lie in a plane of q dimensions have no greatest likelihood. The noise
        # is then the least that the precision tells from none, which keeps the trace.
        least = jnp.finfo(eigenvalues.dtype).eps
        noise = jnp.maximum(noise, least)
        codes = jnp.maximum(eigenvalues[rest:][::-1], noise)
        idle = jnp.broadcast_to(noise, (self.latent - codes.shape[0],))
        return noise, jnp.concatenate([codes, idle])

    def generate(self, module, key, size):
        z = normal(fold_in(key, 0), (size, self.latent))
        noise = normal(fold_in(key, 1), (size, self.features))
        return module.decode(z) + jnp.exp(module.scale[...]) * noise

    def covariance(self, params: NetParams) -> Float[Array, "d d"]:
        r"""$WW^\top+\sigma^2 I$ of a trained net."""
        module = self.module_of(params)
        loadings = module.decode.kernel[...]
        return loadings.T @ loadings + jnp.exp(2 * module.scale[...]) * jnp.eye(self.features)


def _spectrum(samples):
    """Return mean, scale, and eigenvalues and eigenvectors of the covariance over the scale."""
    weights, x = samples.weights / samples.count, samples.values
    mean = precise_product(weights[None, :], x)[0]
    centered = x - mean[None, :]
    covariance = precise_product(centered.T, weights[:, None] * centered)
    info = jnp.finfo(covariance.dtype)
    # Equal observations have scale zero; the logarithm of their noise has to be a number.
    scale = jnp.maximum(jnp.max(jnp.diagonal(covariance)), info.tiny / info.eps)
    # Jacobi rotations in place of LAPACK, whose calls from several threads deadlock.
    return mean, scale, *symmetric_eigen(covariance / scale)


def _mean(family, params):
    if isinstance(params, Empirical):
        return jnp.mean(params.values, axis=0)
    return family.module_of(params).decode.bias[...]


@variance.of(LinearVAE)
def _(family, params, truth):
    if isinstance(params, Empirical):
        return jnp.sum(jnp.var(params.values, axis=0))
    return jnp.trace(family.covariance(params))


@trace_ratio.of(LinearVAE)
def _(family, params, truth):
    return variance(family, params, truth) / variance(family, truth, truth)


@mean_error.of(LinearVAE)
def _(family, params, truth):
    return jnp.sum(jnp.square(_mean(family, params) - _mean(family, truth)))
