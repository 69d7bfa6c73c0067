r"""What an error is made of, exactly: expressivity, which is paid once, and what sampling and
damping add in every generation.
"""

from functools import cache

import numpy as np
import scipy

from ...domains import Integer
from ..kinds import Asymptotic, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Certified, Enumeration
from ..registry import law
from ..subjects import (
    DampedCategorical,
    DampedGaussian,
    E,
    Recursion,
    Replace,
    log_variance,
    squared_distance,
)

MIXTURES = (
    {"share": 0.3, "gap": 3.0, "spread": 0.6, "mean": 0.7, "variance": 2.0},
    {"share": 0.6, "gap": -1.5, "spread": 1.8, "mean": -0.4, "variance": 1.1},
)


PANELS = np.linspace(-12, 12, 49)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
legendre = cache(np.polynomial.legendre.leggauss)


def _divergence(share, gap, spread, mean, variance):
    """KL of the mixture of N(0, 1) and N(gap, spread^2) from N(mean, variance), by integration.

    Each component is integrated in its own unit, over panels of both, which resolve the narrower.
    """
    normal, deviation = scipy.stats.norm.logpdf, np.sqrt(variance)
    parts = [(1 - share, 0.0, 1.0), (share, gap, spread)]
    parts = [(weight, float(m), float(s)) for weight, m, s in parts if weight > 0]
    total = 0.0
    for weight, m, s in parts:
        edges = np.concatenate([(centre + PANELS * scale - m) / s for _, centre, scale in parts])
        edges = np.unique(np.clip(edges, PANELS[0], PANELS[-1]))
        half = np.diff(edges)[:, None] / 2
        u = edges[:-1, None] + half * (NODES + 1)
        x = m + s * u
        mixture = np.logaddexp.reduce([np.log(w) + normal(x, c, d) for w, c, d in parts])
        log_ratio = mixture - normal(x, mean, deviation)
        total += weight * np.sum(half * WEIGHTS * scipy.stats.norm.pdf(u) * log_ratio)
    return float(total)


def _projected(share, gap, spread):
    mean = share * gap
    return mean, (1 - share) * (1 + mean**2) + share * (spread**2 + (gap - mean) ** 2)


def gaussian_divergence(xp, mean, variance, other_mean, other_variance):
    r"""KL of $N(m, v)$ from $N(m', v')$:
    $\frac12\left[\frac v{v'}-1-\log\frac v{v'}+\frac{(m-m')^2}{v'}\right]$.
    """
    ratio = variance / other_variance
    return 0.5 * (ratio - 1 - xp.log(ratio) + (mean - other_mean) ** 2 / other_variance)


def pythagoras_with_projection_swapped(xp, share, gap, spread, mean, variance):
    """The divergence of the model from the projection in place of its converse: a rival."""
    projected = _projected(share, gap, spread)
    expressivity = _divergence(share, gap, spread, *projected)
    return expressivity + gaussian_divergence(xp, mean, variance, *projected)


@law("gaussian-projection-kl", kind=Identity(_divergence, 1e-8), host=True)
@source("csiszar1975", tag="D3")
@tried(*MIXTURES)
@rival("projection swapped", pythagoras_with_projection_swapped)
def pythagoras(xp, share, gap, spread, mean, variance):
    r"""Expressivity and the rest add up:
    $\mathrm{KL}(p\|N_{m,v})=\mathrm{KL}(p\|N_p)+\mathrm{KL}(N_p\|N_{m,v})$, $N_p$ of p's mean and
    variance.
    """
    projected = _projected(share, gap, spread)
    expressivity = _divergence(share, gap, spread, *projected)
    return expressivity + gaussian_divergence(xp, *projected, mean, variance)


def _damped(rate, n, generations=6):
    family = DampedGaussian(rate)
    truth = family.params(mean=0.7, variance=1.7)
    return Recursion(family, Replace(), truth=truth, n=n), generations


def damped_expectation(function, n, rate):
    r"""$E f\big(\eta(\chi^2_{n-1}/(n-1)-1)\big)$, by integration over the logarithm of the
    chi-square.
    """

    def expectation(size, share):
        law_of = scipy.stats.gamma((size - 1) / 2, scale=2 / (size - 1))
        points, weights = legendre(400)
        low, high = np.log(law_of.ppf(1e-18)), np.log(law_of.isf(1e-18))
        u = low + (high - low) * (points + 1) / 2
        density = law_of.pdf(np.exp(u)) * np.exp(u)
        return (high - low) / 2 * np.sum(weights * density * function(share * np.expm1(u)))

    return np.vectorize(expectation, otypes=[float])(n, rate)


def damped_drift(n, rate):
    r"""$E\log(1-\eta+\eta\,\chi^2_{n-1}/(n-1))$."""
    return damped_expectation(np.log1p, n, rate)


@law("damped-gaussian-replace-log-variance", DampedGaussian, Replace, E(log_variance), host=True)
@source("derived", tag="D3")
@proof(Certified("test_damped_fits"))
@holds(where={"n": Integer(2)})
@tried(_damped(0.5, 8))
@rival("undamped", lambda xp, n, t: t * damped_drift(n, 1.0))
@rival("rate for its square", lambda xp, n, t, rate: t * rate * damped_drift(n, 1.0))
def damped_log_variance(xp, n, t, rate):
    r"""Damping slows collapse:
    $E\log(v_t/v_0)=t\,E\log\left(1-\eta+\eta\frac{\chi^2_{n-1}}{n-1}\right)$.
    """
    return t * damped_drift(n, rate)


