r"""Least squares on recycled labels: n observations a generation in d dimensions, label noise of
variance $\sigma^2$.

$\hat w_t-\hat w_{t-1}=(X^\top X)^{-1}X^\top\varepsilon$ adds up under replacement; what differs
between workflows and designs is how often the same inputs are used and what is pooled. Every mean
needs $n\ge d+2$ and every z test $n\ge d+4$. Risk is $\|\hat w-w_*\|_\Sigma^2$; t counts fits.
"""

import numpy as np

from ...domains import Real
from ...numerics.reach import MOST_TERMS, within
from ..hypotheses import DETERMINED, SPARE_FEATURES, SPARE_ROWS
from ..kinds import Asymptotic, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Certified, Coq, Derivation
from ..registry import law
from ..subjects import (
    AbstractRegression,
    Accumulate,
    AveragedRegression,
    E,
    Features,
    GaussianDesign,
    LeastSquares,
    LinearRegression,
    Recursion,
    Replace,
    excess_risk,
)

LATE = Asymptotic("t", 1, "linear-regression-accumulate-excess-risk")
RISK = E(excess_risk)

WEIGHTS = (0.8, -0.5, 1.1)
COVARIANCE = ((2.0, 0.6, 0.0), (0.6, 1.0, -0.3), (0.0, -0.3, 0.5))
DOHMATOB = ("dohmatob2024", "gerstgrasser2024")


def uses(design, *estimators):
    """The hypothesis that inputs follow `design`, with enough of them, and that weights are fitted
    by one of `estimators`.
    """

    def fits(recursion):
        family, least = recursion.family, recursion.family.least_size(recursion.truth)
        used = isinstance(getattr(family, "design", GaussianDesign()), design)
        return (
            used
            and isinstance(getattr(family, "estimator", LeastSquares()), estimators)
            and np.min(recursion.n) > least + 1
        )

    return fits


def case(family, workflow, n, generations=6, weights=WEIGHTS, **sizes):
    """A configuration of a regression to try a law at."""
    return Recursion(
        family, workflow, truth=family.params(list(weights)), n=n, **sizes
    ), generations


ORDINARY = uses(GaussianDesign, LeastSquares)


def on_some_features(recursion):
    """The hypothesis of least squares on a part of the features of fresh inputs."""
    return uses(GaussianDesign, Features)(recursion) and isinstance(
        recursion.family.estimator.estimator, LeastSquares
    )


def equal_but_the_last(recursion):
    """Whether all fits but the last have one size."""
    return np.ndim(recursion.n) == 1 and len(set(np.asarray(recursion.n)[:-1].tolist())) == 1


CORRELATED = LinearRegression(GaussianDesign(COVARIANCE), noise=0.6)
AVERAGED = AveragedRegression(noise=0.6)
GROWING = np.array([12, 10, 16, 20, 14, 30])


def one_fit(xp, n, d, noise):
    r"""Risk of one fit to labels of a linear model,
    $E\,\mathrm{tr}\,\Sigma(X^\top X)^{-1}\sigma^2=\frac{\sigma^2d}{n-d-1}$.
    """
    return noise * d / (n - d - 1)


@law("regression-replace-excess-risk", AbstractRegression, Replace, RISK)
@source(*DOHMATOB, tag="R1")
@proof(Derivation("test_regression_in_one_dimension"))
@holds(when=ORDINARY, assuming=SPARE_ROWS)
@rival("n - d", lambda xp, n, t, d, noise: t * noise * d / (n - d))
@rival("n", lambda xp, n, t, d, noise: t * noise * d / n)
def replace_risk(xp, n, t, d, noise):
    r"""Risk grows linearly: $E\|\hat w_t-w_*\|_\Sigma^2=\frac{t\,\sigma^2d}{n-d-1}$."""
    return t * one_fit(xp, n, d, noise)


def shared_inputs(xp, n, t, d, noise):
    return one_fit(xp, n, d, noise) * xp.total(lambda i: 1 / i**2, 1, t)


def n_less_d(xp, n, t, d, noise):
    return noise * d * xp.total(lambda i: 1 / (i * (i * n - d)), 1, t)


