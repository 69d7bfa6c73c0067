r"""Accumulate and subsample: everything is kept, every fit trains on n observations drawn from the
pool.

The pool after t rounds has maximum-likelihood variance $C_t$ (in expectation, $\sigma_0=1$). A fit
on a subsample has $E(\hat\mu_t-\bar x_t)^2=f_tC_t$ and $E\hat\sigma_t^2=g_tC_t$, with
$f_t=\frac{t-1}{nt-1}$ without replacement and $\frac1n$ with; the n new observations move the pool
by $(f_t+g_t/n)C_t/(t+1)^2$. For models that match two moments the real data may have any law.
"""

import numpy as np

from ...domains import Integer
from ...numerics.reach import within_steps
from ..categorical.frequencies import gini
from ..gaussian.accumulate import accumulate_mean_error, accumulate_variance, equal_batches
from ..kinds import Asymptotic
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import (
    AbstractQVF,
    AccumulateSubsample,
    Bernoulli,
    Categorical,
    E,
    Gamma,
    Gaussian,
    NormalMean,
    Recursion,
    example_truth,
    heterozygosity,
    mean_error,
    squared_distance,
    variance,
)

LARGE = Asymptotic("n", 1, "gaussian-accumulate-subsample-mean-error")
ERROR = E(mean_error)
LATE = Asymptotic("t", 1, "gaussian-accumulate-subsample-mean-error-leading")


def subsampled(*families, n=5, generations=6):
    """Cases with and without replacement."""
    workflows = (AccumulateSubsample(), AccumulateSubsample(replacement=True))
    return tuple(
        (Recursion(f, w, truth=example_truth(f), n=n), generations)
        for f in families
        for w in workflows
    )


def spread_of_mean(xp, n, k, replacement):
    r"""$f_k$: variance of a subsample's mean in units of the pool's variance; fit 1 takes all."""
    without = (k - 1) / xp.where(n * k > 1, n * k - 1, 1)
    return xp.where(replacement, xp.where(k > 1, 1 / n, 0.0), without)


def gain_of_variance(xp, n, k, ddof, replacement):
    r"""$g_k$: expected estimate of the variance in units of the pool's variance."""
    without = n * k / xp.where(n * k > 1, n * k - 1, 1)
    return (n - 1) / (n - ddof) * xp.where(replacement, xp.where(k > 1, 1.0, n / (n - 1)), without)


def pool_variance(xp, n, t, ddof, replacement):
    r"""$C_t=(1-\frac1n)\prod_{k=2}^t\left[\frac{k-1+g_{k-1}(1-1/n)}k+\frac{k-1}{k^2}(f_{k-1}
    +\frac{g_{k-1}}n)\right]$.
    """

    def step(k):
        f, g = (
            spread_of_mean(xp, n, k - 1, replacement),
            gain_of_variance(xp, n, k - 1, ddof, replacement),
        )
        return (k - 1 + g * (1 - 1 / n)) / k + (k - 1) / k**2 * (f + g / n)

    return (1 - 1 / n) * xp.product(step, 2, t)


@law("gaussian-accumulate-subsample-variance", Gaussian, AccumulateSubsample, E(variance))
@source("derived", "kazdan2024", "dey2024", tag="ACC-SUBSAMPLE")
@holds(when=equal_batches)
@tried(*subsampled(Gaussian(ddof=0), Gaussian(ddof=1)))
@rival("accumulate", accumulate_variance)
def subsample_variance(xp, n, t, ddof=1, variance=1.0, replacement=False):
    r"""$E\hat\sigma_t^2=\sigma_0^2g_tC_t$, $C_t$ the pool's variance, $g_t$ a subsample's in its
    units: falls to a limit under maximum likelihood, grows as $t^{1/n}$ when unbiased.
    """
    share = gain_of_variance(xp, n, t, ddof, replacement) * pool_variance(
        xp, n, t, ddof, replacement
    )
    return variance * xp.where(t > 0, share, 1.0)


@law("gaussian-accumulate-subsample-mean-error", Gaussian, AccumulateSubsample, ERROR)
@source("derived", tag="ACC-SUBSAMPLE-DDOF1")
@holds(when=equal_batches)
@tried(*subsampled(Gaussian(ddof=0), Gaussian(ddof=1)))
@rival("accumulate", accumulate_mean_error)
def subsample_mean_error(xp, n, t, ddof=1, variance=1.0, replacement=False):
    r"""$E(\hat\mu_t-\mu_0)^2=\sigma_0^2\left[\frac1n+\sum_{k=2}^t(f_{k-1}
    +\frac{g_{k-1}}n) \frac{C_{k-1}}{k^2}+f_tC_t\right]$, $C_t$ the pool's variance, $f_t$ and $g_t$
    those of a subsample's mean and of its estimate in its units.
    """

    def moved(k):
        f, g = (
            spread_of_mean(xp, n, k - 1, replacement),
            gain_of_variance(xp, n, k - 1, ddof, replacement),
        )
        return (f + g / n) * pool_variance(xp, n, k - 1, ddof, replacement) / k**2

    drawn = spread_of_mean(xp, n, t, replacement) * pool_variance(xp, n, t, ddof, replacement)
    return variance * xp.where(t > 0, 1 / n + xp.total(moved, 2, t) + drawn, 0.0)


