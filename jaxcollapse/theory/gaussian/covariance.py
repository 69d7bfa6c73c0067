r"""Polynomials, projections and divergences of the covariance under replacement.

Zonal polynomials are the eigenfunctions of the covariance recursion:
$E\,C_\kappa(\Sigma_t)=\lambda_\kappa^tC_\kappa(\Sigma_0)$ with
$\lambda_\kappa=(\frac2{n-\mathrm{ddof}})^{|\kappa|}\prod_i(\frac{n-i}2)_{\kappa_i}$. A projection
$a^\top x$ follows the univariate law in every workflow that pools means and covariances.
"""

import math

import numpy as np

from ...domains import Integer
from ..hypotheses import FINITE_PRECISION
from ..notes import holds, proof, rival, source, tried
from ..proofs import Certified, Derivation
from ..registry import law
from ..subjects import (
    Accumulate,
    E,
    MultivariateGaussian,
    Recursion,
    Replace,
    Var,
    example_truth,
    kl_reverse,
    projected_log_variance,
    trace_of_square,
    trace_ratio,
    zonal_column,
    zonal_hook,
    zonal_row,
    zonal_row_of_three,
)
from . import univariate
from .accumulate import accumulate_log_variance, accumulate_variance, equal_batches
from .multivariate import replace_log_determinant_ratio

ROW_OF_THREE, HOOK, SQUARE = E(zonal_row_of_three), E(zonal_hook), E(trace_of_square)
PROJECTED = E(projected_log_variance)


def zonal_eigenvalue(partition, n, ddof):
    r"""$\lambda_\kappa=(\frac2{n-\mathrm{ddof}})^{|\kappa|}\prod_i(\frac{n-i}2)_{\kappa_i}$, for
    every partition.
    """
    factors = [
        n - 1 - row + 2 * column for row, length in enumerate(partition) for column in range(length)
    ]
    return math.prod(factors) / (n - ddof) ** len(factors)


def narrow(n=3, generations=4):
    """Fewer observations than dimensions, with both estimators."""
    families = (MultivariateGaussian(ddof=1), MultivariateGaussian(ddof=0))
    return tuple(
        (Recursion(f, Replace(), truth=example_truth(f), n=n), generations) for f in families
    )


def row_of(trace, trace_square):
    r"""$C_{(2)}=\frac13\left[(\mathrm{tr}\,\Sigma)^2+2\,\mathrm{tr}\,\Sigma^2\right]$."""
    return (trace**2 + 2 * trace_square) / 3


def column_of(trace, trace_square):
    r"""$C_{(1,1)}=\frac23\left[(\mathrm{tr}\,\Sigma)^2-\mathrm{tr}\,\Sigma^2\right]$."""
    return 2 * (trace**2 - trace_square) / 3


def zonal_row_at_rate_of_column(xp, n, t, trace, trace_square, ddof):
    """The row polynomial, were its eigenvalue that of the column: a rival."""
    return row_of(trace, trace_square) * zonal_eigenvalue((1, 1), n, ddof) ** t


def zonal_column_at_rate_of_row(xp, n, t, trace, trace_square, ddof):
    """The column polynomial, were its eigenvalue that of the row: a rival."""
    return column_of(trace, trace_square) * zonal_eigenvalue((2,), n, ddof) ** t


@law("multivariate-gaussian-replace-zonal-row", MultivariateGaussian, Replace, E(zonal_row))
@source("derived", "james1964", tag="GAUSSD-ZONAL")
@proof(Derivation("test_second_moments_of_a_covariance"))
@rival("column", zonal_row_at_rate_of_column)
def replace_zonal_row(xp, n, t, trace, trace_square, ddof=1):
    r"""The row polynomial is multiplied by its eigenvalue:
    $E\,C_{(2)}(\Sigma_t)=\left[\frac{(n-1)(n+1)}{(n-\mathrm{ddof})^2}\right]^tC_{(2)}(\Sigma_0)$,
    $C_{(2)}=\frac13\left[(\mathrm{tr}\,\Sigma)^2+2\,\mathrm{tr}\,\Sigma^2\right]$.
    """
    return row_of(trace, trace_square) * zonal_eigenvalue((2,), n, ddof) ** t


