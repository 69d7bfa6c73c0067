r"""Biased sampling of Gaussians: each model is sampled with its variance times a factor $f$, by
temperature or truncation.

A temperature $\lambda$ samples $N(\mu,\lambda\sigma^2)$; truncation at $c$ standard deviations has
the variance factor $\tau(c)$ and, as far as first moments of the fit go, the same laws. Fit 1 is on
real data and feels neither.
"""

import numpy as np
import scipy

from ...domains import Integer
from ..kinds import Asymptotic, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Certified, Derivation
from ..registry import law
from ..subjects import (
    Accumulate,
    E,
    Gaussian,
    MultivariateGaussian,
    Recursion,
    Replace,
    Temperature,
    Truncate,
    log_variance,
    mean_error,
    variance,
)
from . import univariate
from .univariate import log_drift, replace_mean_error

MAD = "alemohammad2023"
TRUTH = Gaussian.params(mean=0.7, variance=1.7)
TEMPERED, TRUNCATED = {"decoding": Temperature}, {"decoding": Truncate, "host": True}
LATE = Asymptotic("t", 1, "gaussian-accumulate-tempered-variance")


def biased(decoding, workflow, generations=6, ddofs=(1, 0), **sizes):
    """Configurations to try a law at, with both estimators."""
    about = {"truth": TRUTH, "n": 12, "decoding": decoding, **sizes}
    return tuple((Recursion(Gaussian(ddof), workflow, **about), generations) for ddof in ddofs)


def truncated_variance(bound):
    r"""$\tau(c)=1-\frac{2c\varphi(c)}{2\Phi(c)-1}$, the variance of a standard normal within c."""
    return 1 - 2 * bound * scipy.stats.norm.pdf(bound) / (2 * scipy.special.ndtr(bound) - 1)


def variance_biased_from_start(xp, n, t, temperature, ddof, variance):
    """The variance if real data were sampled at the temperature too: a rival."""
    return tempered_variance(xp, n, t, temperature, ddof, variance) * temperature


@law("gaussian-replace-tempered-variance", Gaussian, Replace, E(variance), **TEMPERED)
@source(MAD, tag="GAUSS-LAMBDA")
@proof(Derivation("test_biased_sampling"))
@tried(*biased(Temperature(0.8), Replace()))
@rival("fit 1 biased too", variance_biased_from_start)
@rival("ddof swapped", ddof=lambda ddof: 1 - ddof)
def tempered_variance(xp, n, t, temperature, ddof=1, variance=1.0):
    r"""The mean variance decays by the temperature:
    $E\sigma_t^2=\sigma_0^2\left(\frac{n-1}{n-\mathrm{ddof}}\right)^t\lambda^{t-1}$.
    """
    return variance * ((n - 1) / (n - ddof)) ** t * temperature ** xp.maximum(t - 1, 0)


def _in_the_plane(ddof):
    """Two correlated dimensions, sampled below temperature one."""
    family, decoding = MultivariateGaussian(ddof), Temperature(0.8)
    truth = family.params(mean=[0.5, -1.0], covariance=[[2.0, 0.6], [0.6, 1.0]])
    return Recursion(family, Replace(), truth=truth, n=12, decoding=decoding), 6


@law(
    "multivariate-gaussian-replace-tempered-variance",
    MultivariateGaussian,
    Replace,
    E(variance),
    **TEMPERED,
)
@source(MAD, tag="GAUSS-LAMBDA")
@proof(Derivation("test_biased_sampling"))
@tried(_in_the_plane(1), _in_the_plane(0))
@rival("d-th root", temperature=lambda temperature, d: temperature ** (1 / d))
def tempered_trace(xp, n, t, temperature, ddof=1, variance=1.0):
    r"""In any dimension the trace decays as the variance does:
    $E\,\mathrm{tr}\Sigma_t
    =\mathrm{tr}\Sigma_0\left(\frac{n-1}{n-\mathrm{ddof}}\right)^t\lambda^{t-1}$.
    """
    return tempered_variance(xp, n, t, temperature, ddof, variance)


