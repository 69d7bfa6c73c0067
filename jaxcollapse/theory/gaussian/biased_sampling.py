r"""Biased sampling of Gaussians: each model is sampled with its variance times a factor $f$, by
temperature or truncation.

A temperature $\lambda$ samples $N(\mu,\lambda\sigma^2)$; truncation at $c$ standard deviations has
the variance factor
$\tau(c)$ and, as far as first moments of the fit go, the same laws. Fit 1 is on real data and feels
neither.
"""

import numpy as np
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import chi2, norm

from ...decoding import Temperature, Truncate
from ...families import Gaussian, MultivariateGaussian, NormalMean
from ...metrics import log_variance, mean_error, variance
from ...quantities.base import E
from ...recursion import Recursion
from ...workflows import Accumulate, Refresh, Replace
from ..infinite import path
from ..kinds import Asymptotic, Identity
from ..notes import holds, rival, source, tried
from ..recurrence import pooled
from ..registry import law
from .univariate import log_drift

MAD = "alemohammad2023"
TRUTH = Gaussian.params(mean=0.7, variance=1.7)


def _cases(decoding, workflow, generations=6, ddofs=(1, 0), **sizes):
    return tuple(
        (
            Recursion(Gaussian(ddof), workflow, truth=TRUTH, n=12, decoding=decoding, **sizes),
            generations,
        )
        for ddof in ddofs
    )


def truncated_variance(bound):
    r"""$\tau(c)=1-\frac{2c\varphi(c)}{2\Phi(c)-1}$, the variance of a standard normal within c."""
    return 1 - 2 * bound * norm.pdf(bound) / (2 * ndtr(bound) - 1)


@law("gaussian-replace-tempered-variance", Gaussian, Replace, E(variance), decoding=Temperature)
@source(MAD, tag="GAUSS-LAMBDA")
@tried(*_cases(Temperature(0.8), Replace()))
@rival(
    "fit 1 biased too",
    lambda xp, n, t, temperature, ddof, variance: (
        tempered_variance(xp, n, t, temperature, ddof, variance) * temperature
    ),
)
@rival("ddof swapped", ddof=lambda ddof: 1 - ddof)
def tempered_variance(xp, n, t, temperature, ddof=1, variance=1.0):
    r"""The mean variance decays by the temperature:
    $E\sigma_t^2=\sigma_0^2\left(\frac{n-1}{n-\mathrm{ddof}}\right)^t\lambda^{t-1}$.
    """
    return variance * ((n - 1) / (n - ddof)) ** t * temperature ** xp.maximum(t - 1, 0)


CORRELATED = MultivariateGaussian.params(mean=[0.5, -1.0], covariance=[[2.0, 0.6], [0.6, 1.0]])


@law(
    "multivariate-gaussian-replace-tempered-variance",
    MultivariateGaussian,
    Replace,
    E(variance),
    decoding=Temperature,
)
@source(MAD, tag="GAUSS-LAMBDA")
@tried(
    *tuple(
        (
            Recursion(
                MultivariateGaussian(ddof),
                Replace(),
                truth=CORRELATED,
                n=12,
                decoding=Temperature(0.8),
            ),
            6,
        )
        for ddof in (1, 0)
    )
)
@rival(
    "d-th root",
    lambda xp, n, t, temperature, d, ddof, variance: tempered_variance(
        xp, n, t, temperature ** (1 / d), ddof, variance
    ),
)
def tempered_trace(xp, n, t, temperature, ddof=1, variance=1.0):
    r"""In any dimension the trace decays as the variance does:
    $E\,\mathrm{tr}\Sigma_t=\mathrm{tr}\Sigma_0\left(\frac{n-1}{n-\mathrm{ddof}}\right)^t\lambda^{t-1}$.
    """
    return tempered_variance(xp, n, t, temperature, ddof, variance)


