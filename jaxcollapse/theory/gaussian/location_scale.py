r"""Location and scale families: laws that need no normality, and supports that only shrink.

Fitted by two moments, any law loses variance as the Gaussian does; its kurtosis rules the spread.
Fitted by maximum likelihood, a uniform law shrinks to its end and a shifted exponential climbs.
"""

import numpy as np
import scipy

from ..kinds import InDistribution
from ..notes import holds, proof, rival, rivals, source
from ..proofs import Certified, Coq, Derivation
from ..recurrence import DRIFT_RIVALS, unselected
from ..registry import law
from ..subjects import (
    AbstractLocationScale,
    AbstractWorkflow,
    Accumulate,
    Distribution,
    E,
    Replace,
    ShiftedExponential,
    Uniform,
    Var,
    kl,
    location,
    log_variance,
    mean,
    mean_error,
    second_moment,
    standard_deviation,
    variance,
    w2,
)
from . import univariate
from .accumulate import equal_batches
from .moments import maximum_likelihood

DEVIATION = E(standard_deviation)


@law("location-scale-replace-variance", AbstractLocationScale, Replace, E(variance))
@source("classical", tag="LOCSCALE")
@proof(Coq("Moments.location_scale_replace_variance_correct"))
@rival("ddof swapped", lambda xp, n, t, ddof, variance: variance * ((n - 1) / (n - 1 + ddof)) ** t)
def replace_variance(xp, n, t, ddof=1, variance=1.0):
    r"""The variance decays whatever the shape:
    $E\sigma_t^2=\sigma_0^2\left(\frac{n-1}{n-\mathrm{ddof}}\right)^t$.
    """
    return univariate.replace_variance(xp, n, t, ddof, variance)


@law("location-scale-replace-variance-spread", AbstractLocationScale, Replace, Var(variance))
@source("derived", tag="LOCSCALE")
@proof(Derivation("test_fourth_moments_of_replacement"))
@rival("normal", univariate.replace_variance_spread)
def replace_variance_spread(xp, n, t, kurtosis, ddof=1, variance=1.0):
    r"""Excess kurtosis $\gamma$ speeds the spread:
    $\mathrm{Var}\,\sigma_t^2=\sigma_0^4r^{2t}\left[(1+\frac\gamma n+\frac2{n-1})^t-1\right]$,
    $r=\frac{n-1}{n-\mathrm{ddof}}$.
    """
    scale = variance**2 * ((n - 1) / (n - ddof)) ** (2 * t)
    return scale * ((1 + kurtosis / n + 2 / (n - 1)) ** t - 1)


@law("location-scale-replace-mean-error", AbstractLocationScale, Replace, E(mean_error))
@source("derived", tag="LOCSCALE")
@proof(Coq("Moments.location_scale_replace_mean_error_correct"))
@rival("n - 1", lambda xp, n, t, variance: variance * t / (n - 1))
def replace_mean_error(xp, n, t, ddof=1, variance=1.0):
    r"""The mean drifts whatever the shape: $E(\mu_t-\mu_0)^2=\frac{\sigma_0^2}n\sum_{i<t}r^i$,
    $r=\frac{n-1}{n-\mathrm{ddof}}$.
    """
    return univariate.replace_mean_error(xp, n, t, ddof, variance)


@law(
    "location-scale-any-mean-error",
    AbstractLocationScale,
    AbstractWorkflow,
    E(mean_error),
    host=True,
)
@source("derived", tag="MM2-W2SD")
@proof(Coq("Pools.location_scale_any_mean_error_correct"))
@holds(when=lambda r: maximum_likelihood(r) and unselected(r))
@rivals(DRIFT_RIVALS)
def any_mean_error(xp, recursion, t, variance):
    r"""Two matched moments are enough: real data of any law obey the recurrence with $v_2=-1$ in
    every linear workflow.
    """
    return xp.mean_square_error(recursion, t, variance, -1.0)


@law("location-scale-any-second-moment", AbstractLocationScale, AbstractWorkflow, E(second_moment))
@source("derived", tag="MM2-W2SD")
@proof(Coq("Pools.location_scale_any_second_moment_correct"))
@holds(when=maximum_likelihood)
@rival("drift without loss", lambda xp, n, t, variance: variance * (1 + t / n))
def any_second_moment(xp, t, variance=1.0):
    r"""Moment matching conserves $E\left[\sigma_t^2+(\mu_t-\mu_0)^2\right]=\sigma_0^2$ for real
    data of any law.
    """
    return variance + 0.0 * t