@law("gaussian-replace-tempered-mean-error", Gaussian, Replace, E(mean_error), **TEMPERED)
@source(MAD, "derived", tag="GAUSS-LAMBDA")
@proof(Derivation("test_biased_sampling"))
@tried(*biased(Temperature(0.8), Replace()))
@rival("t/n", lambda xp, n, t, variance: variance * t / n)
@rival("square root", temperature=lambda temperature: temperature**0.5)
def tempered_mean_error(xp, n, t, temperature, ddof=1, variance=1.0):
    r"""The mean stops drifting:
    $E(\mu_t-\mu_0)^2
    =\frac{\sigma_0^2}n\sum_{i<t}\left(\lambda\frac{n-1}{n-\mathrm{ddof}}\right)^i$, bounded for
    $\lambda<1$.
    """
    return variance / n * xp.total(lambda k: (temperature * (n - 1) / (n - ddof)) ** (k - 1), 1, t)


def log_of_mean_variance(xp, n, t, temperature, ddof):
    r"""$\log(E\sigma_t^2/\sigma_0^2)$: a rival."""
    return (t - 1) * xp.log(temperature) + t * xp.log((n - 1) / (n - ddof))


@law("gaussian-replace-tempered-log-variance", Gaussian, Replace, E(log_variance), **TEMPERED)
@source("derived", tag="GAUSS-LAMBDA")
@proof(Certified("test_one_normal_fit_after_another"))
@tried(*biased(Temperature(1.05), Replace()))
@rival("rate of the mean", log_of_mean_variance)
def tempered_log_variance(xp, n, t, temperature, ddof=1):
    r"""Collapse is linear in the logarithm:
    $E\log\frac{\sigma_t^2}{\sigma_0^2}
    =t\left[\psi(\frac{n-1}2)-\log\frac{n-\mathrm{ddof}}2\right]+(t-1)\log\lambda$.
    """
    return t * log_drift(xp, n, ddof) + xp.maximum(t - 1, 0) * xp.log(temperature)


def _neutral(n, ddof):
    """The temperature that cancels the drift of the logarithm, integrated over the law of one
    fit.
    """
    density = scipy.stats.chi2(float(n) - 1).pdf
    integrand = lambda x: np.log(x / (n - ddof)) * density(x)
    return np.exp(-scipy.integrate.quad(integrand, 0, np.inf, epsabs=1e-13, limit=400)[0])


@law("gaussian-critical-temperature", kind=Identity(_neutral, tolerance=1e-8))
@source("derived", tag="GAUSS-LAMBDA-CRIT")
@proof(Certified("test_tails_and_temperatures"))
@tried({"n": 12, "ddof": 1}, {"n": 12, "ddof": 0}, {"n": 101, "ddof": 1})
@rival("mean-neutral", lambda xp, n, ddof: (n - ddof) / (n - 1) + 0 * n)
def critical_temperature(xp, n, ddof=1):
    r"""Sampling is neutral at $\lambda_c=\frac{n-\mathrm{ddof}}2e^{-\psi((n-1)/2)}$ only: below it
    collapse is almost sure.
    """
    return (n - ddof) / 2 * xp.exp(-xp.digamma((n - 1) / 2))


NEAR_ONE = Asymptotic("n", 2, "gaussian-critical-temperature")


@law("gaussian-critical-temperature-large", kind=NEAR_ONE)
@source("derived", tag="GAUSS-LAMBDA-CRIT")
@tried({"n": 12, "ddof": 1})
def critical_temperature_large(xp, n):
    r"""The neutral temperature is just above one: $\lambda_c\approx1+\frac1{n-1}$ for the unbiased
    variance.
    """
    return 1 + 1 / (n - 1)


def power_law(xp, n, t, temperature, ddof, variance):
    r"""$\prod_{k\le t}(1-\frac{1-\lambda}k)$, without terms of order $1/n$: a rival."""
    return variance * (n - 1) / (n - ddof) * xp.product(lambda k: 1 - (1 - temperature) / k, 2, t)


