r"""Averages of least-squares fits, and least squares on mixtures of real and shifted synthetic
data.

A and B stand for the risks of one fit, $\frac{\sigma^2d}{n-d-1}$ each with its own n. Symbols as in
`theory.regression`.
"""

from functools import partial

import numpy as np

from ..hypotheses import FRESH_WEIGHTED, SPARE_FRESH_ROWS, SPARE_REAL_ROWS, SPARE_ROWS
from ..kinds import Asymptotic, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Coq
from ..registry import law
from ..subjects import (
    Anchor,
    AveragedRegression,
    E,
    Features,
    GaussianDesign,
    LinearRegression,
    Refresh,
    excess_risk,
    fold_in,
    jax,
    jnp,
)
from .least_squares import COVARIANCE, case, one_fit, replace_risk

LATE = Asymptotic("t", 1, "averaged-regression-refresh-excess-risk")

REFRESHED = case(
    AveragedRegression(GaussianDesign(COVARIANCE), 0.6), Refresh.golden(7 / 5), 11, fresh=9, real=14
)


@law("averaged-regression-refresh-excess-risk", AveragedRegression, Refresh, E(excess_risk))
@source("he2025", "derived", tag="R11")
@holds(assuming=SPARE_ROWS | SPARE_FRESH_ROWS | SPARE_REAL_ROWS | FRESH_WEIGHTED)
@tried(REFRESHED, case(AveragedRegression(), Refresh(), 11, fresh=9))
@rival(
    "sizes for degrees of freedom",
    n=lambda n, d: n + d + 1,
    fresh=lambda fresh, d: fresh + d + 1,
    real=lambda real, d: real + d + 1,
)
@rival("replace", replace_risk)
def refresh_risk(xp, n, fresh, weight, real, t, d, noise):
    r"""Fresh real fits of weight w hold the risk at $V=\frac{w^2A+(1-w)^2B}{1-(1-w)^2}$, A and B
    the risks of one fit: $E_t=V+(E_1-V)(1-w)^{2(t-1)}$.
    """
    w = fresh / (n + fresh) if weight is None else weight
    limit = (w**2 * one_fit(xp, fresh, d, noise) + (1 - w) ** 2 * one_fit(xp, n, d, noise)) / (
        1 - (1 - w) ** 2
    )
    first = one_fit(xp, real, d, noise)
    return xp.where(t > 0, limit + (first - limit) * (1 - w) ** (2 * xp.maximum(t - 1, 0)), 0.0)


@law("averaged-regression-refresh-golden-limit", AveragedRegression, Refresh, E(excess_risk), LATE)
@source("he2025", "derived", tag="R11")
@holds(when=lambda r: r.workflow.weight is not None, assuming=SPARE_ROWS | SPARE_FRESH_ROWS)
@tried(REFRESHED)
def golden_limit(xp, n, fresh, d, noise):
    r"""At the best weight $w^*=\frac{\sqrt{k^2+4k}-k}2$, $k=\frac{n_r-d-1}{n_s-d-1}$, the limiting
    risk is $w^*$ times the real fit's.
    """
    k = (fresh - d - 1) / (n - d - 1)
    return (xp.sqrt(k**2 + 4 * k) - k) / 2 * one_fit(xp, fresh, d, noise)


@law("averaged-regression-anchor-excess-risk", AveragedRegression, Anchor, E(excess_risk))
@source("derived", tag="R11f")
@holds(assuming=SPARE_ROWS | SPARE_REAL_ROWS)
@tried(case(AveragedRegression(GaussianDesign(COVARIANCE), 0.6), Anchor(), 10, real=14))
@rival("replace", replace_risk)
def anchor_risk(xp, n, real, t, d, noise):
    r"""One real set of weight w caps the risk at $A+\frac{(1-w)^2}{w(2-w)}B$, never below the real
    fit's A: synthetic data do not help.
    """
    r = (n / (real + n)) ** 2
    above = one_fit(xp, n, d, noise) * r * (1 - r ** xp.maximum(t - 1, 0)) / (1 - r)
    return xp.where(t > 0, one_fit(xp, real, d, noise) + above, 0.0)


