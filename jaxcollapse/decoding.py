r"""Decoding: how a fitted model is sampled. A map of laws, applied to the model before synthetic data are drawn.

Temperature samples $p^{1/T}$, a tilt samples $p\,e^{r}$, top-k and top-p cut tails, truncation cuts at the scale of the
model. Real data are never decoded. Where the decoded law stays in the family (`closed`), exact statistics stay exact.
"""

import abc
import dataclasses
from functools import singledispatch
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax.scipy.special import logit, ndtr, ndtri, xlogy
from jaxtyping import Array, Float, Int

from .domains import POSITIVE, PROBABILITY, Integer, Real, Record, Simplex, field
from .families import (
    AbstractExponentialFamily,
    AbstractFamily,
    Bernoulli,
    Categorical,
    CategoricalParams,
    Exponential,
    Gaussian,
    GaussianParams,
    MultivariateGaussian,
    Poisson,
)
from .families.qvf import LogMeanParams, MeanParams
from .sampling.normal import uniforms
from .selection.rewards import AbstractQuadraticReward, AbstractReward, Slope


class AbstractDecoding(Record):
    """A rule by which a model is sampled; `closed` says that the sampled law is again a member of the family."""

    closed: ClassVar[bool] = True

    @abc.abstractmethod
    def sample(self, key, family, params, size: int):
        """Draw `size` observations from the decoded model."""

    def through(self, carrier):
        """The carrier that draws from decoded models."""
        return dataclasses.replace(carrier, family=_Decoded(carrier.family, self))


class AbstractClosedDecoding(AbstractDecoding):
    """A decoding that maps each member of a family to another."""

    @abc.abstractmethod
    def decode(self, family, params):
        """The member that is sampled instead of `params`. Raises `ValueError` where the family has none."""

    def sample(self, key, family, params, size):
        return family.sample(key, self.decode(family, params), size)


class _Decoded(AbstractExponentialFamily):
    """A family whose members are sampled through a decoding."""

    family: Any
    decoding: AbstractDecoding

    def sample(self, key, params, size):
        return self.decoding.sample(key, self.family, params, size)

    def sample_statistics(self, key, params, n, capacity):
        return self.family.sample_statistics(key, self.decoding.decode(self.family, params), n, capacity)

    def statistics(self, samples, params):
        return self.family.statistics(samples, params)

    def estimate(self, evidence):
        return self.family.estimate(evidence)


class Faithful(AbstractClosedDecoding):
    """Sample the model as it was fitted."""

    def through(self, carrier):
        return carrier

    def decode(self, family, params):
        return params


