"""Oracles of normal laws: more latents, other shapes, mixtures from the best of several starts."""

import numpy as np

from ..families import GaussianMixture, MisspecifiedGaussian, ProbabilisticPCA
from .oracles import Absent, Oracle, approximation_of, expressivity_of, with_family

# Steps and starts of expectation maximization that has converged; those of the fit that it is
# compared with are half as many. More than 4 starts gain under 1e-4 nats per observation.
EM_STEPS = 512
EM_STARTS = 4


@expressivity_of.register
def _(family: ProbabilisticPCA, recursion):
    d = np.shape(recursion.truth.mean)[-1]
    if family.latent >= d - 1:
        return Absent("expressivity", f"the covariance is unrestricted from {d - 1} latents on")
    return Oracle(
        "expressivity",
        f"{d - 1} latents, from which on the covariance is unrestricted",
        "every normal law is in the class",
        lambda r: with_family(r, latent=d - 1),
    )


@expressivity_of.register
def _(family: MisspecifiedGaussian, recursion):
    if family.flexible:
        return Absent("expressivity", "the class has the source, moved and scaled")
    return Oracle(
        "expressivity",
        "the class also has the source, moved and scaled",
        "the truth and all previous models are in the class",
        lambda r: with_family(r, flexible=True),
    )


@expressivity_of.register
def _(family: GaussianMixture, recursion):
    shares = _relative_variances(recursion.truth)
    if shares.min() >= float(family.floor):
        return Absent("expressivity", "the mixtures have as many components as the truth")
    floor = 0.5 * float(shares.min())
    return Oracle(
        "expressivity",
        f"the floor of a component's variance lies below that of the truth, at {floor:.3g}",
        "the truth is in the class",
        lambda r: with_family(r, floor=floor),
    )


def _relative_variances(truth) -> np.ndarray:
    """Variances of the components over that of the mixture, in float64 on the host."""
    weights = np.exp(np.asarray(truth.log_weights, float))
    weights /= weights.sum()
    means, own = np.asarray(truth.means, float), np.exp(np.asarray(truth.log_variances, float))
    return own / (weights @ (own + (means - weights @ means) ** 2))


@approximation_of.register
def _(family: GaussianMixture, recursion):
    return Oracle(
        "approximation",
        f"{EM_STEPS} steps of expectation maximization from the likeliest of {EM_STARTS} starts",
        "half of the steps and of the starts give the same error",
        lambda r: with_family(r, steps=EM_STEPS, starts=EM_STARTS),
        weaker=lambda r: with_family(r, steps=EM_STEPS // 2, starts=EM_STARTS // 2),
        gradient=True,
    )
