r"""Least squares whose inputs are used again: relabeled in every generation, the same X for ever.

Every fit multiplies its noise by the same $(X^\top X)^{-1}$, so risks have F laws and accumulation
inflates by $\sum i^{-2}$, which fresh inputs do not reach. Symbols as in `theory.regression`.
"""

import numpy as np
import scipy

from ...domains import POSITIVE, Integer
from ..hypotheses import AT_LEAST_D, DETERMINED, SPARE_ROWS
from ..kinds import Asymptotic, Bound, InDistribution
from ..notes import holds, proof, rival, source, tried
from ..proofs import Derivation
from ..registry import law
from ..subjects import (
    Accumulate,
    Distribution,
    E,
    FixedDesign,
    LeastSquares,
    LinearRegression,
    Replace,
    SharedDesign,
    excess_risk,
    in_sample_error,
)
from .least_squares import (
    CORRELATED,
    COVARIANCE,
    DOHMATOB,
    ORDINARY,
    accumulate_risk,
    case,
    one_fit,
    replace_risk,
    uses,
)

LAW_OF_RISK = Distribution(excess_risk)
IN_LAW = InDistribution()
RISK = E(excess_risk)
LATE = Asymptotic("t", 1, "linear-regression-shared-accumulate-excess-risk")
UPPER = Bound("upper")

ORDINARY_ON_SHARED = uses(SharedDesign, LeastSquares)
SHARED = LinearRegression(SharedDesign(COVARIANCE), noise=0.6)
FIXED = LinearRegression(
    FixedDesign([[1.0, 0.5, 0.0], [0.3, -1.0, 2.0], [1.5, 0.2, -0.4], [0.1, 0.9, 0.6]]), noise=0.6
)


@law("linear-regression-shared-replace-excess-risk", LinearRegression, Replace, RISK)
@source(*DOHMATOB, tag="R1")
@proof(Derivation("test_regression_in_one_dimension"))
@holds(when=ORDINARY_ON_SHARED, assuming=SPARE_ROWS)
@tried(case(SHARED, Replace(), 12))
@rival("n - d", lambda xp, n, t, d, noise: t * noise * d / (n - d))
def shared_replace_risk(xp, n, t, d, noise):
    r"""Relabelling the same inputs costs the same as fresh ones: $\frac{t\,\sigma^2d}{n-d-1}$."""
    return t * one_fit(xp, n, d, noise)


def fisher_law(xp, x, n, t, d, noise):
    return scipy.stats.f.cdf(x * (n - d) / (t * noise * d), d, n - d)


def fixed_inputs(xp, x, n, t, d, noise):
    return scipy.stats.chi2.cdf(x * (n - d - 1) / (t * noise), d)


@law(
    "linear-regression-shared-replace-law",
    LinearRegression,
    Replace,
    LAW_OF_RISK,
    IN_LAW,
    host=True,
)
@source("derived", tag="R1b")
@holds(assuming=DETERMINED, where={"t": Integer(1), "noise": POSITIVE}, when=ORDINARY_ON_SHARED)
@tried(case(SHARED, Replace(), 12))
@rival("F(d, n-d)", fisher_law)
@rival("fixed inputs", fixed_inputs)
def shared_replace_law(xp, x, n, t, d, noise):
    r"""With shared inputs the risk follows an F law:
    $\|\hat w_t-w_*\|_\Sigma^2\sim\frac{t\,\sigma^2d}{n-d+1}F_{d,\,n-d+1}$.
    """
    return scipy.stats.f.cdf(x * (n - d + 1) / (t * noise * d), d, n - d + 1)


@law(
    "linear-regression-shared-replace-in-sample-error",
    LinearRegression,
    Replace,
    E(in_sample_error),
)
@source("classical", tag="R1c")
@holds(when=ORDINARY_ON_SHARED)
@tried(case(SHARED, Replace(), 12))
@rival("n/(n-d-1)", lambda xp, n, t, d, noise: t * noise * d * n / (n - d - 1))
def shared_in_sample_error(xp, t, d, noise):
    r"""In sample the inputs do not matter: $E\|X(\hat w_t-w_*)\|^2=t\,\sigma^2d$ for every X."""
    return t * noise * d


