r"""Fairness feedback: what happens to groups and their shares when models train on their own
output; `noise` has the errors of their labels.

Infinite-sample loops are `Identity` laws against the iterated loop; reparation is simulated draw by
draw. Rounds t count passes through the loop: t = 0 is before the first one.
"""

import numpy as np
import scipy

from ...domains import POSITIVE, Integer, Real
from ..gaussian.univariate import log_drift
from ..kinds import Asymptotic, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Certified, Coq, Enumeration
from ..registry import law
from ..subjects import Gaussian, Rate, Replace, fold_in, jax, jnp, log_variance
from .noise import FLIP

SHARE = Real(0.0, 1.0, closed=(False, False), typical=(0.1, 0.9))


def pooled_bias(t, start, real, synthetic):
    """Bias of the model of round t in units of its calibration error, by counting the wrong labels
    of a growing pool.
    """
    wrong, size = 0.0, float(start)
    for _ in range(int(t)):
        wrong += synthetic * (wrong / size + 1)
        size += real + synthetic
    return wrong / size + 1


FEEDBACK = (
    {"t": 40, "start": 10_000, "real": 1000, "synthetic": 4000},
    {"t": 9, "start": 70, "real": 30, "synthetic": 20},
)


def amplification_without_real_labels(xp, t, start, synthetic):
    """The amplification if only generated labels joined the pool: a rival."""
    return 1 + xp.total(lambda i: synthetic / (start + i * synthetic), 1, t)


@law("feedback-amplification-limit", kind=Asymptotic("t", 0.5, "feedback-amplification"))
@source("taori2022", tag="F1")
@holds(where={"synthetic": Integer(0)})
@tried({"t": 400, "start": 500, "real": 60, "synthetic": 60})
def feedback_limit(xp, real, synthetic):
    r"""Real labels cap the amplification at $(m+k)/m$, reached as slowly as $t^{-m/(m+k)}$."""
    return (real + synthetic) / real


@law("feedback-amplification", kind=Identity(pooled_bias, 1e-11))
@source("taori2022", "derived", tag="F1")
@proof(Certified("test_feedback"))
@holds(where={"start": Integer(1), "synthetic": Integer(0)})
@tried(*FEEDBACK)
@rival("the limit", feedback_limit)
@rival("no real labels", amplification_without_real_labels)
def feedback_amplification(xp, t, start, real, synthetic):
    r"""A calibration error is amplified
    $1+\frac km\left[1-\frac{\Gamma(t+1+\frac{n_0-m}s)\,\Gamma(1+\frac{n_0}s)}
    {\Gamma(1+\frac{n_0-m}s)\,\Gamma(t+1+\frac{n_0}s)}\right]$
    times, $s=m+k$.
    """
    step = real + synthetic
    low, high = (start - real) / step, start / step
    kept = xp.gammaln(t + 1 + low) + xp.gammaln(1 + high)
    kept = kept - xp.gammaln(1 + low) - xp.gammaln(t + 1 + high)
    return 1 + synthetic / real * (1 - xp.exp(kept))


def _retained(share, retention):
    return share * retention / (share * retention + 1 - share)


def _iterated_retention(t, share, retention):
    for _ in range(int(t)):
        share = _retained(share, retention)
    return share


@law("retention-replace-share", kind=Identity(_iterated_retention, 1e-11))
@source("derived", tag="F2")
@proof(Coq("Loops.retention_replace_share_correct"))
@holds(where={"share": SHARE, "retention": POSITIVE})
@tried({"t": 6, "share": 0.2, "retention": 0.8}, {"t": 11, "share": 0.35, "retention": 1.3})
@rival("a geometric share", lambda xp, t, share, retention: share * retention**t)
def retention_share(xp, t, share, retention):
    r"""A filter that keeps one group $\omega$ times as often moves its log-odds linearly:
    $\mathrm{logit}\,\pi_t=\mathrm{logit}\,\pi_0+t\log\omega$.
    """
    return 1 / (1 + (1 - share) / share * retention ** (-t))


def _settled_retention(share, retention, real_share):
    settled = share
    for _ in range(20_000):
        settled = real_share * share + (1 - real_share) * _retained(settled, retention)
    return settled


RETAINED = {
    "share": SHARE,
    "retention": POSITIVE,
    "real_share": Real(0.0, 1.0, closed=(False, True)),
}
RETENTIONS = (
    {"share": 0.2, "retention": 0.8, "real_share": 0.1},
    {"share": 0.6, "retention": 2.5, "real_share": 0.4},
    {"share": 0.35, "retention": 0.5, "real_share": 0.3},
)


def share_after_one_round(xp, share, retention, real_share):
    """The share after one round from the real one: a rival."""
    return real_share * share + (1 - real_share) * _retained(share, retention)


@law("retention-refresh-share", kind=Identity(_settled_retention, 1e-10))
@source("derived", tag="F2")
@proof(Coq("Loops.retention_refresh_share_correct"))
@holds(where=RETAINED)
@tried(*RETENTIONS)
@rival("one round", share_after_one_round)
def retention_fixed_share(xp, share, retention, real_share):
    r"""Real data of share $\beta$ stop the drift where
    $\pi=\beta\pi_0+(1-\beta)\frac{\pi\omega}{\pi\omega+1-\pi}$:
    $\pi=\frac{2c}{b+\sqrt{b^2+4(\omega-1)c}}$, $c=\beta\pi_0$, $b=1-c(\omega-1)-(1-\beta)\omega$.
    """
    c = real_share * share
    b = 1 - c * (retention - 1) - (1 - real_share) * retention
    return 2 * c / (b + xp.sqrt(b * b + 4 * (retention - 1) * c))


