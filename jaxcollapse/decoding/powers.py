r"""Temperatures $p^{1/T}$ and tilts $p\,e^r$, by family."""

import dataclasses
from functools import singledispatch

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.special import logit, xlogy
from jaxtyping import Array, Float

from ..arguments import checked
from ..domains import POSITIVE
from ..families import (
    AbstractFamily,
    Bernoulli,
    Categorical,
    Exponential,
    Gaussian,
    GaussianParams,
    MultivariateGaussian,
    Poisson,
)
from ..families.base import Params
from ..families.gamma import LogMeanParams
from ..families.qvf import MeanParams
from ..records import field
from ..selection.rewards import AbstractQuadraticReward, AbstractReward, Slope, scored_in_frame
from .base import AbstractClosedDecoding, undefined
from .categories import category_weights, reweighed


class Temperature(AbstractClosedDecoding):
    r"""Sample $p^{1/T}$, normalized: sharper than the model for $T < 1$.

    A Gaussian keeps its mean and has its variance multiplied by T, so T is the sampling bias
    $\lambda$ of Alemohammad et al., arXiv 2307.01850. Families: Gaussian, categorical, Bernoulli,
    exponential.

    Args:
        temperature: T, positive.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.Categorical()
        >>> cold = jc.Temperature(0.5).decode(family, family.params([0.8, 0.2]))
        >>> [round(float(p), 3) for p in cold.probabilities]
        [0.941, 0.059]
    """

    temperature: Float[Array, ""] = field(POSITIVE, 1.0, doc="temperature")

    def in_frame(self, frame):
        return self

    def decode(self, family, params):
        return tempered(family, params, self.temperature)


class Tilt(AbstractClosedDecoding):
    r"""Sample $p(x)\,e^{r(x)}$, normalized.

    This is the law of observations that pass a verifier which passes x with probability
    proportional to $e^{r(x)}$, when generation continues until n observations have passed. It is
    also the limit of choosing one of K by the Bradley-Terry rule as K grows.

    Args:
        reward: r, in nats.

    References:
        Ferbach et al., arXiv 2407.09499, for K to infinity.
    """

    reward: AbstractReward

    def in_frame(self, frame):
        return scored_in_frame(self, "reward", frame)

    def decode(self, family, params):
        return tilted(family, params, self.reward)


@checked(family=AbstractFamily, params=eqx.Module, temperature=POSITIVE)
@singledispatch
def tempered(family: AbstractFamily, params, temperature) -> Params:
    """Return the member proportional to p^(1/temperature).

    Register a function for your own family.
    """
    raise undefined("Temperature", family)


@tempered.register
def _(family: Gaussian, params, temperature):
    return GaussianParams(params.mean, params.log_variance + jnp.log(temperature))


@tempered.register
def _(family: MultivariateGaussian, params, temperature):
    # One half, because the diagonal is that of standard deviations.
    log_diagonal = params.log_diagonal + 0.5 * jnp.log(temperature)
    return dataclasses.replace(params, log_diagonal=log_diagonal)


@tempered.register
def _(family: Categorical, params, temperature):
    weights = category_weights(family, params, "Temperature")
    # Relative to the largest: a power of small probabilities would underflow as a whole.
    relative = weights / jnp.max(weights)
    return reweighed(jnp.exp(xlogy(1 / temperature, relative)), weights > 0)


@tempered.register
def _(family: Bernoulli, params, temperature):
    return MeanParams(jax.nn.sigmoid(logit(params.mean) / temperature))


@tempered.register
def _(family: Exponential, params, temperature):
    return LogMeanParams(params.log_mean + jnp.log(temperature))


@checked(family=AbstractFamily, params=eqx.Module, reward=AbstractReward)
@singledispatch
def tilted(family: AbstractFamily, params, reward) -> Params:
    """Return the member proportional to p e^reward.

    Register a function for your own family.
    """
    raise undefined("Tilt", family)


@tilted.register
def _(family: Gaussian, params, reward):
    if not isinstance(reward, AbstractQuadraticReward):
        raise ValueError(
            f"Tilt of a Gaussian needs a quadratic reward, got {type(reward).__name__}"
        )
    linear, square = reward.coefficients
    variance = jnp.exp(params.log_variance)
    shrink = 1 - 2 * square * variance
    mean = (params.mean + linear * variance) / shrink
    return GaussianParams(mean, params.log_variance - jnp.log(shrink))


@tilted.register
def _(family: Categorical, params, reward):
    weights = category_weights(family, params, "Tilt")
    # A category of weight zero must not set the maximum, or all others could underflow.
    rewards = jnp.where(weights > 0, reward(jnp.arange(weights.shape[0])), -jnp.inf)
    return reweighed(weights / jnp.max(weights), jnp.exp(rewards - jnp.max(rewards)))


@tilted.register
def _(family: Bernoulli, params, reward):
    rewards = reward(jnp.arange(2))
    return MeanParams(jax.nn.sigmoid(logit(params.mean) + rewards[1] - rewards[0]))


@tilted.register
def _(family: Poisson, params, reward):
    if not isinstance(reward, Slope):
        raise ValueError(f"Tilt of a Poisson needs a linear reward, got {type(reward).__name__}")
    return MeanParams(params.mean * jnp.exp(reward.slope))
