r"""Ridge in the limit $d/n\to\gamma$: moments of Marchenko-Pastur, and the best penalty of a
student.
"""

import numpy as np
import scipy

from ...domains import POSITIVE, Real
from ..kinds import Identity
from ..notes import holds, rival, source, tried
from ..registry import law
from .smoothers import cold_risk

STUDENTS = (
    {"ratio": 0.5, "signal": 1.3, "noise": 0.6, "inherited": 0.8},
    {"ratio": 0.3, "signal": 0.7, "noise": 0.5, "inherited": 0.0},
)


def _marchenko_pastur(h, ratio):
    """Integral of h against the Marchenko-Pastur law of aspect ratio below 1."""
    low, high = (1 - np.sqrt(ratio)) ** 2, (1 + np.sqrt(ratio)) ** 2

    def density(x):
        return np.sqrt(max((high - x) * (x - low), 0.0)) / (2 * np.pi * ratio * x)

    return scipy.integrate.quad(
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
@holds(where={"penalty": POSITIVE})
@tried({"ratio": 0.5, "penalty": 0.3, "t": 4, "signal": 1.3, "noise": 0.6})
@rival("one eigenvalue", one_eigenvalue)
def ridge_limit(xp, ratio, penalty, t, signal, noise):
    r"""In the limit $d/n\to\gamma$ ridge has
    $\|w_*\|^2(1-2a_1^t+a_2^t)+\sigma^2b\frac{1-a_2^t}{1-a_2}$ with the moments of Marchenko-Pastur.
    """
    return cold_risk(t, *ridge_moments(xp, ratio, penalty), signal, 0.0, noise)


def _student_risk(penalty, ratio, signal, noise, inherited):
    """Risk of a ridge student whose labels carry an isotropic error of variance `inherited` per
    unit of inputs.
    """
    moment = lambda k, j: _marchenko_pastur(lambda x: x**k / (x + penalty) ** j, ratio)
    return (
        signal * penalty**2 * moment(0, 2) + noise * ratio * moment(1, 2) + inherited * moment(2, 2)
    )


def _best_penalty_by_search(ratio, signal, noise, inherited):
    found = scipy.optimize.minimize_scalar(
        lambda u: _student_risk(np.exp(u), ratio, signal, noise, inherited),
        bounds=(-6, 5),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return np.exp(found.x)


def _cubic_moments(ratio, penalty):
    r"""$E\frac{x^2}{(x+\lambda)^3}$ and $E\frac x{(x+\lambda)^3}$ from $m$ and its derivatives, for
    a ratio below 1.
    """
    c = 1 - ratio + penalty
    root = np.sqrt(c**2 + 4 * ratio * penalty)
    # The other form of the root of the quadratic equation cancels at small penalties.
    m = 2 / (c + root)
    second = (m + ratio * m**2) / root
    third = second * (1 + 2 * ratio * m - ratio * penalty * second) / root
    return m - 2 * penalty * second + penalty**2 * third, second - penalty * third


@law(
    "linear-regression-ridge-student-best-penalty",
    kind=Identity(_best_penalty_by_search, 1e-5),
    host=True,
)
@source("dohmatob2024", "derived", tag="R10b")
@holds(where={"signal": POSITIVE, "ratio": Real(0.0, 1.0, closed=(False, False))})
@tried(*STUDENTS)
@rival("clean labels", lambda xp, ratio, signal, noise: noise * ratio / signal)
def best_penalty(xp, ratio, signal, noise, inherited):
    r"""The best ridge grows with the inherited error $\nu$:
    $\|w_*\|^2\lambda=\sigma^2\gamma+\nu\frac{E[x^2/(x+\lambda)^3]}{E[x/(x+\lambda)^3]}$.
    """

    def excess(penalty):
        twice, once = _cubic_moments(ratio, penalty)
        return signal * penalty - noise * ratio - inherited * twice / once

    low, high = (
        (noise * ratio + inherited * (1 - ratio) ** 2) / signal,
        (noise * ratio + inherited * (1 + ratio)) / signal,
    )
    return low if high - low < 1e-12 else scipy.optimize.brentq(excess, low, high, xtol=1e-13)
