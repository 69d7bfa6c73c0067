r"""Provenance: what detectors and watermarks leave of synthetic data, and what that is worth to the
loop.

$s$ is the synthetic share of a pool, TPR and FPR the shares of synthetic and of real items that a
detector drops.
"""

import numpy as np

from ...domains import POSITIVE, PROBABILITY, REAL, Real
from ...numerics.reach import MOST_TERMS, within
from ..kinds import Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Coq
from ..recurrence import pooled
from ..registry import law
from ..subjects import (
    AbstractQVF,
    Bernoulli,
    Detect,
    E,
    NormalMean,
    Recursion,
    Refresh,
    fold_in,
    jax,
    jnp,
    mean_error,
)
from .qvf import refresh_mean_error

BELOW_ONE = Real(0.0, 1.0, closed=(True, False), typical=(0.1, 0.9))
OFFERED = 64


def first_kept(key, replicas, share, keep_one, keep_other):
    """Whether the first item that passes a filter is of a kind of prior `share`; all but surely one
    of 64 offered ones passes.
    """
    kind = jax.random.uniform(fold_in(key, 0), (replicas, OFFERED)) < share
    passed = jax.random.uniform(fold_in(key, 1), (replicas, OFFERED)) < jnp.where(
        kind, keep_one, keep_other
    )
    return jnp.take_along_axis(kind, jnp.argmax(passed, axis=1)[:, None], axis=1).astype(float)


RATES = ({"share": 0.6, "tpr": 0.8, "fpr": 0.1}, {"share": 0.3, "tpr": 0.4, "fpr": 0.3})


def synthetic_first(key, replicas, share, tpr, fpr):
    """Whether the first item that a detector lets through is synthetic."""
    return first_kept(key, replicas, share, 1 - tpr, 1 - fpr)


def group_first(key, replicas, share, fpr_one, fpr_other):
    """Whether the first real item that a detector lets through is of the first group."""
    return first_kept(key, replicas, share, 1 - fpr_one, 1 - fpr_other)


def share_without_false_positives(xp, share, tpr):
    return share * (1 - tpr) / (share * (1 - tpr) + 1 - share)


@law("detector-residual-share")
@source("classical", tag="P1")
@proof(Coq("Sources.detector_residual_share_correct"))
@holds(where={"share": PROBABILITY, "tpr": BELOW_ONE, "fpr": BELOW_ONE})
@tried(*RATES, draw=synthetic_first)
@rival("not renormalized", lambda xp, share, tpr: share * (1 - tpr))
@rival("no false positives", share_without_false_positives)
def residual_share(xp, share, tpr, fpr):
    r"""A detector leaves a synthetic share of
    $s'=\frac{s(1-\mathrm{TPR})}{s(1-\mathrm{TPR})+(1-s)(1-\mathrm{FPR})}$.
    """
    missed = share * (1 - tpr)
    return missed / (missed + (1 - share) * (1 - fpr))


@law("detector-group-share")
@source("derived", tag="P4")
@proof(Coq("Sources.detector_group_share_correct"))
@holds(where={"share": PROBABILITY, "fpr_one": BELOW_ONE, "fpr_other": BELOW_ONE})
@tried({"share": 0.2, "fpr_one": 0.3, "fpr_other": 0.05}, draw=group_first)
@rival("the share stays", lambda xp, share: share)
@rival("not renormalized", lambda xp, share, fpr_one: share * (1 - fpr_one))
def group_share(xp, share, fpr_one, fpr_other):
    r"""A detector that mistakes one group's real data more often shifts the shares:
    $\pi'=\frac{\pi(1-\phi_1)}{\pi(1-\phi_1)+(1-\pi)(1-\phi_0)}$.
    """
    return share * (1 - fpr_one) / (share * (1 - fpr_one) + (1 - share) * (1 - fpr_other))


def _thinned_moments(n, fresh, keep):
    r"""Means of $(\frac K{m+K})^2$, $\frac K{(m+K)^2}$ and $\frac1{m+K}$ for K ~ Bin(n, keep)."""
    from scipy.stats import binom

    within("n", n, MOST_TERMS, "the law of the number kept is an array")
    k = np.arange(int(n) + 1)
    chance, size = binom.pmf(k, int(n), keep), fresh + k
    return chance @ (k / size) ** 2, chance @ (k / size**2), chance @ (1 / size)


def detected_recursion(family, mean, rate) -> Recursion:
    """Refresh behind a detector of the given true positive rate."""
    return Recursion(
        family, Refresh(), truth=family.params(mean), n=12, fresh=5, selection=Detect(rate)
    )