@law("linear-regression-accumulate-excess-risk", LinearRegression, Accumulate, RISK)
@source("derived", tag="R3")
@holds(when=ORDINARY, assuming=SPARE_ROWS)
@tried(case(CORRELATED, Accumulate(), 8, 8))
@rival("shared inputs", shared_inputs)
@rival("n - d", n_less_d)
def accumulate_risk(xp, n, t, d, noise):
    r"""Accumulation with fresh inputs costs less than $\pi^2/6$:
    $\sigma^2d\sum_{i\le t}\frac1{i\,(in-d-1)}$.
    """
    return noise * d * xp.total(lambda i: 1 / (i * (i * n - d - 1)), 1, t)


def _summed_risk(n, t, d, noise):
    return sum(noise * d / (i * (i * n - d - 1)) for i in range(1, int(t) + 1))


@law("linear-regression-accumulate-digamma", kind=Identity(_summed_risk))
@source("derived", tag="R3")
@proof(Certified("test_series_of_regressions"))
@holds(assuming=DETERMINED)
@tried({"n": 14, "t": 8, "d": 5, "noise": 0.7}, {"n": 12, "t": 40, "d": 3, "noise": 1.3})
@rival("n - d", d=lambda d: d - 1)
def accumulate_digamma(xp, n, t, d, noise):
    r"""The sum has the closed form
    $\frac{\sigma^2d}{d+1}\left[\psi(t+1-c)-\psi(1-c)-\psi(t+1)+\psi(1)\right]$, $c=\frac{d+1}n$.
    """
    c = (d + 1) / n
    steps = xp.digamma(t + 1 - c) - xp.digamma(1 - c) - xp.digamma(t + 1.0) + xp.digamma(1.0)
    return noise * d / (d + 1) * steps


@law("linear-regression-accumulate-limit", LinearRegression, Accumulate, RISK, LATE)
@source("derived", tag="R3")
@proof(Certified("test_series_of_regressions"))
@holds(when=ORDINARY, assuming=SPARE_ROWS)
@tried(case(CORRELATED, Accumulate(), 8, 16))
def accumulate_limit(xp, n, d, noise):
    r"""Accumulation with fresh inputs has the finite limit
    $-\frac{\sigma^2d}{d+1}\left(\gamma+\psi(1-\frac{d+1}n)\right)$.
    """
    return noise * d / (d + 1) * (xp.digamma(1.0) - xp.digamma(1 - (d + 1) / n))


def _through(recursion, t, step):
    """Sum `step(own size, pooled size)` over the fits up to every t."""
    t, schedule = np.asarray(t), np.asarray(recursion.n, float)
    generations = schedule.shape[0] if schedule.ndim else max(int(t.max(initial=0)), 1)
    within("t", generations, MOST_TERMS, "the sum has a term for every fit")
    sizes = np.broadcast_to(schedule, (generations,)).copy()
    sizes[0] = sizes[0] if recursion.real is None else recursion.real
    return np.concatenate([[0.0], np.cumsum(step(sizes, np.cumsum(sizes)))])[t]


@law(
    "linear-regression-accumulate-schedule-excess-risk",
    LinearRegression,
    Accumulate,
    RISK,
    host=True,
)
@source("derived", tag="R4")
@holds(when=ORDINARY)
@tried(case(CORRELATED, Accumulate(), GROWING))
@rival("equal sizes", accumulate_risk, n=lambda recursion: np.mean(recursion.n))
def accumulate_schedule(xp, recursion, t, d, noise):
    r"""Unequal batches accumulate to $\sigma^2d\sum_{i\le t}\frac{n_i}{N_i(N_i-d-1)}$,
    $N_i=\sum_{j\le i}n_j$.
    """
    return _through(recursion, t, lambda own, pool: noise * d * own / (pool * (pool - d - 1)))


def _inflation_by_batches(growth, t):
    batches = growth ** np.arange(int(t))
    return float(np.sum(batches / np.cumsum(batches) ** 2))


