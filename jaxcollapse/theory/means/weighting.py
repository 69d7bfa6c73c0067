r"""Real data of every generation: golden and Kalman weights, naive pooling, and accumulation with
its phase transition.

`fresh` real observations arrive beside n synthetic ones; $\kappa=n/\mathrm{fresh}$ and $\alpha$ is
the real share of a batch.
"""

import numpy as np
import scipy

from ...domains import Integer
from ..hypotheses import CURVED_LESS, LINEAR
from ..kinds import Asymptotic, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Coq
from ..recurrence import pooled
from ..registry import law
from ..subjects import (
    AbstractQVF,
    AccumulateRefresh,
    Bernoulli,
    E,
    Exponential,
    KalmanRefresh,
    NormalMean,
    Poisson,
    Recursion,
    Refresh,
    Window,
    example_truth,
    mean_error,
)
from .qvf import refresh_mean_error

LATE_REFRESH = Asymptotic("t", 1, "qvf-refresh-mean-error")
LATE_KALMAN = Asymptotic("t", 1, "qvf-kalman-refresh-mean-error")
SLOWLY_LATE = Asymptotic("t", 0.5, "qvf-accumulate-refresh-mean-error")
ERROR = E(mean_error)
LATE_ACCUMULATED = Asymptotic("t", 1, "qvf-accumulate-refresh-mean-error")
LATE_WINDOW = Asymptotic("t", 1, "qvf-any-mean-error")

# Euler's constant + 4 log 2 - 8/pi times Catalan's constant.
HALF_REAL = 1.0173171548947635


def least_limiting_weight(n, fresh, v2):
    r"""The weight that minimizes $e_\infty$, by bounded search over the limit of the loop's own
    error recursion.
    """

    def limit(w):
        contraction = (1 - w) ** 2 * (1 + v2 / n)
        noise = w**2 / fresh + (1 - w) ** 2 / n
        return noise / (1 - contraction) if contraction < 1 else 1e9 * (1 + contraction)

    return scipy.optimize.minimize_scalar(
        limit, bounds=(1e-9, 1.0), method="bounded", options={"xatol": 1e-12}
    ).x


def critical_weight_by_bisection(n, v2):
    """The weight above which iterating the error recursion contracts."""
    excess = lambda w: (1 - w) ** 2 * (1 + v2 / n) - 1
    return scipy.optimize.brentq(excess, 0.0, 1.0, xtol=1e-14)


RATIOS = (
    {"n": 10, "fresh": 10, "v2": -1.0},
    {"n": 10, "fresh": 10, "v2": 0.5},
    {"n": 9, "fresh": 9, "v2": 2.0},
    {"n": 20, "fresh": 8, "v2": 0.0},
)


@law("qvf-refresh-golden-weight", kind=Identity(least_limiting_weight, 1e-6))
@source("derived", "he2025", tag="GOLDEN-EXACT")
@proof(Coq("Weights.qvf_refresh_golden_weight_correct"))
@holds(assuming=CURVED_LESS)
@tried(*RATIOS)
@rival("golden", v2=0.0)
@rival("pooled", lambda xp, n, fresh: fresh / (n + fresh))
def golden_weight(xp, n, fresh, v2):
    r"""The best constant weight solves
    $\kappa(1+\frac{v_2}n)w^2+(1-\frac{v_2}{\mathrm{fresh}})w-1=0$; golden, $1/\varphi$, only for
    $v_2=0$, $\kappa=1$.
    """
    kappa = n / fresh
    a, b = kappa * (1 + v2 / n), 1 - v2 / fresh
    return (xp.sqrt(b**2 + 4 * a) - b) / (2 * a)


def least_limiting_error(n, fresh, v2):
    r"""The error $e_\infty$ at the weight that minimizes it, by search and iteration."""
    return _limiting_error(least_limiting_weight(n, fresh, v2), n, fresh, v2)


@law("qvf-refresh-golden-risk", kind=Identity(least_limiting_error, 1e-6))
@source("derived", tag="GOLDEN-RISK")
@proof(Coq("Weights.qvf_refresh_golden_risk_correct"))
@holds(assuming=CURVED_LESS)
@tried(*RATIOS)
@rival("fresh data alone", lambda xp, n, fresh: 1 / fresh + 0.0 * n)
def golden_risk(xp, n, fresh, v2):
    r"""The best weight is its own risk: $\min_we_\infty=w^*V_0/\mathrm{fresh}$, here in units of
    $V_0$.
    """
    return golden_weight(xp, n, fresh, v2) / fresh


def _limiting_error(w, n, fresh, v2, generations=4000):
    """Iterate the error of the loop until it has settled."""
    error = 1 / fresh
    for _ in range(generations):
        error = w**2 / fresh + (1 - w) ** 2 * (error + (1 + v2 * error) / n)
    return error