DETECTED = (
    (detected_recursion(NormalMean(1.7), 0.4, 0.7), 6),
    (detected_recursion(Bernoulli(), 0.3, 0.4), 6),
)


def _at_expected_count(xp, recursion, t, n, fresh, real, mean, V):
    kept = n * (1 - recursion.selection.rate)
    return refresh_mean_error(xp, mean, kept, fresh, None, real, t, V)


@law("qvf-detected-mean-error", AbstractQVF, Refresh, E(mean_error), selection=Detect, host=True)
@source("derived", tag="P2")
@holds(when=pooled)
@tried(*DETECTED)
@rival("the expected count", _at_expected_count)
@rival("no detector", refresh_mean_error, weight=None)
def detected_mean_error(xp, recursion, t, n, fresh, real, mean, V):
    r"""Behind a detector $K\sim\mathrm{Bin}(n,1-\mathrm{TPR})$ of n are left:
    $e_{t+1}=\rho\,e_t+V_0E\frac1{m+K}$, $\rho=E\frac{K^2+v_2K}{(m+K)^2}$, $e_1=V_0/N$.
    """
    square, single, noise = _thinned_moments(n, fresh, 1 - recursion.selection.rate)
    start, rate = V(mean), square + V.v2 * single
    limit = start * noise / (1 - rate)
    return xp.where(t > 0, limit + (start / real - limit) * rate ** xp.maximum(t - 1, 0), 0.0)


def _iterated_risk(bias, residual, kept):
    """Squared bias and variance of a fit that adds `bias` to the mean of `kept` real items and
    their share of synthetic ones.
    """
    drift = spread = 0.0
    size = kept / (1 - residual)
    for _ in range(20_000):
        drift, spread = residual * drift + bias, residual**2 * spread + 1 / size
    return drift**2 + spread


@law("detector-refresh-limit-risk", kind=Identity(_iterated_risk, 1e-9))
@source("derived", tag="P2")
@proof(Coq("Loops.detector_refresh_limit_risk_correct"))
@holds(where={"bias": REAL, "residual": BELOW_ONE, "kept": POSITIVE})
@tried({"bias": 0.05, "residual": 0.25, "kept": 36}, {"bias": 0.3, "residual": 0.7, "kept": 9})
@rival("bias of one round", lambda xp, bias, residual, kept: bias**2 + 1 / (kept * (1 + residual)))
@rival("real data alone", lambda xp, bias, residual, kept: (bias / (1 - residual)) ** 2 + 1 / kept)
def limit_risk(xp, bias, residual, kept):
    r"""Filtering pays through bias alone: $\left(\frac b{1-s'}\right)^2+\frac{\sigma^2}{n_r(1+s')}$
    at $\sigma=1$; unbiased, it costs up to twice the variance.
    """
    return (bias / (1 - residual)) ** 2 + 1 / (kept * (1 + residual))


def _best_residual(bias, kept):
    from scipy.optimize import minimize_scalar

    def risk(residual):
        size, far = kept / (1 - residual), 1 / (1 - residual**2)
        return (bias * np.sum(residual ** np.arange(4000))) ** 2 + far / size

    return minimize_scalar(risk, bounds=(0, 0.99), method="bounded", options={"xatol": 1e-10}).x


@law("detector-refresh-best-share", kind=Identity(_best_residual, 1e-5))
@source("derived", tag="P5")
@holds(where={"bias": POSITIVE, "kept": POSITIVE})
@tried({"bias": 0.05, "kept": 40}, {"bias": 0.1, "kept": 20})
@rival("filter all", lambda xp, bias: 0.0 * bias)
@rival("small bias", lambda xp, bias, kept: 1 - (8 * bias**2 * kept) ** (1 / 3))
def best_residual(xp, bias, kept):
    r"""Of the synthetic data a share s' is best kept, $2b^2n_r(1+s')^2=\sigma^2(1-s')^3$ at
    $\sigma=1$ (Cardano); none where $2b^2n_r\ge1$.
    """
    c = xp.where(2 * bias**2 * kept < 1, 2 * bias**2 * kept, 1.0)
    half = (4 * c**2 / 3 - 4 * c - 2 * c**3 / 27) / 2
    root = xp.sqrt(half**2 + ((4 * c - c**2 / 3) / 3) ** 3)
    return 1 - c / 3 - (root - half) ** (1 / 3) + (root + half) ** (1 / 3)
