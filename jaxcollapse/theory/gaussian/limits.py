r"""What the Gaussian recursion tends to: where the collapsed model sits, when it has collapsed, and
distances to leading order.

No exact law is known behind these, so simulation on a ladder of sample sizes takes its place.
"""

import numpy as np
import scipy

from ..kinds import Asymptotic
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import (
    Distribution,
    E,
    Gaussian,
    HittingTime,
    MultivariateGaussian,
    P,
    Recursion,
    Replace,
    example_truth,
    mean_error,
    standard_deviation,
    w2,
)
from .moments import maximum_likelihood, replace_tail_constant, unbiased
from .multivariate import isotropic
from .univariate import log_drift

# The mean overshoot of a Gaussian random walk over a distant level, in standard deviations of a
# step: $-\zeta(\frac12)/\sqrt{2\pi}$.
OVERSHOOT = 0.5826
FAR, SHRUNK = mean_error > 1.0, standard_deviation < 0.7
LARGE = Asymptotic("n", 1)


def ladder(family, sizes, generations):
    """Cases at growing sample sizes, with a horizon in proportion where `generations` is a
    function.
    """
    return tuple(
        (Recursion(family, Replace(), truth=example_truth(family), n=n), generations(n))
        for n in sizes
    )


@law("gaussian-replace-mean-limit-likelihood", Gaussian, Replace, P(FAR), LARGE)
@source("derived", "dufresne1990", tag="GAUSS-MEAN-LIMIT")
@holds(when=maximum_likelihood)
@tried(*ladder(Gaussian(ddof=0), (3, 6, 12), lambda n: 40 * n))
@rival("t with 2", lambda xp, variance, threshold=1.0: mean_limit(xp, threshold, variance))
def mean_limit_likelihood(xp, threshold=1.0, variance=1.0):
    r"""Under maximum likelihood $\frac{\mu_\infty-\mu_0}{\sigma_0}\Rightarrow t_4/\sqrt2$,
    $P(|\mu_\infty-\mu_0|>x\sigma_0)\to1-\frac32u+\frac12u^3$, $u=x/\sqrt{2+x^2}$.
    """
    x = xp.sqrt(threshold / variance)
    u = x / xp.sqrt(2 + x**2)
    return 1 - 1.5 * u + 0.5 * u**3


@law("gaussian-replace-mean-limit", Gaussian, Replace, P(FAR), LARGE)
@source("derived", "dufresne1990", tag="GAUSS-MEAN-LIMIT")
@holds(when=unbiased)
@tried(*ladder(Gaussian(ddof=1), (3, 6, 12), lambda n: 40 * n))
@rival("t with 4", mean_limit_likelihood)
@rival("normal", lambda xp, variance: 0.4 + 0 * variance)
def mean_limit(xp, threshold=1.0, variance=1.0):
    r"""The collapsed mean sits at a Student-t point:
    $\frac{\mu_\infty-\mu_0}{\sigma_0}\Rightarrow t_2$,
    $P(|\mu_\infty-\mu_0|>x\sigma_0)\to1-x/\sqrt{2+x^2}$, unbiased.
    """
    x = xp.sqrt(threshold / variance)
    return 1 - x / xp.sqrt(2 + x**2)


def _spherical(n, ddof):
    """Three equal dimensions, followed until nothing is left to wander with."""
    truth = MultivariateGaussian.params([0.5, -1.0, 2.0], 1.7 * np.eye(3))
    return Recursion(MultivariateGaussian(ddof), Replace(), truth=truth, n=n), 600


def _freedom(ddof):
    """Degrees of freedom of the limit: 2 for the unbiased covariance and 4 for maximum
    likelihood.
    """
    return 4 - 2 * ddof


def mean_limit_law_of_one_dimension(xp, x, trace, ddof):
    """The law in one dimension, of the same total variance: a rival."""
    return scipy.stats.f.cdf(np.maximum(x, 0) * _freedom(ddof) / (2 * trace), 1, _freedom(ddof))


def mean_limit_law_of_one_estimator(xp, x, d, trace):
    """The law with two degrees of freedom for both estimators: a rival."""
    return scipy.stats.f.cdf(np.maximum(x, 0) / trace, d, 2)


