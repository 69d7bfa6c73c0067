r"""Natural exponential families with quadratic variance function $V(\mu)=v_0+v_1\mu+v_2\mu^2$, all
six at once.

Everything follows from $E[V(\hat\mu)\mid\mu] =V(\mu)(1+v_2/n)$. Conventions: t counts fits, fit 1
is on real data.
"""

import numpy as np

from ..hypotheses import FRESH_WEIGHTED
from ..kinds import Asymptotic
from ..notes import holds, proof, rival, source
from ..proofs import Certified, Coq
from ..recurrence import mean_square_error, unrelated_mean_square_error, unselected
from ..registry import law
from ..subjects import (
    AbstractQVF,
    AbstractWorkflow,
    Accumulate,
    Anchor,
    E,
    Refresh,
    Replace,
    Var,
    mean,
    mean_error,
    variance,
)
from ..variance_function import constant

LATE = Asymptotic("t", 1, "qvf-accumulate-variance")

MORRIS = "morris1982"


def unrelated(xp, recursion, t, mean, V):
    r"""The recurrence of the mean's error as if sources were unrelated, a rival."""
    return unrelated_mean_square_error(recursion, t, V(mean), V.v2)


@law("qvf-replace-variance", AbstractQVF, Replace, E(variance))
@source("derived", MORRIS, tag="NEFQVF-REPLACE")
@proof(Coq("ClosedForms.qvf_replace_variance_correct"))
@rival("n - 1", lambda xp, mean, n, t, V: V(mean) * (1 + V.v2 / (n - 1)) ** t)
@rival("t - 1", lambda xp, mean, n, t, V: V(mean) * (1 + V.v2 / n) ** (t - 1))
def replace_variance(xp, mean, n, t, V):
    r"""The variance function shrinks or grows by a constant factor:
    $E\,V(\mu_t)=V(\mu_0)(1+v_2/n)^t$.
    """
    return V(mean) * (1 + V.v2 / n) ** t


@law("qvf-any-mean-error", AbstractQVF, AbstractWorkflow, E(mean_error), host=True)
@source("derived", tag="NEFQVF-REPLACE")
@proof(Coq("Mixing.qvf_any_mean_error_correct"))
@holds(when=unselected)
@rival("v2 = 0", lambda xp, recursion, t, mean, V: mean_square_error(recursion, t, V(mean), 0.0))
@rival("sources unrelated", unrelated)
def any_mean_error(xp, recursion, t, mean, V):
    r"""The mean's squared error obeys a linear recurrence through the mixing ledger:
    $E D_t^2=a_t^\top K a_t$.
    """
    return xp.mean_square_error(recursion, t, V(mean), V.v2)


@law("qvf-any-mean-variance", AbstractQVF, AbstractWorkflow, Var(mean), host=True)
@source("derived", tag="NEFQVF-REPLACE")
@proof(Coq("Mixing.qvf_any_mean_variance_correct"))
@holds(when=unselected)
@rival("random walk", lambda xp, recursion, t, mean, V: V(mean) * t / np.mean(recursion.n))
@rival("sources unrelated", unrelated)
def any_mean_variance(xp, recursion, t, mean, V):
    r"""The mean is unbiased, so its variance is its mean squared error:
    $\mathrm{Var}\,\mu_t=E D_t^2$.
    """
    return xp.mean_square_error(recursion, t, V(mean), V.v2)


def variance_of_unrelated(xp, recursion, t, mean, V):
    return V(mean) + V.v2 * unrelated(xp, recursion, t, mean, V)


@law("qvf-any-variance", AbstractQVF, AbstractWorkflow, E(variance), host=True)
@source("derived", tag="NEFQVF-ACC")
@proof(Coq("Mixing.qvf_any_variance_correct"))
@holds(when=unselected)
@rival("conserved", lambda xp, mean, t, V: V(mean) + 0.0 * t)
@rival("sources unrelated", variance_of_unrelated)
def any_variance(xp, recursion, t, mean, V):
    r"""The variance function moves with the error of the mean:
    $E\,V(\mu_t)=V(\mu_0)+v_2\,E(\mu_t-\mu_0)^2$.
    """
    start = V(mean)
    return start + V.v2 * xp.mean_square_error(recursion, t, start, V.v2)


