r"""The univariate Gaussian with mean and variance unknown:
$\hat\sigma^2=\sigma^2\chi^2_{n-1}/(n-\mathrm{ddof})$, $\hat\mu=\mu+\sigma Z/\sqrt n$.

`ddof` 1 is the unbiased variance, 0 maximum likelihood; every formula holds between them. t counts
fits.
"""

from functools import lru_cache

import numpy as np
import scipy

from ...domains import Integer
from ..notes import holds, proof, rival, rivals, source
from ..proofs import Certified, Coq, Derivation
from ..recurrence import DRIFT_RIVALS, mean_square_error, unrelated_mean_square_error, unselected
from ..registry import law
from ..subjects import (
    AbstractWorkflow,
    Accumulate,
    E,
    Gaussian,
    P,
    Replace,
    Var,
    fisher_risk,
    kl,
    kl_reverse,
    log_variance,
    mean_error,
    standard_deviation,
    variance,
    w2,
)


def moment_of_ratio(xp, n, s, ddof):
    r"""$E R^s$ of one fit's variance ratio $R=\chi^2_{n-1}/(n-\mathrm{ddof})$:
    $(2/(n-\mathrm{ddof}))^s\Gamma(m/2+s)/\Gamma(m/2)$.
    """
    half = (n - 1) / 2
    return xp.exp(s * xp.log(2 / (n - ddof)) + xp.gammaln(half + s) - xp.gammaln(half))


def log_drift(xp, n, ddof):
    r"""$E\log R$ of one fit: $\psi((n-1)/2)-\log((n-\mathrm{ddof})/2)$."""
    return xp.digamma((n - 1) / 2) - xp.log((n - ddof) / 2)


@law("gaussian-replace-variance", Gaussian, Replace, E(variance))
@source("classical", tag="GAUSS-REPLACE-VAR")
@proof(Coq("Moments.gaussian_replace_variance_correct"))
@rival("ddof swapped", lambda xp, n, t, ddof, variance: variance * ((n - 1) / (n - 1 + ddof)) ** t)
def replace_variance(xp, n, t, ddof=1, variance=1.0):
    r"""The mean variance is kept (unbiased) or decays (ML):
    $E\sigma_t^2=\sigma_0^2\left(\frac{n-1}{n-\mathrm{ddof}}\right)^t$.
    """
    return variance * ((n - 1) / (n - ddof)) ** t


@law("gaussian-replace-standard-deviation", Gaussian, Replace, E(standard_deviation))
@source("bertrand2023", "suresh2024", tag="GAUSS-REPLACE-SD")
@proof(Certified("test_one_normal_fit_after_another"))
@rival("exp(-t/4n)", lambda xp, n, t, variance: xp.sqrt(variance) * xp.exp(-t / (4 * n)))
def replace_standard_deviation(xp, n, t, ddof=1, variance=1.0):
    r"""The standard deviation shrinks even when the variance is unbiased:
    $E\sigma_t=\sigma_0\,(E\sqrt R)^t$.
    """
    return xp.sqrt(variance) * moment_of_ratio(xp, n, 0.5, ddof) ** t


def variance_spread_of_chi2_n(xp, n, t, ddof, variance):
    r"""The spread if $\chi^2_n$ stood for $\chi^2_{n-1}$: a rival."""
    return variance**2 * ((n - 1) / (n - ddof)) ** (2 * t) * ((1 + 2 / n) ** t - 1)


@law("gaussian-replace-variance-spread", Gaussian, Replace, Var(variance))
@source("classical", tag="GAUSS-REPLACE-VAR")
@proof(Derivation("test_fourth_moments_of_replacement"))
@rival("chi2_n", variance_spread_of_chi2_n)
def replace_variance_spread(xp, n, t, ddof=1, variance=1.0):
    r"""The variance's own variance grows:
    $\mathrm{Var}\,\sigma_t^2
    =\sigma_0^4\left(\frac{n-1}{n-\mathrm{ddof}}\right)^{2t}\left[(1+\frac2{n-1})^t-1\right]$.
    """
    return variance**2 * ((n - 1) / (n - ddof)) ** (2 * t) * ((1 + 2 / (n - 1)) ** t - 1)


@law("gaussian-replace-mean-error", Gaussian, Replace, E(mean_error))
@source("shumailov2023", tag="GAUSS-REPLACE-MEAN")
@proof(Coq("Moments.gaussian_replace_mean_error_correct"))
@rival("n - 1", lambda xp, n, t, variance: variance * t / (n - 1))
@rival("ddof swapped", ddof=lambda ddof: 1 - ddof)
def replace_mean_error(xp, n, t, ddof=1, variance=1.0):
    r"""The mean drifts by what the variance allows:
    $E(\mu_t-\mu_0)^2=\frac{\sigma_0^2}n\sum_{i<t}\left(\frac{n-1}{n-\mathrm{ddof}}\right)^i$.
    """
    return variance / n * xp.total(lambda k: ((n - 1) / (n - ddof)) ** (k - 1), 1, t)


