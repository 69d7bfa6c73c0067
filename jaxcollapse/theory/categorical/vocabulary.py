r"""An open vocabulary: agreement by Malécot's recurrence, the number of words by lines of descent.

Seen backwards, each of the n tokens of a fit was coined with probability $\alpha$, which ends its
line and makes a word, or was copied from one of n tokens of the fit before, so that lines meet as
balls in cells do.
"""

import numpy as np
import scipy

from ...domains import POSITIVE, Integer
from ...numerics import coalescent
from ...numerics.reach import within, within_steps
from ..kinds import Asymptotic, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Enumeration
from ..registry import law
from ..subjects import E, OpenVocabulary, Replace, simpson, support


@law("open-vocabulary-replace-simpson", OpenVocabulary, Replace, E(simpson))
@source("malecot1948", "kimura1964", tag="EWENS")
@proof(Enumeration("test_new_words"))
@rival("one of two copied", novelty=lambda novelty: 1 - np.sqrt(1 - novelty))
@rival("no novelty", novelty=0.0)
def agreement(xp, n, t, p, novelty):
    r"""Two tokens agree with $E F_t=F_\infty+(F_0-F_\infty)r^t$, $r=(1-\frac1n)(1-\alpha)^2$,
    $F_\infty=\frac1{n-(n-1)(1-\alpha)^2}$.
    """
    limit = 1 / (n - (n - 1) * (1 - novelty) ** 2)
    return limit + (xp.sum(p * p) - limit) * ((1 - 1 / n) * (1 - novelty) ** 2) ** t


@law("open-vocabulary-replace-support", OpenVocabulary, Replace, E(support), host=True)
@source("derived", tag="EWENS")
@proof(Enumeration("test_new_words"))
@rival("n + 1", n=lambda n: n + 1)
@rival("no novelty", lambda xp, n, t, p: coalescent.expected_support(n, t, p))
def words(xp, n, t, p, novelty):
    r"""There are as many words as lines that end:
    $E\,\#=\alpha\sum_{k<t}E A_k+\sum_i[1-E(1-(1-\alpha)p_i)^{A_{t-1}}]$, $A_0=n$, $A_{k+1}$ cells
    hit by $\mathrm{Bin}(A_k,1-\alpha)$.
    """
    times = np.asarray(t, int)
    table = words_of(int(n), int(n), times.max(initial=1), np.asarray(p, float), float(novelty))
    return np.concatenate([[np.sum(np.asarray(p) > 0)], table])[times]


LARGEST = 2000


def words_of(n: int, m: int, generations: int, p, novelty: float) -> np.ndarray:
    """Expected words among m tokens of fit 1, 2, …, generations, where every fit before has n
    tokens.
    """
    within_steps(generations, (n + 1) ** 2)
    step, a = descent(n, novelty), np.arange(n + 1)
    lines = np.eye(n + 1)[m]
    absent = np.sum((1 - (1 - novelty) * p[None, :]) ** a[:, None], axis=1)
    coined, table = 0.0, []
    for _ in range(generations):
        coined += novelty * (lines @ a)
        table.append(coined + len(p) - lines @ absent)
        lines = lines @ step
    return np.asarray(table)


def descent(n: int, novelty: float) -> np.ndarray:
    """Transition matrix of the number of lines over one fit, backwards: survivors of coining, then
    cells they hit.
    """
    within("n", n, LARGEST, "lines of descent go through an n × n matrix")
    a = np.arange(n + 1)
    copied = scipy.stats.binom.pmf(a[None, :], a[:, None], 1 - novelty)
    return copied @ coalescent.transition_matrix(n)


def _long_run_words(n, m, theta):
    """The same by running the lines backwards until none is left."""
    return words_of(int(n), int(m), int(80 * n / theta) + 50, np.full(2, 0.5), theta / (2 * n))[-1]


PART_OF_TEXT = {
    "m <= n": lambda m, n: m <= n,
    "theta <= 2n, so that the novelty is a share": lambda theta, n: theta <= 2 * n,
}


@law("open-vocabulary-stationary-support", kind=Identity(_long_run_words), host=True)
@source("derived", tag="EWENS")
@holds(assuming=PART_OF_TEXT, where={"theta": POSITIVE, "m": Integer(1)})
@tried({"n": 50, "m": 20, "theta": 4.0}, {"n": 10, "m": 10, "theta": 1.5})
@rival("Ewens", lambda xp, m, theta: ewens(xp, m, theta))
@rival("all tokens", m=lambda n: n - 1)
def stationary_words(xp, n, m, theta):
    r"""Of m tokens in a settled loop $\alpha\sum_ag_m(a)\,a$ are different, $g_m$ the Green
    function of the lines of descent from m, $\alpha=\theta/2n$.
    """
    n, novelty = int(n), float(theta) / (2 * int(n))
    inside = descent(n, novelty)[1:, 1:]
    green = np.linalg.solve((np.eye(n) - inside).T, np.eye(n)[int(m) - 1])
    return float(novelty * (green @ np.arange(1, n + 1)))


LARGE = Asymptotic("n", 1, "open-vocabulary-stationary-support")


@law("open-vocabulary-stationary-support-ewens", kind=LARGE)
@source("ewens1972", tag="EWENS")
@holds(where={"theta": POSITIVE, "m": Integer(1)})
@tried({"n": 25, "m": 20, "theta": 1.5})
def ewens(xp, m, theta):
    r"""Ewens' formula holds for m tokens of a much longer text:
    $E\,\#\simeq\sum_{i<m}\frac\theta{\theta+i}$; of the whole text it stays short by a constant.
    """
    return xp.total(lambda i: theta / (theta + i - 1), 1, m)
