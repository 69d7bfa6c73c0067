r"""The universality of $\pi^2/6$: estimators of location that move with the data, the median for
one.

When data are discarded the errors of successive fits are independent and alike, so variances add,
whatever the estimator. When data accumulate only estimators that are linear in the limit share the
law $H_t^{(2)}$ of the mean.
"""

import numpy as np
import scipy

from ...domains import Integer
from ..kinds import Asymptotic
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import (
    Accumulate,
    E,
    Laplace,
    Logistic,
    MedianLocation,
    Recursion,
    Replace,
    example_truth,
    mean_error,
)
from .accumulate import equal_batches

DEY = "dey2024"
# Quantile functions diverge logarithmically at both ends: with 160 nodes the variance of the median
# of three is right to 3e-7, that of eight to 1e-7.
NODES = 160
SIZE = {"n": Integer(3, 400)}
LARGE = Asymptotic("n", 0.5)


def _beta(a, b):
    """Nodes and weights that integrate against the beta law."""
    x, w = scipy.special.roots_jacobi(NODES, b - 1, a - 1)
    return (1 + x) / 2, w / w.sum()


def median_variance(shape, n: int) -> float:
    """Variance of the median of n observations of variance one: ordered uniforms through the
    quantile function.
    """
    half = n // 2
    if n % 2:
        u, weight = _beta(half + 1, half + 1)
        return float(weight @ shape.quantile(u) ** 2)
    upper, weight = _beta(half + 1, half)
    ratio, share = _beta(half, 1)
    lower = upper[:, None] * ratio[None, :]
    middle = 0.5 * (shape.quantile(upper)[:, None] + shape.quantile(lower))
    return float(weight @ middle**2 @ share)


def large_sample_variance(shape, n):
    r"""$\frac1{4nf(0)^2}$, with $1/f(0)$ the slope of the quantile function at its middle."""
    slope = (shape.quantile(0.5 + 1e-6) - shape.quantile(0.5 - 1e-6)) / 2e-6
    return slope**2 / (4 * n)


def _cases(workflow, *pairs, generations):
    families = [(MedianLocation(shape), n) for shape, n in pairs]
    return tuple(
        (Recursion(family, workflow, truth=example_truth(family), n=n), generations)
        for family, n in families
    )


def medians_of_large_samples(xp, shape, n, t, variance):
    """The law with the variance of the median to leading order: a rival."""
    return variance * t * large_sample_variance(shape, n)


@law("median-location-replace-mean-error", MedianLocation, Replace, E(mean_error), host=True)
@source("derived", DEY, tag="R16")
@holds(where=SIZE)
@tried(*_cases(Replace(), (Laplace(), 5), (Logistic(), 8), generations=5))
@rival("the mean's", lambda xp, n, t, variance: variance * t / n)
@rival("large samples", medians_of_large_samples)
@rival("a fit less", t=lambda t: np.maximum(t - 1, 0))
def replaced_medians(xp, shape, n, t, variance):
    r"""Discarding data adds up whatever moves with the data:
    $E(\mu_t-\mu_0)^2=t\,\mathrm{Var}(\hat\mu_1)$, for the median as for the mean.
    """
    return variance * t * median_variance(shape, int(n))


GROWING = _cases(Accumulate(), *((Logistic(), n) for n in (5, 13, 65)), generations=3)


@law(
    "median-location-accumulate-mean-error",
    MedianLocation,
    Accumulate,
    E(mean_error),
    LARGE,
    host=True,
)
@source("derived", DEY, tag="R16")
@holds(when=equal_batches, where=SIZE)
@tried(*GROWING)
@rival("limit at once", t=lambda t: 10**6 + 0 * t)
@rival("discarded", replaced_medians)
def accumulated_medians(xp, shape, n, t, variance):
    r"""Accumulated medians err as means do once n is large:
    $\frac{E(\mu_t-\mu_0)^2}{\mathrm{Var}\,\hat\mu_1}=\sum_{k\le t}\frac1{k^2}+O(n^{-1/2})
    \le\frac{\pi^2}6$ in the limit.
    """
    return variance * median_variance(shape, int(n)) * xp.total(lambda k: 1 / k**2, 1, t)