@law("gaussian-replace-tempered-mean-error", Gaussian, Replace, E(mean_error), decoding=Temperature)
@source(MAD, "derived", tag="GAUSS-LAMBDA")
@tried(*_cases(Temperature(0.8), Replace()))
@rival("t/n", lambda xp, n, t, variance: variance * t / n)
@rival("square root", temperature=lambda temperature: temperature**0.5)
def tempered_mean_error(xp, n, t, temperature, ddof=1, variance=1.0):
    r"""The mean stops drifting:
    $E(\mu_t-\mu_0)^2=\frac{\sigma_0^2}n\sum_{i<t}\left(\lambda\frac{n-1}{n-\mathrm{ddof}}\right)^i$, bounded for $\lambda<1$.
    """
    return variance / n * xp.total(lambda k: (temperature * (n - 1) / (n - ddof)) ** (k - 1), 1, t)


@law(
    "gaussian-replace-tempered-log-variance",
    Gaussian,
    Replace,
    E(log_variance),
    decoding=Temperature,
)
@source("derived", tag="GAUSS-LAMBDA")
@tried(*_cases(Temperature(1.05), Replace()))
@rival(
    "rate of the mean",
    lambda xp, n, t, temperature, ddof: (
        (t - 1) * xp.log(temperature) + t * xp.log((n - 1) / (n - ddof))
    ),
)
def tempered_log_variance(xp, n, t, temperature, ddof=1):
    r"""Collapse is linear in the logarithm:
    $E\log\frac{\sigma_t^2}{\sigma_0^2}=t\left[\psi(\frac{n-1}2)-\log\frac{n-\mathrm{ddof}}2\right]+(t-1)\log\lambda$.
    """
    return t * log_drift(xp, n, ddof) + xp.maximum(t - 1, 0) * xp.log(temperature)


def _neutral(n, ddof):
    """The temperature that cancels the drift of the logarithm, which is integrated over the law of
    one fit.
    """
    m = float(n) - 1
    drift = quad(
        lambda x: np.log(x / (n - ddof)) * chi2.pdf(x, m), 0, np.inf, epsabs=1e-13, limit=400
    )[0]
    return np.exp(-drift)


@law("gaussian-critical-temperature", kind=Identity(_neutral, tolerance=1e-8))
@source("derived", tag="GAUSS-LAMBDA-CRIT")
@tried({"n": 12, "ddof": 1}, {"n": 12, "ddof": 0}, {"n": 101, "ddof": 1})
@rival("mean-neutral", lambda xp, n, ddof: (n - ddof) / (n - 1) + 0 * n)
def critical_temperature(xp, n, ddof=1):
    r"""Sampling is neutral at $\lambda_c=\frac{n-\mathrm{ddof}}2e^{-\psi((n-1)/2)}$ only: below it
    collapse is almost sure.
    """
    return (n - ddof) / 2 * xp.exp(-xp.digamma((n - 1) / 2))


@law(
    "gaussian-critical-temperature-large", kind=Asymptotic("n", 2, "gaussian-critical-temperature")
)
@source("derived", tag="GAUSS-LAMBDA-CRIT")
@tried({"n": 12, "ddof": 1})
def critical_temperature_large(xp, n):
    r"""The neutral temperature is just above one: $\lambda_c\approx1+\frac1{n-1}$ for the unbiased
    variance.
    """
    return 1 + 1 / (n - 1)


@law(
    "gaussian-accumulate-tempered-variance", Gaussian, Accumulate, E(variance), decoding=Temperature
)
@source("derived", tag="ACC-LAMBDA")
@holds(when=lambda r: r.real is None)
@tried(*_cases(Temperature(0.6), Accumulate(), 9))
@rival("no bias", temperature=1.0)
@rival(
    "power law alone",
    lambda xp, n, t, temperature, ddof, variance: (
        variance * (n - 1) / (n - ddof) * xp.product(lambda k: 1 - (1 - temperature) / k, 2, t)
    ),
)
def accumulate_variance(xp, n, t, temperature, ddof=1, variance=1.0):
    r"""Accumulation collapses under biased sampling:
    $\frac{E\sigma_k^2}{E\sigma_{k-1}^2}=\frac{n(k-1)-\mathrm{ddof}+\lambda(n-1+\frac{k-1}k)}{nk-\mathrm{ddof}}$.
    """

    def step(k):
        return (n * (k - 1) - ddof + temperature * (n - 1 + (k - 1) / k)) / (n * k - ddof)

    fits = variance * (n - 1) / (n - ddof) * xp.product(step, 2, t)
    return xp.where(t > 0, fits, variance)