@law("regression-accumulate-growing-inflation", kind=Identity(_inflation_by_batches))
@source("derived", tag="R4g")
@proof(Coq("Loops.regression_accumulate_growing_inflation_correct"))
@holds(where={"growth": Real(1.0, closed=(False, True), typical=(1.1, 3.0))})
@tried({"growth": 2.0, "t": 30}, {"growth": 1.1, "t": 9})
@rival("pi^2/6", lambda xp: xp.pi**2 / 6)
def growing_inflation(xp, growth, t):
    r"""Batches that grow by g inflate large-sample risk by
    $\sum_{i\le t}\frac{g^{i-1}(g-1)^2}{(g^i-1)^2}$: 1.372 in the limit for g = 2.
    """
    return xp.total(lambda i: growth ** (i - 1) * (growth - 1) ** 2 / (growth**i - 1) ** 2, 1, t)


@law("regression-replace-schedule-excess-risk", AbstractRegression, Replace, RISK, host=True)
@source("derived", tag="R5")
@holds(when=ORDINARY)
@tried(*(case(each, Replace(), GROWING) for each in (CORRELATED, AVERAGED)))
@rival("mean size", replace_risk, n=lambda recursion: np.mean(recursion.n))
def replace_schedule(xp, recursion, t, d, noise):
    r"""Samples of any sizes cost $\sigma^2d\sum_{i\le t}\frac1{n_i-d-1}$: bounded exactly when
    $\sum1/n_i$ is.
    """
    return _through(recursion, t, lambda own, pool: one_fit(xp, own, d, noise))


@law("regression-replace-student-excess-risk", AbstractRegression, Replace, RISK, host=True)
@source("dohmatob2024", "derived", tag="R8")
@holds(when=lambda r: ORDINARY(r) and equal_but_the_last(r))
@tried(case(CORRELATED, Replace(), np.array([9, 9, 9, 9, 16]), 5))
@rival("student alone", one_fit, n=lambda t, recursion: np.asarray(recursion.n)[t - 1])
def student_risk(xp, recursion, t, d, noise):
    r"""A student of n observations after $t-1$ generators of $n_0$ has
    $\frac{\sigma^2d}{n-d-1}+(t-1)\frac{\sigma^2d}{n_0-d-1}$.
    """
    sizes = np.asarray(recursion.n, float)
    own = np.where(t > 0, one_fit(xp, sizes[np.maximum(t - 1, 0)], d, noise), 0.0)
    return own + np.maximum(t - 1, 0) * one_fit(xp, sizes[0], d, noise)


def no_interaction(xp, n, t, features, omitted, noise):
    return omitted + t * one_fit(xp, n, features, noise)


def paid_every_generation(xp, n, t, features, omitted, noise):
    return omitted + t * one_fit(xp, n, features, noise + omitted)


@law("linear-regression-replace-features-excess-risk", LinearRegression, Replace, RISK)
@source("derived", tag="D1")
@holds(assuming=SPARE_FEATURES, when=on_some_features)
@tried(case(LinearRegression(GaussianDesign(COVARIANCE), Features(2), noise=0.6), Replace(), 12))
@rival("no interaction", no_interaction)
@rival("paid every generation", paid_every_generation)
def replace_features(xp, n, t, features, omitted, noise):
    r"""Omitted features act as noise once: $E=R_>+\frac{p}{n-p-1}(t\,\sigma^2+R_>)$ with $R_>$ the
    least risk of p features.
    """
    return omitted + one_fit(xp, n, features, t * noise + omitted)


def diluted(xp, n, t, features, omitted, noise):
    return omitted + accumulate_risk(xp, n, t, features, noise)


@law("linear-regression-accumulate-features-excess-risk", LinearRegression, Accumulate, RISK)
@source("derived", tag="D1")
@holds(assuming=SPARE_FEATURES, when=on_some_features)
@tried(case(LinearRegression(GaussianDesign(COVARIANCE), Features(2), noise=0.6), Accumulate(), 12))
@rival("diluted", diluted)
def accumulate_features(xp, n, t, features, omitted, noise):
    r"""The first fit's error is inherited in full:
    $R_>+p\left[\frac{\sigma^2+R_>}{n-p-1}+\sigma^2\sum_{i=2}^t\frac1{i(in-p-1)}\right]$.
    """
    return omitted + one_fit(xp, n, features, omitted) + accumulate_risk(xp, n, t, features, noise)
