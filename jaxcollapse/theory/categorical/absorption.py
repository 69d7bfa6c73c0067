r"""How two categories become one: survival of both, its rate and constant, the time it takes, and
an advantage of one.

The chance that both are left decays as $c_n\,p_0(1-p_0)(1-\frac1n)^t$, where $c_n$ belongs to the
quasi-stationary law, which is nearly uniform: $c_n\to1/\int x(1-x)\,dx=6$.
"""

from functools import lru_cache

import numpy as np
import scipy

from ...domains import Integer, Real
from ...numerics import wright_fisher
from ...numerics.reach import within, within_steps
from ..kinds import Asymptotic, Bound, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Coq, Enumeration
from ..ranges import SHARE_MEAN
from ..registry import law
from ..subjects import (
    Bernoulli,
    FavoredCategorical,
    HittingTime,
    P,
    Recursion,
    Replace,
    fixed,
    segregating,
    share,
)
from .frequencies import WRIGHT

SHARE = Real(0.0, 1.0)
LATE = Asymptotic("t", 2, "bernoulli-replace-segregating")
LARGE_CONSTANT = Asymptotic("n", 0.9, "wright-fisher-quasi-stationary-constant")
LARGE_TIME = Asymptotic("n", 0.9, "bernoulli-replace-absorption-time")
LARGE_FIXATION = Asymptotic("n", 1, "favored-categorical-fixation")


@law("bernoulli-replace-segregating", Bernoulli, Replace, P(segregating), host=True)
@source(*WRIGHT, tag="WF-ABS-TIME")
@proof(Enumeration("test_two_types"))
@holds(where=SHARE_MEAN)
@rival("n + 1", lambda xp, n, t, mean: wright_fisher.survival(n + 1, t, float(mean)))
@rival("leading term", lambda xp, n, t, mean: 6 * mean * (1 - mean) * (1 - 1 / n) ** t)
def replace_segregating(xp, n, t, mean):
    r"""Both categories are left with the probability of the chain inside:
    $P=\sum_{0<j<n}(B_{p_0}P^{t-1})_j$.
    """
    return wright_fisher.survival(n, t, float(mean))


@law("bernoulli-replace-segregating-published", Bernoulli, Replace, P(segregating), Bound("upper"))
@source("seddik2024", tag="SEDDIK-BOUND")
@proof(Coq("Absorption.bernoulli_replace_segregating_published_correct"))
@holds(where={**SHARE_MEAN, "t": Integer(1)})
def segregating_published(xp, n, t, mean):
    r"""The bound in print, $P(\text{not fixed})\le2n\,p_0(1-p_0)(1-\frac1n)^t$, is loose by the
    factor $2n/c_n\approx n/3$.
    """
    return 2 * n * mean * (1 - mean) * (1 - 1 / n) ** t


@law("bernoulli-replace-segregating-tail", Bernoulli, Replace, P(segregating), LATE, host=True)
@source("derived", tag="SEDDIK-CONST")
@holds(where={**SHARE_MEAN, "n": Integer(2, 2000)})
def segregating_tail(xp, n, t, mean):
    r"""Both categories are left with probability
    $P(\text{not fixed})\simeq c_n\,p_0(1-p_0)(1-\frac1n)^t$ with $c_n=1/E_\nu[x(1-x)]$, $\nu$ the
    quasi-stationary law.
    """
    return quasi_stationary_constant(xp, n) * mean * (1 - mean) * (1 - 1 / n) ** t


def long_run_constant(n, halvings: int = 40):
    """The constant read off a run of the chain long enough for every faster mode to have died."""
    t = int(halvings * n)
    return wright_fisher.survival(int(n), t, 0.3) / (0.21 * np.exp(t * np.log1p(-1 / n)))


@law("wright-fisher-quasi-stationary-constant", kind=Identity(long_run_constant, 1e-8), host=True)
@source("derived", tag="SEDDIK-CONST")
@holds(where={"n": Integer(2, 2000)})
@tried({"n": 9}, {"n": 2}, {"n": 40})
@rival("limit", lambda xp: 6.0)
@rival("support argument", lambda xp, n: n**2 / (n - 1))
def quasi_stationary_constant(xp, n):
    r"""The constant of the tail is $c_n=1/E_\nu[x(1-x)]$, where $\nu P=(1-\frac1n)\nu$ on the
    states inside: 4, 5.60, 5.89 at n = 2, 20, 100.
    """
    return _constant(int(n))


@lru_cache(maxsize=32)
def _constant(n: int) -> float:
    """One over the mean heterozygosity of the left eigenvector."""
    inside = wright_fisher.transition_matrix(n)[1:n, 1:n]
    system = inside.T - (1 - 1 / n) * np.eye(n - 1)
    system[-1] = 1.0
    law_inside = np.linalg.solve(system, np.eye(n - 1)[-1])
    x = np.arange(1, n) / n
    return float(1 / (law_inside @ (x * (1 - x))))


@law("wright-fisher-quasi-stationary-constant-limit", kind=LARGE_CONSTANT)
@source("derived", tag="SEDDIK-CONST")
@tried({"n": 20})
def quasi_stationary_limit(xp):
    r"""The quasi-stationary law becomes uniform: $c_n\to1/\int_0^1x(1-x)\,dx=6$."""
    return 6.0


