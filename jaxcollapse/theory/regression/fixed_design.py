r"""Smoothers on given inputs: every eigenvector of $\hat\Sigma$ is a scalar loop of its own.

Along an eigenvector of eigenvalue x one fit multiplies what it is shown by $h=h(x)$ and adds
in-sample noise $\sigma^2/n$: $w\mapsto h\sum_sa_s(w_s+\zeta_s)$. Accumulation turns the exponential
loss of signal into a power law but does not stop it; only $h=1$ enjoys $\pi^2/6$. Risk is measured
on the inputs.
"""

import numpy as np

from ...domains import Integer
from ...numerics.reach import MOST_TERMS, within
from ..kinds import Asymptotic, Identity
from ..notes import holds, rival, source, tried
from ..recurrence import source_shares, unselected
from ..registry import law
from ..subjects import (
    AbstractWorkflow,
    Accumulate,
    ColdDescent,
    E,
    Features,
    FixedDesign,
    LeastSquares,
    LinearRegression,
    MinimumNorm,
    Recursion,
    Refresh,
    Replace,
    Ridge,
    WarmDescent,
    excess_risk,
)
from .least_squares import case

RISK = E(excess_risk)
LONGEST = 1000
LATE = Asymptotic("t", 1, "linear-regression-fixed-any-excess-risk")

ROWS = ((1.0, 0.5, 0.0), (0.3, -1.0, 2.0), (1.5, 0.2, -0.4), (0.1, 0.9, 0.6))
COLD = (LeastSquares, MinimumNorm, Ridge, ColdDescent)


def _given(*estimators):
    """The hypothesis that inputs are given, every one used equally often, and weights fitted by one
    of `estimators`.
    """

    def fits(recursion):
        family = recursion.family
        core = family.estimator
        core = core.estimator if isinstance(core, Features) else core
        if not isinstance(family.design, FixedDesign) or not isinstance(core, estimators):
            return False
        sizes = [
            np.ravel(np.asarray(s))
            for s in (recursion.n, recursion.real, recursion.fresh)
            if s is not None
        ]
        return unselected(recursion) and not np.any(
            np.concatenate(sizes) % np.shape(family.design.rows)[0]
        )

    return fits


def smoothed_errors(recursion: Recursion, t, h, noise):
    r"""Signal kept and variance along every eigenvector, by the recurrence through the mixing
    ledger.

    Args:
        recursion: its workflow must not select observations.
        t: generations, non-negative integers.
        h: response of one fit along each eigenvector, shape (J,).
        noise: $\sigma^2$.

    Returns:
        The factor that is left of the signal and the in-sample variance, both of shape (*t.shape,
        J).
    """
    t, h = np.asarray(t), np.asarray(h, float)
    generations = max(int(t.max(initial=0)), 1)
    within("t", generations, LONGEST, "every fit is a product with the covariances of all others")
    sizes, shares = source_shares(recursion, generations)
    order = np.argsort(np.arange(len(sizes)) % generations, kind="stable")
    sizes, shares = sizes[order], shares[:, order]
    sources, directions = len(sizes), len(h)
    covariance, shown = np.zeros((directions, sources, sources)), np.ones((sources, directions))
    kept, variance = np.ones((generations + 1, directions)), np.zeros((generations + 1, directions))
    for s, place in enumerate(order):
        model = place if place < generations else 0
        if model > 0:
            share = shares[model - 1, :s]
            shared = h[:, None] * (covariance[:, :s, :s] @ share)
            kept[model], variance[model] = h * (share @ shown[:s]), h * (shared @ share)
            covariance[:, s, :s] = covariance[:, :s, s] = shared
        covariance[:, s, s], shown[s] = (variance[model] + noise / sizes[s], kept[model])
    last = shares[-1]
    kept[-1], variance[-1] = h * (last @ shown), h * h * (covariance @ last @ last)
    return kept[t], variance[t]


def in_sample_risk(xp, t, kept, variance, eigenvalues, coefficients, omitted):
    r"""$R_>+\sum_jx_j\theta_j^2(1-m_j)^2+v_j$, with $R_>$ the least risk of the features in use."""
    left = xp.sum(eigenvalues * coefficients**2 * (1 - kept) ** 2 + variance, -1)
    return left + xp.where(np.asarray(t) > 0, omitted, 0.0)