LARGE = Asymptotic("n", 1, "damped-gaussian-replace-log-variance")


@law(
    "damped-gaussian-replace-log-variance-leading", DampedGaussian, Replace, E(log_variance), LARGE
)
@source("derived", tag="D3")
@holds(where={"n": Integer(2)})
@tried(_damped(0.5, 16))
def damped_log_variance_leading(xp, n, t, rate):
    r"""Collapse is slower by the square of the damping:
    $E\log(v_t/v_0)\simeq-\frac{t\,\eta^2}{n-1}$.
    """
    return -t * rate**2 / (n - 1)


def _damped_categories(support):
    """Five categories damped by 0.6, all or some of them within reach of the model."""
    family = DampedCategorical(support, 0.6)
    return Recursion(family, Replace(), truth=family.params([0.46, 0.27, 0.15, 0.08, 0.04]), n=9), 6


@law("damped-categorical-replace-squared-distance", DampedCategorical, Replace, E(squared_distance))
@source("derived", tag="D4")
@proof(Enumeration("test_other_sources_of_categories"))
@tried(_damped_categories([1.0, 1.0, 1.0, 0.0, 0.0]), _damped_categories(None))
@rival("undamped", rate=1.0)
@rival("rate for its square", rate=lambda rate: np.sqrt(rate))
def categorical_risk(xp, n, t, p, support, rate):
    r"""Expressivity is paid once, sampling through the damping:
    $\|p-p_S\|^2+(1-\|p_S\|^2)\left[1-(1-\eta^2/n)^t\right]$.
    """
    weights = p if support is None else p * support
    restricted = weights / xp.sum(weights)
    spread = (1 - xp.sum(restricted**2)) * (1 - (1 - rate**2 / n) ** t)
    return xp.where(t > 0, xp.sum((p - restricted) ** 2) + spread, 0.0)


JOINT = np.array([[0.20, 0.05, 0.10], [0.02, 0.33, 0.30]])


def _kl(p, q):
    return float(np.sum(p * np.log(p / q)))


def _divergence_of_product(joint, rows, columns):
    return _kl(joint, np.outer(rows, columns))


MARGINALS = {"joint": JOINT, "rows": np.array([0.5, 0.5]), "columns": np.array([0.2, 0.3, 0.5])}


def divergence_without_dependence(xp, joint, rows, columns):
    """The divergences of both marginals: a rival."""
    return _kl(joint.sum(1), rows) + _kl(joint.sum(0), columns)


@law("product-of-marginals-kl", kind=Identity(_divergence_of_product))
@source("classical", tag="D5")
@tried(MARGINALS)
@rival("without dependence", divergence_without_dependence)
def product_divergence(xp, joint, rows, columns):
    r"""A product model pays the dependence once:
    $\mathrm{KL}(P\|a\otimes b)=\mathrm{TC}(P)+\mathrm{KL}(P_1\|a)+\mathrm{KL}(P_2\|b)$.
    """
    first, second = xp.sum(joint, 1), xp.sum(joint, 0)
    dependence = xp.sum(joint * xp.log(joint / (first[:, None] * second[None, :])))
    of_rows = xp.sum(first * xp.log(first / rows))
    of_columns = xp.sum(second * xp.log(second / columns))
    return dependence + of_rows + of_columns


TRANSITION = np.array([[[0.7, 0.3], [0.4, 0.6]], [[0.2, 0.8], [0.5, 0.5]]])


def _stationary_pairs(transition):
    """Stationary law of two successive symbols of a chain of order two, by iteration."""
    pairs = np.full((2, 2), 0.25)
    for _ in range(400):
        pairs = np.einsum("xy,xyz->yz", pairs, transition)
    return pairs


def _divergence_rate(transition, model):
    triples = _stationary_pairs(transition)[:, :, None] * transition
    return float(np.sum(triples * np.log(transition / model[None])))


def divergence_without_memory(xp, transition, model):
    """The divergence of the projection alone: a rival."""
    triples = _stationary_pairs(transition)[:, :, None] * transition
    return bigram_divergence(xp, transition, model) - _memory(xp, triples)


@law("bigram-kl-rate", kind=Identity(_divergence_rate), host=True)
@source("classical", tag="D5")
@tried({"transition": TRANSITION, "model": np.array([[0.6, 0.4], [0.35, 0.65]])})
@rival("without memory", divergence_without_memory)
def bigram_divergence(xp, transition, model):
    r"""A bigram model pays the longer memory once: KL rate
    $=I(X;\text{far past}\mid\text{context})+\mathrm{KL}(\text{projection}\|Q)$.
    """
    triples = _stationary_pairs(transition)[:, :, None] * transition
    pairs = xp.sum(triples, 0)
    projected = pairs / xp.sum(pairs, 1)[:, None]
    return _memory(xp, triples) + xp.sum(pairs * xp.log(projected / model))


def _memory(xp, triples):
    """Mutual information of the first and the last symbol given the middle one."""
    left, right, middle = xp.sum(triples, 2), xp.sum(triples, 0), xp.sum(xp.sum(triples, 2), 0)
    independent = left[:, :, None] * right[None, :, :]
    return xp.sum(triples * xp.log(triples * middle[None, :, None] / independent))
