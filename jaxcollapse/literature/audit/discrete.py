"""Categories, counts and texts: survival of words, constants, absorbing states."""

import numpy as np

from ...numerics import wright_fisher
from ...theory import law_named
from .records import Check, statement


@statement(
    "suresh-g-bracket",
    cite="suresh2024",
    wording="read",
    fault="looser than true",
    laws=("poisson-replace-segregating",),
    says=r"The recursion $g_{k+1}=1-e^{-g_k}$, $g_1=1$ satisfies $1/k\le g_k\le3/k$.",
)
def _() -> Check:
    r"""$2/(k+1+(H_k-1)/3)\le g_k\le2/(k+1)$, at most 8 percent apart for all k; g is read off the
    exact survival.
    """
    k = np.arange(1, 401)
    g = -np.log1p(-law_named("poisson-replace-segregating")(n=1, t=k, mean=1.0))
    low, high = 2 / (k + 1 + (np.cumsum(1 / k) - 1) / 3), 2 / (k + 1)
    inside = np.all((low <= g * (1 + 1e-12)) & (g <= high * (1 + 1e-12)))
    gap = float(np.max(high / low))
    return Check(
        bool(inside) and gap < 1.08,
        {"widest high/low, k to 400": gap, "of the printed bracket": 3.0},
    )


@statement(
    "suresh-theorem-1-upper",
    cite="suresh2024",
    wording="read",
    fault="looser than true",
    laws=("categorical-replace-support",),
    says=r"$P(P_k\ne0)\le1-(1-3np_0^2-3kp_0)e^{-np_0g_k}$ (Theorem 1).",
)
def _() -> Check:
    """A survival probability cannot grow with k, but the bound does: at n = 100, p = 0.01 it is
    vacuous soon after k = 30.
    """
    n, p, k = 100, 0.01, np.arange(1, 31)
    g = np.ones(len(k))
    for i in range(1, len(k)):
        g[i] = 1 - np.exp(-g[i - 1])
    bound = 1 - (1 - 3 * n * p**2 - 3 * k * p) * np.exp(-n * p * g)
    exact = law_named("categorical-replace-support")(n=n, t=k, p=[p, 1 - p]) - 1
    holds = bool(np.all(np.diff(exact) < 0) and np.diff(bound).max() > 0 and np.all(exact <= bound))
    return Check(
        holds,
        {
            "exact at k=30": float(exact[-1]),
            "bound at k=5": float(bound[4]),
            "bound at k=30": float(bound[-1]),
        },
    )


@statement(
    "seddik-constants",
    cite="seddik2024",
    wording="second-hand",
    fault="looser than true",
    laws=("bernoulli-replace-segregating-upper", "bernoulli-replace-segregating-lower"),
    says=r"$4p_0q_0(1-1/n)^t\le P(\mathrm{not\ fixed})\le2np_0q_0(1-1/n)^t$.",
)
def _() -> Check:
    r"""The constant $2n$ improves to $n^2/(n-1)$, and the true one tends to 6 whatever p, as n
    grows.
    """
    n, t, p = 200, 2000, 0.3
    decay = p * (1 - p) * (1 - 1 / n) ** t
    constant = float(wright_fisher.survival(n, np.array([t]), p)[0] / decay)
    upper = float(law_named("bernoulli-replace-segregating-upper")(n=n, t=t, mean=p) / decay)
    return Check(
        5.8 < constant < 6 and constant < upper < 2 * n,
        {"true constant, n=200": constant, "sharper upper": upper, "printed": 400},
    )


@statement(
    "shumailov-delta-functions",
    cite="shumailov2024",
    wording="read",
    fault="narrower than quoted",
    laws=("n-gram-replace-cycles-limit", "n-gram-replace-frozen", "n-gram-replace-entropy-rate"),
    says=(
        "The only possible absorbing states of a Markov chain retrained on its own output "
        "are delta functions."
    ),
)
def _() -> Check:
    """True of whole texts. Models of symbols freeze in any deterministic cycle: most texts of six
    uniform ternary symbols end in a cycle of two symbols or more, so measures of the variety of
    tokens need not reach zero.
    """
    uniform, n, late = np.full((3, 3), 1 / 3), 6, np.array([200])
    cycles = float(law_named("n-gram-replace-cycles-limit")(n=n, transitions=uniform))
    frozen = float(law_named("n-gram-replace-frozen")(n=n, t=late, transitions=uniform)[0])
    entropy = float(law_named("n-gram-replace-entropy-rate")(n=n, t=late, transitions=uniform)[0])
    numbers = {
        "frozen at t=200": frozen,
        "in a cycle of two or more": cycles,
        "entropy rate at t=200": entropy,
    }
    return Check(cycles > 0.5 and frozen > 1 - 1e-9 and entropy < 1e-9, numbers)