@law(
    "multivariate-gaussian-replace-mean-limit-law",
    MultivariateGaussian,
    Replace,
    Distribution(mean_error),
    LARGE,
    host=True,
)
@source("derived", "dufresne1990", tag="GAUSS-MEAN-LIMIT")
@holds(when=isotropic)
@tried(*tuple(_spherical(n, ddof) for n in (3, 6, 24) for ddof in (1, 0)))
@rival("one dimension", mean_limit_law_of_one_dimension)
@rival("estimators alike", mean_limit_law_of_one_estimator)
def mean_limit_law(xp, x, d, trace, ddof=1):
    r"""In d dimensions the collapsed mean sits at a point of a multivariate t:
    $\frac{\nu\|\mu_\infty-\mu_0\|^2}{2d\sigma_0^2}\Rightarrow F_{d,\nu}$, $\nu=2$ (unbiased) or 4
    (ML), $\Sigma_0=\sigma_0^2I$.
    """
    return scipy.stats.f.cdf(np.maximum(x, 0) * _freedom(ddof) / (2 * trace), d, _freedom(ddof))


def _further_out(square):
    """A small sample of a narrow truth, whose mean must go far to cross the threshold."""
    return Recursion(Gaussian(), Replace(), truth=Gaussian.params(0.7, 1 / square), n=3), 120


FURTHER = tuple(map(_further_out, (4, 8, 64)))


def heavier_tail(xp, n, variance, threshold=1.0):
    """A tail of half the index: a rival."""
    return replace_tail_constant(xp, n) * xp.sqrt(variance / threshold)


@law("gaussian-replace-mean-tail", Gaussian, Replace, P(FAR), Asymptotic("variance", -1))
@source("derived", "goldie1991", tag="GAUSS-TAIL")
@holds(when=unbiased)
@tried(*FURTHER)
@rival("large samples", lambda xp, variance, threshold=1.0: variance / threshold)
@rival("heavier tail", heavier_tail)
def mean_tail(xp, n, threshold=1.0, variance=1.0):
    r"""The limit mean has a heavy tail, of index 1 for its square:
    $P(|\mu_\infty-\mu_0|>x\sigma_0)\sim C_n/x^2$, with a relative error of order $x^{-2}$
    (unbiased).
    """
    return replace_tail_constant(xp, n) * variance / threshold


def collapse_time_without_overshoot(xp, n, ddof, variance, threshold=0.7):
    """The distance over the drift: a rival."""
    return (xp.log(variance) - 2 * xp.log(threshold)) / -log_drift(xp, n, ddof)


@law("gaussian-replace-collapse-time", Gaussian, Replace, HittingTime(SHRUNK), LARGE)
@source("derived", "siegmund1985", tag="GAUSS-COLLAPSE-TIME")
# Of half a million replicas one in a hundred runs of 60 n generations leaves one waiting.
@tried(*ladder(Gaussian(ddof=1), (5, 8, 60), lambda n: 60 * n))
@rival("no overshoot", collapse_time_without_overshoot)
def collapse_time(xp, n, threshold=0.7, ddof=1, variance=1.0):
    r"""The first fit with $\sigma_t<\epsilon$ comes at
    $E T\approx\frac{2\log(\sigma_0/\epsilon)+0.5826\sqrt{\psi'(\frac{n-1}2)}}
    {\log\frac{n-\mathrm{ddof}}2-\psi(\frac{n-1}2)}$,
    with the overshoot of a random walk.
    """
    overshoot = OVERSHOOT * xp.sqrt(xp.polygamma(1, (n - 1) / 2))
    return (xp.log(variance) - 2 * xp.log(threshold) + overshoot) / -log_drift(xp, n, ddof)


@law("multivariate-gaussian-replace-w2", MultivariateGaussian, Replace, E(w2), LARGE, host=True)
@source("derived", tag="GAUSSD-W2-LEAD")
@tried(*ladder(MultivariateGaussian(ddof=1), (20, 40, 80), lambda n: 3))
@rival("3/2 trace", lambda xp, n, t, trace: 1.5 * trace * t / n)
@rival("mean error alone", lambda xp, n, t, trace: trace * t / n)
def multivariate_w2(xp, n, t, covariance):
    r"""The squared Wasserstein distance grows like
    $E W_2^2\approx\frac tn\left[\frac54\mathrm{tr}\,\Sigma_0
    +\frac12\sum_{i,j}\frac{\lambda_i\lambda_j}{\lambda_i+\lambda_j}\right]$,
    $\frac tn\left[d+\frac{d(d+1)}4\right]$ for $\Sigma_0=I$: for $d>3$ the covariance contributes
    most.
    """
    spectrum = np.linalg.eigvalsh(covariance)
    pairs = np.sum(np.multiply.outer(spectrum, spectrum) / np.add.outer(spectrum, spectrum))
    return t / n * (1.25 * np.sum(spectrum) + 0.5 * pairs)
