r"""An open vocabulary: agreement by Malécot's recurrence, the number of words by lines of descent.

Seen backwards, each of the n tokens of a fit was coined with probability $\alpha$, which ends its line and makes a word,
or was copied from one of n tokens of the fit before, so that lines meet as balls in cells do.
"""

import numpy as np
from scipy.stats import binom

from ..domains import POSITIVE
from ..families import OpenVocabulary
from ..metrics import simpson, support
from ..quantities import E
from ..workflows import Replace
from . import coalescent
from .kinds import Asymptotic, Exact, Identity
from .registry import law


@law(
    "open-vocabulary-replace-simpson", family=OpenVocabulary, workflow=Replace, quantity=E(simpson), kind=Exact(),
    cite=("malecot1948", "kimura1964"), tag="EWENS",
    rivals={
        "one of two copied": lambda xp, n, t, p, novelty: agreement(xp, n, t, p, 1 - xp.sqrt(1 - novelty)),
        "no novelty": lambda xp, n, t, p, novelty: agreement(xp, n, t, p, 0.0),
    },
)  # fmt: skip
def agreement(xp, n, t, p, novelty):
    r"""Two tokens agree with $E F_t=F_\infty+(F_0-F_\infty)r^t$, $r=(1-\frac1n)(1-\alpha)^2$, $F_\infty=\frac1{n-(n-1)(1-\alpha)^2}$."""
    limit = 1 / (n - (n - 1) * (1 - novelty) ** 2)
    return limit + (xp.sum(p * p) - limit) * ((1 - 1 / n) * (1 - novelty) ** 2) ** t


@law(
    "open-vocabulary-replace-support", family=OpenVocabulary, workflow=Replace, quantity=E(support), kind=Exact(),
    cite=("derived",), tag="EWENS",
    rivals={
        "n + 1": lambda xp, n, t, p, novelty: words(xp, n + 1, t, p, novelty),
        "no novelty": lambda xp, n, t, p, novelty: coalescent.expected_support(n, t, p),
    },
)  # fmt: skip
def words(xp, n, t, p, novelty):
    r"""Words are the lines that end: $E\,\#=\alpha\sum_{k<t}E A_k+\sum_i[1-E(1-(1-\alpha)p_i)^{A_{t-1}}]$, $A_0=n$, $A_{k+1}$ cells hit by $\mathrm{Bin}(A_k,1-\alpha)$."""
    n, novelty, times = int(n), float(novelty), np.asarray(t, int)
    lines, step, a = np.eye(n + 1)[n], descent(n, novelty), np.arange(n + 1)
    coined, table = 0.0, [float(np.sum(np.asarray(p) > 0))]
    for _ in range(times.max(initial=1)):
        coined += novelty * (lines @ a)
        old = sum(1 - lines @ (1 - (1 - novelty) * share) ** a for share in np.asarray(p, float))
        table.append(coined + old)
        lines = lines @ step
    return np.asarray(table)[times]


def descent(n: int, novelty: float) -> np.ndarray:
    """Transition matrix of the number of lines over one fit, backwards: survivors of coining, then cells they hit."""
    a = np.arange(n + 1)
    return binom.pmf(a[None, :], a[:, None], 1 - novelty) @ coalescent.transition_matrix(n)


def _iterated_words(n, theta):
    """The same by running the lines backwards until none is left."""
    return words(np, n, int(80 * n / theta) + 50, [0.5, 0.5], theta / (2 * n))


@law(
    "open-vocabulary-stationary-support", kind=Identity(_iterated_words), cite=("derived",), tag="EWENS",
    where={"theta": POSITIVE}, at=({"n": 10, "theta": 1.5}, {"n": 50, "theta": 4.0}),
    rivals={"Ewens": lambda xp, n, theta: ewens(xp, n, theta)},
)  # fmt: skip
def stationary_words(xp, n, theta):
    r"""The vocabulary settles at $\alpha\sum_ag(a)\,a$ words, g the Green function of the lines of descent and $\alpha=\theta/2n$."""
    n, novelty = int(n), float(theta) / (2 * int(n))
    inside = descent(n, novelty)[1:, 1:]
    green = np.linalg.solve((np.eye(n) - inside).T, np.eye(n)[-1])
    return float(novelty * (green @ np.arange(1, n + 1)))


@law(
    "open-vocabulary-stationary-support-ewens", kind=Asymptotic("n", 0.9, "open-vocabulary-stationary-support"),
    cite=("ewens1972",), tag="EWENS", where={"theta": POSITIVE}, at=({"n": 25, "theta": 1.5},),
)  # fmt: skip
def ewens(xp, n, theta):
    r"""Ewens' sampling formula counts $E\,\#\simeq\sum_{i<n}\frac\theta{\theta+i}$ words."""
    return xp.total(lambda i: theta / (theta + i - 1), 1, n)
