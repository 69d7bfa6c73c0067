r"""The univariate Gaussian under replacement with sample sizes that change from fit to fit.

`sizes` is the schedule $n_1,n_2,\dots$, counted from fit 1.
"""

from ..gaussian.univariate import log_drift, moment_of_ratio
from ..notes import holds, proof, rival, source, tried
from ..proofs import Certified, Coq
from ..registry import law
from ..subjects import (
    E,
    Gaussian,
    Replace,
    log_variance,
    mean_error,
    standard_deviation,
    variance,
    w2,
)
from .schedules import average, growing, scheduled

ESTIMATORS = (Gaussian(ddof=1), Gaussian(ddof=0))


@law("gaussian-replace-scheduled-variance", Gaussian, Replace, E(variance))
@source("classical", tag="GAUSS-GROW")
@proof(Coq("Moments.gaussian_replace_scheduled_variance_correct"))
@holds(when=scheduled)
@tried(*growing(Replace(), Gaussian(ddof=0)))
@rival("average size", sizes=average)
def replace_scheduled_gaussian_variance(xp, sizes, t, ddof=1, variance=1.0):
    r"""$E\sigma_t^2=\sigma_0^2\prod_{k\le t}\frac{n_k-1}{n_k-\mathrm{ddof}}$."""
    return variance * xp.product(
        lambda k: (xp.entry(sizes, k) - 1) / (xp.entry(sizes, k) - ddof), 1, t
    )


@law("gaussian-replace-scheduled-standard-deviation", Gaussian, Replace, E(standard_deviation))
@source("derived", tag="GAUSS-GROW")
@proof(Certified("test_scheduled_normal_fits"))
@holds(when=scheduled)
@tried(*growing(Replace(), *ESTIMATORS))
@rival("average size", sizes=average)
def replace_scheduled_standard_deviation(xp, sizes, t, ddof=1, variance=1.0):
    r"""$E\sigma_t=\sigma_0\prod_{k\le t}E\sqrt{R_k}$, $R_k=\chi^2_{n_k-1}/(n_k-\mathrm{ddof})$."""
    return xp.sqrt(variance) * xp.product(
        lambda k: moment_of_ratio(xp, xp.entry(sizes, k), 0.5, ddof), 1, t
    )


@law("gaussian-replace-scheduled-log-variance", Gaussian, Replace, E(log_variance))
@source("classical", tag="GAUSS-GROW")
@proof(Certified("test_scheduled_normal_fits"))
@holds(when=scheduled)
@tried(*growing(Replace(), *ESTIMATORS))
@rival("average size", sizes=average)
def replace_scheduled_log_variance(xp, sizes, t, ddof=1):
    r"""$E\log(\sigma_t^2/\sigma_0^2)=\sum_{k\le t}
    \left[\psi(\frac{n_k-1}2)-\log \frac{n_k-\mathrm{ddof}}2\right]$.
    """
    return xp.total(lambda k: log_drift(xp, xp.entry(sizes, k), ddof), 1, t)


@law("gaussian-replace-scheduled-mean-error", Gaussian, Replace, E(mean_error))
@source("derived", tag="GAUSS-GROW")
@proof(Coq("Moments.gaussian_replace_scheduled_mean_error_correct"))
@holds(when=scheduled)
@tried(*growing(Replace(), *ESTIMATORS))
@rival("average size", sizes=average)
def replace_scheduled_gaussian_mean_error(xp, sizes, t, ddof=1, variance=1.0):
    r"""$E(\mu_t-\mu_0)^2=\sum_{k\le t}E\sigma_{k-1}^2/n_k$; for the unbiased variance
    $\sigma_0^2\sum_k1/n_k$.
    """
    before = lambda k: replace_scheduled_gaussian_variance(xp, sizes, k - 1, ddof, variance)
    return xp.total(lambda k: before(k) / xp.entry(sizes, k), 1, t)


def three_halves_of_noise(xp, sizes, t, variance):
    return 1.5 * variance * xp.total(lambda k: 1 / xp.entry(sizes, k), 1, t)


@law("gaussian-replace-scheduled-w2", Gaussian, Replace, E(w2))
@source("derived", "shumailov2023", tag="GAUSS-GROW")
@proof(Certified("test_scheduled_normal_fits"))
@holds(when=scheduled)
@tried(*growing(Replace(), *ESTIMATORS))
@rival("3/2 sum 1/n", three_halves_of_noise)
def replace_scheduled_w2(xp, sizes, t, ddof=1, variance=1.0):
    r"""$E W_2^2=E(\mu_t-\mu_0)^2+E\sigma_t^2+\sigma_0^2-2\sigma_0^2\prod_kE\sqrt{R_k}$, finite for
    ever if and only if $\sum1/n_k<\infty$.
    """
    spread = replace_scheduled_gaussian_variance(xp, sizes, t, ddof) + 1
    overlap = replace_scheduled_standard_deviation(xp, sizes, t, ddof)
    return variance * (
        replace_scheduled_gaussian_mean_error(xp, sizes, t, ddof) + spread - 2 * overlap
    )