@law("gaussian-accumulate-tempered-variance", Gaussian, Accumulate, E(variance), **TEMPERED)
@source("derived", tag="ACC-LAMBDA")
@proof(Derivation("test_moments_of_accumulation"))
@holds(when=lambda r: r.real is None)
@tried(*biased(Temperature(0.6), Accumulate(), 9))
@rival("no bias", temperature=1.0)
@rival("power law alone", power_law)
def accumulate_variance(xp, n, t, temperature, ddof=1, variance=1.0):
    r"""Accumulation collapses under biased sampling:
    $\frac{E\sigma_k^2}{E\sigma_{k-1}^2}
    =\frac{n(k-1)-\mathrm{ddof}+\lambda(n-1+\frac{k-1}k)}{nk-\mathrm{ddof}}$.
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
    LATE,
    **TEMPERED,
)
@source("derived", tag="ACC-LAMBDA")
@holds(where={"t": Integer(1)}, when=lambda r: r.real is None and float(r.family.ddof) == 0)
@tried(*biased(Temperature(0.6), Accumulate(), 9, ddofs=(0,)))
def accumulate_variance_late(xp, n, t, temperature, variance=1.0):
    r"""Accumulation turns the collapse into a power law:
    $E\sigma_t^2\sim\frac{\sigma_0^2}{\lambda\Gamma(1-r_+)\Gamma(1-r_-)}t^{-(1-\lambda)}$ (ML).
    """
    gap = 1 - temperature
    root = xp.sqrt(gap**2 + 4 * temperature / n)
    scale = xp.exp(-xp.gammaln(1 - (gap + root) / 2) - xp.gammaln(1 - (gap - root) / 2))
    return variance / temperature * scale * t ** (-gap)


def variance_by_kept_mass(xp, n, t, bound, ddof, variance):
    """The variance if truncation cost as much of it as it cuts off probability: a rival."""
    return tempered_variance(xp, n, t, 2 * scipy.special.ndtr(bound) - 1, ddof, variance)


@law("gaussian-replace-truncated-variance", Gaussian, Replace, E(variance), **TRUNCATED)
@source("derived", tag="GAUSS-TRUNC")
@proof(Certified("test_truncated_normals"))
@tried(*biased(Truncate(1.8), Replace()))
@rival("kept mass", variance_by_kept_mass)
def truncated_replace_variance(xp, n, t, bound, ddof=1, variance=1.0):
    r"""Cutting tails costs variance:
    $E\sigma_t^2=\sigma_0^2\left(\frac{n-1}{n-\mathrm{ddof}}\right)^t\tau^{t-1}$,
    $\tau=1-\frac{2c\varphi(c)}{2\Phi(c)-1}$.
    """
    return tempered_variance(xp, n, t, truncated_variance(bound), ddof, variance)


@law("gaussian-replace-truncated-mean-error", Gaussian, Replace, E(mean_error), **TRUNCATED)
@source("derived", tag="GAUSS-TRUNC")
@proof(Certified("test_truncated_normals"))
@tried(*biased(Truncate(1.8), Replace()))
@rival("no truncation", replace_mean_error)
def truncated_mean_error(xp, n, t, bound, ddof=1, variance=1.0):
    r"""Truncation bounds the drift:
    $E(\mu_t-\mu_0)^2=\frac{\sigma_0^2}n\sum_{i<t}\left(\tau\frac{n-1}{n-\mathrm{ddof}}\right)^i$.
    """
    return tempered_mean_error(xp, n, t, truncated_variance(bound), ddof, variance)


@law("gaussian-accumulate-truncated-variance", Gaussian, Accumulate, E(variance), **TRUNCATED)
@source("derived", tag="ACC-LAMBDA")
@proof(Certified("test_truncated_normals"))
@holds(when=lambda r: r.real is None)
@tried(*biased(Truncate(1.2), Accumulate()))
@rival("no bias", univariate.accumulate_variance)
def accumulate_truncated_variance(xp, n, t, bound, ddof=1, variance=1.0):
    r"""Accumulation under truncation is accumulation at temperature $\tau(c)$, as far as
    $E\sigma_t^2$ goes.
    """
    return accumulate_variance(xp, n, t, truncated_variance(bound), ddof, variance)
