r"""Labels under retraining: noise, sequences of classifiers and their cut, as chains and as
iterated maps.

Chains are simulated label by label; infinite-sample maps are `Identity` laws. Rounds t count passes
through the loop.
"""

import numpy as np
import scipy

from ...domains import PROBABILITY, Real
from ..kinds import Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Coq, Derivation, Enumeration
from ..registry import law
from ..subjects import fold_in, jax, jnp

FLIP = Real(0.0, 0.5, closed=(True, False), typical=(0.01, 0.2))


def chained_labels(key, replicas, t, start, up, down):
    """Labels after t rounds in which a 0 becomes 1 with probability `up` and a 1 becomes 0 with
    probability `down`.
    """
    label = jax.random.uniform(fold_in(key, 0), (replicas,)) < start

    def relabeled(k, label):
        flip = jax.random.uniform(fold_in(key, k), (replicas,)) < jnp.where(label, down, up)
        return label ^ flip

    return jax.lax.fori_loop(1, t + 1, relabeled, label).astype(float)


FLIPS = {"t": 9, "accuracy": 0.95, "noise": 0.04}, {"t": 3, "accuracy": 0.8, "noise": 0.15}


def _flipped_labels(key, replicas, t, accuracy, noise):
    return chained_labels(key, replicas, t, accuracy, noise, noise)


@law("label-noise-accuracy")
@source("classical", tag="F4")
@proof(Derivation("test_chains_of_labels"))
@holds(where={"accuracy": PROBABILITY, "noise": FLIP})
@tried(*FLIPS, draw=_flipped_labels)
@rival("no way back", lambda xp, t, accuracy, noise: accuracy * (1 - noise) ** t)
@rival("1 - noise", lambda xp, t, accuracy, noise: 0.5 + (accuracy - 0.5) * (1 - noise) ** t)
def label_noise_accuracy(xp, t, accuracy, noise):
    r"""Labels flipped with probability $\delta$ per round forget the truth:
    $a_t=\frac12\left[1+(2a_0-1)(1-2\delta)^t\right]$.
    """
    return 0.5 * (1 + (2 * accuracy - 1) * (1 - 2 * noise) ** t)


def _widest_gap(accuracy_a, accuracy_b, noise_a, noise_b):
    """Where the accuracies of two groups are furthest apart, on the semigroups of their flips."""

    def group(accuracy, noise):
        generator = scipy.linalg.logm(np.array([[1 - noise, noise], [noise, 1 - noise]]))
        return lambda t: (np.array([accuracy, 1 - accuracy]) @ scipy.linalg.expm(t * generator))[0]

    one, two = group(accuracy_a, noise_a), group(accuracy_b, noise_b)
    gap, exact = lambda t: -abs(one(t) - two(t)), {"xatol": 1e-9}
    return scipy.optimize.minimize_scalar(gap, bounds=(0, 1000), method="bounded", options=exact).x


TWO_GROUPS = {
    "accuracy_a": PROBABILITY,
    "accuracy_b": PROBABILITY,
    "noise_a": FLIP,
    "noise_b": FLIP,
}
GROUPS = (
    {"accuracy_a": 0.95, "accuracy_b": 0.95, "noise_a": 0.01, "noise_b": 0.03},
    {"accuracy_a": 0.97, "accuracy_b": 0.9, "noise_a": 0.02, "noise_b": 0.05},
)


def gap_peak_by_noise(xp, accuracy_a, accuracy_b, noise_a, noise_b):
    r"""The peak with $\delta$ for its rate $-\frac12\log(1-2\delta)$: a rival."""
    odds = (2 * accuracy_b - 1) * noise_b / ((2 * accuracy_a - 1) * noise_a)
    return xp.log(odds) / (noise_b - noise_a)


PARTING = {
    "accuracies above 1/2": lambda accuracy_a, accuracy_b: (accuracy_a > 0.5) & (accuracy_b > 0.5),
    "two different noises above 0": lambda noise_a, noise_b: (
        (noise_a > 0) & (noise_b > 0) & (noise_a != noise_b)
    ),
}


@law("label-noise-gap-peak", kind=Identity(_widest_gap, 1e-5))
@source("derived", tag="F4")
@holds(assuming=PARTING, where=TWO_GROUPS)
@tried(*GROUPS)
@rival("noise for its rate", gap_peak_by_noise)
def label_noise_gap_peak(xp, accuracy_a, accuracy_b, noise_a, noise_b):
    r"""Unfairness rises, then falls as all groups end at chance: the gap peaks at
    $t^*=\frac1{r_a-r_b}\log\frac{(2a_b-1)r_b}{(2a_a-1)r_a}$, $r=\log(1-2\delta)$.
    """
    rate_a, rate_b = xp.log(1 - 2 * noise_a), xp.log(1 - 2 * noise_b)
    odds = (2 * accuracy_b - 1) * rate_b / ((2 * accuracy_a - 1) * rate_a)
    return xp.log(odds) / (rate_a - rate_b)


def _integrated_centroids(cut):
    """Midpoint of the means of a standard normal on both sides of the cut, by quadrature."""
    quad, density = scipy.integrate.quad, scipy.stats.norm.pdf

    def mean(low, high):
        whole = lambda f: quad(f, low, high, epsabs=1e-14, epsrel=1e-13)[0]
        return whole(lambda x: x * density(x)) / whole(density)

    return 0.5 * (mean(-12.0, float(cut)) + mean(float(cut), 12.0))


def _lloyd_rate():
    cut = 0.8
    for _ in range(22):
        last, cut = cut, _integrated_centroids(cut)
    return cut / last