@law("multivariate-gaussian-replace-zonal-column", MultivariateGaussian, Replace, E(zonal_column))
@source("derived", "james1964", tag="GAUSSD-ZONAL")
@proof(Derivation("test_second_moments_of_a_covariance"))
@rival("row", zonal_column_at_rate_of_row)
def replace_zonal_column(xp, n, t, trace, trace_square, ddof=1):
    r"""The column polynomial is multiplied by its eigenvalue:
    $E\,C_{(1,1)}(\Sigma_t)
    =\left[\frac{(n-1)(n-2)}{(n-\mathrm{ddof})^2}\right]^tC_{(1,1)}(\Sigma_0)$,
    $C_{(1,1)}=\frac23\left[(\mathrm{tr}\,\Sigma)^2-\mathrm{tr}\,\Sigma^2\right]$.
    """
    return column_of(trace, trace_square) * zonal_eigenvalue((1, 1), n, ddof) ** t


def _power_sums(covariance):
    square = covariance @ covariance
    return np.trace(covariance), np.trace(square), np.trace(square @ covariance)


def row_of_three_at_rate_of_hook(xp, n, t, covariance, ddof):
    """The row polynomial of degree 3, were its eigenvalue that of the hook: a rival."""
    start = replace_zonal_row_of_three(xp, n, 0, covariance, ddof)
    return start * zonal_eigenvalue((2, 1), n, ddof) ** t


def hook_at_rate_of_row(xp, n, t, covariance, ddof):
    """The hook polynomial, were its eigenvalue that of the row: a rival."""
    return replace_zonal_hook(xp, n, 0, covariance, ddof) * zonal_eigenvalue((3,), n, ddof) ** t


@law(
    "multivariate-gaussian-replace-zonal-row-of-three",
    MultivariateGaussian,
    Replace,
    ROW_OF_THREE,
    host=True,
)
@source("derived", "james1964", tag="GAUSSD-ZONAL")
@tried(*narrow(20, 3))
@rival("hook", row_of_three_at_rate_of_hook)
def replace_zonal_row_of_three(xp, n, t, covariance, ddof=1):
    r"""The row polynomial of degree 3 is multiplied by its eigenvalue:
    $E\,C_{(3)}(\Sigma_t)
    =\left[\frac{(n-1)(n+1)(n+3)}{(n-\mathrm{ddof})^3}\right]^tC_{(3)}(\Sigma_0)$,
    $C_{(3)}=\frac1{15}(p_1^3+6p_1p_2+8p_3)$, $p_k=\mathrm{tr}\,\Sigma^k$.
    """
    p1, p2, p3 = _power_sums(covariance)
    return (p1**3 + 6 * p1 * p2 + 8 * p3) / 15 * zonal_eigenvalue((3,), n, ddof) ** t


@law("multivariate-gaussian-replace-zonal-hook", MultivariateGaussian, Replace, HOOK, host=True)
@source("derived", "james1964", tag="GAUSSD-ZONAL")
@tried(*narrow(20, 3))
@rival("row", hook_at_rate_of_row)
def replace_zonal_hook(xp, n, t, covariance, ddof=1):
    r"""The hook polynomial is multiplied by its eigenvalue:
    $E\,C_{(2,1)}(\Sigma_t)
    =\left[\frac{(n-1)(n+1)(n-2)}{(n-\mathrm{ddof})^3}\right]^tC_{(2,1)}(\Sigma_0)$,
    $C_{(2,1)}=\frac35(p_1^3+p_1p_2-2p_3)$, $p_k=\mathrm{tr}\,\Sigma^k$.
    """
    p1, p2, p3 = _power_sums(covariance)
    return 3 * (p1**3 + p1 * p2 - 2 * p3) / 5 * zonal_eigenvalue((2, 1), n, ddof) ** t


def trace_of_square_at_rate_of_row(xp, n, t, trace_square, ddof):
    """The trace of the square, were the two eigenvalues one: a rival."""
    return trace_square * zonal_eigenvalue((2,), n, ddof) ** t


@law("multivariate-gaussian-replace-trace-of-square", MultivariateGaussian, Replace, SQUARE)
@source("derived", tag="GAUSSD-FROB")
@proof(Derivation("test_second_moments_of_a_covariance"))
@tried(*narrow(20, 3))
@rival("one eigenvalue", trace_of_square_at_rate_of_row)
def replace_trace_of_square(xp, n, t, trace, trace_square, ddof=1):
    r"""Two eigenvalues mix in the trace of the square:
    $E\,\mathrm{tr}\,\Sigma_t^2=E\left[C_{(2)}-\frac12C_{(1,1)}\right]$.
    """
    row = replace_zonal_row(xp, n, t, trace, trace_square, ddof)
    return row - 0.5 * replace_zonal_column(xp, n, t, trace, trace_square, ddof)


