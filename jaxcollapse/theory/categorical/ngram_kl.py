r"""The KL divergence of n-gram models from their source, in nats per symbol of their own text.

The first fit's is the likelihood ratio of a Markov chain over 2n, which tends to half a chi-squared
variable over n, of one degree for every transition of the source beyond the first of its context.
"""

import numpy as np
import scipy

from ...domains import Integer
from ...numerics.reach import within
from ..kinds import Asymptotic
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import E, NGram, Recursion, Replace, kl, stationary
from .ngram import ENUMERABLE, SMALL, SOURCE, bigrams, expected_over_tables
from .ngram_bias import LARGEST

# Contexts of two symbols of an alphabet of two.
TRIGRAMS = ((0.1, 0.9), (0.6, 0.4), (0.3, 0.7), (0.8, 0.2))
OCCURRING = {"every context occurs": lambda transitions: np.all(np.isfinite(transitions))}


def of_source_order(recursion) -> bool:
    """Whether the source has the order of the family."""
    contexts, symbols = np.shape(recursion.truth.weights)
    return contexts == symbols ** (recursion.family.order - 1)


def law_of_count(n: int, transitions, counted) -> np.ndarray:
    """Probabilities of 0 to n occurrences of some n-grams, a mask of contexts and symbols, in a
    text of the source.
    """
    contexts, symbols = transitions.shape
    state = np.zeros((contexts, n + 1))
    state[:, 0] = stationary(transitions)
    for _ in range(n):
        after = np.zeros_like(state)
        for symbol in range(symbols):
            moved = transitions[:, symbol, None] * state
            hit = counted[:, symbol]
            moved[hit, 1:], moved[hit, 0] = moved[hit, :-1], 0.0
            np.add.at(after, (np.arange(contexts) * symbols + symbol) % contexts, moved)
        state = after
    return state.sum(axis=0)


def of_source(table, transitions) -> float:
    """KL of a table of counts from the source, nats per symbol."""
    rows = table.sum(axis=1, keepdims=True)
    ratio = table / np.where(rows > 0, rows, 1) / np.where(transitions > 0, transitions, 1)
    return float(scipy.special.xlogy(table, ratio).sum() / table.sum())


def degrees(transitions) -> int:
    """Transitions that occur, beyond the first of every context."""
    return int(np.sum(np.asarray(transitions) > 0) - len(transitions))


def kl_of_free_words(xp, n, t, transitions):
    """As if all words of k symbols were independent categories: a rival."""
    return t * (np.size(transitions) - 1) / (2 * n)


def _first(n: int, order: int = 2):
    rows = SOURCE if order == 2 else TRIGRAMS
    return Recursion(NGram(order), Replace(), truth=NGram(order).params(rows), n=n), 1


@law("n-gram-replace-first-kl", NGram, Replace, E(kl), host=True)
@source("derived", tag="NGRAM-KL")
@holds(when=of_source_order, where={"t": Integer(0, 1)}, assuming=OCCURRING)
@tried(_first(12), _first(8, order=3))
@rival(
    "half a chi-squared over n", lambda xp, n, t, transitions: t * degrees(transitions) / (2 * n)
)
@rival("all words are free", kl_of_free_words)
def first_kl(xp, n, t, transitions):
    r"""The first fit at every n, by the laws of single counts along the walk:
    $E\,\mathrm{KL}=\frac1n\left[\sum_{ij}E\,N_{ij}\log N_{ij}-\sum_iE\,N_i\log N_i\right]
    -\sum_{ij}\pi_iP_{ij}\log P_{ij}$, and 0 at t = 0.
    """
    within("n", n, LARGEST, "the law of every count is enumerated")
    rows, counts = np.asarray(transitions, float), np.arange(int(n) + 1)
    kept = scipy.special.xlogy(counts, counts)
    total = 0.0
    for i in range(len(rows)):
        here = np.zeros(rows.shape, bool)
        here[i] = True
        total -= law_of_count(int(n), rows, here) @ kept
        for j in range(rows.shape[1]):
            alone = here & (np.arange(rows.shape[1]) == j)
            total += law_of_count(int(n), rows, alone) @ kept
    known = stationary(rows) @ scipy.special.xlogy(rows, rows).sum(axis=1)
    return (total / n - known) * (np.asarray(t) > 0)


@law("n-gram-replace-kl", NGram, Replace, E(kl), host=True)
@source("derived", tag="NGRAM-KL")
@holds(assuming=ENUMERABLE | OCCURRING, when=bigrams)
@tried(*SMALL)
@rival(
    "every fit adds what the first does",
    lambda xp, n, t, transitions: t * first_kl(xp, n, 1, transitions),
)
@rival("n - 1", n=lambda n: n - 1)
def kl_of_fit(xp, n, t, transitions):
    r"""The KL divergence is an average over all tables of counts:
    $E\,\mathrm{KL}_t=\sum_{\text{tables}}P_t(\text{table})\,\mathrm{KL}(\text{table})$. It ends at
    the cost of deterministic cycles.
    """
    rows = np.asarray(transitions, float)

    def value(table):
        return of_source(table, rows)

    return expected_over_tables(rows, n, t, value, 0.0)


def _rungs():
    return tuple((_first(n)[0], 2) for n in (40, 80, 160))


@law("n-gram-replace-kl-large-n", NGram, Replace, E(kl), Asymptotic("n", 1), host=True)
@source("derived", tag="NGRAM-KL")
@holds(when=of_source_order, assuming=OCCURRING)
@tried(_rungs)
@rival("paid once", lambda xp, n, transitions: degrees(transitions) / (2 * n))
@rival("all words are free", kl_of_free_words)
def kl_of_large_texts(xp, n, t, transitions):
    r"""Every fit to a long text adds half a degree of freedom per transition over n:
    $E\,\mathrm{KL}_t\simeq\frac{t}{2n}\,\#\{P_{ij}>0\}-\frac t{2n}\,\#\{i\}$, which is
    $\frac{t\,K^{k-1}(K-1)}{2n}$ for order k where all transitions occur.

    The likelihood ratio of a chain is chi-squared in the limit (Billingsley 1961). Later fits
    move on by as much, in independent directions to first order.
    """
    return t * degrees(transitions) / (2 * n)
