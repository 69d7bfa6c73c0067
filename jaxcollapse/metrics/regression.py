"""Formulas of linear regression and classification: the error of the weights."""

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtr

from ..families import (
    AveragedRegression,
    BlendedRegression,
    CentroidClassifier,
    LinearRegression,
    LogisticRegression,
    RegressionRisk,
)
from .names import accuracy, excess_risk, fisher_error, in_sample_error, log_loss, parameter_error

# Below this change of log odds four cumulants of a label are right to single precision.
NEAR = 0.05


@excess_risk.of(LinearRegression, AveragedRegression, BlendedRegression)
def _(family, params, truth):
    error = params.weights - truth.weights
    return error @ jnp.asarray(family.design.covariance_of(len(error)), error.dtype) @ error


@excess_risk.of(RegressionRisk)
def _(family, params, truth):
    return params.excess


@parameter_error.of(LinearRegression, AveragedRegression, BlendedRegression, LogisticRegression)
def _(family, params, truth):
    return jnp.sum(jnp.square(params.weights - truth.weights))


@in_sample_error.of(LinearRegression)
def _(family, params, truth):
    if params.inputs is None:
        design = type(family.design).__name__
        raise ValueError(f"metric 'in-sample-error' needs inputs that are remembered, got {design}")
    error = params.weights - truth.weights
    return error @ params.inputs @ error


@accuracy.of(CentroidClassifier)
def _(family, params, truth):
    return ndtr(params.weights @ truth.weights / jnp.linalg.norm(params.weights))


@log_loss.of(LogisticRegression)
def _(family, params, truth):
    score = family.design.matrix @ params.weights
    return jnp.mean(jax.nn.softplus(score) - family.chances(truth) * score)


@excess_risk.of(LogisticRegression)
def _(family, params, truth):
    rows = family.design.matrix
    return jnp.mean(_divergence_of_labels(rows @ truth.weights, rows @ params.weights))


def _divergence_of_labels(true, score):
    """The divergence of labels with these true log odds from those of the score, nats."""
    u, p, q = score - true, jax.nn.sigmoid(true), jax.nn.sigmoid(-true)
    far = jnp.logaddexp(jax.nn.log_sigmoid(-true), jax.nn.log_sigmoid(true) + u) - p * u
    # For near odds this is a small difference of large terms; the cumulants of a label say it.
    near = p * q * u**2 * (0.5 + u * ((q - p) / 6 + u * (1 - 6 * p * q) / 24))
    return jnp.where(jnp.abs(u) < NEAR, near, far)


@fisher_error.of(LogisticRegression)
def _(family, params, truth):
    chance = family.chances(truth)
    move = family.design.matrix @ (params.weights - truth.weights)
    return jnp.mean(chance * (1 - chance) * jnp.square(move))


@accuracy.of(LogisticRegression)
def _(family, params, truth):
    chance = family.chances(truth)
    score = family.design.matrix @ params.weights
    return jnp.mean(jnp.where(score > 0, chance, 1 - chance))