@law("gaussian-replace-w2", Gaussian, Replace, E(w2))
@source("derived", "shumailov2023", tag="GAUSS-REPLACE-W2")
@proof(Certified("test_one_normal_fit_after_another"))
@rival("3/2 t/n", lambda xp, n, t, variance: 1.5 * variance * t / n)
@rival("mean error alone", replace_mean_error)
def replace_w2(xp, n, t, ddof=1, variance=1.0):
    r"""The squared Wasserstein distance is
    $E W_2^2=E(\mu_t-\mu_0)^2+E\sigma_t^2+\sigma_0^2-2\sigma_0^2(E\sqrt R)^t$.
    """
    spread = replace_variance(xp, n, t, ddof, 1.0) + 1 - 2 * moment_of_ratio(xp, n, 0.5, ddof) ** t
    return variance * (replace_mean_error(xp, n, t, ddof, 1.0) + spread)


@law("gaussian-replace-log-variance", Gaussian, Replace, E(log_variance))
@source("classical", tag="GAUSS-REPLACE-LOGVAR")
@proof(Certified("test_one_normal_fit_after_another"))
@rival("-t/n", lambda xp, n, t, ddof: -t / n * (2 - ddof))
@rival("chi2_n", lambda xp, n, t, ddof: t * (xp.digamma(n / 2) - xp.log((n - ddof) / 2)))
def replace_log_variance(xp, n, t, ddof=1):
    r"""Collapse is certain at a linear rate:
    $E\log(\sigma_t^2/\sigma_0^2)=t\left[\psi(\frac{n-1}2)-\log\frac{n-\mathrm{ddof}}2\right]$.
    """
    return t * log_drift(xp, n, ddof)


@law("gaussian-replace-log-variance-spread", Gaussian, Replace, Var(log_variance))
@source("classical", tag="GAUSS-REPLACE-LOGVAR")
@proof(Certified("test_spread_of_the_logarithm"))
@holds(where={"n": Integer(2)})
@rival("2t/n", lambda xp, n, t: 2 * t / n)
@rival("trigamma(n/2)", lambda xp, n, t: t * xp.polygamma(1, n / 2))
def replace_log_variance_spread(xp, n, t):
    r"""The log-variance walks with $\mathrm{Var}\log\sigma_t^2=t\,\psi'(\frac{n-1}2)$."""
    return t * xp.polygamma(1, (n - 1) / 2)


@law("gaussian-replace-kl", Gaussian, Replace, E(kl))
@source("derived", tag="GAUSS-REPLACE-KL")
@proof(Certified("test_one_normal_fit_after_another"))
@rival("leading order", lambda xp, n, t: t / n)
def replace_kl(xp, n, t, ddof=1):
    r"""The divergence from the truth grows linearly:
    $E\,\mathrm{KL}(\hat N_t\|N_0)
    =\frac12\left[E\sigma_t^2/\sigma_0^2+E(\mu_t-\mu_0)^2/\sigma_0^2-1
    -E\log(\sigma_t^2/\sigma_0^2)\right]$.
    """
    moments = replace_variance(xp, n, t, ddof) + replace_mean_error(xp, n, t, ddof)
    return 0.5 * (moments - 1 - replace_log_variance(xp, n, t, ddof))


@law("gaussian-replace-kl-reverse", Gaussian, Replace, E(kl_reverse))
@source("derived", tag="GAUSS-REPLACE-KL")
@proof(Certified("test_divergence_of_the_truth"))
@holds(assuming={"n > 3": lambda n: n > 3}, when=lambda r: float(r.n) > 5)
@rival("n - 1 for n - 3", n=lambda n: n + 2)
def replace_kl_reverse(xp, n, t, ddof=1):
    r"""The divergence of the truth from the model grows exponentially,
    $\frac12\left[b^t+\frac1n\frac{b^{t+1}-b}{b-1}-1+E\log\frac{\sigma_t^2}{\sigma_0^2}\right]$,
    $b=\frac{n-\mathrm{ddof}}{n-3}$.
    """
    b = (n - ddof) / (n - 3)
    return 0.5 * (b**t + b * (b**t - 1) / (b - 1) / n - 1 + replace_log_variance(xp, n, t, ddof))


@law("gaussian-replace-fisher-risk", Gaussian, Replace, E(fisher_risk))
@source("derived", tag="GAUSS-FISHER")
@proof(Certified("test_one_normal_fit_after_another"))
@rival("chi2_n", lambda xp, n, t: 0.5 * ((1 + 2 / n) ** t - 1))
def replace_fisher_risk(xp, n, t, ddof=1):
    r"""The risk in the Fisher metric is
    $\frac12E(\sigma_t^2/\sigma_0^2-1)^2=\frac12\left[(E R^2)^t-2(E R)^t+1\right]$.
    """
    return 0.5 * (moment_of_ratio(xp, n, 2, ddof) ** t - 2 * ((n - 1) / (n - ddof)) ** t + 1)


def variance_losing_one_of_the_pool(xp, n, t, ddof, variance):
    """The variance if every fit lost one part in the size of its pool: a rival."""
    return variance * (n - 1) / (n - ddof) * xp.product(lambda k: 1 - 1 / (n * k - ddof), 2, t)