@law("centroid-classifier-cut", kind=Identity(_integrated_centroids, 1e-9), host=True)
@source("lloyd1982", "derived", tag="F5")
@holds(where={"cut": Real()})
@tried({"cut": 0.8}, {"cut": -0.3})
@rival("the cut stays", lambda xp, cut: cut)
@rival("linearized", lambda xp, cut: 2 / np.pi * cut)
def centroid_cut(xp, cut):
    r"""A centroid classifier retrained on its own labels of $N(0,1)$ is Lloyd's algorithm:
    $c'=\frac12\left[\frac{\varphi(c)}{1-\Phi(c)}-\frac{\varphi(c)}{\Phi(c)}\right]$.
    """
    normal = scipy.stats.norm
    hazard = lambda x: np.exp(normal.logpdf(x) - normal.logsf(x))
    return 0.5 * (hazard(cut) - hazard(-cut))


@law("centroid-classifier-rate", kind=Identity(_lloyd_rate, 1e-7))
@source("derived", tag="F5")
@tried({})
@rival("one half", lambda xp: 0.5)
@rival("neutral", lambda xp: 1.0)
def centroid_rate(xp):
    r"""The class prior is forgotten: the cut tends to the median at rate $2/\pi$ per round."""
    return 2 / xp.pi


CHAIN = {"up": FLIP, "down": FLIP, "base": PROBABILITY}
CHAINS = {"t": 7, "up": 0.02, "down": 0.06}, {"t": 4, "up": 0.2, "down": 0.1}
BASED = {**CHAINS[0], "base": 0.3}, {**CHAINS[1], "base": 0.7}


def _labels_from(start):
    return lambda key, replicas, t, up, down: chained_labels(key, replicas, t, start, up, down)


def _labels_from_base(key, replicas, t, base, up, down):
    return chained_labels(key, replicas, t, base, up, down)


@law("label-chain-true-positive-rate")
@source("derived", "wyllie2024", tag="F8")
@proof(Derivation("test_chains_of_labels"))
@holds(where=CHAIN)
@tried(*CHAINS, draw=_labels_from(1.0))
@rival("no way back", lambda xp, t, down: (1 - down) ** t)
@rival("flips swapped", up=lambda down: down, down=lambda up: up)
def true_positive_rate(xp, t, up, down):
    r"""A sequence of classifiers is a two-state chain: $\mathrm{TPR}_t=s^*+(1-s^*)\kappa^t$,
    $s^*=\frac{f_{01}}{f_{01}+f_{10}}$, $\kappa=1-f_{01}-f_{10}$.
    """
    settled = up / (up + down)
    return settled + (1 - settled) * (1 - up - down) ** t


@law("label-chain-false-positive-rate")
@source("derived", "wyllie2024", tag="F8")
@proof(Coq("Loops.label_chain_false_positive_rate_correct"))
@holds(where=CHAIN)
@tried(*CHAINS, draw=_labels_from(0.0))
@rival("no way back", lambda xp, t, up: 1 - (1 - up) ** t)
@rival("flips swapped", up=lambda down: down, down=lambda up: up)
def false_positive_rate(xp, t, up, down):
    r"""False positives rise to the same level: $\mathrm{FPR}_t=s^*(1-\kappa^t)$."""
    return up / (up + down) * (1 - (1 - up - down) ** t)


@law("label-chain-selection-rate")
@source("derived", "wyllie2024", tag="F8")
@proof(Derivation("test_chains_of_labels"))
@holds(where=CHAIN)
@tried(*BASED, draw=_labels_from_base)
@rival("the base rate", lambda xp, base: base)
@rival("the settled rate", lambda xp, up, down: up / (up + down))
def selection_rate(xp, t, base, up, down):
    r"""The rate of positive labels forgets its base rate: it is
    $b\,\mathrm{TPR}_t+(1-b)\,\mathrm{FPR}_t$.
    """
    false = false_positive_rate(xp, t, up, down)
    return base * true_positive_rate(xp, t, up, down) + (1 - base) * false


def _gap_of_matrix_powers(t, up_a, down_a, up_b, down_b):
    def positive(up, down):
        step = np.array([[1 - up, up], [down, 1 - down]])
        return np.linalg.matrix_power(step, int(t))[:, 1]

    return np.max(np.abs(positive(up_a, down_a) - positive(up_b, down_b)))


TWO_CHAINS = (
    {"t": 7, "up_a": 0.02, "down_a": 0.06, "up_b": 0.05, "down_b": 0.05},
    {"t": 3, "up_a": 0.1, "down_a": 0.02, "up_b": 0.02, "down_b": 0.08},
)


def gap_of_true_positives(xp, t, up_a, down_a, up_b, down_b):
    """The gap of true positives, as in equality of opportunity: a rival."""
    return xp.abs(true_positive_rate(xp, t, up_a, down_a) - true_positive_rate(xp, t, up_b, down_b))


@law("label-chain-odds-gap", kind=Identity(_gap_of_matrix_powers, 1e-10))
@source("derived", "wyllie2024", tag="F8")
@proof(Enumeration("test_chains_of_labels"))
@holds(where={"up_a": FLIP, "down_a": FLIP, "up_b": FLIP, "down_b": FLIP})
@tried(*TWO_CHAINS)
@rival("true positives alone", gap_of_true_positives)
def odds_gap(xp, t, up_a, down_a, up_b, down_b):
    r"""Equalized odds are violated by $\max(|\Delta\mathrm{TPR}_t|,|\Delta\mathrm{FPR}_t|)$ of the
    two groups' chains.
    """
    true = true_positive_rate(xp, t, up_a, down_a) - true_positive_rate(xp, t, up_b, down_b)
    false = false_positive_rate(xp, t, up_a, down_a) - false_positive_rate(xp, t, up_b, down_b)
    return xp.maximum(xp.abs(true), xp.abs(false))
