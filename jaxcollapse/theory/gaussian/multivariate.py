r"""The multivariate Gaussian under replacement: $\Sigma_t=L_tL_t^\top$,
$L_t=L_{t-1}A_t/\sqrt{n-\mathrm{ddof}}$ with Bartlett factors $A_t$.

Every projection follows the univariate law, so traces and mean errors are the univariate formulas
times $\mathrm{tr}\,\Sigma_0$; determinants, pivots and divergences carry the dimension.
"""

import numpy as np

from ..hypotheses import DETERMINED
from ..notes import holds, proof, rival, source
from ..proofs import Certified, Derivation
from ..registry import law
from ..subjects import (
    Accumulate,
    E,
    MultivariateGaussian,
    Rate,
    Replace,
    Var,
    determinant_ratio,
    kl,
    last_log_pivot,
    log_condition,
    log_determinant_ratio,
    mean_error,
    trace_ratio,
)
from . import univariate

DETERMINANT, LOG_DETERMINANT = E(determinant_ratio), E(log_determinant_ratio)


def isotropic(recursion):
    """Whether the true covariance is a multiple of the identity."""
    covariance = np.asarray(recursion.truth.covariance, float)
    return np.allclose(covariance, covariance[0, 0] * np.eye(len(covariance)))


def pivot_drift(xp, n, i, ddof):
    r"""Mean step of the i-th log pivot: $\psi(\frac{n-i}2)-\log\frac{n-\mathrm{ddof}}2$, the i-th
    Lyapunov exponent.
    """
    return xp.digamma((n - i) / 2) - xp.log((n - ddof) / 2)


@law("multivariate-gaussian-replace-trace-ratio", MultivariateGaussian, Replace, E(trace_ratio))
@source("derived", "kazdan2024", tag="GAUSSD-TRACE")
@rival("ddof swapped", lambda xp, n, t, ddof: ((n - 1) / (n - 1 + ddof)) ** t)
def replace_trace_ratio(xp, n, t, ddof=1):
    r"""The trace decays as the variance does:
    $E\,\mathrm{tr}\,\Sigma_t=\left(\frac{n-1}{n-\mathrm{ddof}}\right)^t\mathrm{tr}\,\Sigma_0$.
    """
    return univariate.replace_variance(xp, n, t, ddof)


@law("multivariate-gaussian-replace-determinant-ratio", MultivariateGaussian, Replace, DETERMINANT)
@source("classical", tag="GAUSSD-DET")
@proof(Derivation("test_second_moments_of_a_covariance"))
@holds(assuming=DETERMINED)
@rival("trace to the d", lambda xp, n, t, d, ddof: ((n - 1) / (n - ddof)) ** (d * t))
def replace_determinant_ratio(xp, n, t, d, ddof=1):
    r"""The determinant loses a factor per dimension:
    $E\,|\Sigma_t|/|\Sigma_0|=\left[\prod_{i=1}^d\frac{n-i}{n-\mathrm{ddof}}\right]^t$.
    """
    return xp.product(lambda i: (n - i) / (n - ddof), 1, d) ** t


def d_univariate_logarithms(xp, n, t, d, ddof):
    """The log-determinant if all pivots fell like the first: a rival."""
    return d * univariate.replace_log_variance(xp, n, t, ddof)


@law(
    "multivariate-gaussian-replace-log-determinant-ratio",
    MultivariateGaussian,
    Replace,
    LOG_DETERMINANT,
)
@source("classical", tag="GAUSSD-LOGDET")
@proof(Certified("test_pivots_of_a_covariance"))
@holds(assuming=DETERMINED)
@rival("d times one dimension", d_univariate_logarithms)
def replace_log_determinant_ratio(xp, n, t, d, ddof=1):
    r"""The log-determinant falls by all Lyapunov exponents:
    $E\log|\Sigma_t|/|\Sigma_0|
    =t\sum_{i=1}^d\left[\psi(\frac{n-i}2)-\log\frac{n-\mathrm{ddof}}2\right]$.
    """
    return t * xp.total(lambda i: pivot_drift(xp, n, i, ddof), 1, d)