@partial(jax.jit, static_argnames=("replicas",))
def _risk_of_mixture(key, replicas, family, truth, shifted, sizes, weights):
    """Excess risk of one fit to weighed real data and synthetic data from a shifted model, shape
    (replicas,).
    """

    def one(index):
        keys = [fold_in(fold_in(key, index), which) for which in range(2)]
        real, synthetic = (
            family.sample_statistics(k, m, n, None)
            for k, m, n in zip(keys, (truth, shifted), sizes, strict=True)
        )
        fitted = family.revise(weights[0] * real + weights[1] * synthetic, truth)
        return excess_risk(family, fitted, truth)

    return jax.vmap(one)(jnp.arange(replicas, dtype=jnp.uint32))


def _mixture(family, key, replicas, real, synthetic, shift, weights=(1.0, 1.0)):
    truth, shifted = (
        jax.tree.map(jnp.asarray, family.params(w))
        for w in (np.array(WEIGHTS), np.array(WEIGHTS) + shift)
    )
    return _risk_of_mixture(key, replicas, family, truth, shifted, (real, synthetic), weights)


def pooled_shares(n1, n2):
    r"""$a$ and $b$ of $E\,UAU=a A+b\,\mathrm{tr}(A)I$ for the synthetic share $U$ of a pooled Gram
    matrix, a matrix Beta.
    """
    n = n1 + n2
    b = n1 * n2 / (n * (n - 1) * (n + 2))
    return n2 * (n2 + 2) / (n * (n + 2)) - b, b


WEIGHTS = (0.8, -0.5, 1.1, 0.4)
SHIFT = (0.5, 0.0, -0.3, 0.6)


def _pooled_draw(key, replicas, real, synthetic, d, noise, distance):
    shift = np.sqrt(distance) * np.array(SHIFT[:d]) / np.linalg.norm(SHIFT[:d])
    return _mixture(LinearRegression(noise=noise), key, replicas, real, synthetic, shift)


def large_samples(xp, real, synthetic, d, noise, distance):
    return mixture_limit(xp, real, synthetic, d, noise, distance)


def share_squared(xp, real, synthetic, d, noise, distance):
    return (
        one_fit(xp, real + synthetic, d, noise) + distance * (synthetic / (real + synthetic)) ** 2
    )


@law("linear-regression-mixture-excess-risk")
@source("dohmatob2024strong", "derived", tag="R13")
@tried({"real": 11, "synthetic": 5, "d": 4, "noise": 0.4, "distance": 1.3}, draw=_pooled_draw)
@rival("large samples", large_samples)
@rival("share squared", share_squared)
def mixture_risk(xp, real, synthetic, d, noise, distance):
    r"""Synthetic labels off by $c^2=\|\delta\|_\Sigma^2$ leave
    $\frac{\sigma^2d}{n-d-1}+c^2\left[a+b\frac{nd-2}{n-d-1}\right]$.
    """
    n = real + synthetic
    a, b = pooled_shares(real, synthetic)
    return one_fit(xp, n, d, noise) + distance * (a + b * (n * d - 2) / (n - d - 1))


def floor_alone(xp, real, synthetic, distance):
    return distance * (synthetic / (real + synthetic)) ** 2


def _risk_of_many(real, synthetic, d, noise, distance):
    return mixture_risk(np, 1e6 * real, 1e6 * synthetic, 1e6 * d, noise, distance)


@law("linear-regression-mixture-limit", kind=Identity(_risk_of_many, 1e-5))
@source("dohmatob2024strong", tag="R13")
@tried({"real": 14, "synthetic": 6, "d": 4, "noise": 0.4, "distance": 1.3})
@rival("floor alone", floor_alone)
def mixture_limit(xp, real, synthetic, d, noise, distance):
    r"""At $\phi=d/n$ in the limit:
    $\frac{\sigma^2\phi}{1-\phi}+c^2\left(p_2^2+p_1p_2\frac\phi{1-\phi}\right)$, floor $p_2^2c^2$
    for ever (strong collapse).
    """
    share, odds = synthetic / (real + synthetic), d / (real + synthetic - d)
    return noise * odds + distance * (share**2 + share * (1 - share) * odds)


