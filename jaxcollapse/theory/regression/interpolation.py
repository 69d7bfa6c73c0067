"""Interpolation of fresh and of shared inputs: fewer rows than dimensions, minimum norm."""

import numpy as np

from ..hypotheses import FEWER_ROWS
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import (
    Accumulate,
    E,
    GaussianDesign,
    LinearRegression,
    MinimumNorm,
    Replace,
    SharedDesign,
    excess_risk,
)
from .least_squares import case
from .smoothers import LONG, isotropic

RISK = E(excess_risk)


def _interpolating(design):
    def fits(recursion):
        family = recursion.family
        few = np.min(recursion.n) < recursion.truth.weights.shape[0] - 1
        return (
            isinstance(family.design, design) and isinstance(family.estimator, MinimumNorm) and few
        )

    return fits


def interpolation_noise(xp, n, d, noise):
    r"""Risk that label noise adds to one interpolation,
    $E\,\mathrm{tr}(XX^\top)^{-1}\sigma^2=\frac{\sigma^2n}{d-n-1}$.
    """
    return noise * n / (d - n - 1)


INTERPOLATES_FRESH = lambda r: _interpolating(GaussianDesign)(r) and isotropic(MinimumNorm)(r)
INTERPOLATOR = LinearRegression(estimator=MinimumNorm(), noise=0.3)
INTERPOLATOR_ON_SHARED = LinearRegression(SharedDesign(), MinimumNorm(), noise=0.3)


def shared_inputs(xp, n, t, d, signal, noise):
    return interpolate_shared(xp, n, t, d, signal, noise)


@law("linear-regression-interpolate-replace-excess-risk", LinearRegression, Replace, RISK)
@source("dohmatob2024", "derived", tag="R9")
@holds(when=INTERPOLATES_FRESH, assuming=FEWER_ROWS)
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
    r"""On shared inputs interpolation forgets once and then adds noise only:
    $\|w_*\|^2(1-\frac nd)+\frac{t\,\sigma^2n}{d-n-1}$.
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
    r"""Accumulated labels of shared inputs bound the noise:
    $\|w_*\|^2(1-\frac nd)+\frac{\sigma^2n}{d-n-1}\sum_{i\le t}i^{-2}$.
    """
    return interpolate_shared(xp, n, xp.total(lambda i: 1 / i**2, 1, t), d, signal, noise)
