r"""Normal laws fitted to real data of any law: two matched moments, and a divergence paid once.

Fit 1 sees the source, later fits see normal data. So the kurtosis of the source enters once, and
$\mathrm{KL}(p\|q)=\mathrm{KL}(p\|N_p)+\mathrm{KL}(N_p\|q)$ for every normal q.
"""

import numpy as np

from ..kinds import Asymptotic
from ..notes import holds, rival, rivals, source, tried
from ..recurrence import DRIFT_RIVALS, unselected
from ..registry import law
from ..subjects import (
    AbstractWorkflow,
    E,
    LaplaceSource,
    MisspecifiedGaussian,
    Recursion,
    Replace,
    UniformSource,
    Var,
    kl_reverse,
    mean_error,
    variance,
)
from . import location_scale, univariate
from .moments import maximum_likelihood

LARGE = Asymptotic("n", 2)
DRIFT = E(mean_error)


def _restricted(recursion):
    return not recursion.family.flexible


def _case(made, n, generations=4):
    family = MisspecifiedGaussian(made)
    return Recursion(family, Replace(), truth=family.params(0.7, 1.7), n=n), generations


SOURCES = _case(LaplaceSource(), 8), _case(UniformSource(), 8)


@law("misspecified-gaussian-replace-variance", MisspecifiedGaussian, Replace, E(variance))
@source("classical", tag="D3")
@tried(*SOURCES)
@rival("ddof swapped", lambda xp, n, t, ddof, variance: variance * ((n - 1) / (n - 1 + ddof)) ** t)
def replace_variance(xp, n, t, ddof=1, variance=1.0):
    r"""The variance decays whatever the source:
    $E\sigma_t^2=\sigma_0^2\left(\frac{n-1}{n-\mathrm{ddof}}\right)^t$.
    """
    return univariate.replace_variance(xp, n, t, ddof, variance)


@law("misspecified-gaussian-replace-variance-spread", MisspecifiedGaussian, Replace, Var(variance))
@source("derived", tag="D3")
@holds(when=_restricted)
@tried(*SOURCES)
@rival("kurtosis in every fit", location_scale.replace_variance_spread)
@rival("normal", univariate.replace_variance_spread)
def replace_variance_spread(xp, n, t, kurtosis, ddof=1, variance=1.0):
    r"""Excess kurtosis $\gamma$ of the source counts once: $\mathrm{Var}\,\sigma_t^2=\sigma_0^4
    r^{2t}\left[(1+\frac\gamma n+\frac2{n-1})(1+\frac2{n-1})^{t-1}-1\right]$,
    $r=\frac{n-1}{n-\mathrm{ddof}}$.
    """
    scale = variance**2 * ((n - 1) / (n - ddof)) ** (2 * t)
    later = (1 + 2 / (n - 1)) ** xp.maximum(t - 1, 0)
    return xp.where(t > 0, scale * ((1 + kurtosis / n + 2 / (n - 1)) * later - 1), 0.0)


@law("misspecified-gaussian-replace-mean-error", MisspecifiedGaussian, Replace, E(mean_error))
@source("classical", tag="D3")
@tried(*SOURCES)
@rival("n - 1", lambda xp, n, t, variance: variance * t / (n - 1))
def replace_mean_error(xp, n, t, ddof=1, variance=1.0):
    r"""The mean drifts whatever the source: $E(\mu_t-\mu_0)^2=\frac{\sigma_0^2}n\sum_{i<t}r^i$,
    $r=\frac{n-1}{n-\mathrm{ddof}}$.
    """
    return univariate.replace_mean_error(xp, n, t, ddof, variance)


@law(
    "misspecified-gaussian-any-mean-error", MisspecifiedGaussian, AbstractWorkflow, DRIFT, host=True
)
@source("derived", tag="D3")
@holds(when=lambda r: maximum_likelihood(r) and unselected(r))
@rivals(DRIFT_RIVALS)
def any_mean_error(xp, recursion, t, variance):
    r"""Real data of any law obey the recurrence of second moments with $v_2=-1$ in every linear
    workflow.
    """
    return xp.mean_square_error(recursion, t, variance, -1.0)


def divergence_of_projection(family):
    """The divergence of a source from the normal law of its mean and variance, in nats."""
    z, weights = (np.asarray(each, float) for each in family.source.points())
    density = np.asarray(family.source.log_density(z), float)
    return float(weights @ (density + 0.5 * z**2) + 0.5 * np.log(2 * np.pi))


LADDER = tuple(_case(LaplaceSource(), n, 3) for n in (20, 40, 80))


@law(
    "misspecified-gaussian-replace-kl-reverse",
    MisspecifiedGaussian,
    Replace,
    E(kl_reverse),
    LARGE,
    host=True,
)
@source("csiszar1975", "derived", tag="D3")
@holds(when=_restricted)
@tried(*LADDER)
@rival("kurtosis left out", lambda xp, recursion, n, t: kl_rest(recursion, t) + t / n)
@rival("projection left out", lambda xp, n, t, kurtosis: (t + kurtosis / 4) / n)
def replace_kl_reverse(xp, recursion, n, t, kurtosis):
    r"""Expressivity is paid once, sampling in every fit:
    $E\,\mathrm{KL}(p\|q_t)\simeq\mathrm{KL}(p\|N_p)+\frac1n\left(t+\frac\gamma4\right)$.
    """
    return xp.where(t > 0, kl_rest(recursion, t) + (t + kurtosis / 4) / n, 0.0)


def kl_rest(recursion, t):
    return divergence_of_projection(recursion.family) + 0.0 * t
