r"""Entropy, divergence and agreement of categories under replacement, and sample sizes that grow.

A coordinate of the Wright–Fisher chain is itself the two-type chain, so that the expectation of any
sum of functions of single probabilities is exact: one matrix power per category.
"""

import numpy as np
import scipy

from ...numerics import wright_fisher
from ..kinds import Asymptotic, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Coq
from ..registry import law
from ..subjects import Categorical, E, Recursion, Replace, entropy, heterozygosity, kl, simpson
from .frequencies import WRIGHT, gini


def shannon(xp, p):
    r"""$-\sum_ip_i\log p_i$, nats."""
    return -np.sum(scipy.special.xlogy(p, p))


@law("categorical-replace-simpson", Categorical, Replace, E(simpson))
@source(*WRIGHT, tag="WF-SIMPSON")
@proof(Coq("Replacement.categorical_replace_simpson_correct"))
@rival("agreement grows", lambda xp, n, t, p: xp.sum(p * p) * (1 + 1 / n) ** t)
def replace_simpson(xp, n, t, p):
    r"""Two draws come to agree: $E\sum_ip_{t,i}^2=1-(1-\sum_ip_i^2)(1-\frac1n)^t$."""
    return 1 - gini(xp, p) * (1 - 1 / n) ** t


@law("categorical-replace-entropy", Categorical, Replace, E(entropy), host=True)
@source("derived", tag="WF-ENTROPY")
@rival("Miller-Madow", lambda xp, n, t, p: shannon(xp, p) - (len(p) - 1) * t / (2 * n))
def replace_entropy(xp, n, t, p):
    r"""Entropy follows by the two-type chain of every category:
    $E H_t=-\sum_i\sum_j(B_{p_i}P^{t-1})_j\,\frac jn\log\frac jn$.
    """
    return expected_entropy(int(n), t, p)


@law("categorical-replace-kl", Categorical, Replace, E(kl), host=True)
@source("derived", tag="WF-KL")
@rival("half chi-square", lambda xp, n, t, p: (len(p) - 1) * (1 - (1 - 1 / n) ** t) / 2)
def replace_kl(xp, n, t, p):
    r"""Probabilities are martingales, so divergence gains what entropy loses:
    $E\,\mathrm{KL}(p_t\|p_0)=H(p_0)-E H(p_t)$.
    """
    return shannon(xp, p) - expected_entropy(int(n), t, p)


LATE = Asymptotic("t", 2, "categorical-replace-kl")


@law("categorical-replace-kl-limit", Categorical, Replace, E(kl), LATE, host=True)
@source("derived", tag="WF-KL")
def replace_kl_limit(xp, p):
    r"""The collapsed model is as far from the truth as the truth is uncertain:
    $E\,\mathrm{KL}(p_\infty\|p_0)=H(p_0)$.
    """
    return shannon(xp, p)


def expected_entropy(n: int, t, p) -> np.ndarray:
    """Expected entropy of fit t in nats, broadcast over t; t = 0 is the truth."""
    times = np.asarray(t, int)
    last = max(int(times.max(initial=1)), 1)
    values, counts = np.unique(np.asarray(p, float), return_counts=True)
    laws = [wright_fisher.distributions(n, last, value) for value in values]
    terms = -scipy.special.xlogy(np.arange(n + 1) / n, np.arange(n + 1) / n)
    table = counts @ np.stack([law @ terms for law in laws])
    return np.where(times == 0, shannon(np, np.asarray(p, float)), table[np.maximum(times, 1) - 1])


THREE, SIZES = Categorical.params([0.5, 0.3, 0.2]), [4, 7, 11, 16, 22, 30]
GROWING = (Recursion(Categorical(), Replace(), truth=THREE, n=SIZES), len(SIZES))


def heterozygosity_at_mean_size(xp, recursion, t, p):
    """The diversity if the effective size were the arithmetic mean: a rival."""
    return gini(xp, p) * (1 - 1 / np.mean(recursion.n)) ** t


def heterozygosity_at_first_size(xp, recursion, t, p):
    """The diversity if samples did not grow: a rival."""
    return gini(xp, p) * (1 - 1 / float(np.asarray(recursion.n)[0])) ** t


@law(
    "categorical-replace-growing-heterozygosity", Categorical, Replace, E(heterozygosity), host=True
)
@source(*WRIGHT, tag="WF-GROW")
@holds(when=lambda r: np.ndim(r.n) == 1)
@tried(GROWING)
@rival("arithmetic mean", heterozygosity_at_mean_size)
@rival("first size", heterozygosity_at_first_size)
def growing_heterozygosity(xp, recursion, t, p):
    r"""Every fit costs its own share, so the effective size is the harmonic mean:
    $E H_t=H_0\prod_{k\le t}(1-\frac1{n_k})$.
    """
    sizes = np.asarray(recursion.sizes(len(recursion.n)), float)
    return gini(xp, p) * np.concatenate([[1.0], np.cumprod(1 - 1 / sizes)])[t]


def kept_by_squares(c, terms: int = 100_000):
    r"""$\prod_k(1-\frac1{ck^2})$ factor by factor, and the rest of its logarithm to second
    order.
    """
    k = np.arange(1, terms + 1, dtype=float)
    rest = scipy.special.zeta(2, terms + 1) / c + scipy.special.zeta(4, terms + 1) / (2 * c * c)
    return np.exp(np.sum(np.log1p(-1 / (c * k * k))) - rest)


@law("categorical-replace-growing-limit", kind=Identity(kept_by_squares))
@source("derived", tag="WF-GROW")
@holds(where={})
@tried({"c": 1.7}, {"c": 12.0})
@rival("first order", lambda xp, c: 1 - xp.pi**2 / (6 * c))
def growing_limit(xp, c):
    r"""Samples that grow as $n_t=ct^2$ keep part of the diversity for ever:
    $H_\infty/H_0=\frac{\sin(\pi/\sqrt c)}{\pi/\sqrt c}$.
    """
    x = xp.pi / xp.sqrt(c)
    return xp.sin(x) / x
