r"""Labels under retraining: noise, sequences of classifiers and their cut, as chains and as
iterated maps.

Chains are simulated label by label; infinite-sample maps are `Identity` laws. Rounds t count passes
through the loop.
"""

import jax
import jax.numpy as jnp
import numpy as np
from scipy.stats import norm

from ..._keys import fold_in
from ...domains import PROBABILITY, Real
from ..kinds import Identity
from ..notes import holds, rival, source, tried
from ..registry import law

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


@law("label-noise-accuracy")
@source("classical", tag="F4")
@holds(where={"accuracy": PROBABILITY, "noise": FLIP})
@tried(
    {"t": 9, "accuracy": 0.95, "noise": 0.04},
    {"t": 3, "accuracy": 0.8, "noise": 0.15},
    draw=lambda key, replicas, t, accuracy, noise: chained_labels(
        key, replicas, t, accuracy, noise, noise
    ),
)
@rival("no way back", lambda xp, t, accuracy, noise: accuracy * (1 - noise) ** t)
@rival("1 - noise", lambda xp, t, accuracy, noise: 0.5 + (accuracy - 0.5) * (1 - noise) ** t)
def label_noise_accuracy(xp, t, accuracy, noise):
    r"""Labels flipped with probability $\delta$ a round forget the truth:
    $a_t=\frac12\left[1+(2a_0-1)(1-2\delta)^t\right]$.
    """
    return 0.5 * (1 + (2 * accuracy - 1) * (1 - 2 * noise) ** t)


def _widest_gap(accuracy_a, accuracy_b, noise_a, noise_b):
    """Where the accuracies of two groups are furthest apart, on the semigroups of their flips."""
    from scipy.linalg import expm, logm
    from scipy.optimize import minimize_scalar

    def group(accuracy, noise):
        generator = logm(np.array([[1 - noise, noise], [noise, 1 - noise]]))
        return lambda t: (np.array([accuracy, 1 - accuracy]) @ expm(t * generator))[0]

    one, two = group(accuracy_a, noise_a), group(accuracy_b, noise_b)
    return minimize_scalar(
        lambda t: -abs(one(t) - two(t)), bounds=(0, 1000), method="bounded", options={"xatol": 1e-9}
    ).x


@law("label-noise-gap-peak", kind=Identity(_widest_gap, 1e-5))
@source("derived", tag="F4")
@holds(
    where={"accuracy_a": PROBABILITY, "accuracy_b": PROBABILITY, "noise_a": FLIP, "noise_b": FLIP}
)
@tried(
    {"accuracy_a": 0.95, "accuracy_b": 0.95, "noise_a": 0.01, "noise_b": 0.03},
    {"accuracy_a": 0.97, "accuracy_b": 0.9, "noise_a": 0.02, "noise_b": 0.05},
)
@rival(
    "noise for its rate",
    lambda xp, accuracy_a, accuracy_b, noise_a, noise_b: (
        xp.log((2 * accuracy_b - 1) * noise_b / ((2 * accuracy_a - 1) * noise_a))
        / (noise_b - noise_a)
    ),
)
def label_noise_gap_peak(xp, accuracy_a, accuracy_b, noise_a, noise_b):
    r"""Unfairness rises, then falls as all groups end at chance: the gap peaks at
    $t^*=\frac1{r_a-r_b}\log\frac{(2a_b-1)r_b}{(2a_a-1)r_a}$, $r=\log(1-2\delta)$.
    """
    rate_a, rate_b = xp.log(1 - 2 * noise_a), xp.log(1 - 2 * noise_b)
    return xp.log((2 * accuracy_b - 1) * rate_b / ((2 * accuracy_a - 1) * rate_a)) / (
        rate_a - rate_b
    )


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
    return 0.5 * norm.pdf(cut) * (1 / norm.sf(cut) - 1 / norm.cdf(cut))


