r"""Regression by linear smoothers $\hat w=h(\hat\Sigma)\hat\Sigma^{+}\hat c$: ridge, early
stopping, interpolation.

Fresh isotropic inputs are rotation invariant, so risk needs three moments of $\hat\Sigma$ only:
$a_1=\frac1pE\,\mathrm{tr}\,h$,
$a_2=\frac1pE\,\mathrm{tr}\,h^2$ and $b=\frac1nE\,\mathrm{tr}\,h^2\hat\Sigma^{-1}$, which
`theory.wishart` gives exactly. A regularized loop
forgets the signal exponentially while its variance saturates.
"""

import numpy as np
from scipy import integrate, optimize

from ...families import (
    ColdDescent,
    Features,
    GaussianDesign,
    LeastSquares,
    LinearRegression,
    MinimumNorm,
    Ridge,
    SharedDesign,
    WarmDescent,
)
from ...metrics import excess_risk
from ...numerics.wishart_moments import expected_trace
from ...quantities.base import E
from ...workflows import Accumulate, Replace
from ..hypotheses import FEWER_ROWS
from ..kinds import Identity
from ..notes import holds, rival, source, tried
from ..registry import law
from .least_squares import case, one_fit

RISK = E(excess_risk)

LONG = tuple(0.1 * k for k in range(1, 13))
COLD = (LeastSquares, Ridge, ColdDescent, MinimumNorm)


