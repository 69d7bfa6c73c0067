r"""Bigram models that train on their own text: every table of counts enumerated, for small
alphabets and short texts.

With two pairs or more the absorbing states are deterministic cycles of any length, not constant
texts alone: a model that always writes the same text, up to where it starts, may still use several
symbols.
"""

from collections import defaultdict
from functools import lru_cache

import numpy as np
import scipy

from ...domains import Integer
from ...numerics.reach import within_steps
from ..kinds import Asymptotic
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import E, NGram, P, Recursion, Replace, cycle_length, entropy_rate, stationary

SOURCE = ((0.1, 0.6, 0.3), (0.3, 0.2, 0.5), (0.7, 0.2, 0.1))
LENGTH = 4
SMALL = ((Recursion(NGram(2), Replace(), truth=NGram(2).params(SOURCE), n=LENGTH), 6),)
CYCLING = cycle_length > 1.5
LATE = Asymptotic("t", 2, "n-gram-replace-cycles")


def bigrams(recursion) -> bool:
    """Whether a symbol depends on the one before it alone."""
    return recursion.family.order == 2


ENUMERABLE = {
    "n <= 6 and at most three symbols": lambda n, transitions: (
        (n <= 6) & (len(transitions) <= 3) & (np.shape(transitions)[-1] == len(transitions))
    )
}


def next_tables(weights: np.ndarray, n: int) -> dict[tuple, float]:
    """Law of the counts of a text of n pairs, by walking along all its prefixes at once."""
    symbols = len(weights)
    rows = np.where(weights.sum(axis=1, keepdims=True) > 0, weights, weights.sum(axis=0))
    rows = rows / rows.sum(axis=1, keepdims=True)
    starts = weights.sum(axis=1) / weights.sum()
    prefixes = {(c, (0,) * symbols**2): p for c, p in enumerate(starts) if p > 0}
    for _ in range(n):
        longer: dict = defaultdict(float)
        for (context, table), p in prefixes.items():
            for symbol in np.flatnonzero(rows[context]):
                counts = list(table)
                counts[context * symbols + symbol] += 1
                longer[int(symbol), tuple(counts)] += p * rows[context, symbol]
        prefixes = longer
    law_of_table: dict = defaultdict(float)
    for (_, table), p in prefixes.items():
        law_of_table[table] += p
    return law_of_table


@lru_cache(maxsize=8)
def tables(source: tuple, n: int):
    """All tables that can be met, the law of the first fit over them, and the transition matrix."""
    transitions = np.asarray(source)
    first = next_tables(stationary(transitions)[:, None] * transitions, n)
    found, arrows = list(first), []
    known = {table: i for i, table in enumerate(found)}
    for table in found:
        following = next_tables(np.asarray(table, float).reshape(transitions.shape), n)
        for other in following:
            if other not in known:
                known[other] = len(found)
                found.append(other)
        arrows.append(following)
    matrix = np.zeros((len(found), len(found)))
    for i, following in enumerate(arrows):
        for other, p in following.items():
            matrix[i, known[other]] = p
    start = np.zeros(len(found))
    for table, p in first.items():
        start[known[table]] = p
    return np.asarray(found, float).reshape(-1, *transitions.shape), start, matrix


def expected_over_tables(transitions, n, t, value, at_start) -> np.ndarray:
    """Expectation of `value(table)` at every t, by powers of the enumerated chain."""
    found, state, matrix = tables(tuple(map(tuple, np.asarray(transitions).tolist())), int(n))
    values = np.asarray([value(table) for table in found])
    within_steps(int(np.max(t, initial=1)), matrix.size)
    expected = [at_start]
    for _ in range(np.max(t, initial=1)):
        expected.append(state @ values)
        state = state @ matrix
    return np.asarray(expected)[np.asarray(t, int)]


def period(table) -> int:
    """Length of the cycle that a table repeats for ever, 0 if it has a choice."""
    if np.any((table > 0).sum(axis=1) > 1):
        return 0
    alive = set(np.flatnonzero(table.sum(axis=1)).tolist())
    start = context = min(alive)
    for step in range(1, len(alive) + 1):
        context = int(np.argmax(table[context]))
        if context == start or context not in alive:
            return step if context == start and step == len(alive) else 0
    return 0