@law("qvf-accumulate-variance", AbstractQVF, Accumulate, E(variance))
@source("derived", "gerstgrasser2024", tag="NEFQVF-ACC")
@proof(Coq("ClosedForms.qvf_accumulate_variance_correct"))
@holds(when=lambda r: r.real is None)
@rival("replace", lambda xp, mean, n, t, V: V(mean) * (1 + V.v2 / n) ** t)
@rival("n k", lambda xp, mean, n, t, V: V(mean) * xp.product(lambda k: 1 + V.v2 / (n * k), 1, t))
def accumulate_variance(xp, mean, n, t, V):
    r"""Accumulation acts as replacement with growing samples $nk^2$:
    $E\,V(\mu_t)=V_0\prod_{k\le t}(1+v_2/(nk^2))$.
    """
    return V(mean) * xp.product(lambda k: 1 + V.v2 / (n * k**2), 1, t)


@law("qvf-accumulate-limit-variance", AbstractQVF, Accumulate, E(variance), LATE)
@source("derived", "dey2024", tag="NEFQVF-ACC-LIMIT")
@proof(Certified("test_limits_of_accumulation"))
def accumulate_limit_variance(xp, mean, n, V):
    r"""Accumulation stops the drift: $E\,V(\mu_\infty)=V_0\,\sinh(x)/x$, $x=\pi\sqrt{v_2/n}$
    ($\sin$ for $v_2<0$).
    """
    square = xp.pi**2 * V.v2 / n
    far = xp.abs(square) > 1e-3
    x = xp.sqrt(xp.where(far, xp.abs(square), 1))
    ratio = xp.where(V.v2 < 0, xp.sin(x) / x, xp.sinh(x) / x)
    return V(mean) * xp.where(far, ratio, 1 + square / 6 + square**2 / 120)


def without_quadratic_part(xp, mean, n, real, t, V):
    return xp.where(V.v2 == 0, 0.0, anchor_mean_error(xp, mean, n, real, t, constant(V(mean))))


@law("qvf-anchor-mean-error", AbstractQVF, Anchor, E(mean_error))
@source("derived", tag="NEFQVF-FIXEDREAL")
@proof(Coq("ClosedForms.qvf_anchor_mean_error_correct"))
@rival("no saturation", lambda xp, mean, n, real, t, V: V(mean) * t / (real + n))
@rival("v2 = 0", without_quadratic_part)
def anchor_mean_error(xp, mean, n, real, t, V):
    r"""Real data kept for ever cap the error: $V_0/N+\frac{V_0(1+v_2/N)}{N^2/n+2N-v_2}(1-r^{t-1})$,
    $r=\frac{n^2(1+v_2/n)}{(N+n)^2}$.
    """
    start = V(mean)
    r = (n / (real + n)) ** 2 * (1 + V.v2 / n)
    plateau = start * (1 + V.v2 / real) / (real**2 / n + 2 * real - V.v2)
    return xp.where(t > 0, start / real + plateau * (1 - r ** xp.maximum(t - 1, 0)), 0.0)


@law("qvf-refresh-mean-error", AbstractQVF, Refresh, E(mean_error))
@source("derived", "he2025", tag="NEFQVF-FRESH")
@proof(Coq("ClosedForms.qvf_refresh_mean_error_correct"))
@holds(assuming=FRESH_WEIGHTED)
@rival("no fresh data", lambda xp, mean, n, t, V: V(mean) * t / n)
@rival("weight swapped", weight=lambda weight, n, fresh: 1 - share_of_fresh(weight, n, fresh))
def refresh_mean_error(xp, mean, n, fresh, weight, real, t, V):
    r"""Fresh real data hold the error at $e_\infty=V_0\frac{w^2/m+(1-w)^2/n}{1-r}$,
    $r=(1-w)^2(1+v_2/n)$: $e_t=e_\infty+(e_1-e_\infty)r^{t-1}$.
    """
    start = V(mean)
    w = share_of_fresh(weight, n, fresh)
    r = (1 - w) ** 2 * (1 + V.v2 / n)
    limit = limiting_error(mean, n, fresh, w, V)
    first = start / real
    return xp.where(t > 0, limit + (first - limit) * r ** xp.maximum(t - 1, 0), 0.0)


def share_of_fresh(weight, n, fresh):
    """Share of the fresh data in the mean: its weight, or its part of the pool."""
    return fresh / (n + fresh) if weight is None else weight


def limiting_error(mean, n, fresh, w, V):
    r"""$e_\infty=V_0\frac{w^2/m+(1-w)^2/n}{1-(1-w)^2(1+v_2/n)}$ at a weight w of m fresh data."""
    noise = w**2 / fresh + (1 - w) ** 2 / n
    return V(mean) * noise / (1 - (1 - w) ** 2 * (1 + V.v2 / n))
