"""Formulas of the multivariate normal: its covariance compared with the true one."""

import jax.numpy as jnp
from jax.scipy.special import xlogy

from ..families import (
    AbstractLocationScale,
    Gaussian,
    GaussianMixture,
    MultivariateGaussian,
    ProbabilisticPCA,
)
from ..numerics.eigen import symmetric_eigenvalues
from ..numerics.solve import solve_unit_lower
from ..numerics.triangular import ldl_product, nuclear_norm, squared_norm
from ..numerics.vectorize import over_trailing_axes
from .base import inherit
from .names import (
    determinant_ratio,
    effective_rank,
    kl,
    kl_reverse,
    last_log_pivot,
    log_condition,
    log_determinant_ratio,
    mean_error,
    projected_log_variance,
    second_moment,
    trace_of_square,
    trace_ratio,
    variance,
    w2,
    zonal_column,
    zonal_hook,
    zonal_row,
    zonal_row_of_three,
)


@second_moment.of(Gaussian, GaussianMixture, AbstractLocationScale, MultivariateGaussian)
def _(family, params, truth):
    return variance(family, params, truth) + mean_error(family, params, truth)


@mean_error.of(MultivariateGaussian)
def _(family, params, truth):
    return jnp.sum(jnp.square(params.mean - truth.mean))


@variance.of(MultivariateGaussian)
def _(family, params, truth):
    return _trace(params)


@trace_ratio.of(MultivariateGaussian)
def _(family, params, truth):
    return _trace(params) / _trace(truth)


@log_determinant_ratio.of(MultivariateGaussian)
def _(family, params, truth):
    return 2 * jnp.sum(params.log_diagonal - truth.log_diagonal)


@determinant_ratio.of(MultivariateGaussian)
def _(family, params, truth):
    return jnp.exp(2 * jnp.sum(params.log_diagonal - truth.log_diagonal))


@trace_of_square.of(MultivariateGaussian)
def _(family, params, truth):
    return jnp.sum(jnp.square(params.covariance))


@zonal_row.of(MultivariateGaussian)
def _(family, params, truth):
    return (_trace(params) ** 2 + 2 * jnp.sum(jnp.square(params.covariance))) / 3


@zonal_column.of(MultivariateGaussian)
def _(family, params, truth):
    return 2 * (_trace(params) ** 2 - jnp.sum(jnp.square(params.covariance))) / 3


def _power_sums(params):
    """Return the traces of the first three powers of the covariance."""
    square = params.covariance @ params.covariance
    return _trace(params), jnp.trace(square), jnp.sum(square * params.covariance)


@zonal_row_of_three.of(MultivariateGaussian)
def _(family, params, truth):
    p1, p2, p3 = _power_sums(params)
    return (p1**3 + 6 * p1 * p2 + 8 * p3) / 15


@zonal_hook.of(MultivariateGaussian)
def _(family, params, truth):
    p1, p2, p3 = _power_sums(params)
    return 3 * (p1**3 + p1 * p2 - 2 * p3) / 5


@projected_log_variance.of(MultivariateGaussian)
def _(family, params, truth):
    return _log_variance_of_sum(params) - _log_variance_of_sum(truth)


def _log_variance_of_sum(params):
    scale = jnp.max(params.log_diagonal)
    # Relative to the largest scale, since a collapsed covariance underflows.
    loadings = jnp.sum(params.unit_lower, axis=0) * jnp.exp(params.log_diagonal - scale)
    return 2 * scale + jnp.log(jnp.sum(jnp.square(loadings)))


@effective_rank.of(MultivariateGaussian)
def _(family, params, truth):
    scale = jnp.max(params.log_diagonal)
    # The effective rank does not depend on the scale, which may be below the float range.
    relative = ldl_product(params.log_diagonal - scale, params.below)
    spectrum = jnp.clip(symmetric_eigenvalues(relative), 0.0, None)
    share = spectrum / jnp.sum(spectrum)
    return jnp.exp(-jnp.sum(xlogy(share, share)))


@w2.of(MultivariateGaussian)
def _(family, params, truth):
    root = truth.unit_lower * jnp.exp(truth.log_diagonal)[None, :]
    model = params.unit_lower * jnp.exp(params.log_diagonal)[None, :]
    # The Bures term tr (S^1/2 T S^1/2)^1/2 is the nuclear norm of the product of any two roots.
    # Jacobi rotations compute it: LAPACK calls from several threads deadlock.
    cross = nuclear_norm(root.T @ model)
    distance = jnp.sum(jnp.square(params.mean - truth.mean))
    return distance + _trace(params) + _trace(truth) - 2 * cross


def _multivariate_kl(p, q):
    # Unit triangular factors and logarithms of scales: no inverse of a covariance that has
    # collapsed.
    whiten = solve_unit_lower(q.unit_lower, p.unit_lower * jnp.exp(p.log_diagonal)[None, :])
    whiten = whiten * jnp.exp(-q.log_diagonal)[:, None]
    shift = solve_unit_lower(q.unit_lower, p.mean - q.mean) * jnp.exp(-q.log_diagonal)
    log_ratio = 2 * jnp.sum(p.log_diagonal - q.log_diagonal)
    d = p.mean.shape[-1]
    return 0.5 * (jnp.sum(jnp.square(whiten)) - d - log_ratio + jnp.sum(jnp.square(shift)))


@kl.of(MultivariateGaussian)
def _(family, params, truth):
    return _multivariate_kl(params, truth)


@kl_reverse.of(MultivariateGaussian)
def _(family, params, truth):
    return _multivariate_kl(truth, params)


@over_trailing_axes
def _traces(log_diagonal, below):
    return jnp.stack([squared_norm(jnp.exp(2 * log_diagonal), below)])


def _trace(params):
    return _traces(params.log_diagonal, params.below)[0]


@last_log_pivot.of(MultivariateGaussian)
def _(family, params, truth):
    return 2 * (params.log_diagonal - truth.log_diagonal)[-1]


@log_condition.of(MultivariateGaussian)
def _(family, params, truth):
    pivots = params.log_diagonal - truth.log_diagonal
    return 2 * (pivots[0] - pivots[-1])


inherit(ProbabilisticPCA, MultivariateGaussian)