@law(
    "gaussian-accumulate-tempered-variance-late",
    Gaussian,
    Accumulate,
    E(variance),
    Asymptotic("t", 1, "gaussian-accumulate-tempered-variance"),
    decoding=Temperature,
)
@source("derived", tag="ACC-LAMBDA")
@holds(when=lambda r: r.real is None and float(r.family.ddof) == 0)
@tried(*_cases(Temperature(0.6), Accumulate(), 9, ddofs=(0,)))
def accumulate_variance_late(xp, n, t, temperature, variance=1.0):
    r"""Accumulation turns the collapse into a power law:
    $E\sigma_t^2\sim\frac{\sigma_0^2}{\lambda\Gamma(1-r_+)\Gamma(1-r_-)}t^{-(1-\lambda)}$ (ML).
    """
    gap = 1 - temperature
    root = xp.sqrt(gap**2 + 4 * temperature / n)
    scale = xp.exp(-xp.gammaln(1 - (gap + root) / 2) - xp.gammaln(1 - (gap - root) / 2))
    return variance / temperature * scale * t ** (-gap)


@law(
    "gaussian-replace-truncated-variance",
    Gaussian,
    Replace,
    E(variance),
    decoding=Truncate,
    host=True,
)
@source("derived", tag="GAUSS-TRUNC")
@tried(*_cases(Truncate(1.8), Replace()))
@rival(
    "kept mass",
    lambda xp, n, t, bound, ddof, variance: tempered_variance(
        xp, n, t, 2 * ndtr(bound) - 1, ddof, variance
    ),
)
def truncated_replace_variance(xp, n, t, bound, ddof=1, variance=1.0):
    r"""Cutting tails costs variance:
    $E\sigma_t^2=\sigma_0^2\left(\frac{n-1}{n-\mathrm{ddof}}\right)^t\tau^{t-1}$,
    $\tau=1-\frac{2c\varphi(c)}{2\Phi(c)-1}$.
    """
    return tempered_variance(xp, n, t, truncated_variance(bound), ddof, variance)


@law(
    "gaussian-replace-truncated-mean-error",
    Gaussian,
    Replace,
    E(mean_error),
    decoding=Truncate,
    host=True,
)
@source("derived", tag="GAUSS-TRUNC")
@tried(*_cases(Truncate(1.8), Replace()))
@rival(
    "no truncation",
    lambda xp, n, t, ddof, variance: tempered_mean_error(xp, n, t, 1.0, ddof, variance),
)
def truncated_mean_error(xp, n, t, bound, ddof=1, variance=1.0):
    r"""Truncation bounds the drift:
    $E(\mu_t-\mu_0)^2=\frac{\sigma_0^2}n\sum_{i<t}\left(\tau\frac{n-1}{n-\mathrm{ddof}}\right)^i$.
    """
    return tempered_mean_error(xp, n, t, truncated_variance(bound), ddof, variance)


@law(
    "gaussian-accumulate-truncated-variance",
    Gaussian,
    Accumulate,
    E(variance),
    decoding=Truncate,
    host=True,
)
@source("derived", tag="ACC-LAMBDA")
@holds(when=lambda r: r.real is None)
@tried(*_cases(Truncate(1.2), Accumulate()))
@rival(
    "no bias", lambda xp, n, t, ddof, variance: accumulate_variance(xp, n, t, 1.0, ddof, variance)
)
def accumulate_truncated_variance(xp, n, t, bound, ddof=1, variance=1.0):
    r"""Accumulation under truncation is accumulation at temperature $\tau(c)$, as far as
    $E\sigma_t^2$ goes.
    """
    return accumulate_variance(xp, n, t, truncated_variance(bound), ddof, variance)


def fresh_moments(n, fresh, real, t, temperature, ddof):
    r"""Mean error and variance in units of $\sigma_0^2$ when n tempered synthetic data are pooled
    with fresh real ones.
    """
    n, fresh, real, ddof, times = (
        float(n),
        float(fresh),
        float(real),
        float(ddof),
        np.asarray(t, int),
    )
    pool = n + fresh
    rows = [(0.0, 1.0), (1 / real, (real - 1) / (real - ddof))]
    while len(rows) <= times.max(initial=1):
        error, spread = rows[-1]
        within = (
            fresh
            - 1
            + n / pool
            + temperature * (n - 1 + fresh / pool) * spread
            + n * fresh / pool * error
        )
        rows.append(
            ((fresh + n**2 * error + n * temperature * spread) / pool**2, within / (pool - ddof))
        )
    return np.asarray(rows)[times].T


