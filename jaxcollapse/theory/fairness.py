r"""Fairness feedback: what happens to groups, their shares and their error rates when models train on their own labels.

Infinite-sample loops are `Identity` laws against the iterated loop; label chains and reparation are simulated draw by draw.
Rounds t count passes through the loop: t = 0 is before the first one.
"""

import jax
import jax.numpy as jnp
import numpy as np

from .._keys import fold_in
from ..domains import POSITIVE, PROBABILITY, Integer, Real
from ..families import Gaussian
from ..metrics import log_variance
from ..quantities import Rate
from ..workflows import Replace
from .gaussian import log_drift
from .kinds import Asymptotic, Exact, Identity
from .registry import law

SHARE = Real(0.0, 1.0, closed=(False, False), typical=(0.1, 0.9))
FLIP = Real(0.0, 0.5, closed=(True, False), typical=(0.01, 0.2))


def pooled_bias(t, start, real, synthetic):
    """Bias of the model of round t in units of its calibration error, by the books of a growing pool of labels."""
    wrong, size = 0.0, float(start)
    for _ in range(int(t)):
        wrong += synthetic * (wrong / size + 1)
        size += real + synthetic
    return wrong / size + 1


@law(
    "feedback-amplification", kind=Identity(pooled_bias, 1e-11), cite=("taori2022", "derived"), tag="F1",
    where={"start": Integer(1), "synthetic": Integer(0)},
    at=({"t": 40, "start": 10_000, "real": 1000, "synthetic": 4000}, {"t": 9, "start": 70, "real": 30, "synthetic": 20}),
    rivals={
        "the limit": lambda xp, t, start, real, synthetic: feedback_limit(xp, real, synthetic),
        "no real labels": lambda xp, t, start, real, synthetic: 1 + xp.total(lambda i: synthetic / (start + i * synthetic), 1, t),
    },
)  # fmt: skip
def feedback_amplification(xp, t, start, real, synthetic):
    r"""A calibration error is amplified $1+\frac km\left[1-\frac{\Gamma(t+1+\frac{n_0-m}s)\,\Gamma(1+\frac{n_0}s)}{\Gamma(1+\frac{n_0-m}s)\,\Gamma(t+1+\frac{n_0}s)}\right]$ times, $s=m+k$."""
    step = real + synthetic
    low, high = (start - real) / step, start / step
    kept = xp.gammaln(t + 1 + low) + xp.gammaln(1 + high) - xp.gammaln(1 + low) - xp.gammaln(t + 1 + high)
    return 1 + synthetic / real * (1 - xp.exp(kept))


@law(
    "feedback-amplification-limit", kind=Asymptotic("t", 0.5, "feedback-amplification"), cite=("taori2022",), tag="F1",
    where={"synthetic": Integer(0)}, at=({"t": 400, "start": 500, "real": 60, "synthetic": 60},),
)  # fmt: skip
def feedback_limit(xp, real, synthetic):
    r"""Real labels cap the amplification at $(m+k)/m$, reached as slowly as $t^{-m/(m+k)}$."""
    return (real + synthetic) / real


def _retained(share, retention):
    return share * retention / (share * retention + 1 - share)


def _iterated_retention(t, share, retention):
    for _ in range(int(t)):
        share = _retained(share, retention)
    return share


@law(
    "retention-replace-share", kind=Identity(_iterated_retention, 1e-11), cite=("derived",), tag="F2",
    where={"share": SHARE, "retention": POSITIVE},
    at=({"t": 6, "share": 0.2, "retention": 0.8}, {"t": 11, "share": 0.35, "retention": 1.3}),
    rivals={"a geometric share": lambda xp, t, share, retention: share * retention**t},
)  # fmt: skip
def retention_share(xp, t, share, retention):
    r"""A filter that keeps one group $\omega$ times as often moves its log-odds linearly: $\mathrm{logit}\,\pi_t=\mathrm{logit}\,\pi_0+t\log\omega$."""
    return 1 / (1 + (1 - share) / share * retention ** (-t))


def _settled_retention(share, retention, real_share):
    settled = share
    for _ in range(20_000):
        settled = real_share * share + (1 - real_share) * _retained(settled, retention)
    return settled


