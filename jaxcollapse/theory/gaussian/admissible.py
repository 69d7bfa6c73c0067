r"""How much biased synthetic data a loop with fresh real data bears before it is worse than the
real data alone.

The squared Wasserstein distance of a pooled fit needs $E\sqrt{Q}$ of a sum of scaled $\chi^2$,
which its Laplace transform L gives: $E\sqrt Q=\frac1{2\sqrt\pi}\int_0^\infty(1-L(p))p^{-3/2}dp$, by
the trapezoidal rule in $\log p$.
"""

import numpy as np
import scipy

from ...domains import POSITIVE, Integer, Real
from ..kinds import Asymptotic, Identity
from ..notes import holds, rival, source, tried
from ..recurrence import pooled
from ..registry import law
from ..subjects import (
    E,
    Gaussian,
    MultivariateGaussian,
    Recursion,
    Refresh,
    Temperature,
    jax,
    mean_error,
    simulate,
    trace_ratio,
    w2,
)
from .biased_refresh import fresh_moments
from .biased_sampling import MAD
from .moments import unbiased
from .multivariate import isotropic

# The integrand in log p falls off exponentially on both sides: the trapezoidal rule with steps of
# 0.1 over 140 powers of e has all digits of float64.
STEP = 0.1
EXPONENTS = STEP * np.arange(-700, 701)
LEVELS = 48
# So many real data at fit 1 that the model of fit 1 is the truth to all digits.
KNOWN = 1e12
SHARPENED = {"temperature": Real(0.0, 1.0, closed=(False, False), typical=(0.1, 0.9))}
SMALL = {"n": Integer(2), "fresh": Integer(2), "real": Integer(2)}
SMALL |= {"temperature": POSITIVE, "variance": POSITIVE}
FIRST_ROUNDS = (
    {"n": 12, "fresh": 5, "real": 9, "temperature": 0.5, "variance": 1.7},
    {"n": 4, "fresh": 6, "real": 30, "temperature": 0.2, "variance": 0.6},
)


def mean_root(*scaled):
    r"""$E\sqrt{\sum_ia_i\chi^2_{k_i}}$ from pairs (k, a); every a may be an array of one shape."""
    p = np.exp(EXPONENTS) / np.sum([k * a for k, a in scaled], axis=0)[..., None]
    exponent = np.sum(
        [0.5 * k * np.log1p(2 * np.asarray(a)[..., None] * p) for k, a in scaled], axis=0
    )
    return STEP * np.sum(-np.expm1(-exponent) * p**-0.5, axis=-1) / (2 * np.sqrt(np.pi))


def real_distance(n):
    r"""$E W_2^2$ of an unbiased fit to n real data, in units of $\sigma_0^2$."""
    return 1 / n + 2 - 2 * mean_root((n - 1, np.asarray(1.0))) / np.sqrt(n - 1)


def pooled_root(n, fresh, real, temperature, variance):
    """Mean standard deviation, unbiased in the variance, of a pool whose synthetic part comes from
    a fit of this variance.
    """
    pool, tempered = n + fresh, temperature * np.asarray(variance, float)
    between = n * fresh / pool * (1 / fresh + 1 / real + tempered / n)
    return mean_root(
        (fresh - 1, np.ones_like(tempered)), (n - 1, tempered), (1, between)
    ) / np.sqrt(pool - 1)


def _second_fit(key, replicas, n, fresh, real, temperature, variance):
    truth, tempered = Gaussian.params(0.7, variance), Temperature(temperature)
    recursion = Recursion(
        Gaussian(), Refresh(), truth=truth, n=n, fresh=fresh, real=real, decoding=tempered
    )
    run = simulate(key, recursion, generations=2, replicas=replicas, observe=w2, at=[2])
    return jax.numpy.asarray(run.observed[w2.name])[:, -1]