@law(
    "gaussian-accumulate-subsample-mean-error-leading", Gaussian, AccumulateSubsample, ERROR, LARGE
)
@source("derived", tag="ACC-SUBSAMPLE-LIMIT")
@holds(where={"t": Integer(1)})
@tried(*subsampled(Gaussian(ddof=0), Gaussian(ddof=1), n=20))
def subsample_mean_error_leading(xp, n, t, variance=1.0, replacement=False):
    r"""For large n $E(\hat\mu_t-\mu_0)^2=\frac{\sigma_0^2}n\left[2-\frac1t+
    \sum_{k=2}^t\frac1{k^2}(2-\frac1{k-1})\right]$, without replacement.
    """
    share = lambda k: xp.where(replacement, xp.where(k > 1, 1.0, 0.0), 1 - 1 / k)
    return variance / n * (1 + share(t) + xp.total(lambda k: (1 + share(k - 1)) / k**2, 2, t))


@law("gaussian-accumulate-subsample-mean-error-limit", Gaussian, AccumulateSubsample, ERROR, LATE)
@source("derived", tag="ACC-SUBSAMPLE-LIMIT")
@tried(*subsampled(Gaussian(ddof=0), n=20, generations=20))
def subsample_mean_error_limit(xp, n, variance=1.0, replacement=False):
    r"""Its limit is $\frac{\sigma_0^2}n(\frac{\pi^2}2-2)=2.935\frac{\sigma_0^2}n$, and
    $\frac{\pi^2}3-\frac14$ with replacement, against $\frac{\pi^2}6$ for the whole pool.
    """
    return variance / n * xp.where(replacement, xp.pi**2 / 3 - 1 / 4, xp.pi**2 / 2 - 2)


def pool_heterozygosity(xp, n, t, p, replacement):
    return gini(xp, p) * pool_variance(xp, n, t, 0, replacement)


@law(
    "categorical-accumulate-subsample-heterozygosity",
    Categorical,
    AccumulateSubsample,
    E(heterozygosity),
)
@source("derived", tag="ACC-SUBSAMPLE")
@holds(when=equal_batches)
@tried(*subsampled(Categorical()))
@rival("the pool's", pool_heterozygosity)
def subsample_heterozygosity(xp, n, t, p, replacement=False):
    r"""Coordinates match two moments: $E\sum_ip_i(1-p_i)=H_0(1-f_t)C_t$ with the pool's
    maximum-likelihood $C_t$ and $f_t=\frac{t-1}{nt-1}$, $\frac1n$ with replacement.
    """
    return subsample_variance(xp, n, t, 0, gini(xp, p), replacement)


@law(
    "categorical-accumulate-subsample-squared-distance",
    Categorical,
    AccumulateSubsample,
    E(squared_distance),
)
@source("derived", tag="ACC-SUBSAMPLE")
@holds(when=equal_batches)
@tried(*subsampled(Categorical()))
@rival("accumulate", accumulate_mean_error, ddof=0, variance=gini)
def subsample_squared_distance(xp, n, t, p, replacement=False):
    r"""$E\|p_t-p_0\|^2=H_0\left[1-(1-f_t)C_t\right]$, $C_t$ the pool's variance, $f_t$ that of a
    subsample's mean in its units.
    """
    return gini(xp, p) - subsample_variance(xp, n, t, 0, gini(xp, p), replacement)


@law("qvf-accumulate-subsample-mean-error", AbstractQVF, AccumulateSubsample, ERROR, host=True)
@source("derived", tag="ACC-SUBSAMPLE-QVF")
@holds(when=equal_batches)
@tried(*subsampled(Bernoulli(), NormalMean(1.7)), *subsampled(Gamma(2.5))[:1])
@rival("v2 = -1", subsample_mean_error, ddof=0, variance=lambda V, mean: V(mean))
def qvf_subsample_mean_error(xp, mean, n, t, V, replacement=False):
    r"""The pool's error and variance obey a linear recursion in two dimensions, closed by
    $E V(\hat\mu_t)=V_0+v_2E(\hat\mu_t-\mu_0)^2$.
    """
    start, last = V(mean), int(np.max(t, initial=1))
    within_steps(last, 1)
    errors, pool, spread = [0.0], start / n, start * (1 - 1 / n)
    for k in range(1, last + 1):
        drawn = spread_of_mean(np, n, k, replacement) * spread
        errors.append(pool + drawn)
        noise = start + V.v2 * errors[-1]
        moved = drawn + noise / n
        pool = pool + moved / (k + 1) ** 2
        spread = (k * spread + noise * (1 - 1 / n)) / (k + 1) + k / (k + 1) ** 2 * moved
    return np.asarray(errors)[t]
