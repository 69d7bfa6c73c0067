"""Log-likelihoods of observations under a model, by family."""

from functools import singledispatch

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.special import xlog1py, xlogy

from ..arguments import checked
from ..evidence import AbstractEvidence
from .base import AbstractFamily
from .categorical import Categorical
from .gamma import AbstractGamma
from .gaussian import Gaussian
from .hyperbolic import HyperbolicSecant
from .qvf import AbstractBinomial, NegativeBinomial, NormalMean, Poisson


def _check_family(name: str, family) -> None:
    if not isinstance(family, AbstractFamily):
        raise ValueError(
            f"log_likelihood is not defined for {type(family).__name__}: {name} must be a family"
        )


@checked(family=_check_family, params=eqx.Module, evidence=AbstractEvidence)
@singledispatch
def log_likelihood(family, params, evidence) -> jax.Array:
    """Return the log-likelihood of a sample from its statistics, in nats.

    Terms that do not depend on `params` are left out.
    """
    raise ValueError(
        f"log_likelihood is not defined for {type(family).__name__}: register a formula for it"
    )


@log_likelihood.register
def _(family: Gaussian, params, evidence):
    scatter = jnp.exp(evidence.reduced().log_scatter - params.log_variance)
    distance = jnp.square(evidence.mean - params.mean) * jnp.exp(-params.log_variance)
    return -0.5 * (evidence.count * (params.log_variance + distance) + scatter)


@log_likelihood.register
def _(family: Categorical, params, evidence):
    return jnp.sum(xlogy(evidence.total, params.probabilities))


@log_likelihood.register
def _(family: NormalMean, params, evidence):
    return (
        (evidence.total - 0.5 * evidence.count * params.mean) * params.mean / family.known_variance
    )


@log_likelihood.register
def _(family: Poisson, params, evidence):
    return xlogy(evidence.total, params.mean) - evidence.count * params.mean


@log_likelihood.register
def _(family: AbstractBinomial, params, evidence):
    share, misses = params.mean / family.trials, evidence.count * family.trials - evidence.total
    return xlogy(evidence.total, share) + xlog1py(misses, -share)


@log_likelihood.register
def _(family: AbstractGamma, params, evidence):
    return -family.shape * (
        jnp.exp(evidence.log_total - params.log_mean) + evidence.count * params.log_mean
    )


@log_likelihood.register
def _(family: NegativeBinomial, params, evidence):
    return xlogy(evidence.total, params.mean) - (
        evidence.total + evidence.count * family.size
    ) * jnp.log(params.mean + family.size)


@log_likelihood.register
def _(family: HyperbolicSecant, params, evidence):
    slope, r = params.mean / family.summands, family.summands
    return evidence.total * jnp.arctan(slope) - 0.5 * evidence.count * r * jnp.log1p(slope**2)