@law(
    "multivariate-gaussian-replace-trace-ratio-square",
    MultivariateGaussian,
    Replace,
    E(trace_ratio**2),
)
@source("derived", tag="GAUSSD-FROB")
@proof(Derivation("test_second_moments_of_a_covariance"))
@rival("one dimension", lambda xp, n, t, ddof: zonal_eigenvalue((2,), n, ddof) ** t)
def replace_trace_ratio_square(xp, n, t, trace, trace_square, ddof=1):
    r"""Two eigenvalues mix in the square of the trace:
    $E(\mathrm{tr}\,\Sigma_t)^2=E\left[C_{(2)}+C_{(1,1)}\right]$, here over
    $(\mathrm{tr}\,\Sigma_0)^2$.
    """
    row = replace_zonal_row(xp, n, t, trace, trace_square, ddof)
    return (row + replace_zonal_column(xp, n, t, trace, trace_square, ddof)) / trace**2


@law(
    "multivariate-gaussian-replace-projected-log-variance", MultivariateGaussian, Replace, PROJECTED
)
@source("derived", tag="PROJECTION")
@proof(Certified("test_one_normal_fit_after_another"))
@tried(*narrow())
@rival("-(2 - ddof) t/n", lambda xp, n, t, ddof: -(2 - ddof) * t / n)
def replace_projected_log_variance(xp, n, t, ddof=1):
    r"""Every projection loses variance at the univariate rate, even for $n\le d$:
    $E\log\frac{a^\top\Sigma_ta}{a^\top\Sigma_0a}
    =t\left[\psi(\frac{n-1}2)-\log\frac{n-\mathrm{ddof}}2\right]$.
    """
    return univariate.replace_log_variance(xp, n, t, ddof)


@law(
    "multivariate-gaussian-replace-projected-log-variance-spread",
    MultivariateGaussian,
    Replace,
    Var(projected_log_variance),
)
@source("derived", tag="PROJECTION")
@proof(Certified("test_spread_of_the_logarithm"))
@holds(where={"n": Integer(2)})
@tried(*narrow())
@rival("2t/n", lambda xp, n, t: 2 * t / n)
def replace_projected_log_variance_spread(xp, n, t):
    r"""Logarithms of projections scatter by
    $\mathrm{Var}\log(a^\top\Sigma_ta)=t\,\psi'(\frac{n-1}2)$, whatever the dimension.
    """
    return univariate.replace_log_variance_spread(xp, n, t)


@law(
    "multivariate-gaussian-accumulate-projected-log-variance",
    MultivariateGaussian,
    Accumulate,
    PROJECTED,
    host=True,
)
@source("derived", tag="PROJECTION")
@holds(when=equal_batches)
@rival("log of the mean", lambda xp, n, t, ddof: xp.log(accumulate_variance(xp, n, t, ddof)))
def accumulate_projected_log_variance(xp, n, t, ddof=1):
    r"""Under accumulation too a projection follows the univariate law:
    $E\log\frac{a^\top\Sigma_ta}{a^\top\Sigma_0a}=\sum_kE\log R_k$.
    """
    return accumulate_log_variance(xp, n, t, ddof)


def d_univariate_kl_reverse(xp, n, t, d, ddof):
    """The divergence if coordinates were fitted one by one: a rival."""
    return d * univariate.replace_kl_reverse(xp, n, t, ddof)


@law("multivariate-gaussian-replace-kl-reverse", MultivariateGaussian, Replace, E(kl_reverse))
@source("derived", tag="GAUSSD-KL")
@proof(Certified("test_pivots_of_a_covariance"))
@holds(when=lambda r: float(r.n) > r.truth.mean.shape[0] + 4, assuming=FINITE_PRECISION)
@rival("d times one dimension", d_univariate_kl_reverse)
def replace_kl_reverse(xp, n, t, d, ddof=1):
    r"""The divergence of the truth from the model grows exponentially:
    $E\,\mathrm{KL}(N_0\|\hat N_t)
    =\frac12\left[d\,b^t+\frac dn\sum_{i\le t}b^i-d+E\log|\Sigma_t\Sigma_0^{-1}|\right]$,
    $b=\frac{n-\mathrm{ddof}}{n-d-2}$.
    """
    b = (n - ddof) / (n - d - 2)
    precision = b**t - 1 + xp.total(lambda i: b**i, 1, t) / n
    return 0.5 * (d * precision + replace_log_determinant_ratio(xp, n, t, d, ddof))