def _isotropic(*estimators):
    """The hypothesis that inputs are fresh and isotropic and weights fitted by one of `estimators`,
    on any features.
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


def _interpolating(design):
    def fits(recursion):
        family = recursion.family
        few = np.min(recursion.n) < recursion.truth.weights.shape[0] - 1
        return (
            isinstance(family.design, design) and isinstance(family.estimator, MinimumNorm) and few
        )

    return fits


def spectral_moments(response, p, n):
    r"""$(a_1, a_2, b)$ of a response h for n isotropic inputs in p dimensions."""
    p, n = int(p), int(n)
    first, second = (expected_trace(lambda x, k=k: response(x) ** k, p, n) / p for k in (1, 2))
    return first, second, expected_trace(lambda x: response(x) ** 2 / x, p, n) / n


def interpolation_noise(xp, n, d, noise):
    r"""Risk that label noise adds to one interpolation,
    $E\,\mathrm{tr}(XX^\top)^{-1}\sigma^2=\frac{\sigma^2n}{d-n-1}$.
    """
    return noise * n / (d - n - 1)


INTERPOLATOR = LinearRegression(estimator=MinimumNorm(), noise=0.3)
INTERPOLATOR_ON_SHARED = LinearRegression(SharedDesign(), MinimumNorm(), noise=0.3)


def shared_inputs(xp, n, t, d, signal, noise):
    return interpolate_shared(xp, n, t, d, signal, noise)


@law("linear-regression-interpolate-replace-excess-risk", LinearRegression, Replace, E(excess_risk))
@source("dohmatob2024", "derived", tag="R9")
@holds(
    when=lambda r: _interpolating(GaussianDesign)(r) and _isotropic(MinimumNorm)(r),
    assuming=FEWER_ROWS,
)
@tried(case(INTERPOLATOR, Replace(), 7, 4, LONG))
@rival("shared inputs", shared_inputs)
def interpolate_replace(xp, n, t, d, signal, noise):
    r"""Interpolation of fresh isotropic inputs forgets at rate n/d:
    $\left(\|w_*\|^2+\frac{\sigma^2n/(d-n-1)}{1-n/d}\right)(1-(n/d)^t)$.
    """
    kept = n / d
    return (signal + interpolation_noise(xp, n, d, noise) / (1 - kept)) * (1 - kept**t)


@law("linear-regression-interpolate-shared-replace-excess-risk", LinearRegression, Replace, RISK)
@source("derived", tag="R9s")
@holds(when=_interpolating(SharedDesign), assuming=FEWER_ROWS)
@tried(case(INTERPOLATOR_ON_SHARED, Replace(), 7, 4, LONG))
@rival("fresh inputs", interpolate_replace)
def interpolate_shared(xp, n, t, d, signal, noise):
    r"""On shared inputs interpolation forgets once and then adds noise only: $\|w_*\|^2(1-\frac
    nd)+\frac{t\,\sigma^2n}{d-n-1}$.
    """
    return xp.where(t > 0, signal * (1 - n / d) + t * interpolation_noise(xp, n, d, noise), 0.0)


@law(
    "linear-regression-interpolate-shared-accumulate-excess-risk",
    LinearRegression,
    Accumulate,
    RISK,
)
@source("derived", tag="R9a")
@holds(when=_interpolating(SharedDesign), assuming=FEWER_ROWS)
@tried(case(INTERPOLATOR_ON_SHARED, Accumulate(), 7, 4, LONG))
@rival("replace", interpolate_shared)
def interpolate_accumulate(xp, n, t, d, signal, noise):
    r"""Accumulated labels of shared inputs bound the noise: $\|w_*\|^2(1-\frac
    nd)+\frac{\sigma^2n}{d-n-1}\sum_{i\le t}i^{-2}$.
    """
    return interpolate_shared(xp, n, xp.total(lambda i: 1 / i**2, 1, t), d, signal, noise)


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
@holds(when=_isotropic(*COLD))
@tried(
    case(LinearRegression(estimator=Ridge(0.4), noise=0.6), Replace(), 8),
    case(LinearRegression(estimator=ColdDescent(2, 0.3), noise=0.6), Replace(), 8),
    case(LinearRegression(estimator=Features(2, ColdDescent(3, 0.3)), noise=0.6), Replace(), 8),
)
@rival("infinite samples", infinite_samples)
@rival("least squares", least_squares_risk)
@rival("warm start", warm_start)
def cold_replace(xp, n, t, features, used, omitted, noise, estimator):
    r"""A smoother started anew compounds:
    $R_>+r_p^2(1-2a_1^t+a_2^t)+b\left[(\sigma^2+R_>)a_2^{t-1}+\sigma^2\frac{1-a_2^{t-1}}{1-a_2}\right]$.
    """
    return cold_risk(t, *spectral_moments(estimator.response, features, n), used, omitted, noise)


@law("linear-regression-warm-replace-excess-risk", LinearRegression, Replace, RISK, host=True)
@source("derived", tag="D1")
@holds(when=_isotropic(WarmDescent))
@tried(
    case(LinearRegression(estimator=WarmDescent(2, 0.3), noise=0.6), Replace(), 8),
    case(LinearRegression(estimator=Features(2, WarmDescent(3, 0.3)), noise=0.6), Replace(), 8),
)
@rival("cold start", cold_replace)
@rival("least squares", least_squares_risk)
def warm_risk(xp, n, t, features, used, omitted, noise, estimator):
    r"""A smoother started from the last model pays its bias once:
    $R_>+r_p^2(1-2a_1+a_2)+b(\sigma^2+R_>)+(t-1)b\sigma^2$, $b<\frac p{n-p-1}$.
    """
    a1, a2, b = spectral_moments(estimator.response, features, n)
    return xp.where(t > 0, omitted + used * (1 - 2 * a1 + a2) + b * (t * noise + omitted), 0.0)


def _marchenko_pastur(h, ratio):
    """Integral of h against the Marchenko-Pastur law of aspect ratio below 1."""
    low, high = (1 - np.sqrt(ratio)) ** 2, (1 + np.sqrt(ratio)) ** 2

    def density(x):
        return np.sqrt(max((high - x) * (x - low), 0.0)) / (2 * np.pi * ratio * x)

    return integrate.quad(
        lambda x: h(x) * density(x), low, high, epsabs=1e-13, epsrel=1e-11, limit=200
    )[0]


def stieltjes(xp, ratio, penalty):
    r"""$m=\int\frac{d\mu(x)}{x+\lambda}$ of the Marchenko-Pastur law,
    $\frac{-(1-\gamma+\lambda)+\sqrt{(1-\gamma+\lambda)^2+4\gamma\lambda}}{2\gamma\lambda}$.
    """
    c = 1 - ratio + penalty
    return (xp.sqrt(c**2 + 4 * ratio * penalty) - c) / (2 * ratio * penalty)


def stieltjes_slope(xp, ratio, penalty):
    r"""$m_2=-\frac{dm}{d\lambda}=\int\frac{d\mu(x)}{(x+\lambda)^2}$, from the quadratic equation
    that m solves.
    """
    m = stieltjes(xp, ratio, penalty)
    return (m + ratio * m**2) / (1 - ratio + penalty + 2 * ratio * penalty * m)


def ridge_moments(xp, ratio, penalty):
    r"""$a_1=1-\lambda m$, $a_2=1-2\lambda m+\lambda^2m_2$ and $b=\gamma(m-\lambda m_2)$ of ridge in
    the limit $d/n\to\gamma$.
    """
    m, slope = stieltjes(xp, ratio, penalty), stieltjes_slope(xp, ratio, penalty)
    return 1 - penalty * m, 1 - 2 * penalty * m + penalty**2 * slope, ratio * (m - penalty * slope)


def _integrated_ridge_risk(ratio, penalty, t, signal, noise):
    moments = [_marchenko_pastur(lambda x, k=k: (x / (x + penalty)) ** k, ratio) for k in (1, 2)]
    noisy = ratio * _marchenko_pastur(lambda x: x / (x + penalty) ** 2, ratio)
    return cold_risk(t, *moments, noisy, signal, 0.0, noise)


def one_eigenvalue(xp, ratio, penalty, t, signal, noise):
    return cold_risk(
        t, 1 / (1 + penalty), 1 / (1 + penalty) ** 2, ratio / (1 + penalty) ** 2, signal, 0.0, noise
    )


@law(
    "linear-regression-ridge-replace-limit", kind=Identity(_integrated_ridge_risk, 1e-8), host=True
)
@source("dohmatob2024", "derived", tag="R10")
@tried({"ratio": 0.5, "penalty": 0.3, "t": 4, "signal": 1.3, "noise": 0.6})
@rival("one eigenvalue", one_eigenvalue)
def ridge_limit(xp, ratio, penalty, t, signal, noise):
    r"""In the limit $d/n\to\gamma$ ridge has
    $\|w_*\|^2(1-2a_1^t+a_2^t)+\sigma^2b\frac{1-a_2^t}{1-a_2}$ with the moments of
    Marchenko-Pastur.
    """
    return cold_risk(t, *ridge_moments(xp, ratio, penalty), signal, 0.0, noise)


def _student_risk(penalty, ratio, signal, noise, inherited):
    """Risk of a ridge student whose labels carry an isotropic error of variance `inherited` per
    unit of inputs.
    """
    moment = lambda k, j: _marchenko_pastur(lambda x: x**k / (x + penalty) ** j, ratio)  # noqa: E731
    return (
        signal * penalty**2 * moment(0, 2) + noise * ratio * moment(1, 2) + inherited * moment(2, 2)
    )


def _best_penalty_by_search(ratio, signal, noise, inherited):
    found = optimize.minimize_scalar(
        lambda u: _student_risk(np.exp(u), ratio, signal, noise, inherited),
        bounds=(-6, 5),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return np.exp(found.x)


@law(
    "linear-regression-ridge-student-best-penalty",
    kind=Identity(_best_penalty_by_search, 1e-5),
    host=True,
)
@source("dohmatob2024", "derived", tag="R10b")
@tried(
    {"ratio": 0.5, "signal": 1.3, "noise": 0.6, "inherited": 0.8},
    {"ratio": 0.3, "signal": 0.7, "noise": 0.5, "inherited": 0.0},
)
@rival("clean labels", lambda xp, ratio, signal, noise: noise * ratio / signal)
def best_penalty(xp, ratio, signal, noise, inherited):
    r"""The best ridge grows with the inherited error $\nu$:
    $\|w_*\|^2\lambda=\sigma^2\gamma+\nu\frac{E[x^2/(x+\lambda)^3]}{E[x/(x+\lambda)^3]}$.
    """

    def excess(penalty):
        ratio_of = [
            _marchenko_pastur(lambda x, k=k: x**k / (x + penalty) ** 3, ratio) for k in (2, 1)
        ]
        return signal * penalty - noise * ratio - inherited * ratio_of[0] / ratio_of[1]

    low, high = (
        (noise * ratio + inherited * (1 - ratio) ** 2) / signal,
        (noise * ratio + inherited * (1 + ratio)) / signal,
    )
    return low if high - low < 1e-12 else optimize.brentq(excess, low, high, xtol=1e-13)
