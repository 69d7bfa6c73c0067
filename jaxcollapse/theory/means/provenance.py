r"""Provenance: what detectors and watermarks leave of synthetic data, and what that is worth to the
loop.

$s$ is the synthetic share of a pool, TPR and FPR the shares of synthetic and of real items that a
detector drops.
"""

import jax
import jax.numpy as jnp
import numpy as np

from ..._keys import fold_in
from ...domains import POSITIVE, PROBABILITY, REAL, Real, Simplex
from ...families import AbstractQVF, Bernoulli, NormalMean
from ...metrics import mean_error
from ...quantities.base import E
from ...recursion import Recursion
from ...selection import Detect
from ...workflows import Refresh
from ..kinds import Identity
from ..notes import holds, rival, source, tried
from ..recurrence import pooled
from ..registry import law
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


def share_without_false_positives(xp, share, tpr):
    return share * (1 - tpr) / (share * (1 - tpr) + 1 - share)


@law("detector-residual-share")
@source("classical", tag="P1")
@holds(where={"share": PROBABILITY, "tpr": BELOW_ONE, "fpr": BELOW_ONE})
@tried(
    {"share": 0.6, "tpr": 0.8, "fpr": 0.1},
    {"share": 0.3, "tpr": 0.4, "fpr": 0.3},
    draw=lambda key, replicas, share, tpr, fpr: first_kept(key, replicas, share, 1 - tpr, 1 - fpr),
)
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
@holds(where={"share": PROBABILITY, "fpr_one": BELOW_ONE, "fpr_other": BELOW_ONE})
@tried(
    {"share": 0.2, "fpr_one": 0.3, "fpr_other": 0.05},
    draw=lambda key, replicas, share, fpr_one, fpr_other: first_kept(
        key, replicas, share, 1 - fpr_one, 1 - fpr_other
    ),
)
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

    k = np.arange(int(n) + 1)
    chance, size = binom.pmf(k, int(n), keep), fresh + k
    return chance @ (k / size) ** 2, chance @ (k / size**2), chance @ (1 / size)


def detected_recursion(family, mean, rate) -> Recursion:
    """Refresh behind a detector of the given true positive rate."""
    return Recursion(
        family, Refresh(), truth=family.params(mean), n=12, fresh=5, selection=Detect(rate)
    )


def _at_expected_count(xp, recursion, t, n, fresh, real, mean, V):
    kept = n * (1 - recursion.selection.rate)
    return refresh_mean_error(xp, mean, kept, fresh, None, real, t, V)


@law("qvf-detected-mean-error", AbstractQVF, Refresh, E(mean_error), selection=Detect, host=True)
@source("derived", tag="P2")
@holds(when=pooled)
@tried(
    (detected_recursion(NormalMean(1.7), 0.4, 0.7), 6),
    (detected_recursion(Bernoulli(), 0.3, 0.4), 6),
)
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


def watermark_score(key, replicas, n, real_share, marks_real, marks_synthetic):
    """Squared score of the real mean from n items with marks, real and synthetic ones standard
    normal at the same mean.
    """
    marks = jnp.log(jnp.stack([jnp.asarray(marks_synthetic), jnp.asarray(marks_real)]))
    real = jax.random.uniform(fold_in(key, 0), (replicas, n)) < real_share
    mark = jax.random.categorical(fold_in(key, 1), marks[real.astype(int)])
    values = jax.random.normal(fold_in(key, 2), (replicas, n))
    weight = real_share * jnp.asarray(marks_real)
    posterior = weight / (weight + (1 - real_share) * jnp.asarray(marks_synthetic))
    return jnp.square(jnp.sum(posterior[mark] * values, axis=1))


@law("watermark-sample-size")
@source("kanabar2026", "derived", tag="P3")
@holds(where={"real_share": PROBABILITY, "marks_real": Simplex(), "marks_synthetic": Simplex()})
@tried(
    {"n": 20, "real_share": 0.3, "marks_real": [0.7, 0.2, 0.1], "marks_synthetic": [0.1, 0.3, 0.6]},
    draw=watermark_score,
)
@rival("blind", lambda xp, n, real_share: n * real_share**2)
@rival("perfect", lambda xp, n, real_share: n * real_share)
def watermark_sample_size(xp, n, real_share, marks_real, marks_synthetic):
    r"""Marks with known laws make n items worth $n\sum_w\frac{(\alpha Q_1)^2}{\alpha
    Q_1+(1-\alpha)Q_0}$ real ones, from $n\alpha^2$ (blind) to $n\alpha$ (perfect).
    """
    real = real_share * marks_real
    return n * xp.sum(real**2 / (real + (1 - real_share) * marks_synthetic))


