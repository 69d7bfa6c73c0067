r"""Logistic regression on recycled labels, in large samples.

A fit adds noise of covariance $I^{-1}/n$ to the weights that labeled its data, $I$ the Fisher
information of one label. So weights under replacement are a random walk, and under accumulation
the average of the past weights: $n\,\mathrm{Cov}\,w_t\to tI^{-1}$ and $H_t^{(2)}I^{-1}$. The excess
log loss is half the squared error in the metric of I. Fits that do not exist are left out; their
probability vanishes exponentially in n.
"""

import numpy as np

from ..kinds import Asymptotic
from ..notes import holds, rival, source, tried
from ..recurrence import unselected
from ..registry import law
from ..subjects import (
    Accumulate,
    E,
    LogisticRegression,
    Recursion,
    Replace,
    excess_risk,
    fisher_error,
)

LARGE = Asymptotic("n", 1)
LATE = Asymptotic("t", 1, "logistic-regression-accumulate-excess-risk")
WEIGHTS = (0.4, 0.8, -0.5)


def every_row_equally_often(recursion):
    """The hypothesis that every row is used equally often, which keeps the information the same."""
    rows = np.shape(recursion.family.design.rows)[0]
    sizes = [np.ravel(np.asarray(s)) for s in (recursion.n, recursion.real) if s is not None]
    return unselected(recursion) and not np.any(np.concatenate(sizes) % rows)


def ladder(workflow):
    """Sizes far apart, whose errors a wrong limit cannot follow."""

    def cases():
        family = LogisticRegression()
        truth = family.params(list(WEIGHTS))
        sizes = (400, 1600, 1 << 16)
        return tuple((Recursion(family, workflow(), truth=truth, n=n), 4) for n in sizes)

    return cases


@law("logistic-regression-replace-excess-risk", LogisticRegression, Replace, E(excess_risk), LARGE)
@source("dey2024", "derived")
@holds(when=every_row_equally_often)
@tried(ladder(Replace))
@rival("squared error", lambda xp, n, t, d: t * d / n)
@rival("one fit less", t=lambda t: t - 1)
def replace_risk(xp, n, t, d):
    r"""The excess log loss grows without bound: $E_t\sim\frac{d\,t}{2n}$."""
    return d * t / (2 * n)


@law(
    "logistic-regression-replace-fisher-error", LogisticRegression, Replace, E(fisher_error), LARGE
)
@source("dey2024", "derived")
@holds(when=every_row_equally_often)
@tried(ladder(Replace))
@rival("excess risk", replace_risk)
@rival("one fit less", t=lambda t: t - 1)
def replace_error(xp, n, t, d):
    r"""The covariance of the weights grows like $t\,I^{-1}/n$: their squared error in the metric of
    I is $\sim\frac{d\,t}n$.
    """
    return d * t / n


@law(
    "logistic-regression-accumulate-excess-risk",
    LogisticRegression,
    Accumulate,
    E(excess_risk),
    LARGE,
)
@source("dey2024", "derived")
@holds(when=every_row_equally_often)
@tried(ladder(Accumulate))
@rival("limit", lambda xp, n, d: xp.pi**2 / 6 * d / (2 * n))
@rival("replace", replace_risk)
def accumulate_risk(xp, n, t, d):
    r"""Accumulation keeps the excess log loss bounded:
    $E_t\sim\frac d{2n}\sum_{k\le t}\frac1{k^2}$.
    """
    return d / (2 * n) * (xp.pi**2 / 6 - xp.polygamma(1, t + 1))


@law(
    "logistic-regression-accumulate-fisher-error",
    LogisticRegression,
    Accumulate,
    E(fisher_error),
    LARGE,
)
@source("dey2024", "derived")
@holds(when=every_row_equally_often)
@tried(ladder(Accumulate))
@rival("limit", lambda xp, n, d: xp.pi**2 / 6 * d / n)
@rival("replace", replace_error)
def accumulate_error(xp, n, t, d):
    r"""The covariance of the weights stays below $\frac{\pi^2}6I^{-1}/n$: their squared error in
    the metric of I is $\sim\frac dn\sum_{k\le t}\frac1{k^2}$.
    """
    return 2 * accumulate_risk(xp, n, t, d)


@law(
    "logistic-regression-accumulate-excess-risk-limit",
    LogisticRegression,
    Accumulate,
    E(excess_risk),
    LATE,
)
@source("dey2024", "derived")
@holds(when=every_row_equally_often)
@tried(lambda: ladder(Accumulate)()[:1])
def accumulate_limit(xp, n, d):
    r"""The limit in t of the excess log loss is $\frac{\pi^2}6$ times that of one fit:
    $E_\infty\sim\frac{\pi^2}6\frac d{2n}$.
    """
    return xp.pi**2 / 6 * d / (2 * n)