GIVEN_RIDGE = LinearRegression(FixedDesign(ROWS), Ridge(0.5), noise=0.6)
GIVEN_COLD = LinearRegression(FixedDesign(ROWS), ColdDescent(3, 0.3), noise=0.6)
GIVEN_WARM = LinearRegression(FixedDesign(ROWS), WarmDescent(3, 0.3), noise=0.6)
SOME_COLD = LinearRegression(FixedDesign(ROWS), Features(2, ColdDescent(3, 0.3)), noise=0.6)
SOME_WARM = LinearRegression(FixedDesign(ROWS), Features(2, WarmDescent(3, 0.3)), noise=0.6)
REFRESHED = (
    case(GIVEN_RIDGE, Refresh(0.6), 8, fresh=4),
    case(LinearRegression(FixedDesign(ROWS), noise=0.6), Refresh.golden(1.0), 8, fresh=8),
)


def every_workflow():
    """Ridge regression in each workflow that selects nothing."""
    from ..cases import example_workflows

    return tuple(
        case(GIVEN_RIDGE, each, 8, **({"fresh": 4} if each.uses_fresh else {}))
        for each in example_workflows(AbstractWorkflow)
    )


def _responses(estimator, eigenvalues):
    return np.where(eigenvalues > 1e-9, estimator.response(eigenvalues), 0.0)


def no_shrinkage(xp, recursion, t, noise, eigenvalues, coefficients, omitted):
    return in_sample_risk(
        xp,
        t,
        *smoothed_errors(recursion, t, np.ones_like(eigenvalues), noise),
        eigenvalues,
        coefficients,
        omitted,
    )


@law("linear-regression-fixed-any-excess-risk", LinearRegression, AbstractWorkflow, RISK, host=True)
@source("derived", tag="D2")
@holds(when=_given(*COLD))
@tried(every_workflow)
@rival("no shrinkage", no_shrinkage)
def any_risk(xp, recursion, t, noise, estimator, eigenvalues, coefficients, omitted):
    r"""On given inputs every linear workflow obeys a recurrence per eigenvalue:
    $m_t=h\sum_sa_sm_s$, $v_t=h^2a^\top Ka$.
    """
    kept, variance = smoothed_errors(recursion, t, _responses(estimator, eigenvalues), noise)
    return in_sample_risk(xp, t, kept, variance, eigenvalues, coefficients, omitted)


def warm_start(xp, n, t, noise, estimator, eigenvalues, coefficients, omitted):
    return warm_risk(xp, n, t, noise, estimator, eigenvalues, coefficients, omitted)


@law("linear-regression-fixed-cold-replace-excess-risk", LinearRegression, Replace, RISK, host=True)
@source("derived", tag="D2")
@holds(when=_given(*COLD))
@tried(case(GIVEN_COLD, Replace(), 8), case(SOME_COLD, Replace(), 8))
@rival("warm start", warm_start)
def cold_risk(xp, n, t, noise, estimator, eigenvalues, coefficients, omitted):
    r"""Started anew, the signal decays exponentially:
    $\sum_jx_j\theta_j^2(1-h_j^t)^2+\frac{\sigma^2}n\sum_{i\le t}h_j^{2i}$.
    """
    h, times = _responses(estimator, eigenvalues), np.asarray(t)[..., None]
    safe = np.where(h < 1, h, 0.0)
    variance = np.where(h < 1, safe**2 * (1 - safe ** (2 * times)) / (1 - safe**2), times)
    return in_sample_risk(xp, t, h**times, noise / n * variance, eigenvalues, coefficients, omitted)


@law("linear-regression-fixed-warm-replace-excess-risk", LinearRegression, Replace, RISK, host=True)
@source("derived", tag="D2")
@holds(when=_given(WarmDescent))
@tried(case(GIVEN_WARM, Replace(), 8), case(SOME_WARM, Replace(), 8))
@rival("cold start", cold_risk)
def warm_risk(xp, n, t, noise, estimator, eigenvalues, coefficients, omitted):
    r"""Started from the last model, the bias is paid once:
    $\sum_jx_j\theta_j^2(1-h_j)^2+\frac{t\,\sigma^2}nh_j^2$.
    """
    h, times = _responses(estimator, eigenvalues), np.asarray(t)[..., None]
    return in_sample_risk(
        xp,
        t,
        np.where(times > 0, h, 1.0),
        times * noise / n * h**2,
        eigenvalues,
        coefficients,
        omitted,
    )


def signal_kept(xp, n, t, noise, estimator, eigenvalues, coefficients, omitted):
    return in_sample_risk(
        xp,
        t,
        1.0,
        *_accumulated_variance(xp, n, t, noise, estimator, eigenvalues),
        eigenvalues,
        coefficients,
        omitted,
    )