@law("centroid-classifier-rate", kind=Identity(_lloyd_rate, 1e-7))
@source("derived", tag="F5")
@tried({})
@rival("one half", lambda xp: 0.5)
@rival("neutral", lambda xp: 1.0)
def centroid_rate(xp):
    r"""The class prior is forgotten: the cut tends to the median at rate $2/\pi$ a round."""
    return 2 / xp.pi


CHAIN = {"up": FLIP, "down": FLIP, "base": PROBABILITY}


@law("label-chain-true-positive-rate")
@source("derived", "wyllie2024", tag="F8")
@holds(where=CHAIN)
@tried(
    {"t": 7, "up": 0.02, "down": 0.06},
    {"t": 4, "up": 0.2, "down": 0.1},
    draw=lambda key, replicas, t, up, down: chained_labels(key, replicas, t, 1.0, up, down),
)
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
@holds(where=CHAIN)
@tried(
    {"t": 7, "up": 0.02, "down": 0.06},
    {"t": 4, "up": 0.2, "down": 0.1},
    draw=lambda key, replicas, t, up, down: chained_labels(key, replicas, t, 0.0, up, down),
)
@rival("no way back", lambda xp, t, up: 1 - (1 - up) ** t)
@rival("flips swapped", up=lambda down: down, down=lambda up: up)
def false_positive_rate(xp, t, up, down):
    r"""False positives rise to the same level: $\mathrm{FPR}_t=s^*(1-\kappa^t)$."""
    return up / (up + down) * (1 - (1 - up - down) ** t)


@law("label-chain-selection-rate")
@source("derived", "wyllie2024", tag="F8")
@holds(where=CHAIN)
@tried(
    {"t": 7, "base": 0.3, "up": 0.02, "down": 0.06},
    {"t": 4, "base": 0.7, "up": 0.2, "down": 0.1},
    draw=lambda key, replicas, t, base, up, down: chained_labels(key, replicas, t, base, up, down),
)
@rival("the base rate", lambda xp, base: base)
@rival("the settled rate", lambda xp, up, down: up / (up + down))
def selection_rate(xp, t, base, up, down):
    r"""The rate of positive labels forgets its base rate:
    $b\,\mathrm{TPR}_t+(1-b)\,\mathrm{FPR}_t$.
    """
    return base * true_positive_rate(xp, t, up, down) + (1 - base) * false_positive_rate(
        xp, t, up, down
    )


def _gap_of_matrix_powers(t, up_a, down_a, up_b, down_b):
    powers = [
        np.linalg.matrix_power(np.array([[1 - up, up], [down, 1 - down]]), int(t))
        for up, down in ((up_a, down_a), (up_b, down_b))
    ]
    return np.max(np.abs(powers[0][:, 1] - powers[1][:, 1]))


@law("label-chain-odds-gap", kind=Identity(_gap_of_matrix_powers, 1e-10))
@source("derived", "wyllie2024", tag="F8")
@holds(where={"up_a": FLIP, "down_a": FLIP, "up_b": FLIP, "down_b": FLIP})
@tried(
    {"t": 7, "up_a": 0.02, "down_a": 0.06, "up_b": 0.05, "down_b": 0.05},
    {"t": 3, "up_a": 0.1, "down_a": 0.02, "up_b": 0.02, "down_b": 0.08},
)
@rival(
    "true positives alone",
    lambda xp, t, up_a, down_a, up_b, down_b: xp.abs(
        true_positive_rate(xp, t, up_a, down_a) - true_positive_rate(xp, t, up_b, down_b)
    ),
)
def odds_gap(xp, t, up_a, down_a, up_b, down_b):
    r"""Equalized odds are violated by $\max(|\Delta\mathrm{TPR}_t|,|\Delta\mathrm{FPR}_t|)$ of the
    two groups' chains.
    """
    true = xp.abs(true_positive_rate(xp, t, up_a, down_a) - true_positive_rate(xp, t, up_b, down_b))
    false = xp.abs(
        false_positive_rate(xp, t, up_a, down_a) - false_positive_rate(xp, t, up_b, down_b)
    )
    return xp.maximum(true, false)