FEATURED = {
    "real": 9,
    "synthetic": 7,
    "features": 3,
    "noise": 0.4,
    "kept": 0.9,
    "omitted": 0.5,
    "moved": 1.6,
}


def _featured_draw(key, replicas, real, synthetic, features, noise, kept, omitted, moved):
    family = LinearRegression(estimator=Features(features), noise=noise)
    shift = np.array([np.sqrt(kept), *(0.0,) * (features - 1), np.sqrt(moved) - np.sqrt(omitted)])
    truth, shifted = (
        np.r_[WEIGHTS[:features], np.sqrt(omitted)],
        np.r_[WEIGHTS[:features], np.sqrt(omitted)] + shift,
    )
    truth, shifted = (jax.tree.map(jnp.asarray, family.params(w)) for w in (truth, shifted))
    return _risk_of_mixture(key, replicas, family, truth, shifted, (real, synthetic), (1.0, 1.0))


@law("linear-regression-mixture-features-excess-risk")
@source("dohmatob2024strong", "derived", tag="R13p")
@tried(FEATURED, draw=_featured_draw)
@rival("omitted as if real", moved=lambda omitted: omitted)
def mixture_features(xp, real, synthetic, features, noise, kept, omitted, moved):
    r"""With p isotropic features:
    $R_>+\frac p{n-p-1}\left[\frac{n_1}n(\sigma^2+R_>)+\frac{n_2}n(\sigma^2+R'_>)\right]
    +\|\delta_p\|^2\left[a+b\frac{np-2}{n-p-1}\right]$.
    """
    n = real + synthetic
    unexplained = noise + (real * omitted + synthetic * moved) / n
    return omitted + mixture_risk(xp, real, synthetic, features, unexplained, kept)


def _averaged_draw(key, replicas, real, synthetic, d, noise, distance):
    a, b = one_fit(np, real, d, noise), one_fit(np, synthetic, d, noise) + distance
    shift = np.sqrt(distance) * np.array(SHIFT[:d]) / np.linalg.norm(SHIFT[:d])
    weights = (b / (a + b) / real, a / (a + b) / synthetic)
    return _mixture(AveragedRegression(noise=noise), key, replicas, real, synthetic, shift, weights)


@law("averaged-regression-mixture-best-risk")
@source("derived", tag="R14")
@proof(Coq("Loops.averaged_regression_mixture_best_risk_correct"))
@tried({"real": 9, "synthetic": 14, "d": 4, "noise": 0.4, "distance": 0.3}, draw=_averaged_draw)
@rival("real alone", one_fit, n=lambda real: real)
@rival("variance alone", distance=0.0)
def best_mixture_risk(xp, real, synthetic, d, noise, distance):
    r"""Separate fits at the best weights risk $\frac{AB}{A+B}$, $B=\frac{\sigma^2d}{n_2-d-1}+c^2$:
    always below the real fit, ever less so.
    """
    a, b = one_fit(xp, real, d, noise), one_fit(xp, synthetic, d, noise) + distance
    return a * b / (a + b)


MIXED = (
    {"real": 9, "synthetic": 14, "d": 4, "noise": 0.4},
    {"real": 20, "synthetic": 3, "d": 2, "noise": 1.4},
)


def _break_even(real, synthetic, d, noise, scale=1e7):
    """The shift at which pooled synthetic data stop helping, from the exact risks of large samples,
    in units of the limit.
    """
    n1, n2 = scale * real, scale * synthetic
    gain = one_fit(np, n1, d, noise) - one_fit(np, n1 + n2, d, noise)
    return scale * gain / mixture_risk(np, n1, n2, d, 0.0, 1.0)


@law("linear-regression-mixture-break-even", kind=Identity(_break_even, 1e-5))
@source("derived", tag="R14")
@tried(*MIXED)
@rival("synthetic alone", lambda xp, synthetic, d, noise: noise * d / synthetic)
def break_even_shift(xp, real, synthetic, d, noise):
    r"""For $d\ll n$ pooled synthetic data help exactly while
    $c^2<\sigma^2d\,\frac{n_1+n_2}{n_1n_2}$.
    """
    return noise * d * (real + synthetic) / (real * synthetic)