@law(
    "linear-regression-shared-replace-in-sample-law",
    LinearRegression,
    Replace,
    Distribution(in_sample_error),
    IN_LAW,
    host=True,
)
@source("classical", tag="R1c")
@holds(where={"t": Integer(1), "noise": POSITIVE}, when=ORDINARY_ON_SHARED)
@tried(case(SHARED, Replace(), 12))
@rival(
    "normal",
    lambda xp, x, t, d, noise: scipy.stats.norm.cdf((x / (t * noise) - d) / np.sqrt(2 * d)),
)
def shared_in_sample_law(xp, x, t, d, noise):
    r"""The in-sample error is a chi-square: $\|X(\hat w_t-w_*)\|^2\sim t\,\sigma^2\chi^2_d$."""
    return scipy.stats.chi2.cdf(x / (t * noise), d)


@law("linear-regression-shared-accumulate-excess-risk", LinearRegression, Accumulate, RISK)
@source("gerstgrasser2024", tag="R2")
@holds(when=ORDINARY_ON_SHARED, assuming=SPARE_ROWS)
@tried(case(SHARED, Accumulate(), 12, 8))
@rival("fresh inputs", accumulate_risk)
@rival("replace", replace_risk)
def shared_accumulate_risk(xp, n, t, d, noise):
    r"""Accumulated labels of the same inputs keep the risk bounded:
    $\frac{\sigma^2d}{n-d-1}\sum_{i\le t}i^{-2}$.
    """
    return one_fit(xp, n, d, noise) * xp.total(lambda i: 1 / i**2, 1, t)


@law(
    "linear-regression-shared-accumulate-law",
    LinearRegression,
    Accumulate,
    LAW_OF_RISK,
    IN_LAW,
    host=True,
)
@source("derived", tag="R2")
@holds(assuming=DETERMINED, where={"t": Integer(1), "noise": POSITIVE}, when=ORDINARY_ON_SHARED)
@tried(case(SHARED, Accumulate(), 12))
@rival("replace", shared_replace_law)
def shared_accumulate_law(xp, x, n, t, d, noise):
    r"""With shared inputs accumulation is replacement slowed to the clock $\sum_{i\le t}i^{-2}$, in
    law.
    """
    return shared_replace_law(xp, x, n, xp.total(lambda i: 1 / i**2, 1, t), d, noise)


@law("linear-regression-shared-accumulate-limit", LinearRegression, Accumulate, RISK, LATE)
@source("gerstgrasser2024", tag="R2")
@holds(when=ORDINARY_ON_SHARED, assuming=SPARE_ROWS)
@tried(case(SHARED, Accumulate(), 12, 16))
def shared_accumulate_limit(xp, n, d, noise):
    r"""Accumulation on shared inputs inflates the risk of real data by $\pi^2/6$ in the limit."""
    return one_fit(xp, n, d, noise) * xp.pi**2 / 6


@law("linear-regression-accumulate-shared-bound", LinearRegression, Accumulate, RISK, UPPER)
@source("gerstgrasser2024", "derived", tag="R2")
@holds(when=ORDINARY, assuming=SPARE_ROWS)
@tried(case(CORRELATED, Accumulate(), 12))
def accumulate_shared_bound(xp, n, t, d, noise):
    r"""The risk on shared inputs bounds the risk on fresh ones, strictly from the second fit on."""
    return shared_accumulate_risk(xp, n, t, d, noise)


@law("linear-regression-fixed-replace-excess-risk", LinearRegression, Replace, RISK)
@source("classical", tag="R1c")
@proof(Derivation("test_regression_on_given_inputs"))
@holds(assuming=AT_LEAST_D, when=lambda r: uses(FixedDesign, LeastSquares)(r) and _whole(r))
@tried(case(FIXED, Replace(), 8))
@rival("n - d - 1", lambda xp, n, t, d, noise: t * one_fit(xp, n, d, noise))
def fixed_replace_risk(xp, n, t, d, noise):
    r"""On given inputs, with risk measured there, $E=\frac{t\,\sigma^2d}n$ for every X."""
    return t * noise * d / n


def _whole(recursion):
    """Whether every given input is used equally often."""
    return int(recursion.n) % recursion.family.design.rows.shape[0] == 0