def distance_without_spread(xp, n, fresh, real, temperature, variance):
    r"""$E(\mu_2-\mu_0)^2+(\sigma_0-\sqrt{E\sigma_2^2})^2$: a rival, without the scatter of
    $\sigma_2$.
    """
    error, spread = fresh_moments(n, fresh, real, 2, temperature, 1)
    return variance * (error + (1 - np.sqrt(spread)) ** 2)


@law("gaussian-refresh-tempered-first-round-w2", host=True)
@source("derived", MAD, tag="MAD-THRESHOLD")
@holds(where=SMALL)
@tried(*FIRST_ROUNDS, draw=_second_fit)
@rival("no bias", temperature=1.0)
@rival("no spread", distance_without_spread)
@rival("real data alone", lambda xp, fresh, variance: variance * real_distance(fresh))
def first_round_distance(xp, n, fresh, real, temperature, variance):
    r"""Fit 2 of the fresh-data loop has
    $E W_2^2=\sigma_0^2\left[v+1+s-2E\sqrt Q/\sqrt{N-1}\right]$, Q the pooled scatter, a sum of
    $\chi^2$ given fit 1 (unbiased).
    """
    error, spread = fresh_moments(n, fresh, real, 2, temperature, 1)
    nodes, weights = np.polynomial.legendre.leggauss(LEVELS)
    first = scipy.stats.chi2.ppf((1 + nodes) / 2, real - 1) / (real - 1)
    root = pooled_root(n, fresh, real, temperature, first) @ weights / 2
    return variance * (error + 1 + spread - 2 * root)


def _break_even(temperature):
    """The synthetic size at which a fit beside samples of a known model errs as real data alone do,
    extrapolated to unlimited ones.
    """
    loss = (1 - float(temperature)) ** -2

    def size(fresh):
        def excess(n):
            error, spread = fresh_moments(n, fresh, KNOWN, 2, temperature, 1)
            root = pooled_root(n, fresh, KNOWN, temperature, 1.0)
            return (error + 1 + spread - 2 * root - real_distance(fresh)) * fresh**2

        return scipy.optimize.brentq(excess, 2.0, 20 * loss, xtol=1e-10)

    once, twice, again = (size(level * loss) for level in (256, 512, 1024))
    return (once - 6 * twice + 8 * again) / 3


def size_without_skewness(xp, temperature):
    """The admissible size if the pooled variance were symmetric about its mean: a rival."""
    return (12 - 4 * temperature - 2 * temperature**2) / (1 - temperature) ** 2


@law("gaussian-refresh-tempered-admissible-size", kind=Identity(_break_even, tolerance=1e-5))
@source("derived", MAD, tag="MAD-THRESHOLD")
@holds(where=SHARPENED)
@tried({"temperature": 0.3}, {"temperature": 0.5}, {"temperature": 0.8})
@rival("near temperature one", lambda xp, temperature: 6 / (1 - temperature) ** 2)
@rival("without skewness", size_without_skewness)
def admissible_size(xp, temperature):
    r"""However many fresh real data there are, only
    $n_s^*=\frac{9-\lambda-2\lambda^2}{(1-\lambda)^2}$ synthetic ones at $\lambda<1$ help $E W_2^2$;
    $\frac6{(1-\lambda)^2}$ as $\lambda\to1$.
    """
    return (9 - temperature - 2 * temperature**2) / (1 - temperature) ** 2


def _tempered_loop(fresh, temperature, n, d=3):
    """A loop in d dimensions with few biased synthetic data, fitted three times."""
    family, decoding = MultivariateGaussian(), Temperature(temperature)
    truth = family.params(mean=[0.5, -1.0, 2.0][:d], covariance=np.eye(d))
    sizes = {"n": n, "fresh": fresh, "real": fresh}
    return Recursion(family, Refresh(), truth=truth, decoding=decoding, **sizes), 3


CORRELATED = MultivariateGaussian().params(
    [0.5, -1.0, 2.0], [[2.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 0.5]]
)