@law(
    "linear-regression-fixed-cold-accumulate-excess-risk",
    LinearRegression,
    Accumulate,
    RISK,
    host=True,
)
@source("derived", tag="D2")
@holds(when=_given(*COLD))
@tried(case(GIVEN_COLD, Accumulate(), 8, 8), case(SOME_COLD, Accumulate(), 8, 8))
@rival("signal kept", signal_kept)
@rival("replace", cold_risk)
def accumulate_risk(xp, n, t, noise, estimator, eigenvalues, coefficients, omitted):
    r"""Accumulation slows the loss of signal to $m_t=\frac{h\Gamma(t+h)}{\Gamma(1+h)\Gamma(t+1)}$;
    $v_t=\frac{h^2\sigma^2}n\sum_{i\le t}
    \left[\frac{\Gamma(t+h)\,\Gamma(i+1)}{i\,\Gamma(i+h)\Gamma(t+1)}\right]^2$.
    """
    times = np.asarray(t)[..., None]
    kept = np.where(
        times > 0,
        accumulated_signal(xp, _responses(estimator, eigenvalues), np.maximum(times, 1)),
        1.0,
    )
    variance = _accumulated_variance(xp, n, t, noise, estimator, eigenvalues)[0]
    return in_sample_risk(xp, t, kept, variance, eigenvalues, coefficients, omitted)


def _accumulated_variance(xp, n, t, noise, estimator, eigenvalues):
    h, t = _responses(estimator, eigenvalues), np.asarray(t)
    within("t", int(t.max(initial=1)), MOST_TERMS // (t.size * len(h)), "terms are one array")
    i, end = np.arange(1, max(int(t.max(initial=1)), 1) + 1)[:, None], t[..., None, None]
    inherited = (
        xp.gammaln(np.maximum(end, 1) + h)
        - xp.gammaln(end + 1.0)
        - xp.gammaln(i + h)
        + xp.gammaln(i + 1.0)
    )
    terms = np.where(i <= end, np.exp(2 * inherited) / i**2, 0.0)
    return (h**2 * noise / n * terms.sum(-2),)


def _iterated_signal(h, t):
    kept = [1.0]
    for _ in range(int(t)):
        kept.append(h * float(np.mean(kept)))
    return kept[-1]


@law("linear-regression-fixed-accumulate-signal", kind=Identity(_iterated_signal, 1e-10))
@source("derived", tag="D2")
@tried({"h": 0.6, "t": 3}, {"h": 0.9, "t": 200})
@rival("replace", lambda xp, h, t: h**t)
@rival("kept", lambda xp, h: h)
def accumulated_signal(xp, h, t):
    r"""A shrinking learner loses the signal under accumulation too:
    $m_t=\frac{h\,\Gamma(t+h)}{\Gamma(1+h)\,\Gamma(t+1)}$.
    """
    return h * xp.exp(xp.gammaln(t + h) - xp.gammaln(1 + h) - xp.gammaln(t + 1.0))


@law("linear-regression-fixed-accumulate-signal-decay", kind=Identity(_iterated_signal, 1e-3))
@source("derived", tag="D2")
@holds(where={"t": Integer(1)})
@tried({"h": 0.6, "t": 2000}, {"h": 0.8, "t": 2000})
@rival("exponential", lambda xp, h, t: xp.exp(-(1 - h) * t))
@rival("1/t", lambda xp, h, t: h / t)
def accumulated_signal_decay(xp, h, t):
    r"""The loss is a power law: $m_t\sim\frac{h}{\Gamma(1+h)}t^{-(1-h)}$, so accumulation avoids
    collapse only at $h=1$.
    """
    return h * xp.exp(-xp.gammaln(1 + h)) * t ** -(1 - h)


@law("linear-regression-fixed-refresh-limit", LinearRegression, Refresh, RISK, LATE, host=True)
@source("garg2025", "derived", tag="R12")
@holds(when=lambda r: _given(*COLD)(r) and r.workflow.weight is not None)
@tried(*REFRESHED)
def refresh_limit(xp, n, fresh, weight, noise, estimator, eigenvalues, coefficients, omitted):
    r"""Fresh labels of weight w on given inputs: $m=\frac{hw}{1-h(1-w)}$,
    $v=\sigma^2h^2\frac{w^2/n_r+(1-w)^2/n_s}{1-h^2(1-w)^2}$.
    """
    h = _responses(estimator, eigenvalues)
    kept = h * weight / (1 - h * (1 - weight))
    variance = (
        noise * h**2 * (weight**2 / fresh + (1 - weight) ** 2 / n) / (1 - (h * (1 - weight)) ** 2)
    )
    return in_sample_risk(xp, 1, kept, variance, eigenvalues, coefficients, omitted)