@law(
    "retention-refresh-share", kind=Identity(_settled_retention, 1e-10), cite=("derived",), tag="F2",
    where={"share": SHARE, "retention": POSITIVE, "real_share": Real(0.0, 1.0, closed=(False, True))},
    at=(
        {"share": 0.2, "retention": 0.8, "real_share": 0.1}, {"share": 0.6, "retention": 2.5, "real_share": 0.4},
        {"share": 0.35, "retention": 0.5, "real_share": 0.3},
    ),
    rivals={"one round": lambda xp, share, retention, real_share: real_share * share
            + (1 - real_share) * share * retention / (share * retention + 1 - share)},
)  # fmt: skip
def retention_fixed_share(xp, share, retention, real_share):
    r"""Real data of share $\beta$ stop the drift where $\pi=\beta\pi_0+(1-\beta)\frac{\pi\omega}{\pi\omega+1-\pi}$: $\pi=\frac{2c}{b+\sqrt{b^2+4(\omega-1)c}}$, $c=\beta\pi_0$, $b=1-c(\omega-1)-(1-\beta)\omega$."""
    c = real_share * share
    b = 1 - c * (retention - 1) - (1 - real_share) * retention
    return 2 * c / (b + xp.sqrt(b * b + 4 * (retention - 1) * c))


def _cells(key, replicas, count, p):
    """Cells of `count` independent draws, one-hot, shape (replicas, count, cells)."""
    drawn = jax.random.categorical(key, jnp.log(jnp.asarray(p)), shape=(replicas, count))
    return jax.nn.one_hot(drawn, len(p))


