r"""Drift against a source: fresh real data at every draw, additive smoothing, and new words.

With $q_t=X_t/n$ the shares of counts and $a$ the part that the source holds of the next draw,
second moments close: $E q_{t+1}^2=\frac1nE\tilde p_t+(1-\frac1n)E\tilde p_t^2$,
$\tilde p=(1-a)q+au$. Deviations shrink by $r=(1-\frac1n)(1-a)^2$ per fit.
"""

import numpy as np

from ...domains import POSITIVE
from ...numerics.reach import within_steps
from ..kinds import Asymptotic, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Coq, Enumeration
from ..registry import law
from ..subjects import (
    E,
    MutatingCategorical,
    Recursion,
    Replace,
    SmoothedCategorical,
    heterozygosity,
    squared_distance,
)
from .frequencies import WRIGHT, gini

TRUTH = [0.46, 0.27, 0.15, 0.08, 0.04]
SOURCE = [0.1, 0.2, 0.2, 0.2, 0.3]
DISTANCE, DIVERSITY = E(squared_distance), E(heterozygosity)
LARGE = Asymptotic("n", 1, "mutating-categorical-stationary-spread")
LATE_MUTATING = Asymptotic("t", 2, "mutating-categorical-replace-squared-distance")
LATE_SMOOTHED = Asymptotic("t", 2, "smoothed-categorical-replace-squared-distance")


def trial(family, truth=TRUTH):
    """A configuration to try a law at."""
    return Recursion(family, Replace(), truth=family.params(truth), n=12), 6


def source_of(source, p):
    """The source, uniform where none is given."""
    return np.full(len(p), 1 / len(p)) if source is None else np.asarray(source, float)


def from_truth(recursion) -> bool:
    """Whether the source is the truth itself, so that nothing pulls the mean away."""
    truth = np.asarray(recursion.truth.probabilities, float)
    return bool(np.allclose(source_of(recursion.family.source, truth), truth, atol=1e-6))


def drawn(n, mean, square):
    """First two moments of the share of n draws, from those of the probability that they are drawn
    with.
    """
    return mean, mean / n + (1 - 1 / n) * square


def mixed(a, source, mean, square):
    """First two moments after a mixture with the source."""
    square = (1 - a) ** 2 * square + 2 * a * (1 - a) * source * mean + (a * source) ** 2
    return (1 - a) * mean + a * source, square


def heterozygosities(t, p, step):
    """Expected heterozygosity at every t when `step` carries the two moments of all coordinates
    over one fit.
    """
    within_steps(int(np.max(t, initial=0)), len(p))
    moments, table = (p, p * p), [1 - np.sum(p * p)]
    for _ in range(np.max(t, initial=0)):
        moments = step(*moments)
        table.append(1 - np.sum(moments[1]))
    return np.asarray(table)[t]


def smoothing_share(xp, n, p, pseudocount):
    r"""The part of a smoothed fit that is prior: $a=K\beta/(n+K\beta)$."""
    weight = xp.size(p) * pseudocount
    return weight / (n + weight)


def spread(n, a, t):
    r"""$\frac{1-r^t}{n-(n-1)(1-a)^2}$: variance of $q_t$ in units of $u(1-u)$ when the truth is the
    source.
    """
    return (1 - ((1 - 1 / n) * (1 - a) ** 2) ** t) / (n - (n - 1) * (1 - a) ** 2)


def heterozygosity_mutated_after_draws(xp, n, t, p, rate, source):
    """The diversity if fits mutated after their draws, so that fit 1 did not lose by it: a
    rival.
    """
    u = source_of(source, p)
    return heterozygosities(t, p, lambda m, s: mixed(rate, u, *drawn(n, m, s)))