class Temperature(AbstractClosedDecoding):
    r"""Sample $p^{1/T}$, normalized: sharper than the model for $T < 1$.

    A Gaussian keeps its mean and has its variance multiplied by T, so T is the sampling bias $\lambda$ of
    Alemohammad et al., arXiv 2307.01850. Families: Gaussian, categorical, Bernoulli, exponential.

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

    def decode(self, family, params):
        return tempered(family, params, self.temperature)


class Tilt(AbstractClosedDecoding):
    r"""Sample $p(x)\,e^{r(x)}$, normalized.

    This is what a verifier that passes x with probability proportional to $e^{r(x)}$ leaves when generation goes on until
    n observations have passed, and what choosing one of K by the Bradley-Terry rule tends to as K grows.

    Args:
        reward: r, in nats.

    References:
        Ferbach et al., arXiv 2407.09499, for K to infinity.
    """

    reward: AbstractReward

    def decode(self, family, params):
        return tilted(family, params, self.reward)


class TopK(AbstractClosedDecoding):
    """Sample the k most probable categories only; of equally probable ones the first are taken."""

    k: Int[Array, ""] = field(Integer(1, typical=(1, 4)), 1, doc="categories that are left")

    def decode(self, family, params):
        weights = _categories(family, params, "TopK")
        rank = jnp.argsort(jnp.argsort(-weights, stable=True), stable=True)
        return _reweighed(weights, rank < self.k)


class TopP(AbstractClosedDecoding):
    """Sample the smallest set of most probable categories whose mass is at least p: the nucleus."""

    p: Float[Array, ""] = field(Real(0.0, 1.0, closed=(False, True), typical=(0.3, 0.95)), 0.9, doc="mass of the nucleus")

    def decode(self, family, params):
        weights = _categories(family, params, "TopP")
        order = jnp.argsort(-weights, stable=True)
        before = jnp.cumsum(weights[order]) - weights[order]
        inside = jnp.zeros(weights.shape, bool).at[order].set(before < self.p * jnp.sum(weights))
        return _reweighed(weights, inside)


class Edit(AbstractClosedDecoding):
    r"""Replace an observation of category i with probability $\rho_i$ by a draw from another law q.

    $p_i \mapsto (1-\rho_i)p_i + q_i\sum_j\rho_jp_j$: label noise, mutation, and token editing, where $\rho$ marks the
    categories that a reference model is sure of.

    Args:
        rates: probability of replacement in each category, shape (K,), or the same for all.
        law: q, shape (K,).
    """

    rates: Float[Array, "..."] = field(PROBABILITY, doc="probability of replacement by category")
    law: Float[Array, " K"] = field(Simplex(), doc="law of the replacement")

    def decode(self, family, params):
        weights = _categories(family, params, "Edit")
        p = weights / jnp.sum(weights)
        law = jnp.asarray(self.law, p.dtype)
        rates = jnp.broadcast_to(jnp.asarray(self.rates, p.dtype), p.shape)
        return _reweighed((1 - rates) * p + law * jnp.sum(rates * p), jnp.ones(p.shape, bool))


class Composed(AbstractClosedDecoding):
    """Decodings one after the other, such as a temperature and then top-p."""

    steps: tuple[AbstractClosedDecoding, ...]

    def decode(self, family, params):
        for step in self.steps:
            params = step.decode(family, params)
        return params


class Truncate(AbstractDecoding):
    r"""Sample within c standard deviations of the mean only: $|x-\mu|<c\sigma$, the truncation trick.

    The law that is sampled leaves the family, so observations are drawn one by one. Its variance is
    $\tau\sigma^2$, $\tau=1-\frac{2c\varphi(c)}{2\Phi(c)-1}$. Families: Gaussian.

    Args:
        bound: c, positive.
    """

    bound: Float[Array, ""] = field(POSITIVE, 2.0, doc="standard deviations on either side")
    closed: ClassVar[bool] = False

    def sample(self, key, family, params, size):
        return truncated_sample(family, key, params, size, self.bound)


def _undefined(name: str, family):
    return ValueError(f"decoding {name} is not defined for {type(family).__name__}")


def _categories(family, params, name):
    if not isinstance(params, CategoricalParams):
        raise _undefined(name, family)
    return params.weights.astype(jnp.result_type(float))


def _reweighed(weights, factor):
    weights = weights * factor
    return CategoricalParams(weights, jnp.sum(weights))


@singledispatch
def tempered(family: AbstractFamily, params, temperature):
    """The member proportional to p^(1/temperature); register a function for your own family."""
    raise _undefined("Temperature", family)


@tempered.register
def _(family: Gaussian, params, temperature):
    return GaussianParams(params.mean, params.log_variance + jnp.log(temperature))


@tempered.register
def _(family: MultivariateGaussian, params, temperature):
    return dataclasses.replace(params, log_diagonal=params.log_diagonal + 0.5 * jnp.log(temperature))


@tempered.register
def _(family: Categorical, params, temperature):
    weights = _categories(family, params, "Temperature")
    relative = weights / jnp.max(weights)
    return _reweighed(jnp.exp(xlogy(1 / temperature, relative)), weights > 0)


@tempered.register
def _(family: Bernoulli, params, temperature):
    return MeanParams(jax.nn.sigmoid(logit(params.mean) / temperature))


@tempered.register
def _(family: Exponential, params, temperature):
    return LogMeanParams(params.log_mean + jnp.log(temperature))


@singledispatch
def tilted(family: AbstractFamily, params, reward):
    """The member proportional to p e^reward; register a function for your own family."""
    raise _undefined("Tilt", family)


@tilted.register
def _(family: Gaussian, params, reward):
    if not isinstance(reward, AbstractQuadraticReward):
        raise ValueError(f"Tilt of a Gaussian needs a quadratic reward, got {type(reward).__name__}")
    linear, square = reward.coefficients
    variance = jnp.exp(params.log_variance)
    shrink = 1 - 2 * square * variance
    mean = (params.mean + linear * variance) / shrink
    return GaussianParams(mean, params.log_variance - jnp.log(shrink))


@tilted.register
def _(family: Categorical, params, reward):
    weights = _categories(family, params, "Tilt")
    rewards = jnp.where(weights > 0, reward(jnp.arange(weights.shape[0])), -jnp.inf)
    return _reweighed(weights / jnp.max(weights), jnp.exp(rewards - jnp.max(rewards)))


@tilted.register
def _(family: Bernoulli, params, reward):
    rewards = reward(jnp.arange(2))
    return MeanParams(jax.nn.sigmoid(logit(params.mean) + rewards[1] - rewards[0]))


@tilted.register
def _(family: Poisson, params, reward):
    if not isinstance(reward, Slope):
        raise ValueError(f"Tilt of a Poisson needs a linear reward, got {type(reward).__name__}")
    return MeanParams(params.mean * jnp.exp(reward.slope))


@singledispatch
def truncated_sample(family: AbstractFamily, key, params, size, bound):
    """Draws within `bound` standard deviations of the mean; register a function for your own family."""
    raise _undefined("Truncate", family)


@truncated_sample.register
def _(family: Gaussian, key, params, size, bound):
    below = ndtr(-jnp.asarray(bound, jnp.result_type(float)))
    z = ndtri(below + (1 - 2 * below) * uniforms(key, size))
    return params.mean + jnp.exp(0.5 * params.log_variance) * jnp.clip(z, -bound, bound)