@law("qvf-refresh-critical-weight", kind=Identity(critical_weight_by_bisection))
@source("derived", tag="GAUSS-WEIGHTED-VAR")
@proof(Coq("Weights.qvf_refresh_critical_weight_correct"))
@tried({"n": 9, "v2": 2.0}, {"n": 20, "v2": 0.5})
@rival("v2/n", lambda xp, n, v2: v2 / n)
@rival("w itself", lambda xp, n, v2: 1 - 1 / (1 + v2 / n))
def critical_weight(xp, n, v2):
    r"""For $v_2>0$ the error is infinite unless $w>w_c=1-(1+v_2/n)^{-1/2}$; $v_2=2$, sizes less
    one, for a weighted Gaussian variance.
    """
    return 1 - 1 / xp.sqrt(1 + v2 / n)


def mixed(workflow, *families, n=12, fresh=8, generations=6, real=None):
    """Cases with fresh data beside the synthetic."""
    return tuple(
        (Recursion(f, workflow, truth=example_truth(f), n=n, fresh=fresh, real=real), generations)
        for f in families
    )


@law("qvf-refresh-limit-mean-error", AbstractQVF, Refresh, ERROR, LATE_REFRESH)
@source("derived", "he2025", tag="GOLDEN-NAIVE")
@proof(Coq("Weights.qvf_refresh_limit_mean_error_correct"))
@holds(when=pooled, assuming=LINEAR)
@tried(*mixed(Refresh(), Poisson(), NormalMean(1.7), generations=20))
def refresh_limit_mean_error(xp, mean, n, fresh, V):
    r"""Naive pooling beats fresh data alone by less than half:
    $E(\mu_\infty-\mu_0)^2=\frac{V_0}{\mathrm{fresh}}\frac{1+\kappa}{1+2\kappa}$ for $v_2=0$.
    """
    kappa = n / fresh
    return V(mean) / fresh * (1 + kappa) / (1 + 2 * kappa)


@law("qvf-kalman-refresh-mean-error", AbstractQVF, KalmanRefresh, ERROR, host=True)
@source("derived", "kalman1960", tag="GOLDEN-KALMAN")
@proof(Coq("Weights.qvf_kalman_refresh_mean_error_correct"))
@holds(assuming=LINEAR)
@tried(*mixed(KalmanRefresh(), Poisson(), NormalMean(1.7), real=3))
@rival(
    "golden weight",
    refresh_mean_error,
    weight=lambda xp, n, fresh: golden_weight(xp, n, fresh, 0.0),
)
def kalman_mean_error(xp, mean, n, fresh, real, t, V):
    r"""Information adds up: $e_t=V_0\nu_t$,
    $\frac1{\nu_{t+1}}=\mathrm{fresh}+\left(\nu_t+\frac1n\right)^{-1}$, $\nu_1=1/N$, for $v_2=0$.
    """
    known = xp.iterate(lambda nu: 1 / (fresh + 1 / (nu + 1 / n)), 1 / real, t - 1)
    return V(mean) * xp.where(t > 0, known, 0.0)


@law("qvf-kalman-refresh-limit-mean-error", AbstractQVF, KalmanRefresh, ERROR, LATE_KALMAN)
@source("derived", tag="GOLDEN-KALMAN")
@proof(Coq("Weights.qvf_kalman_refresh_limit_mean_error_correct"))
@holds(assuming=LINEAR)
@tried(*mixed(KalmanRefresh(), Poisson(), generations=20, real=30))
def kalman_limit_mean_error(xp, mean, n, fresh, V):
    r"""The Kalman gain settles at the golden weight: $e_\infty=w^*V_0/\mathrm{fresh}$."""
    return V(mean) * golden_risk(xp, n, fresh, 0.0)


def real_data_alone(xp, mean, fresh, real, t, V):
    return V(mean) / (real + (xp.maximum(t, 1) - 1) * fresh) * xp.where(t > 0, 1.0, 0.0)


@law("qvf-accumulate-refresh-mean-error", AbstractQVF, AccumulateRefresh, ERROR)
@source("derived", tag="ACC+FRESH")
@proof(Coq("ClosedForms.qvf_accumulate_refresh_mean_error_correct"))
@tried(*mixed(AccumulateRefresh(), Bernoulli(), Poisson(), Exponential(), n=6, fresh=4, real=7))
@rival("best use of the real data", real_data_alone)
@rival("no fresh data", n=lambda n, fresh: n + fresh, fresh=0)
def accumulate_refresh_mean_error(xp, mean, n, fresh, real, t, V):
    r"""Pool $N_k$: $e_k=e_{k-1}\left[(1-\frac{\mathrm{fresh}}{N_k})^2+\frac{nv_2}{N_k^2}\right]
    +V_0\frac{n+\mathrm{fresh}}{N_k^2}$, solved as $\sum_kq_k\prod_{j>k}p_j$.
    """
    pool = lambda k: real + (k - 1) * (n + fresh)
    kept = lambda k: (1 - fresh / pool(k)) ** 2 + n * V.v2 / pool(k) ** 2
    power = lambda last: xp.product(kept, 2, last)
    later = xp.total(lambda k: (n + fresh) / pool(k) ** 2 / power(k), 2, t)
    return xp.where(t > 0, V(mean) * (1 / real + later) * power(t), 0.0)


