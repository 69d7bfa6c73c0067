r"""Labels that blend fresh real ones with those of the last model at the same inputs: when
interpolation needs which weight.

With $a_1=\frac1dE\,\mathrm{tr}\,h$, $a_2=\frac1dE\,\mathrm{tr}\,h^2$,
$b=\frac1nE\,\mathrm{tr}\,h^2\hat\Sigma^{-1}$ of a smoother on new isotropic inputs, the weights
keep $m_t$ of the signal along the truth and have the second moment $q_t$. On shared inputs
interpolation has the golden weight.
"""

import numpy as np

from ...numerics.reach import within_steps
from ...numerics.wishart_moments import MOST
from ..hypotheses import FEWER_ROWS
from ..kinds import Asymptotic
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import (
    BlendedRegression,
    E,
    GaussianDesign,
    LeastSquares,
    MinimumNorm,
    Replace,
    Ridge,
    SharedDesign,
    excess_risk,
)
from .interpolation import interpolation_noise
from .least_squares import case
from .smoothers import COLD, LONG, spectral_moments

RISK = E(excess_risk)
LATE = Asymptotic("t", 1, "blended-regression-replace-excess-risk")

GARG = ("garg2025", "derived")


EXACT_MOMENTS = {
    "n ≠ d, the smaller at most 10": lambda n, d: (n != d) & (np.minimum(n, d) <= MOST)
}


def blended_risk(a1, a2, b, weight, signal, noise, t, cross=None):
    """Risk of every fit up to t, by the recurrence of the signal kept and of the second moment of
    the weights.

    `cross` is the gain of the product of real and inherited signal: a2 at the same inputs, a1
    squared at inputs of their own.
    """
    cross = a2 if cross is None else cross
    within_steps(int(np.max(t, initial=1)), 1)
    old, noisy = 1 - weight, b * noise * (weight**2 + (1 - weight) ** 2)
    kept, square, risks = 1.0, signal, [0.0]
    for _ in range(int(np.max(t, initial=1))):
        square = (
            a2 * (weight**2 * signal + old**2 * square)
            + 2 * weight * old * cross * kept * signal
            + noisy
        )
        kept = a1 * (weight + old * kept)
        risks.append(signal - 2 * kept * signal + square)
    return np.asarray(risks)[np.asarray(t)]


def _separate_risk(moments, weight, signal, noise, t):
    """The same if both kinds of labels were fitted at inputs of their own and the fits averaged."""
    return blended_risk(*moments, weight, signal, noise, t, cross=moments[0] ** 2)


def _on(design, *estimators):
    def fits(recursion):
        family, d = recursion.family, np.size(recursion.truth.true)
        plain = (
            isinstance(family.design, design)
            and family.design.covariance is None
            and isinstance(family.estimator, estimators)
        )
        determined = (
            not isinstance(family.estimator, (LeastSquares, MinimumNorm))
            or abs(float(recursion.n) - d) > 1
        )
        return plain and determined

    return fits


INTERPOLATOR = BlendedRegression(0.6, estimator=MinimumNorm(), noise=0.3)
RIDGE = BlendedRegression(0.3, estimator=Ridge(0.4), noise=0.6)
SHARED = BlendedRegression(0.4, SharedDesign(), MinimumNorm(), noise=0.3)


def other_inputs(xp, n, t, d, signal, noise, weight, estimator):
    return _separate_risk(spectral_moments(estimator.response, d, n), weight, signal, noise, t)


def no_real_labels(xp, n, t, d, signal, noise, estimator):
    return blended_risk(*spectral_moments(estimator.response, d, n), 0.0, signal, noise, t)


def weights_swapped(xp, n, t, d, signal, noise, weight, estimator):
    return blended_risk(*spectral_moments(estimator.response, d, n), 1 - weight, signal, noise, t)


@law("blended-regression-replace-excess-risk", BlendedRegression, Replace, RISK, host=True)
@source(*GARG, tag="R12")
@holds(when=_on(GaussianDesign, *COLD), assuming=EXACT_MOMENTS)
@tried(case(INTERPOLATOR, Replace(), 7, 5, LONG), case(RIDGE, Replace(), 8))
@rival("other inputs", other_inputs)
@rival("no real labels", no_real_labels)
@rival("weights swapped", weights_swapped)
def blended_replace(xp, n, t, d, signal, noise, weight, estimator):
    r"""Real labels of weight w at new inputs: $m'=a_1(w+(1-w)m)$,
    $q'=a_2\left[(w^2+2w(1-w)m)\|w_*\|^2+(1-w)^2q\right]+b\sigma^2(w^2+(1-w)^2)$, risk
    $(1-2m)\|w_*\|^2+q$.
    """
    return blended_risk(*spectral_moments(estimator.response, d, n), weight, signal, noise, t)


@law("blended-regression-interpolate-limit", BlendedRegression, Replace, RISK, LATE)
@source(*GARG, tag="R12")
@holds(when=_on(GaussianDesign, MinimumNorm), assuming=FEWER_ROWS)
@tried(case(INTERPOLATOR, Replace(), 7, 3, LONG))
def blended_limit(xp, n, d, signal, noise, weight):
    r"""Interpolation settles at $\|w_*\|^2(1-2m)+q$: $m=\frac{\psi w}{1-\psi(1-w)}$,
    $q=\frac{\psi(w^2+2w(1-w)m)\|w_*\|^2+(w^2+(1-w)^2)s}{1-\psi(1-w)^2}$, $\psi=\frac nd$,
    $s=\frac{\sigma^2n}{d-n-1}$.
    """
    share, old = n / d, 1 - weight
    kept = share * weight / (1 - share * old)
    noisy = (weight**2 + old**2) * interpolation_noise(xp, n, d, noise)
    square = (share * (weight**2 + 2 * weight * old * kept) * signal + noisy) / (1 - share * old**2)
    return signal * (1 - 2 * kept) + square


def new_inputs(xp, n, t, d, signal, noise, weight):
    return blended_risk(n / d, n / d, 1 / (d - n - 1) * n, weight, signal, noise, t)


@law("blended-regression-interpolate-shared-excess-risk", BlendedRegression, Replace, RISK)
@source(*GARG, tag="R12")
@holds(when=_on(SharedDesign, MinimumNorm), assuming=FEWER_ROWS)
@tried(case(SHARED, Replace(), 7, 5, LONG))
@rival("new inputs", new_inputs)
@rival("noise once", t=lambda t: np.minimum(t, 1))
def blended_shared(xp, n, t, d, signal, noise, weight):
    r"""At shared inputs
    $\|w_*\|^2(1-\psi)+s\,\frac{w^2+(1-w)^2}{1-(1-w)^2}\left[1-(1-w)^{2t}\right]$: the best weight
    is golden, whatever the signal.
    """
    old = 1 - weight
    noisy = (
        (weight**2 + old**2)
        * interpolation_noise(xp, n, d, noise)
        * xp.total(lambda i: old ** (2 * i - 2), 1, t)
    )
    return xp.where(t > 0, signal * (1 - n / d) + noisy, 0.0)
