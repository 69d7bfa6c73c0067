r"""The first fit of a bigram model to a text: exact moments of its rows, and to first order in 1/n.

The counts of a text form a path, so a row's frequencies are biased at the same order as they
scatter: they are no martingale, as those of categories are. Context i has its own sample size,
$n\pi_i$ continuations per text.
"""

import numpy as np

from ...domains import Integer
from ...numerics.reach import within
from ..kinds import Asymptotic
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import (
    NGram,
    Recursion,
    Replace,
    context_heterozygosity,
    simulate,
    stationary,
    transition,
)
from .ngram import SOURCE


def first_fits(metric):
    """A simulation of one fit to a text of the source, read by a metric of one context."""

    def draw(key, replicas, n, transitions, context, **which):
        recursion = Recursion(NGram(2), Replace(), truth=NGram(2).params(transitions), n=n)
        wanted = metric(context, **which)
        run = simulate(key, recursion, generations=1, replicas=replicas, observe=wanted)
        return run.values(wanted)[:, 1]

    return draw


LARGEST = 300


def moments_of_row(n, transitions, context, symbol, power: int) -> float:
    r"""$E\hat P_{ij}^{\,k}$ for one text: the joint law of $(N_i,N_{ij})$ along the walk, and
    back-off where $N_i=0$.
    """
    within("n", n, LARGEST, "the joint law of two counts is enumerated")
    walk = stationary(transitions)
    counts = np.zeros((len(walk), n + 1, n + 1))
    counts[:, 0, 0] = walk
    avoiding = np.zeros((len(walk), n + 1))
    avoiding[:, 0] = walk
    elsewhere = np.arange(len(walk)) != context
    for _ in range(n):
        after = np.einsum("cab,cs->sab", counts[elsewhere], transitions[elsewhere])
        moved = transitions[context][:, None, None] * counts[context][None]
        hit = np.arange(len(walk)) == symbol
        after[~hit, 1:, :] += moved[~hit, :-1, :]
        after[hit, 1:, 1:] += moved[hit, :-1, :-1]
        counts = after
        away = np.einsum("cm,cs->sm", avoiding[elsewhere], transitions[elsewhere])
        away[hit, 1:] = away[hit, :-1]
        away[hit, 0] = 0.0
        avoiding = away
    a, b = np.arange(n + 1)[:, None], np.arange(n + 1)[None, :]
    seen = np.sum(counts.sum(axis=0)[1:] * (b / np.maximum(a, 1))[1:] ** power)
    return float(seen + avoiding.sum(axis=0) @ (np.arange(n + 1) / n) ** power)


def group_inverse(transitions) -> np.ndarray:
    r"""$G=(I-P+\mathbf1\pi^\top)^{-1}-\mathbf1\pi^\top$, which sums the chain's memory of where it
    was.
    """
    pi = np.broadcast_to(stationary(transitions), transitions.shape)
    return np.linalg.inv(np.eye(len(pi)) - transitions + pi) - pi


def memory(transitions, context) -> np.ndarray:
    r"""$G_{ji}-(PG)_{ii}$ for context i and every symbol j."""
    green = group_inverse(transitions)
    return green[:, context] - (transitions @ green)[context, context]


WHERE = {"context": Integer(0), "symbol": Integer(0)}
LARGE_BIAS = Asymptotic("n", 2, "n-gram-first-transition")
LARGE_CLOCK = Asymptotic("n", 2, "n-gram-first-context-heterozygosity")
FIRST = {"n": 20, "transitions": np.asarray(SOURCE), "context": 1}


def reversed_transition(xp, n, transitions, context, symbol):
    """A bias of the other sign: a rival."""
    mean = first_transition(xp, n, transitions, context, symbol)
    return 2 * transitions[context, symbol] - mean


@law("n-gram-first-transition", host=True)
@source("derived", tag="NGRAM-BIAS")
@holds(where=WHERE)
@tried({**FIRST, "symbol": 2}, {**FIRST, "symbol": 0}, draw=first_fits(transition))
@rival("unbiased", lambda xp, transitions, context, symbol: transitions[context, symbol])
@rival("bias reversed", reversed_transition)
def first_transition(xp, n, transitions, context, symbol):
    r"""A text's own frequencies are biased: $E\hat P_{ij}=\sum_{a>0,b}P(N_i=a,N_{ij}=b)\frac ba$
    and back-off, by the joint law along the walk.
    """
    return moments_of_row(int(n), np.asarray(transitions), int(context), int(symbol), 1)


@law("n-gram-first-transition-bias", kind=LARGE_BIAS, host=True)
@source("derived", tag="NGRAM-BIAS")
@holds(where=WHERE)
@tried({**FIRST, "symbol": 0}, {**FIRST, "symbol": 2})
def first_transition_bias(xp, n, transitions, context, symbol):
    r"""The martingale property fails at order 1/n:
    $E\hat P_{ij}\simeq P_{ij}\left(1-\frac{G_{ji}-(PG)_{ii}}{n\pi_i}\right)$.
    """
    share = stationary(np.asarray(transitions))[int(context)]
    gap = memory(np.asarray(transitions), int(context))[int(symbol)]
    return transitions[int(context)][int(symbol)] * (1 - gap / (n * share))


def heterozygosity_of_independent_draws(xp, n, transitions, context):
    r"""$H_i(1-\frac1{n\pi_i})$, as if the continuations of i were $n\pi_i$ independent draws: a
    rival.
    """
    rows, i = np.asarray(transitions), int(context)
    return (1 - np.sum(rows[i] ** 2)) * (1 - 1 / (n * stationary(rows)[i]))


@law("n-gram-first-context-heterozygosity", host=True)
@source("derived", tag="NGRAM-CLOCK")
@holds(where=WHERE)
@tried(FIRST, {**FIRST, "context": 2}, draw=first_fits(context_heterozygosity))
@rival("independent draws", heterozygosity_of_independent_draws)
@rival("no loss", lambda xp, transitions, context: 1 - np.sum(transitions[int(context)] ** 2))
def first_heterozygosity(xp, n, transitions, context):
    r"""Continuations of one context lose diversity to $1-\sum_jE\hat P_{ij}^2$, by the joint law of
    $(N_i,N_{ij})$.
    """
    rows, i = np.asarray(transitions), int(context)
    return 1 - sum(moments_of_row(int(n), rows, i, j, 2) for j in range(len(rows)))


@law("n-gram-first-context-heterozygosity-clock", kind=LARGE_CLOCK, host=True)
@source("derived", tag="NGRAM-CLOCK")
@holds(where=WHERE)
@tried(FIRST, {**FIRST, "context": 2})
def context_clock(xp, n, transitions, context):
    r"""Each context has its clock, and that of rare ones runs fastest:
    $E H_i\simeq H_i-\frac1{n\pi_i}\left[H_i-2\sum_jP_{ij}^2(G_{ji}-(PG)_{ii})\right]$.
    """
    rows, i = np.asarray(transitions), int(context)
    start = 1 - np.sum(rows[i] ** 2)
    loss = start - 2 * np.sum(rows[i] ** 2 * memory(rows, i))
    return start - loss / (n * stationary(rows)[i])