def rate(table) -> float:
    """Entropy of the next symbol given the one before, nats."""
    totals = table.sum(axis=1, keepdims=True)
    rows = table / np.where(totals > 0, totals, 1)
    return float(-(totals[:, 0] / totals.sum()) @ scipy.special.xlogy(rows, rows).sum(axis=1))


def source_rate(transitions) -> float:
    """Entropy rate of the source, nats."""
    return rate(stationary(transitions)[:, None] * transitions)


@law("n-gram-replace-cycles", NGram, Replace, P(CYCLING), host=True)
@source("derived", tag="NGRAM-CYCLES")
@holds(assuming=ENUMERABLE, when=bigrams)
@tried(*SMALL)
@rival("constant texts only", lambda xp, t: 0.0 * t)
@rival("n - 1", n=lambda n: n - 1)
def in_cycles(xp, n, t, transitions):
    r"""Models freeze in cycles of two and more symbols with the probability of their tables of
    counts, enumerated.
    """
    return expected_over_tables(transitions, n, t, lambda table: float(period(table) > 1), 0.0)


def frozen_in_constant_texts(xp, n, t, transitions):
    """The mass of cycles of one symbol: a rival."""
    return frozen(xp, n, t, transitions) - in_cycles(xp, n, t, transitions)


@law("n-gram-replace-frozen", NGram, Replace, P(cycle_length > 0.5), host=True)
@source("derived", "shumailov2024", tag="NGRAM-CYCLES")
@holds(assuming=ENUMERABLE, when=bigrams)
@tried(*SMALL)
@rival("n - 1", n=lambda n: n - 1)
@rival("constant texts only", frozen_in_constant_texts)
def frozen(xp, n, t, transitions):
    r"""Every model ends as a cycle, $P(\text{frozen by }t)\to1$, with the probability of all cycles
    in the enumerated chain.
    """
    return expected_over_tables(transitions, n, t, lambda table: float(period(table) > 0), 0.0)


@law("n-gram-replace-cycles-limit", NGram, Replace, P(CYCLING), LATE, host=True)
@source("derived", tag="NGRAM-CYCLES")
@holds(where={"n": Integer(2)}, assuming=ENUMERABLE, when=bigrams)
@tried(*SMALL)
def in_cycles_for_ever(xp, n, transitions):
    r"""Runs end in a cycle of two and more symbols with probability $b(I-Q)^{-1}r$ on the
    enumerated chain.
    """
    found, start, matrix = tables(tuple(map(tuple, np.asarray(transitions).tolist())), int(n))
    periods = np.asarray([period(table) for table in found])
    inside = periods == 0
    moving, leaving = matrix[np.ix_(inside, inside)], matrix[inside][:, periods > 1].sum(axis=1)
    ends = np.linalg.solve(np.eye(inside.sum()) - moving, leaving)
    return float(start[periods > 1].sum() + start[inside] @ ends)


def entropy_rate_of_miller_madow(xp, n, t, transitions):
    """The entropy rate if every fit biased it by $K(K-1)/2n$: a rival."""
    symbols = len(transitions)
    return source_rate(transitions) - symbols * (symbols - 1) * t / (2 * n)


@law("n-gram-replace-entropy-rate", NGram, Replace, E(entropy_rate), host=True)
@source("derived", tag="NGRAM-CYCLES")
@holds(assuming=ENUMERABLE, when=bigrams)
@tried(*SMALL)
@rival("Miller-Madow", entropy_rate_of_miller_madow)
@rival("n - 1", n=lambda n: n - 1)
def entropy_rate_of_fit(xp, n, t, transitions):
    r"""The entropy rate is an average over all tables:
    $E h_t=\sum_{\text{tables}}P_t(\text{table})\,h(\text{table})$.
    """
    return expected_over_tables(transitions, n, t, rate, source_rate(transitions))