@law(
    "mutating-categorical-replace-heterozygosity",
    MutatingCategorical,
    Replace,
    DIVERSITY,
    host=True,
)
@source(*WRIGHT, tag="WF-MUT")
@proof(Enumeration("test_other_sources_of_categories"))
@tried(trial(MutatingCategorical(0.15)), trial(MutatingCategorical(0.3, SOURCE)))
@rival("no mutation", lambda xp, n, t, p: gini(xp, p) * (1 - 1 / n) ** t)
@rival("first fit spared", heterozygosity_mutated_after_draws)
def mutating_heterozygosity(xp, n, t, p, rate, source):
    r"""Mutation feeds diversity back: $E H_t=1-\sum_iE q_{t,i}^2$ with
    $E q_{t+1}^2=\frac1nE\tilde p_t+(1-\frac1n)E\tilde p_t^2$.
    """
    u = source_of(source, p)
    return heterozygosities(t, p, lambda m, s: drawn(n, *mixed(rate, u, m, s)))


def distance_at_unsquared_rate(xp, n, t, p, rate):
    r"""The error if deviations shrank by $1-\alpha$ in place of its square: a rival."""
    return gini(xp, p) * spread(n, 1 - xp.sqrt(1 - rate), t)


@law("mutating-categorical-replace-squared-distance", MutatingCategorical, Replace, DISTANCE)
@source(*WRIGHT, "derived", tag="WF-MUT")
@proof(Coq("Sources.mutating_categorical_replace_squared_distance_correct"))
@holds(when=from_truth)
@tried(trial(MutatingCategorical(0.15, TRUTH)), trial(MutatingCategorical(0.3), [0.5, 0.5]))
@rival("no mutation", lambda xp, n, t, p: gini(xp, p) * (1 - (1 - 1 / n) ** t))
@rival("rate not squared", distance_at_unsquared_rate)
def mutating_squared_distance(xp, n, t, p, rate):
    r"""A share $\alpha$ of real draws holds the error:
    $E\|q_t-p\|^2=\frac{H_0(1-r^t)}{n-(n-1)(1-\alpha)^2}$, $r=(1-\frac1n)(1-\alpha)^2$.
    """
    return gini(xp, p) * spread(n, rate, t)


@law(
    "mutating-categorical-replace-squared-distance-limit",
    MutatingCategorical,
    Replace,
    DISTANCE,
    LATE_MUTATING,
)
@source(*WRIGHT, tag="WF-MUT")
@proof(Coq("Sources.mutating_categorical_replace_squared_distance_limit_correct"))
@holds(when=from_truth)
@tried(trial(MutatingCategorical(0.15, TRUTH)))
def mutating_limit(xp, n, p, rate):
    r"""Real draws and drift balance at $E\|q_\infty-p\|^2=\frac{H_0}{n-(n-1)(1-\alpha)^2}$."""
    return gini(xp, p) / (n - (n - 1) * (1 - rate) ** 2)


def _iterated_spread(n, theta, p):
    """The same by iterating the moments of all coordinates."""
    p, rate = np.asarray(p, float), theta / (2 * n)
    moments = (p, p * p)
    for _ in range(int(60 * n / theta) + 10):
        moments = drawn(n, *mixed(rate, p, *moments))
    return np.sum(moments[1] - p * p)


@law("mutating-categorical-stationary-spread", kind=Identity(_iterated_spread))
@source(*WRIGHT, tag="WF-MUT")
@proof(Coq("Sources.mutating_categorical_stationary_spread_correct"))
@holds(where={"theta": POSITIVE})
@tried({"n": 12, "theta": 1.5, "p": TRUTH}, {"n": 40, "theta": 6.0, "p": [0.2, 0.8]})
@rival("Dirichlet", lambda xp, theta, p: gini(xp, p) / (1 + theta))
def stationary_spread(xp, n, theta, p):
    r"""With real share $\alpha=\theta/2n$ the shares spread by
    $E\|q_\infty-p\|^2=\frac{H_0}{n-(n-1)(1-\theta/2n)^2}$.
    """
    return mutating_limit(xp, n, p, theta / (2 * n))