def repaired_batch(key, replicas, p, batch, budget):
    """Share of every cell after reparation: each keeps at most its quota of batch + budget draws, new draws fill the rest."""
    offered = _cells(fold_in(key, 0), replicas, batch + budget, p).sum(axis=1)
    kept = jnp.minimum(offered, batch // len(p))
    missing = batch - kept.sum(axis=1)
    fill = _cells(fold_in(key, 1), replicas, batch, p)
    used = (jnp.arange(batch)[None, :] < missing[:, None])[:, :, None]
    return (kept + jnp.where(used, fill, 0.0).sum(axis=1)) / batch


def _expected_quota(p, batch, budget):
    from scipy.stats import binom

    count = np.arange(batch + budget + 1)
    return np.array([np.minimum(batch // len(p), count) @ binom.pmf(count, batch + budget, q) for q in p])


@law(
    "reparation-share", kind=Exact(), cite=("wyllie2024", "derived"), tag="F3", draw=repaired_batch,
    where={"batch": Integer(1), "budget": Integer(0)},
    at=({"p": [0.6, 0.25, 0.1, 0.05], "batch": 24, "budget": 16}, {"p": [0.5, 0.3, 0.2], "batch": 12, "budget": 30}),
    rivals={
        "quota of the mean": lambda xp, p, batch, budget: _filled(
            p, batch, np.minimum(batch // len(p), (batch + budget) * np.asarray(p))),
        "no reparation": lambda xp, p, batch, budget: np.asarray(p),
    },
)  # fmt: skip
def reparation_share(xp, p, batch, budget):
    r"""Reparation lifts a rare cell to $\frac1B\left[E\min(m,N_c)+\pi_c(B-\sum_{c'}E\min(m,N_{c'}))\right]$, $N_c\sim\mathrm{Bin}(B+\mathrm{budget},\pi_c)$, $m=\lfloor B/K\rfloor$."""
    return _filled(p, batch, _expected_quota(p, batch, budget))


def _filled(p, batch, quota):
    return (quota + np.asarray(p) * (batch - quota.sum())) / batch


def _iterated_annotation(miss, false_alarm):
    """Share of group 1 under unlimited reparation to annotated parity: batches are what the annotator says, half and half."""
    confusion, share = np.array([[1 - false_alarm, false_alarm], [miss, 1 - miss]]), 0.3
    for _ in range(20_000):
        joint = np.array([1 - share, share])[:, None] * confusion
        share = 0.5 * np.sum(joint[1] / joint.sum(axis=0))
    return share


@law(
    "reparation-annotated-share", kind=Identity(_iterated_annotation, 1e-9), cite=("derived",), tag="F3",
    where={"miss": FLIP, "false_alarm": FLIP},
    at=({"miss": 0.2, "false_alarm": 0.1}, {"miss": 0.05, "false_alarm": 0.3}),
    rivals={"parity": lambda xp, miss, false_alarm: 0.5 + 0 * miss,
            "error rates swapped": lambda xp, miss, false_alarm: (0.5 - miss) / (1 - miss - false_alarm)},
)  # fmt: skip
def annotated_share(xp, miss, false_alarm):
    r"""Reparation by a noisy group annotator settles where the annotator sees parity, $\pi^*=\frac{1/2-f}{1-\mathrm{miss}-f}$: iterated, it is expectation maximization."""
    return (0.5 - false_alarm) / (1 - miss - false_alarm)


def chained_labels(key, replicas, t, start, up, down):
    """Labels after t rounds in which a 0 becomes 1 with probability `up` and a 1 becomes 0 with probability `down`."""
    label = jax.random.uniform(fold_in(key, 0), (replicas,)) < start

    def relabeled(k, label):
        flip = jax.random.uniform(fold_in(key, k), (replicas,)) < jnp.where(label, down, up)
        return label ^ flip

    return jax.lax.fori_loop(1, t + 1, relabeled, label).astype(float)


@law(
    "label-noise-accuracy", kind=Exact(), cite=("classical",), tag="F4", where={"accuracy": PROBABILITY, "noise": FLIP},
    draw=lambda key, replicas, t, accuracy, noise: chained_labels(key, replicas, t, accuracy, noise, noise),
    at=({"t": 9, "accuracy": 0.95, "noise": 0.04}, {"t": 3, "accuracy": 0.8, "noise": 0.15}),
    rivals={"no way back": lambda xp, t, accuracy, noise: accuracy * (1 - noise) ** t,
            "1 - noise": lambda xp, t, accuracy, noise: 0.5 + (accuracy - 0.5) * (1 - noise) ** t},
)  # fmt: skip
def label_noise_accuracy(xp, t, accuracy, noise):
    r"""Labels flipped with probability $\delta$ a round forget the truth: $a_t=\frac12\left[1+(2a_0-1)(1-2\delta)^t\right]$."""
    return 0.5 * (1 + (2 * accuracy - 1) * (1 - 2 * noise) ** t)


def _widest_gap(accuracy_a, accuracy_b, noise_a, noise_b):
    """Where the accuracies of two groups are furthest apart, on the semigroups of their flips."""
    from scipy.linalg import expm, logm
    from scipy.optimize import minimize_scalar

    def group(accuracy, noise):
        generator = logm(np.array([[1 - noise, noise], [noise, 1 - noise]]))
        return lambda t: (np.array([accuracy, 1 - accuracy]) @ expm(t * generator))[0]

    one, two = group(accuracy_a, noise_a), group(accuracy_b, noise_b)
    return minimize_scalar(lambda t: -abs(one(t) - two(t)), bounds=(0, 1000), method="bounded", options={"xatol": 1e-9}).x


@law(
    "label-noise-gap-peak", kind=Identity(_widest_gap, 1e-5), cite=("derived",), tag="F4",
    where={"accuracy_a": PROBABILITY, "accuracy_b": PROBABILITY, "noise_a": FLIP, "noise_b": FLIP},
    at=({"accuracy_a": 0.95, "accuracy_b": 0.95, "noise_a": 0.01, "noise_b": 0.03},
        {"accuracy_a": 0.97, "accuracy_b": 0.9, "noise_a": 0.02, "noise_b": 0.05}),
    rivals={"noise for its rate": lambda xp, accuracy_a, accuracy_b, noise_a, noise_b: xp.log(
        (2 * accuracy_b - 1) * noise_b / ((2 * accuracy_a - 1) * noise_a)) / (noise_b - noise_a)},
)  # fmt: skip
def label_noise_gap_peak(xp, accuracy_a, accuracy_b, noise_a, noise_b):
    r"""Unfairness rises, then falls as all groups end at chance: the gap peaks at $t^*=\frac1{r_a-r_b}\log\frac{(2a_b-1)r_b}{(2a_a-1)r_a}$, $r=\log(1-2\delta)$."""
    rate_a, rate_b = xp.log(1 - 2 * noise_a), xp.log(1 - 2 * noise_b)
    return xp.log((2 * accuracy_b - 1) * rate_b / ((2 * accuracy_a - 1) * rate_a)) / (rate_a - rate_b)


def _integrated_centroids(cut):
    """Midpoint of the means of a standard normal on both sides of the cut, by quadrature."""
    from scipy.integrate import quad
    from scipy.stats import norm

    def mean(low, high):
        mass = quad(norm.pdf, low, high, epsabs=1e-14, epsrel=1e-13)[0]
        return quad(lambda x: x * norm.pdf(x), low, high, epsabs=1e-14, epsrel=1e-13)[0] / mass

    return 0.5 * (mean(-12.0, float(cut)) + mean(float(cut), 12.0))


def _lloyd_rate():
    cut = 0.8
    for _ in range(22):
        last, cut = cut, _integrated_centroids(cut)
    return cut / last


@law(
    "centroid-classifier-cut", kind=Identity(_integrated_centroids, 1e-9), cite=("lloyd1982", "derived"), tag="F5",
    where={"cut": Real()}, at=({"cut": 0.8}, {"cut": -0.3}),
    rivals={"the cut stays": lambda xp, cut: cut, "linearized": lambda xp, cut: 2 / np.pi * cut},
)  # fmt: skip
def centroid_cut(xp, cut):
    r"""A centroid classifier retrained on its own labels of $N(0,1)$ is Lloyd's algorithm: $c'=\frac12\left[\frac{\varphi(c)}{1-\Phi(c)}-\frac{\varphi(c)}{\Phi(c)}\right]$."""
    from scipy.stats import norm

    return 0.5 * norm.pdf(cut) * (1 / norm.sf(cut) - 1 / norm.cdf(cut))


@law(
    "centroid-classifier-rate", kind=Identity(_lloyd_rate, 1e-7), cite=("derived",), tag="F5", at=({},),
    rivals={"one half": lambda xp: 0.5, "neutral": lambda xp: 1.0},
)  # fmt: skip
def centroid_rate(xp):
    r"""The class prior is forgotten: the cut tends to the median at rate $2/\pi$ a round."""
    return 2 / xp.pi


@law(
    "gaussian-replace-collapse-rate", family=Gaussian, workflow=Replace, quantity=Rate(log_variance), kind=Exact(),
    cite=("classical",), tag="F7", rivals={"-1/n": lambda xp, n, t, ddof=1: -(2 - ddof) / n + 0 * t},
)  # fmt: skip
def collapse_rate(xp, n, t, ddof=1):
    r"""Each group collapses at its own rate, $\frac1tE\log v_t=\psi(\frac{n_g-1}2)-\log\frac{n_g-\mathrm{ddof}}2$, the smaller the faster."""
    return log_drift(xp, n, ddof) + 0 * t


@law(
    "gaussian-replace-collapse-rate-limit", family=Gaussian, workflow=Replace, quantity=Rate(log_variance),
    kind=Asymptotic("n", 1, "gaussian-replace-collapse-rate"), cite=("classical",), tag="F7",
)  # fmt: skip
def collapse_rate_limit(xp, n, ddof=1):
    r"""For large groups the rate is $-(2-\mathrm{ddof})/n_g$: a minority collapses $n_{\mathrm{maj}}/n_{\mathrm{min}}$ times as fast."""
    return -(2 - ddof) / n


CHAIN = {"up": FLIP, "down": FLIP, "base": PROBABILITY}


@law(
    "label-chain-true-positive-rate", kind=Exact(), cite=("derived", "wyllie2024"), tag="F8", where=CHAIN,
    draw=lambda key, replicas, t, up, down: chained_labels(key, replicas, t, 1.0, up, down),
    at=({"t": 7, "up": 0.02, "down": 0.06}, {"t": 4, "up": 0.2, "down": 0.1}),
    rivals={"no way back": lambda xp, t, up, down: (1 - down) ** t,
            "flips swapped": lambda xp, t, up, down: true_positive_rate(xp, t, down, up)},
)  # fmt: skip
def true_positive_rate(xp, t, up, down):
    r"""A sequence of classifiers is a two-state chain: $\mathrm{TPR}_t=s^*+(1-s^*)\kappa^t$, $s^*=\frac{f_{01}}{f_{01}+f_{10}}$, $\kappa=1-f_{01}-f_{10}$."""
    settled = up / (up + down)
    return settled + (1 - settled) * (1 - up - down) ** t


@law(
    "label-chain-false-positive-rate", kind=Exact(), cite=("derived", "wyllie2024"), tag="F8", where=CHAIN,
    draw=lambda key, replicas, t, up, down: chained_labels(key, replicas, t, 0.0, up, down),
    at=({"t": 7, "up": 0.02, "down": 0.06}, {"t": 4, "up": 0.2, "down": 0.1}),
    rivals={"no way back": lambda xp, t, up, down: 1 - (1 - up) ** t,
            "flips swapped": lambda xp, t, up, down: false_positive_rate(xp, t, down, up)},
)  # fmt: skip
def false_positive_rate(xp, t, up, down):
    r"""False positives rise to the same level: $\mathrm{FPR}_t=s^*(1-\kappa^t)$."""
    return up / (up + down) * (1 - (1 - up - down) ** t)


@law(
    "label-chain-selection-rate", kind=Exact(), cite=("derived", "wyllie2024"), tag="F8", where=CHAIN,
    draw=lambda key, replicas, t, base, up, down: chained_labels(key, replicas, t, base, up, down),
    at=({"t": 7, "base": 0.3, "up": 0.02, "down": 0.06}, {"t": 4, "base": 0.7, "up": 0.2, "down": 0.1}),
    rivals={"the base rate": lambda xp, t, base, up, down: base,
            "the settled rate": lambda xp, t, base, up, down: up / (up + down)},
)  # fmt: skip
def selection_rate(xp, t, base, up, down):
    r"""The rate of positive labels forgets its base rate: $b\,\mathrm{TPR}_t+(1-b)\,\mathrm{FPR}_t$."""
    return base * true_positive_rate(xp, t, up, down) + (1 - base) * false_positive_rate(xp, t, up, down)


def _gap_of_matrix_powers(t, up_a, down_a, up_b, down_b):
    powers = [
        np.linalg.matrix_power(np.array([[1 - up, up], [down, 1 - down]]), int(t)) for up, down in ((up_a, down_a), (up_b, down_b))
    ]
    return np.max(np.abs(powers[0][:, 1] - powers[1][:, 1]))


@law(
    "label-chain-odds-gap", kind=Identity(_gap_of_matrix_powers, 1e-10), cite=("derived", "wyllie2024"), tag="F8",
    where={"up_a": FLIP, "down_a": FLIP, "up_b": FLIP, "down_b": FLIP},
    at=({"t": 7, "up_a": 0.02, "down_a": 0.06, "up_b": 0.05, "down_b": 0.05},
        {"t": 3, "up_a": 0.1, "down_a": 0.02, "up_b": 0.02, "down_b": 0.08}),
    rivals={"true positives alone": lambda xp, t, up_a, down_a, up_b, down_b: xp.abs(
        true_positive_rate(xp, t, up_a, down_a) - true_positive_rate(xp, t, up_b, down_b))},
)  # fmt: skip
def odds_gap(xp, t, up_a, down_a, up_b, down_b):
    r"""Equalized odds are violated by $\max(|\Delta\mathrm{TPR}_t|,|\Delta\mathrm{FPR}_t|)$ of the two groups' chains."""
    true = xp.abs(true_positive_rate(xp, t, up_a, down_a) - true_positive_rate(xp, t, up_b, down_b))
    false = xp.abs(false_positive_rate(xp, t, up_a, down_a) - false_positive_rate(xp, t, up_b, down_b))
    return xp.maximum(true, false)