def _alpha(n, fresh):
    return fresh / (n + fresh)


def equal_to_real(recursion) -> bool:
    """Whether batches, fresh data included, are as large as the real data set of fit 1."""
    whole = float(recursion.n) + float(recursion.fresh)
    return recursion.real is not None and float(recursion.real) == whole


MANY_REAL = {"more fresh data than synthetic ones": lambda n, fresh: fresh > n}
HALF_REAL_DATA = {"as many fresh data as synthetic ones": lambda n, fresh: fresh == n}
FEW_REAL = {"fewer fresh data than synthetic ones": lambda n, fresh: fresh < n}


@law(
    "qvf-accumulate-refresh-mean-error-many-real",
    AbstractQVF,
    AccumulateRefresh,
    ERROR,
    SLOWLY_LATE,
)
@source("derived", tag="ACC+FRESH")
@holds(where={"t": Integer(1)}, when=equal_to_real, assuming=LINEAR | MANY_REAL)
@tried(*mixed(AccumulateRefresh(), Poisson(), n=3, fresh=9, real=12, generations=400))
def accumulate_refresh_many_real(xp, mean, n, fresh, t, V):
    r"""Above one half of real data naive pooling keeps the parametric rate:
    $e_t\sim\frac{V_0}{(n+\mathrm{fresh})(2\alpha-1)t}$.
    """
    return V(mean) / ((n + fresh) * (2 * _alpha(n, fresh) - 1) * t)


@law(
    "qvf-accumulate-refresh-mean-error-half-real",
    AbstractQVF,
    AccumulateRefresh,
    ERROR,
    LATE_ACCUMULATED,
)
@source("derived", tag="ACC+FRESH")
@holds(where={"t": Integer(1)}, when=equal_to_real, assuming=LINEAR | HALF_REAL_DATA)
@tried(*mixed(AccumulateRefresh(), Poisson(), n=6, fresh=6, real=12, generations=400))
def accumulate_refresh_half_real(xp, mean, n, fresh, t, V):
    r"""At exactly one half a logarithm is lost:
    $e_t\sim\frac{V_0}{n+\mathrm{fresh}}\frac{\log t+\gamma+4\log2-8G/\pi}t$, $G$ Catalan's
    constant.
    """
    return V(mean) / (n + fresh) * (xp.log(t) + HALF_REAL) / t


@law(
    "qvf-accumulate-refresh-mean-error-few-real",
    AbstractQVF,
    AccumulateRefresh,
    ERROR,
    SLOWLY_LATE,
    host=True,
)
@source("derived", tag="ACC+FRESH")
@holds(where={"t": Integer(1)}, when=equal_to_real, assuming=LINEAR | FEW_REAL)
@tried(*mixed(AccumulateRefresh(), Poisson(), n=9, fresh=3, real=12, generations=400))
def accumulate_refresh_few_real(xp, mean, n, fresh, t, V):
    r"""Below one half the rate itself is lost:
    $e_t\sim\frac{V_0}{n+\mathrm{fresh}}
    \frac{{}_3F_2(1,1,1;2-\alpha,2-\alpha;1)}{\Gamma(2-\alpha)^2}t^{-2\alpha}$.
    """
    import mpmath

    alpha = _alpha(n, fresh)
    constant = float(mpmath.hyp3f2(1, 1, 1, 2 - alpha, 2 - alpha, 1) / mpmath.gamma(2 - alpha) ** 2)
    return V(mean) / (n + fresh) * constant * np.asarray(t, float) ** (-2 * alpha)


def windowed(length):
    """A case of Poisson counts in a window of this length."""
    return Recursion(Poisson(), Window(length), truth=example_truth(Poisson()), n=5), 20


@law("qvf-window-mean-error-growth", AbstractQVF, Window, ERROR, LATE_WINDOW)
@source("derived", "kaj2001", tag="WINDOW")
@holds(assuming=LINEAR)
@tried(windowed(3), windowed(6))
def window_growth(xp, mean, n, t, length, V):
    r"""A window of W rounds acts as replacement with $n(W+1)^2/4$ observations:
    $E(\mu_t-\mu_0)^2\sim\frac{4V_0t}{n(W+1)^2}$.
    """
    return V(mean) * 4 * t / (n * (length + 1) ** 2)