def _cells(key, replicas, count, p):
    """Cells of `count` independent draws, one-hot, shape (replicas, count, cells)."""
    drawn = jax.random.categorical(key, jnp.log(jnp.asarray(p)), shape=(replicas, count))
    return jax.nn.one_hot(drawn, len(p))


def repaired_batch(key, replicas, p, batch, budget):
    """Share of every cell after reparation: each keeps at most its quota of batch + budget draws,
    new draws fill the rest.
    """
    offered = _cells(fold_in(key, 0), replicas, batch + budget, p).sum(axis=1)
    kept = jnp.minimum(offered, batch // len(p))
    missing = batch - kept.sum(axis=1)
    fill = _cells(fold_in(key, 1), replicas, batch, p)
    used = (jnp.arange(batch)[None, :] < missing[:, None])[:, :, None]
    return (kept + jnp.where(used, fill, 0.0).sum(axis=1)) / batch


def _expected_quota(p, batch, budget):
    count = np.arange(batch + budget + 1)
    kept = np.minimum(batch // len(p), count)
    return np.array([kept @ scipy.stats.binom.pmf(count, batch + budget, q) for q in p])


def _filled(p, batch, quota):
    return (quota + np.asarray(p) * (batch - quota.sum())) / batch


REPAIRED = (
    {"p": [0.6, 0.25, 0.1, 0.05], "batch": 24, "budget": 16},
    {"p": [0.5, 0.3, 0.2], "batch": 12, "budget": 30},
)


def share_by_quota_of_mean(xp, p, batch, budget):
    """The share if counts were their means: a rival."""
    return _filled(p, batch, np.minimum(batch // len(p), (batch + budget) * np.asarray(p)))


@law("reparation-share", host=True)
@source("wyllie2024", "derived", tag="F3")
@proof(Enumeration("test_a_quota_of_two_cells"))
@holds(where={"batch": Integer(1, 10**6), "budget": Integer(0, 10**6)})
@tried(*REPAIRED, draw=repaired_batch)
@rival("quota of the mean", share_by_quota_of_mean)
@rival("no reparation", lambda xp, p: np.asarray(p))
def reparation_share(xp, p, batch, budget):
    r"""Reparation lifts a rare cell to
    $\frac1B\left[E\min(m,N_c)+\pi_c(B-\sum_{c'}E\min(m,N_{c'}))\right]$,
    $N_c\sim\mathrm{Bin}(B+\mathrm{budget},\pi_c)$, $m=\lfloor B/K\rfloor$.
    """
    return _filled(p, batch, _expected_quota(p, batch, budget))


def _iterated_annotation(miss, false_alarm):
    """Share of group 1 under unlimited reparation to annotated parity: batches are what the
    annotator says, half and half.
    """
    confusion, share = np.array([[1 - false_alarm, false_alarm], [miss, 1 - miss]]), 0.3
    for _ in range(20_000):
        joint = np.array([1 - share, share])[:, None] * confusion
        share = 0.5 * np.sum(joint[1] / joint.sum(axis=0))
    return share


@law("reparation-annotated-share", kind=Identity(_iterated_annotation, 1e-9))
@source("derived", tag="F3")
@proof(Coq("Loops.reparation_annotated_share_correct"))
@holds(where={"miss": FLIP, "false_alarm": FLIP})
@tried({"miss": 0.2, "false_alarm": 0.1}, {"miss": 0.05, "false_alarm": 0.3})
@rival("parity", lambda xp, miss: 0.5 + 0 * miss)
@rival("error rates swapped", lambda xp, miss, false_alarm: (0.5 - miss) / (1 - miss - false_alarm))
def annotated_share(xp, miss, false_alarm):
    r"""Reparation by a noisy group annotator settles where the annotator sees parity,
    $\pi^*=\frac{1/2-f}{1-\mathrm{miss}-f}$: iterated, it is expectation maximization.
    """
    return (0.5 - false_alarm) / (1 - miss - false_alarm)


@law("gaussian-replace-collapse-rate", Gaussian, Replace, Rate(log_variance))
@source("classical", tag="F7")
@proof(Certified("test_one_normal_fit_after_another"))
@rival("-1/n", lambda xp, n, t, ddof: -(2 - ddof) / n + 0 * t)
def collapse_rate(xp, n, t, ddof=1):
    r"""Each group collapses at its own rate,
    $\frac1tE\log v_t=\psi(\frac{n_g-1}2)-\log\frac{n_g-\mathrm{ddof}}2$, the smaller the faster.
    """
    return log_drift(xp, n, ddof) + 0 * t


LARGE = Asymptotic("n", 1, "gaussian-replace-collapse-rate")


@law("gaussian-replace-collapse-rate-limit", Gaussian, Replace, Rate(log_variance), LARGE)
@source("classical", tag="F7")
def collapse_rate_limit(xp, n, ddof=1):
    r"""For large groups the rate is $-(2-\mathrm{ddof})/n_g$: a minority collapses
    $n_{\mathrm{maj}}/n_{\mathrm{min}}$ times as fast.
    """
    return -(2 - ddof) / n