@law("bernoulli-replace-absorption-time", Bernoulli, Replace, HittingTime(fixed), host=True)
@source(*WRIGHT, tag="WF-ABS-TIME")
@proof(Enumeration("test_time_to_one_type"))
@holds(where=SHARE_MEAN)
@rival("diffusion", lambda xp, n, mean: absorption_time_diffusion(xp, n, mean))
def absorption_time(xp, n, mean):
    r"""One category is left after $1+B_{p_0}(I-Q)^{-1}\mathbf1$ fits on average, Q the chain among
    the states inside.
    """
    return wright_fisher.absorption_time(int(n), float(mean))


@law(
    "bernoulli-replace-absorption-time-diffusion",
    Bernoulli,
    Replace,
    HittingTime(fixed),
    LARGE_TIME,
)
@source("kimura1969", tag="WF-ABS-TIME")
@holds(where=SHARE_MEAN)
def absorption_time_diffusion(xp, n, mean):
    r"""The mean absorption time tends to the diffusion limit $-2n[p\log p+(1-p)\log(1-p)]$."""
    inside = (mean > 0) & (mean < 1)
    p = xp.where(inside, mean, 0.5)
    return xp.where(inside, -2 * n * (p * xp.log(p) + (1 - p) * xp.log1p(-p)), 0.0)


WON = share(0) > 0.999999
FAVORED = tuple(
    (Recursion(family, Replace(), truth=family.params([0.6, 0.4]), n=6), generations)
    for family, generations in ((FavoredCategorical(0.25), 8), (FavoredCategorical(-0.2), 20))
)


@law("favored-categorical-replace-won", FavoredCategorical, Replace, P(WON), host=True)
@source("fisher1930", tag="WF-SEL")
@proof(Enumeration("test_two_types_with_an_advantage"))
@holds(when=lambda r: len(r.truth.weights) == 2)
@tried(*FAVORED)
@rival("neutral", advantage=0.0)
@rival("twice the advantage", advantage=lambda advantage: 2 * advantage)
def won(xp, n, t, p, advantage):
    r"""The favored category is alone by fit t with the probability of n in the tilted chain, which
    draws with $\frac{(1+s)x}{1+sx}$.
    """
    times, n = np.asarray(t, int), int(n)
    within("n", n, wright_fisher.LARGEST, "the chain of two categories is a matrix")
    within_steps(int(times.max(initial=1)), (n + 1) ** 2)
    state, table = _tilted(n, float(p[0]), float(advantage)), [0.0]
    for _ in range(times.max(initial=1)):
        table.append(state[-1])
        state = state @ _tilted_matrix(n, float(advantage))
    return np.asarray(table)[times]


def _tilted(n, x, advantage):
    """Law of the count of the favored category in the next fit."""

    x = np.asarray(x)[..., None]
    return scipy.stats.binom.pmf(np.arange(n + 1), n, (1 + advantage) * x / (1 + advantage * x))


@lru_cache(maxsize=16)
def _tilted_matrix(n: int, advantage: float):
    return _tilted(n, np.arange(n + 1) / n, advantage)


def _long_run_win(n, gamma, mean):
    return won(np, n, 60 * int(n), [float(mean)], gamma / n)


@law("favored-categorical-fixation", kind=Identity(_long_run_win), host=True)
@source("fisher1930", tag="WF-SEL")
@holds(where={"mean": SHARE, "gamma": Real()})
@tried({"n": 12, "gamma": 1.5, "mean": 0.2}, {"n": 30, "gamma": -2.0, "mean": 0.6})
@rival("neutral", lambda xp, mean: mean)
@rival("Kimura", lambda xp, gamma, mean: kimura(xp, gamma, mean))
def fixation(xp, n, gamma, mean):
    r"""The favored category, of advantage $s=\gamma/n$, ends alone with probability $B_{p_0}h$, h
    harmonic for the tilted chain. Nature's own sample is tilted as all later ones.
    """
    within("n", n, 2000, "a system of n equations is solved")
    n, s = int(n), float(gamma / n)
    matrix = _tilted_matrix(n, s)
    inside = np.linalg.solve(np.eye(n - 1) - matrix[1:n, 1:n], matrix[1:n, n])
    return float(_tilted(n, float(mean), s) @ np.concatenate([[0.0], inside, [1.0]]))


@law("favored-categorical-fixation-diffusion", kind=LARGE_FIXATION)
@source("kimura1962", tag="WF-SEL")
@holds(where={"mean": SHARE, "gamma": Real()})
@tried({"n": 20, "gamma": 1.5, "mean": 0.2}, {"n": 20, "gamma": -2.0, "mean": 0.6})
def kimura(xp, gamma, mean):
    r"""Kimura's formula for advantage $s=\gamma/n$: a share p wins with probability
    $\frac{1-e^{-2nsp}}{1-e^{-2ns}}$, and p without an advantage. Nature's own sample is tilted.
    """
    return fixation_of_share(xp, 2 * gamma, mean)


def fixation_of_share(xp, strength, share):
    r"""Kimura's $\frac{1-e^{-Sp}}{1-e^{-S}}$, which is p at S = 0."""
    # Both signs have the same form with a factor e^{S(1-p)}, so that nothing overflows.
    size = xp.where(strength == 0, 1.0, xp.abs(strength))
    favored = xp.expm1(-size * share) / xp.expm1(-size)
    unfavored = xp.exp(-size * (1 - share)) * favored
    return xp.where(strength == 0, share, xp.where(strength > 0, favored, unfavored))