FRESH = _cases(Temperature(0.7), Refresh(), fresh=5, real=20)


@law(
    "gaussian-refresh-tempered-mean-error",
    Gaussian,
    Refresh,
    E(mean_error),
    decoding=Temperature,
    host=True,
)
@source("derived", MAD, tag="MAD-FRESH")
@holds(when=pooled)
@tried(*FRESH)
@rival(
    "no bias",
    lambda xp, n, fresh, real, t, ddof, variance: (
        variance * fresh_moments(n, fresh, real, t, 1.0, ddof)[0]
    ),
)
def refresh_mean_error(xp, n, fresh, real, t, temperature, ddof=1, variance=1.0):
    r"""Fresh data bound the drift: $v'=\frac{n_r+n_s^2v+n_s\lambda s}{N^2}$ with $s=E\sigma_t^2$,
    $N=n_r+n_s$ (units $\sigma_0^2$).
    """
    return variance * fresh_moments(n, fresh, real, t, temperature, ddof)[0]


@law(
    "gaussian-refresh-tempered-variance",
    Gaussian,
    Refresh,
    E(variance),
    decoding=Temperature,
    host=True,
)
@source("derived", MAD, tag="MAD-FRESH")
@holds(when=pooled)
@tried(*FRESH)
@rival(
    "means agree",
    lambda xp, n, fresh, t, temperature, variance: (
        variance * xp.where(t > 1, 1 / (1 + n / fresh * (1 - temperature)), 1.0)
    ),
)
@rival(
    "no bias",
    lambda xp, n, fresh, real, t, ddof, variance: (
        variance * fresh_moments(n, fresh, real, t, 1.0, ddof)[1]
    ),
)
def refresh_variance(xp, n, fresh, real, t, temperature, ddof=1, variance=1.0):
    r"""Fresh data hold the variance:
    $s'=\frac{n_r-1+\frac{n_s}N+\lambda(n_s-1+\frac{n_r}N)s+\frac{n_rn_s}Nv}{N-\mathrm{ddof}}$
    (units $\sigma_0^2$).
    """
    return variance * fresh_moments(n, fresh, real, t, temperature, ddof)[1]


def _settled_variance(n, fresh, temperature):
    recursion = Recursion(
        Gaussian(),
        Refresh(),
        truth=Gaussian.params(),
        n=n,
        fresh=fresh,
        decoding=Temperature(temperature),
    )
    return np.exp(path(recursion, 400).log_variance[-1])


@law("gaussian-refresh-tempered-variance-floor", kind=Identity(_settled_variance))
@source("derived", MAD, tag="MAD-BIAS")
@tried({"n": 10, "fresh": 4, "temperature": 0.8}, {"n": 3, "fresh": 9, "temperature": 0.3})
@rival("share", lambda xp, n, fresh, temperature: (fresh + n * temperature) / (fresh + n))
def variance_floor(xp, n, fresh, temperature):
    r"""However much data there is, $\kappa=n_s/n_r$ biased ones to a real one leave
    $\sigma_\infty^2=\frac{\sigma_0^2}{1+\kappa(1-\lambda)}$.
    """
    return 1 / (1 + n / fresh * (1 - temperature))


@law(
    "normal-mean-refresh-mean-error-late",
    NormalMean,
    Refresh,
    E(mean_error),
    Asymptotic("t", 1, "qvf-refresh-mean-error"),
)
@source("derived", MAD, tag="MAD-MEMORY")
@holds(when=pooled)
@tried((Recursion(NormalMean(1.7), Refresh(), truth=NormalMean().params(0.7), n=12, fresh=5), 6))
def refresh_effective_size(xp, n, fresh, v0):
    r"""Synthetic data beside fresh ones, $\kappa=n_s/n_r$, are worth
    $\frac{n_e}{n_r}=\frac{1+2\kappa}{1+\kappa}<2$: $E(\mu_\infty-\mu_0)^2=\frac{V_0}{n_e}$.
    """
    ratio = n / fresh
    return v0 * (1 + ratio) / (fresh * (1 + 2 * ratio))
