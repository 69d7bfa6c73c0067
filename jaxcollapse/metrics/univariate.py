"""Formulas of models of one variable: moments, transport distance, divergences (nats)."""

import jax.numpy as jnp

from ..families import (
    AbstractLocationScale,
    AbstractQVF,
    DampedGaussian,
    DebiasedMean,
    Gaussian,
    GaussianMixture,
    KernelDensity,
    MedianLocation,
    MisspecifiedGaussian,
    RememberingMean,
    ShiftedExponential,
    Uniform,
)
from .base import inherit
from .names import (
    entropy,
    fisher_risk,
    fixed,
    kl,
    kl_reverse,
    location,
    log_variance,
    mean,
    mean_cube,
    mean_error,
    standard_deviation,
    third_cumulant,
    variance,
    w2,
)

SCALED = (
    Gaussian,
    GaussianMixture,
    MisspecifiedGaussian,
    AbstractLocationScale,
    ShiftedExponential,
    Uniform,
)


@mean.of(*SCALED, AbstractQVF, MedianLocation, DebiasedMean, RememberingMean)
def _(family, params, truth):
    return params.mean


@mean_error.of(*SCALED, AbstractQVF, MedianLocation, DebiasedMean, RememberingMean)
def _(family, params, truth):
    return jnp.square(params.mean - truth.mean)


@mean_cube.of(AbstractQVF)
def _(family, params, truth):
    return (params.mean - truth.mean) ** 3


@variance.of(*SCALED)
def _(family, params, truth):
    return jnp.exp(params.log_variance)


@standard_deviation.of(*SCALED)
def _(family, params, truth):
    return jnp.exp(0.5 * params.log_variance)


@variance.of(AbstractQVF)
def _(family, params, truth):
    return family.variance_of(params.mean)


@log_variance.of(*SCALED)
def _(family, params, truth):
    return params.log_variance - truth.log_variance


@w2.of(Gaussian, AbstractLocationScale)
def _(family, params, truth):
    spread = jnp.exp(0.5 * params.log_variance) - jnp.exp(0.5 * truth.log_variance)
    return jnp.square(params.mean - truth.mean) + jnp.square(spread)


@w2.of(MisspecifiedGaussian)
def _(family, params, truth):
    one, other = (jnp.exp(0.5 * each.log_variance) for each in (params, truth))
    unlike = 2 * one * other * (1 - family.likeness(params))
    return jnp.square(params.mean - truth.mean) + jnp.square(one - other) + unlike


@kl.of(MisspecifiedGaussian)
def _(family, params, truth):
    return family.divergence(params, truth)


@kl_reverse.of(MisspecifiedGaussian)
def _(family, params, truth):
    return family.divergence(truth, params)


@w2.of(Uniform)
def _(family, params, truth):
    return jnp.square(jnp.exp(params.log_scale) - jnp.exp(truth.log_scale)) / 3


@kl.of(Uniform)
def _(family, params, truth):
    loss = truth.log_scale - params.log_scale
    # A model that is wider than the truth has mass where the truth has none.
    return jnp.where(loss < 0, jnp.inf, loss)


@w2.of(ShiftedExponential)
def _(family, params, truth):
    shift = params.location - truth.location
    stretch = jnp.exp(params.log_scale) - jnp.exp(truth.log_scale)
    return jnp.square(shift) + 2 * shift * stretch + 2 * jnp.square(stretch)


@location.of(ShiftedExponential)
def _(family, params, truth):
    return params.location


@mean_error.of(KernelDensity)
def _(family, params, truth):
    return jnp.sum(jnp.square(params.mean - truth.mean))


@variance.of(KernelDensity)
def _(family, params, truth):
    return params.cloud_variance + family.noise_variance(params)


@mean.of(KernelDensity)
def _(family, params, truth):
    if params.root.shape[0] != 1:
        raise ValueError(
            f"metric 'mean' is a number: take mean_error in {params.root.shape[0]} dimensions"
        )
    return params.mean[0]


@fixed.of(KernelDensity)
def _(family, params, truth):
    first = params.cloud[jnp.argmax(params.weights)]
    same = jnp.all((params.cloud == first[None, :]) | (params.weights[:, None] == 0))
    return (same & (family.noise_variance(params) == 0)).astype(jnp.result_type(float))


def _gaussian_kl(p, q):
    """Return KL(p || q) of two normal laws, in nats."""
    log_ratio = p.log_variance - q.log_variance
    distance = jnp.square(p.mean - q.mean) * jnp.exp(-q.log_variance)
    # `expm1`, because the ratio of variances minus one cancels for nearly equal laws.
    return 0.5 * (jnp.expm1(log_ratio) - log_ratio + distance)


@kl.of(Gaussian)
def _(family, params, truth):
    return _gaussian_kl(params, truth)


@kl_reverse.of(Gaussian)
def _(family, params, truth):
    return _gaussian_kl(truth, params)


@fisher_risk.of(Gaussian)
def _(family, params, truth):
    return 0.5 * jnp.square(jnp.expm1(params.log_variance - truth.log_variance))


@fixed.of(AbstractQVF)
def _(family, params, truth):
    # The variance function vanishes exactly at the absorbing means, 0 or k.
    return (family.variance_of(params.mean) <= 0).astype(jnp.result_type(float))


@third_cumulant.of(AbstractQVF)
def _(family, params, truth):
    _, v1, v2 = family.variance_function
    return family.variance_of(params.mean) * (v1 + 2 * v2 * params.mean)


@entropy.of(Gaussian)
def _(family, params, truth):
    return 0.5 * (params.log_variance + jnp.log(2 * jnp.pi) + 1)


inherit(DampedGaussian, Gaussian)