@law("mutating-categorical-stationary-spread-dirichlet", kind=LARGE)
@source("wright1931", tag="WF-MUT")
@holds(where={"theta": POSITIVE})
@tried({"n": 12, "theta": 1.5, "p": TRUTH})
def dirichlet_spread(xp, theta, p):
    r"""In the diffusion limit the shares are $\mathrm{Dirichlet}(\theta p)$, $\theta=2n\alpha$:
    $E\|q_\infty-p\|^2=H_0/(1+\theta)$.
    """
    return gini(xp, p) / (1 + theta)


SMOOTHED = trial(SmoothedCategorical(0.5)), trial(SmoothedCategorical(1.0, SOURCE))
SMOOTHED += (trial(SmoothedCategorical(0.5), [0.2, 0.8]),)


@law(
    "smoothed-categorical-replace-heterozygosity",
    SmoothedCategorical,
    Replace,
    DIVERSITY,
    host=True,
)
@source("derived", "jangjoo2026", tag="WF-SMOOTH")
@proof(Enumeration("test_other_sources_of_categories"))
@tried(*SMOOTHED)
@rival("no smoothing", lambda xp, n, t, p: gini(xp, p) * (1 - 1 / n) ** t)
@rival("one pseudocount in all", pseudocount=lambda pseudocount, p: pseudocount / len(p))
def smoothed_heterozygosity(xp, n, t, p, pseudocount, source):
    r"""Smoothing by $\beta$ per category is mutation at rate $a=\frac{K\beta}{n+K\beta}$ after
    every draw: $E H_t=1-\sum_iE p_{t,i}^2$.
    """
    a, u = smoothing_share(xp, n, p, pseudocount), source_of(source, p)
    return heterozygosities(t, p, lambda m, s: mixed(a, u, *drawn(n, m, s)))


def unshrunk_distance(xp, n, t, p, pseudocount):
    """The error of the frequencies before they are smoothed: a rival."""
    return gini(xp, p) * spread(n, smoothing_share(xp, n, p, pseudocount), t)


@law("smoothed-categorical-replace-squared-distance", SmoothedCategorical, Replace, DISTANCE)
@source("derived", "jangjoo2026", tag="WF-SMOOTH")
@proof(Coq("Sources.smoothed_categorical_replace_squared_distance_correct"))
@holds(when=from_truth)
@tried(trial(SmoothedCategorical(0.5, TRUTH)), trial(SmoothedCategorical(0.5), [0.5, 0.5]))
@rival("unshrunk", unshrunk_distance)
@rival("no smoothing", lambda xp, n, t, p: gini(xp, p) * (1 - (1 - 1 / n) ** t))
def smoothed_squared_distance(xp, n, t, p, pseudocount):
    r"""Smoothing bounds the error where the prior mean is the truth:
    $E\|p_t-p_0\|^2=\frac{(1-a)^2H_0(1-r^t)}{n-(n-1)(1-a)^2}$.
    """
    a = smoothing_share(xp, n, p, pseudocount)
    return (1 - a) ** 2 * gini(xp, p) * spread(n, a, t)


@law(
    "smoothed-categorical-replace-squared-distance-limit",
    SmoothedCategorical,
    Replace,
    DISTANCE,
    LATE_SMOOTHED,
)
@source("derived", tag="WF-SMOOTH")
@proof(Coq("Sources.smoothed_categorical_replace_squared_distance_limit_correct"))
@holds(when=from_truth)
@tried(trial(SmoothedCategorical(0.5, TRUTH)))
def smoothed_limit(xp, n, p, pseudocount):
    r"""Smoothing and drift balance at $E\|p_\infty-u\|^2=\frac{(1-a)^2H_0}{n-(n-1)(1-a)^2}$."""
    a = smoothing_share(xp, n, p, pseudocount)
    return (1 - a) ** 2 * mutating_limit(xp, n, p, a)
