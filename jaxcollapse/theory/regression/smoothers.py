r"""Regression by linear smoothers $\hat w=h(\hat\Sigma)\hat\Sigma^{+}\hat c$: ridge, early
stopping, interpolation.

Fresh isotropic inputs are rotation invariant, so risk needs three moments of $\hat\Sigma$ only:
$a_1=\frac1pE\,\mathrm{tr}\,h$, $a_2=\frac1pE\,\mathrm{tr}\,h^2$ and
$b=\frac1nE\,\mathrm{tr}\,h^2\hat\Sigma^{-1}$, which `theory.wishart` gives exactly. A regularized
loop forgets the signal exponentially while its variance saturates.
"""

import numpy as np

from ...numerics.wishart_moments import MOST, expected_trace
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import (
    ColdDescent,
    E,
    Features,
    GaussianDesign,
    LeastSquares,
    LinearRegression,
    MinimumNorm,
    Replace,
    Ridge,
    WarmDescent,
    excess_risk,
)
from .least_squares import case, one_fit

RISK = E(excess_risk)

LONG = tuple(0.1 * k for k in range(1, 13))
FEW = {
    "n ≠ features, the smaller at most 10": lambda n, features: (
        (n != features) & (np.minimum(n, features) <= MOST)
    )
}
COLD = (LeastSquares, Ridge, ColdDescent, MinimumNorm)


def isotropic(*estimators):
    """The hypothesis that inputs are fresh and isotropic, and the estimator one of `estimators`.

    The estimator may see any of the features.
    """

    def fits(recursion):
        family = recursion.family
        core = (
            family.estimator.estimator
            if isinstance(family.estimator, Features)
            else family.estimator
        )
        used = (
            isinstance(family.design, GaussianDesign)
            and family.design.covariance is None
            and isinstance(core, estimators)
        )
        p = family.estimator.features(recursion.truth.weights.shape[0])
        return used and (
            not isinstance(core, (LeastSquares, MinimumNorm)) or abs(float(recursion.n) - p) > 1
        )

    return fits


def smoothed(estimator):
    """A case of replacement with this estimator on fresh isotropic inputs."""
    return case(LinearRegression(estimator=estimator, noise=0.6), Replace(), 8)


def spectral_moments(response, p, n):
    r"""$(a_1,a_2,b)$ of a response h for n isotropic inputs in p dimensions."""
    p, n = int(p), int(n)
    first, second = (expected_trace(lambda x, k=k: response(x) ** k, p, n) / p for k in (1, 2))
    return first, second, expected_trace(lambda x: response(x) ** 2 / x, p, n) / n


def cold_risk(t, a1, a2, b, used, omitted, noise):
    r"""$R_>+r^2(1-2a_1^t+a_2^t)+b\left[(\sigma^2+R_>)a_2^{t-1}+\sigma^2\sum_{i<t-1}a_2^i\right]$,
    and the risk of zero fits at t = 0.
    """
    t = np.asarray(t)
    later = np.where(
        a2 < 1, (1 - a2 ** np.maximum(t - 1, 0)) / np.where(a2 < 1, 1 - a2, 1.0), t - 1
    )
    fits = (
        omitted
        + used * (1 - 2 * a1**t + a2**t)
        + b * ((noise + omitted) * a2 ** (t - 1.0) + noise * later)
    )
    return np.where(t > 0, fits, 0.0)


def infinite_samples(xp, t, used, omitted, noise, estimator):
    return cold_risk(
        t,
        *(float(estimator.response(np.float64(1.0))) ** k for k in (1, 2)),
        0.0,
        used,
        omitted,
        noise,
    )


def least_squares_risk(xp, n, t, features, omitted, noise):
    return omitted + one_fit(xp, n, features, t * noise + omitted)


def warm_start(xp, n, t, features, used, omitted, noise, estimator):
    return warm_risk(xp, n, t, features, used, omitted, noise, estimator)


@law("linear-regression-cold-replace-excess-risk", LinearRegression, Replace, RISK, host=True)
@source("derived", tag="R10")
@holds(when=isotropic(*COLD), assuming=FEW)
@tried(*(smoothed(e) for e in (Ridge(0.4), ColdDescent(2, 0.3), Features(2, ColdDescent(3, 0.3)))))
@rival("infinite samples", infinite_samples)
@rival("least squares", least_squares_risk)
@rival("warm start", warm_start)
def cold_replace(xp, n, t, features, used, omitted, noise, estimator):
    r"""A smoother started anew compounds:
    $R_>+r_p^2(1-2a_1^t+a_2^t)+b\left[(\sigma^2+R_>)a_2^{t-1}
    +\sigma^2 \frac{1-a_2^{t-1}}{1-a_2}\right]$.
    """
    return cold_risk(t, *spectral_moments(estimator.response, features, n), used, omitted, noise)


@law("linear-regression-warm-replace-excess-risk", LinearRegression, Replace, RISK, host=True)
@source("derived", tag="D1")
@holds(when=isotropic(WarmDescent), assuming=FEW)
@tried(smoothed(WarmDescent(2, 0.3)), smoothed(Features(2, WarmDescent(3, 0.3))))
@rival("cold start", cold_replace)
@rival("least squares", least_squares_risk)
def warm_risk(xp, n, t, features, used, omitted, noise, estimator):
    r"""A smoother started from the last model pays its bias once:
    $R_>+r_p^2(1-2a_1+a_2)+b(\sigma^2+R_>)+(t-1)b\sigma^2$, $b<\frac p{n-p-1}$.
    """
    a1, a2, b = spectral_moments(estimator.response, features, n)
    return xp.where(t > 0, omitted + used * (1 - 2 * a1 + a2) + b * (t * noise + omitted), 0.0)