@law("gaussian-accumulate-variance", Gaussian, Accumulate, E(variance))
@source("derived", "kazdan2024", tag="GAUSS-ACC-VAR")
@proof(Coq("Moments.gaussian_accumulate_variance_correct"))
@holds(when=lambda r: r.real is None)
@rival("no drift", lambda xp, n, t, ddof, variance: variance * (n - 1) / (n - ddof) * (1 + 0 * t))
@rival("1/(n k) a step", variance_losing_one_of_the_pool)
def accumulate_variance(xp, n, t, ddof=1, variance=1.0):
    r"""Accumulation keeps a positive variance:
    $E\sigma_t^2
    =\sigma_0^2\frac{n-1}{n-\mathrm{ddof}}\prod_{k=2}^t\left(1-\frac1{k(nk-\mathrm{ddof})}\right)$.
    """
    later = xp.product(lambda k: 1 - 1 / (k * (n * k - ddof)), 2, t)
    return xp.where(t > 0, variance * (n - 1) / (n - ddof) * later, variance)


def drift_without_loss(xp, recursion, t, variance):
    """The mean error if the variance stayed: a rival."""
    return mean_square_error(recursion, t, variance, 0.0)


def variance_of_unrelated_sources(xp, recursion, t, variance):
    """The variance if data sets did not descend from each other: a rival."""
    return variance - unrelated_mean_square_error(recursion, t, variance, -1.0)


@law("gaussian-any-mean-error", Gaussian, AbstractWorkflow, E(mean_error), host=True)
@source("derived", tag="MM2-W2SD")
@proof(Coq("Pools.gaussian_any_mean_error_correct"))
@holds(when=lambda r: float(r.family.ddof) == 0 and unselected(r))
@rivals(DRIFT_RIVALS)
@rival("drift without loss", drift_without_loss)
def any_mean_error(xp, recursion, t, variance):
    r"""Under maximum likelihood every linear workflow conserves
    $E\sigma_t^2+E(\mu_t-\mu_0)^2=\sigma_0^2$, so $v_2=-1$ rules the mean.
    """
    return xp.mean_square_error(recursion, t, variance, -1.0)


@law("gaussian-any-variance", Gaussian, AbstractWorkflow, E(variance), host=True)
@source("derived", tag="MM2-W2SD")
@proof(Coq("Pools.gaussian_any_variance_correct"))
@holds(when=lambda r: float(r.family.ddof) == 0 and unselected(r))
@rival("conserved", lambda xp, t, variance: variance + 0.0 * t)
@rival("sources unrelated", variance_of_unrelated_sources)
def any_variance(xp, recursion, t, variance):
    r"""What the mean has drifted the variance has lost, under maximum likelihood:
    $E\sigma_t^2=\sigma_0^2-E(\mu_t-\mu_0)^2$.
    """
    return variance - xp.mean_square_error(recursion, t, variance, -1.0)


def normal_survival(xp, n, t, ddof, variance, threshold=0.9):
    """The survival if the log-variance were normal: a rival."""
    drift = xp.log(variance) + replace_log_variance(xp, n, t, ddof) - 2 * xp.log(threshold)
    spread = replace_log_variance_spread(xp, n, xp.maximum(t, 1e-9))
    return scipy.special.ndtr(drift / xp.sqrt(spread))


@law("gaussian-replace-survival", Gaussian, Replace, P(standard_deviation > 0.9), host=True)
@source("derived", "suresh2024", tag="GAUSS-SURVIVAL")
@rival("normal", normal_survival)
def replace_survival(xp, n, t, threshold=0.9, ddof=1, variance=1.0):
    r"""$P(\sigma_t>\epsilon)$ follows by inverting the characteristic function $(E R^{iu})^t$ of
    $\log\sigma_t^2$ (Gil-Pelaez).
    """
    return np.vectorize(_inverted, otypes=[float])(n, t, threshold, ddof, variance)


def _inverted(n, t, threshold, ddof, variance):
    level = 2 * np.log(threshold) - np.log(variance)
    if t == 0:
        return float(level < 0)
    u, power = _characteristic(n, t, ddof)
    return 0.5 + np.sum(np.imag(np.exp(power - 1j * u * level)) / u) * (u[1] - u[0]) / np.pi


@lru_cache(maxsize=1)  # the search for a quantile asks at many thresholds
def _characteristic(n, t, ddof):
    """Frequencies, and the logarithm of the characteristic function of the log-variance at them."""
    half = (n - 1) / 2
    width = np.sqrt(t * scipy.special.polygamma(1, half))
    # The characteristic function is read up to 60 over the standard deviation, and further for few
    # fits, where it falls off more slowly.
    u = (np.arange(1 << 16) + 0.5) * (60 / width / (1 << 16) * max(1.0, 12 / t))
    log_ratio = scipy.special.loggamma(half + 1j * u) - scipy.special.loggamma(half)
    return u, t * (log_ratio + 1j * u * np.log(2 / (n - ddof)))