@law("uniform-replace-standard-deviation", Uniform, Replace, DEVIATION)
@source("classical", tag="UNIFORM")
@proof(Derivation("test_maxima_of_uniforms"))
@rival("1 - 1/n", lambda xp, n, t, scale: scale / xp.sqrt(12) * (1 - 1 / n) ** t)
def uniform_standard_deviation(xp, n, t, scale):
    r"""The support shrinks by $E\theta_t=\theta_0\left(\frac n{n+1}\right)^t$, here as the standard
    deviation $\theta_t/\sqrt{12}$.
    """
    return scale / xp.sqrt(12) * (n / (n + 1)) ** t


@law("uniform-replace-log-variance", Uniform, Replace, E(log_variance))
@source("classical", tag="UNIFORM")
@proof(Derivation("test_maxima_of_uniforms"))
@rival("n + 1", lambda xp, n, t: -2 * t / (n + 1))
def uniform_log_variance(xp, n, t):
    r"""The log-variance falls linearly: $E\log(\sigma_t^2/\sigma_0^2)=-2t/n$."""
    return -2 * t / n


@law(
    "uniform-replace-law", Uniform, Replace, Distribution(log_variance), InDistribution(), host=True
)
@source("classical", tag="UNIFORM")
@proof(Certified("test_gamma_laws"))
@rival("t + 1", lambda xp, x, n, t: uniform_law(xp, x, n, t + 1))
def uniform_law(xp, x, n, t):
    r"""$\log(\theta_0/\theta_t)$ has the gamma law of shape t and rate n:
    $P(\log\sigma_t^2/\sigma_0^2\le x)=Q(t,-nx/2)$.
    """
    return scipy.special.gammaincc(np.maximum(t, 1e-300), np.maximum(-n * x / 2, 0.0))


@law("uniform-replace-kl", Uniform, Replace, E(kl))
@source("derived", tag="UNIFORM")
@proof(Derivation("test_maxima_of_uniforms"))
@rival("n + 1", lambda xp, n, t: t / (n + 1))
def uniform_kl(xp, n, t):
    r"""The divergence from the truth grows linearly:
    $E\,\mathrm{KL}(\hat U_t\|U_0)=E\log(\theta_0/\theta_t)=t/n$; the other direction is infinite
    from fit 1 on.
    """
    return t / n


@law("uniform-replace-w2", Uniform, Replace, E(w2))
@source("derived", tag="UNIFORM")
@proof(Derivation("test_maxima_of_uniforms"))
@rival("squared mean", lambda xp, n, t, scale: scale**2 / 3 * ((n / (n + 1)) ** t - 1) ** 2)
def uniform_w2(xp, n, t, scale):
    r"""The squared Wasserstein distance is
    $E W_2^2=\frac{\theta_0^2}3\left[(\frac n{n+2})^t-2(\frac n{n+1})^t+1\right]$.
    """
    return scale**2 / 3 * ((n / (n + 2)) ** t - 2 * (n / (n + 1)) ** t + 1)


@law("uniform-accumulate-standard-deviation", Uniform, Accumulate, DEVIATION)
@source("derived", tag="UNIFORM")
@proof(Derivation("test_maxima_of_uniforms"))
@rival("replace", lambda xp, real, t, scale: uniform_standard_deviation(xp, real, t, scale))
def uniform_accumulated(xp, real, t, scale):
    r"""Accumulation freezes the support at fit 1: $\theta_t=\theta_1$,
    $E\theta_t=\theta_0\frac n{n+1}$ for every t.
    """
    return uniform_standard_deviation(xp, real, xp.where(t > 0, 1, 0), scale)


@law("shifted-exponential-replace-standard-deviation", ShiftedExponential, Replace, DEVIATION)
@source("derived", tag="LOCSCALE")
@proof(Derivation("test_gaps_of_exponentials"))
@rival("ddof swapped", lambda xp, n, t, scale, ddof: scale * ((n - 1) / (n - 1 + ddof)) ** t)
def exponential_standard_deviation(xp, n, t, scale, ddof=1):
    r"""The standard deviation decays as the Gaussian variance does:
    $E\sigma_t=\sigma_0\left(\frac{n-1}{n-\mathrm{ddof}}\right)^t$.
    """
    return scale * ((n - 1) / (n - ddof)) ** t