def _enumerated_erasure(n, real_share, erasure):
    """Sum over the three marks of an erasure detector of P(mark) P(real | mark)^2."""
    total = 0.0
    for from_real, from_synthetic in ((1 - erasure, 0.0), (0.0, 1 - erasure), (erasure, erasure)):
        chance = real_share * from_real + (1 - real_share) * from_synthetic
        total += chance * (real_share * from_real / chance) ** 2
    return n * total


def chi2_of_kept(xp, n, real_share, erasure):
    return n * real_share**2 * (1 + (1 - erasure) / real_share)


@law("erasure-sample-size", kind=Identity(_enumerated_erasure, 1e-12))
@source("derived", "kanabar2026", tag="P3")
@holds(where={"real_share": PROBABILITY, "erasure": BELOW_ONE})
@tried({"n": 50, "real_share": 0.3, "erasure": 0.2}, {"n": 9, "real_share": 0.7, "erasure": 0.6})
@rival("chi2 = (1 - e)/a", chi2_of_kept)
def erasure_sample_size(xp, n, real_share, erasure):
    r"""A detector that abstains with probability $\epsilon$ and never errs makes them worth
    $n\alpha^2(1+\chi^2)$, $\chi^2=(1-\epsilon)\frac{1-\alpha}\alpha$.
    """
    return n * real_share**2 * (1 + (1 - erasure) * (1 - real_share) / real_share)


def resampled_source(key, replicas, share, real_ease, synthetic_ease, power):
    """Whether the first item accepted with probability (1 - c)^power is synthetic; c ~ Beta(1,
    real) or Beta(synthetic, 1).
    """
    synthetic = jax.random.uniform(fold_in(key, 0), (replicas, OFFERED)) < share
    u = jax.random.uniform(fold_in(key, 1), (replicas, OFFERED))
    score = jnp.where(synthetic, u ** (1 / synthetic_ease), 1 - u ** (1 / real_ease))
    accepted = jax.random.uniform(fold_in(key, 2), (replicas, OFFERED)) < (1 - score) ** power
    return jnp.take_along_axis(synthetic, jnp.argmax(accepted, axis=1)[:, None], axis=1).astype(
        float
    )


def share_by_mean_score(xp, share, real_ease, synthetic_ease, power):
    return _weighed(
        share, (1 / (1 + synthetic_ease)) ** power, (real_ease / (1 + real_ease)) ** power
    )


@law("resampling-residual-share")
@source("drayson2025", "derived", tag="P6")
@holds(
    where={
        "share": PROBABILITY,
        "real_ease": POSITIVE,
        "synthetic_ease": POSITIVE,
        "power": POSITIVE,
    }
)
@tried({"share": 0.6, "real_ease": 4.0, "synthetic_ease": 2.0, "power": 3.0}, draw=resampled_source)
@rival("weight of the mean score", share_by_mean_score)
@rival("no resampling", lambda xp, share: share)
def resampled_share(xp, share, real_ease, synthetic_ease, power):
    r"""Resampling by $w=(1-c)^b$ of a detector's score leaves $\frac{sE_sw}{sE_sw+(1-s)E_rw}$
    synthetic; for $c\sim\mathrm{Beta}$, $E_rw=\frac{r}{r+b}$,
    $E_sw=\frac{\Gamma(q+1)\Gamma(b+1)}{\Gamma(q+b+1)}$.
    """
    log_synthetic = (
        xp.gammaln(synthetic_ease + 1)
        + xp.gammaln(power + 1)
        - xp.gammaln(synthetic_ease + power + 1)
    )
    return _weighed(share, xp.exp(log_synthetic), real_ease / (real_ease + power))


def _weighed(share, synthetic, real):
    return share * synthetic / (share * synthetic + (1 - share) * real)


def _integrated_kish(real_ease, power):
    from scipy.integrate import quad
    from scipy.stats import beta

    first, second = (
        quad(lambda c, k=k: (1 - c) ** (k * power) * beta.pdf(c, 1, real_ease), 0, 1)[0]
        for k in (1, 2)
    )
    return first**2 / second


@law("resampling-effective-share", kind=Identity(_integrated_kish, 1e-7))
@source("kish1965", "derived", tag="P6")
@holds(where={"real_ease": POSITIVE, "power": POSITIVE})
@tried({"real_ease": 4.0, "power": 10.0}, {"real_ease": 2.0, "power": 3.0})
@rival("mean weight", lambda xp, real_ease, power: real_ease / (real_ease + power))
def effective_share(xp, real_ease, power):
    r"""Its price on real data is an effective share of
    $\frac{(E_rw)^2}{E_rw^2}=\frac{r(r+2b)}{(r+b)^2}$ of their number (Kish).
    """
    return real_ease * (real_ease + 2 * power) / (real_ease + power) ** 2