@law(
    "multivariate-gaussian-replace-log-determinant-spread",
    MultivariateGaussian,
    Replace,
    Var(log_determinant_ratio),
)
@source("classical", tag="GAUSSD-LOGDET")
@proof(Certified("test_pivots_of_a_covariance"))
@holds(assuming=DETERMINED)
@rival("2 d t/n", lambda xp, n, t, d: 2 * d * t / n)
def replace_log_determinant_spread(xp, n, t, d):
    r"""The log-determinant walks with
    $\mathrm{Var}\log|\Sigma_t|=t\sum_{i=1}^d\psi'(\frac{n-i}2)$.
    """
    return t * xp.total(lambda i: xp.polygamma(1, (n - i) / 2), 1, d)


@law("multivariate-gaussian-replace-lyapunov", MultivariateGaussian, Replace, Rate(last_log_pivot))
@source("derived", tag="GAUSSD-LYAP")
@proof(Certified("test_pivots_of_a_covariance"))
@holds(assuming=DETERMINED)
@rival("first exponent", lambda xp, n, t, ddof: xp.where(t > 0, pivot_drift(xp, n, 1, ddof), 0.0))
def replace_lyapunov(xp, n, t, d, ddof=1):
    r"""Exponents are distinct, $\lambda_i=\psi(\frac{n-i}2)-\log\frac{n-\mathrm{ddof}}2$; the last
    pivot falls at exactly $\lambda_d$.
    """
    return xp.where(t > 0, pivot_drift(xp, n, d, ddof), 0.0)


@law("multivariate-gaussian-replace-log-condition", MultivariateGaussian, Replace, E(log_condition))
@source("derived", tag="GAUSSD-LYAP")
@proof(Certified("test_pivots_of_a_covariance"))
@holds(assuming=DETERMINED)
@rival("(d-1) t/n", lambda xp, n, t, d: (d - 1) * t / n)
def replace_log_condition(xp, n, t, d):
    r"""The covariance turns rank one relative to itself:
    $E\log(\pi_1/\pi_d)=t\left[\psi(\frac{n-1}2)-\psi(\frac{n-d}2)\right]$.
    """
    return t * (xp.digamma((n - 1) / 2) - xp.digamma((n - d) / 2))


@law("multivariate-gaussian-replace-mean-error", MultivariateGaussian, Replace, E(mean_error))
@source("derived", tag="GAUSS-REPLACE-MEAN")
@rival("n - 1", lambda xp, n, t, trace: trace * t / (n - 1))
def replace_mean_error(xp, n, t, ddof=1, trace=1.0):
    r"""$E\|\mu_t-\mu_0\|^2$ is the univariate mean error times $\mathrm{tr}\,\Sigma_0$."""
    return univariate.replace_mean_error(xp, n, t, ddof, trace)


@law("multivariate-gaussian-replace-kl", MultivariateGaussian, Replace, E(kl))
@source("derived", tag="GAUSSD-KL")
@proof(Certified("test_pivots_of_a_covariance"))
@holds(assuming=DETERMINED)
@rival("d times one dimension", lambda xp, n, t, d, ddof: d * univariate.replace_kl(xp, n, t, ddof))
def replace_kl(xp, n, t, d, ddof=1):
    r"""The divergence from the truth is
    $E\,\mathrm{KL}(\hat N_t\|N_0)
    =\frac12\left[d(r^t-1)+\frac dn\sum_{i<t}r^i-E\log|\Sigma_t\Sigma_0^{-1}|\right]$.
    """
    trace = univariate.replace_variance(xp, n, t, ddof)
    moments = trace - 1 + univariate.replace_mean_error(xp, n, t, ddof)
    return 0.5 * (d * moments - replace_log_determinant_ratio(xp, n, t, d, ddof))


@law(
    "multivariate-gaussian-accumulate-trace-ratio", MultivariateGaussian, Accumulate, E(trace_ratio)
)
@source("derived", "kazdan2024", tag="GAUSS-ACC-VAR")
@proof(Derivation("test_moments_of_accumulation"))
@holds(when=lambda r: r.real is None)
@rival("replace", lambda xp, n, t: (n - 1) / n * (1 - 1 / n) ** t)
def accumulate_trace_ratio(xp, n, t, ddof=1):
    r"""$E\,\mathrm{tr}\,\Sigma_t/\mathrm{tr}\,\Sigma_0$ is the univariate law of accumulation, by
    projection.
    """
    return univariate.accumulate_variance(xp, n, t, ddof)