def square_of_mean_deviation(xp, n, t, scale, ddof):
    r"""$(E\sigma_t)^2$: a rival."""
    return exponential_standard_deviation(xp, n, t, scale, ddof) ** 2


@law("shifted-exponential-replace-variance", ShiftedExponential, Replace, E(variance))
@source("derived", tag="LOCSCALE")
@proof(Derivation("test_gaps_of_exponentials"))
@rival("squared mean", square_of_mean_deviation)
def exponential_variance(xp, n, t, scale, ddof=1):
    r"""The mean variance is multiplied by the second moment of a factor:
    $E\sigma_t^2=\sigma_0^2\left[\frac{n(n-1)}{(n-\mathrm{ddof})^2}\right]^t$.
    """
    return scale**2 * (n * (n - 1) / (n - ddof) ** 2) ** t


@law("shifted-exponential-replace-log-variance", ShiftedExponential, Replace, E(log_variance))
@source("derived", tag="LOCSCALE")
@proof(Certified("test_gamma_laws"))
@rival("psi(n)", lambda xp, n, t, ddof: 2 * t * (xp.digamma(n) - xp.log(n - ddof)))
def exponential_log_variance(xp, n, t, ddof=1):
    r"""Collapse runs at the rate $E\log B$ of the factor B of a fit:
    $E\log(\sigma_t^2/\sigma_0^2)=2t\left[\psi(n-1)-\log(n-\mathrm{ddof})\right]$.
    """
    return 2 * t * (xp.digamma(n - 1) - xp.log(n - ddof))


def location_with_steps_of_one_fewer(xp, n, t, location, scale, ddof):
    r"""The location if it climbed by $\sigma/(n-1)$: a rival."""
    climbed = exponential_location(xp, n, t, location, scale, ddof) - location
    return location + n / (n - 1) * climbed


@law("shifted-exponential-replace-location", ShiftedExponential, Replace, E(location))
@source("derived", tag="LOCSCALE")
@proof(Derivation("test_gaps_of_exponentials"))
@rival("ddof swapped", ddof=lambda ddof: 1 - ddof)
@rival("n - 1", location_with_steps_of_one_fewer)
def exponential_location(xp, n, t, location, scale, ddof=1):
    r"""The support climbs by $\sigma/n$ per fit: $E\ell_t=\ell_0+\frac{\sigma_0}n\sum_{i<t}r^i$, to
    $\ell_0+\sigma_0$ under maximum likelihood.
    """
    ratio = (n - 1) / (n - ddof)
    return location + scale / n * xp.total(lambda k: ratio ** (k - 1), 1, t)


@law("shifted-exponential-replace-mean", ShiftedExponential, Replace, E(mean))
@source("derived", tag="LOCSCALE")
@proof(Derivation("test_gaps_of_exponentials"))
@rival("ddof swapped", ddof=lambda ddof: 1 - ddof)
def exponential_mean(xp, n, t, location, scale, ddof=1):
    r"""$E(\ell_t+\sigma_t)$ is kept by maximum likelihood and rises by $\sigma_0/n$ per fit when
    the scale is unbiased.
    """
    deviation = exponential_standard_deviation(xp, n, t, scale, ddof)
    return exponential_location(xp, n, t, location, scale, ddof) + deviation


@law("shifted-exponential-accumulate-standard-deviation", ShiftedExponential, Accumulate, DEVIATION)
@source("derived", tag="LOCSCALE")
@holds(when=lambda r: equal_batches(r) and maximum_likelihood(r))
@rival("replace", lambda xp, n, t, scale: exponential_standard_deviation(xp, n, t, scale, 0))
def exponential_accumulated(xp, n, t, scale):
    r"""Accumulation freezes the location at fit 1, and with it the mean scale under maximum
    likelihood: $E\sigma_t=\sigma_0(1-\frac1n)$ for every t.
    """
    return scale * xp.where(t > 0, 1 - 1 / n, 1.0)
