"""Formulas of linear regression and classification: the error of the weights."""

import jax.numpy as jnp
from jax.scipy.special import ndtr

from ..families import (
    AveragedRegression,
    BlendedRegression,
    CentroidClassifier,
    LinearRegression,
    RegressionRisk,
)
from .names import accuracy, excess_risk, in_sample_error, parameter_error


@excess_risk.of(LinearRegression, AveragedRegression, BlendedRegression)
def _(family, params, truth):
    error = params.weights - truth.weights
    return error @ jnp.asarray(family.design.covariance_of(len(error)), error.dtype) @ error


@excess_risk.of(RegressionRisk)
def _(family, params, truth):
    return params.excess


@parameter_error.of(LinearRegression, AveragedRegression, BlendedRegression)
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
