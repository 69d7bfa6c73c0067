r"""Two categories under recursive training: the haploid Wright–Fisher chain, exactly, for n up to about 5,000."""

from functools import lru_cache

import numpy as np


@lru_cache(maxsize=8)
def transition_matrix(n: int) -> np.ndarray:
    r"""$P_{ij} = \binom nj (i/n)^j(1-i/n)^{n-j}$, shape (n + 1, n + 1)."""
    from scipy.stats import binom

    states = np.arange(n + 1)
    return binom.pmf(states[None, :], n, states[:, None] / n)


def eigenvalues(n: int) -> np.ndarray:
    r"""$\lambda_j = \prod_{i<j}(1 - i/n)$ for j = 0…n (Feller, Proc. 2nd Berkeley Symposium, 1951)."""
    return np.concatenate([[1.0], np.cumprod(1 - np.arange(n) / n)])


def distributions(n: int, generations: int, p: float) -> np.ndarray:
    """Law of the count of fit t for t = 1…generations, shape (generations, n + 1)."""
    from scipy.stats import binom

    law = binom.pmf(np.arange(n + 1), n, p)
    laws = [law]
    for _ in range(generations - 1):
        laws.append(laws[-1] @ transition_matrix(n))
    return np.stack(laws)


def cumulative(n: int, t, p: float, x) -> np.ndarray:
    r"""$P(p_t \le x)$, broadcast over t and x; at t = 0 the share is p for sure."""
    n = int(n)
    times, x = np.broadcast_arrays(np.asarray(t, int), np.asarray(x, float))
    table = np.cumsum(distributions(n, max(int(times.max(initial=1)), 1), p), axis=1)
    count = np.floor(n * x + 1e-9).astype(int)
    inside = np.clip(table[np.maximum(times, 1) - 1, np.clip(count, 0, n)], 0.0, 1.0)
    later = np.where(count < 0, 0.0, np.where(count >= n, 1.0, inside))
    return np.where(times == 0, (x >= p).astype(float), later)


def survival(n: int, t, p: float) -> np.ndarray:
    """Probability that both categories are left at fit t."""
    n, times = int(n), np.asarray(t, int)
    laws = distributions(n, max(int(times.max(initial=1)), 1), p)
    inside = laws[:, 1:n].sum(axis=1)
    return np.where(times == 0, float(0 < p < 1), inside[np.maximum(times, 1) - 1])


def absorption_time(n: int, p: float) -> float:
    """Expected fits until one category is left, by a linear solve."""
    from scipy.stats import binom

    inside = transition_matrix(n)[1:n, 1:n]
    further = np.linalg.solve(np.eye(n - 1) - inside, np.ones(n - 1))
    return float(1 + binom.pmf(np.arange(1, n), n, p) @ further) if 0 < p < 1 else 0.0


def warped_expectation(n: int, kept: int, t, p: float, warp, functional) -> np.ndarray:
    r"""$E f(p_t)$ when fit 1 sees n real draws and each later one `kept` draws of success probability `warp(p)`.

    Args:
        n: real observations of fit 1.
        kept: observations of every later fit.
        t: fits, non-negative integers.
        p: the true share.
        warp: the share that a model of share p generates after decoding and selection.
        functional: f, of shares.
    """
    from scipy.stats import binom

    n, kept, times = int(n), int(kept), np.asarray(t, int)
    later = np.arange(kept + 1) / kept
    law, shares = binom.pmf(np.arange(n + 1), n, p), np.arange(n + 1) / n
    values = [functional(np.asarray(p, float)), law @ functional(shares)]
    while len(values) <= times.max(initial=1):
        law = law @ binom.pmf(np.arange(kept + 1)[None, :], kept, warp(shares)[:, None])
        shares = later
        values.append(law @ functional(shares))
    return np.asarray(values)[times]