def _correlated_loop(ddof):
    """Three correlated dimensions, refreshed by five real data per generation."""
    family, decoding = MultivariateGaussian(ddof), Temperature(0.6)
    return Recursion(family, Refresh(), truth=CORRELATED, n=7, fresh=5, decoding=decoding), 6


SEVERAL = (_correlated_loop(1), _correlated_loop(0))


@law(
    "multivariate-gaussian-refresh-tempered-mean-error",
    MultivariateGaussian,
    Refresh,
    E(mean_error),
    decoding=Temperature,
    host=True,
)
@source("derived", MAD, tag="MAD-FRESH")
@holds(when=pooled)
@tried(*SEVERAL)
@rival("no bias", temperature=1.0)
def tempered_mean_error(xp, n, fresh, real, t, temperature, trace, ddof=1):
    r"""In any dimension every coordinate of a biased loop with fresh data drifts as one alone:
    $E\|\mu_t-\mu_0\|^2=v_t\,\mathrm{tr}\,\Sigma_0$.
    """
    return trace * fresh_moments(n, fresh, real, t, temperature, ddof)[0]


@law(
    "multivariate-gaussian-refresh-tempered-trace-ratio",
    MultivariateGaussian,
    Refresh,
    E(trace_ratio),
    decoding=Temperature,
    host=True,
)
@source("derived", MAD, tag="MAD-FRESH")
@holds(when=pooled)
@tried(*SEVERAL)
@rival("no bias", temperature=1.0)
def tempered_trace(xp, n, fresh, real, t, temperature, ddof=1):
    r"""In any dimension fresh data hold the trace of a biased loop as they hold a variance:
    $E\,\mathrm{tr}\,\Sigma_t=s_t\,\mathrm{tr}\,\Sigma_0$.
    """
    return fresh_moments(n, fresh, real, t, temperature, ddof)[1]


def size_near_one(d, temperature):
    """The admissible size as the temperature tends to one."""
    return (d + 5) / (1 - temperature) ** 2


@law(
    "multivariate-gaussian-refresh-tempered-w2",
    MultivariateGaussian,
    Refresh,
    E(w2),
    Asymptotic("fresh", 2),
    decoding=Temperature,
)
@source("derived", MAD, tag="MAD-THRESHOLD")
@holds(
    where={**SHARPENED, "fresh": Integer(2)},
    when=lambda r: pooled(r) and unbiased(r) and isotropic(r),
)
@tried(*tuple(_tempered_loop(fresh, 0.2, 8) for fresh in (16, 24, 112)))
@rival("real data alone", n=lambda n: 0 * n)
@rival("leading order", lambda xp, fresh, d, trace: trace / fresh * (1 + (d + 1) / 4))
@rival("size near temperature one", admissible=size_near_one)
def tempered_distance(xp, n, fresh, temperature, d, trace, admissible=None):
    r"""In d dimensions $n_s$ synthetic data change $E W_2^2$ by
    $\frac{n_s(1-\lambda)^2}{4n_r^2}(n_s-n_s^*)\,\mathrm{tr}\,\Sigma_0$ to leading order,
    $n_s^*=\frac{8-4\lambda+\frac{d+1}2(1+3\lambda-2\lambda^2)}{(1-\lambda)^2}$.
    """
    edge = (8 - 4 * temperature + (d + 1) / 2 * (1 + 3 * temperature - 2 * temperature**2)) / (
        1 - temperature
    ) ** 2
    edge = edge if admissible is None else admissible
    alone = 1 / fresh + (d + 1) / (4 * (fresh - 1)) - (d**2 + 3 * d + 4) / (8 * (fresh - 1) ** 2)
    alone = alone + 5 * (2 * d**2 + 5 * d + 5) / (64 * (fresh - 1) ** 2)
    return trace * (alone + n * (1 - temperature) ** 2 * (n - edge) / (4 * fresh**2))
