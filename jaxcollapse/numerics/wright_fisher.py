r"""Two categories under replacement: the haploid Wright–Fisher chain, exactly, for n up to 5,000.

Rows of P are cut where less than $10^{-30}$ is left, so that the matrix is sparse: at n = 5,000 it
keeps a tenth of its entries. The absorption time depends on the smaller count alone, half the
states.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from .reach import MOST_TERMS, within, within_steps

REACH = 12.0
LARGEST = 5000


def _windows(n: int):
    """First and last count of practical probability after each count."""
    states = np.arange(n + 1)
    half = REACH * np.sqrt(states * (1 - states / n)) + 30 * ((states > 0) & (states < n))
    low, high = np.floor(states - half).astype(int), np.ceil(states + half).astype(int)
    return np.maximum(low, 0), np.minimum(high, n)


@lru_cache(maxsize=4)
def sparse_transitions(n: int):
    r"""$P_{ij} = \binom nj (i/n)^j(1-i/n)^{n-j}$ as a SciPy CSR array whose rows sum to one."""
    from scipy.sparse import csr_array
    from scipy.stats import binom

    within("n", n, LARGEST, "the chain of two categories is a matrix")
    low, high = _windows(n)
    width = high - low + 1
    starts = np.concatenate([[0], np.cumsum(width)])
    row = np.repeat(np.arange(n + 1), width)
    column = np.arange(starts[-1]) - starts[row] + low[row]
    mass = binom.pmf(column, n, row / n)
    mass /= np.add.reduceat(mass, starts[:-1])[row]
    return csr_array((mass, column, starts), shape=(n + 1, n + 1))


def transition_matrix(n: int) -> np.ndarray:
    r"""The dense matrix P, shape (n + 1, n + 1)."""
    return sparse_transitions(n).toarray()


def eigenvalues(n: int) -> np.ndarray:
    r"""$\lambda_j = \prod_{i<j}(1 - i/n)$ for j = 0…n.

    References:
        Feller, Proc. 2nd Berkeley Symposium (1951).
    """
    return np.concatenate([[1.0], np.cumprod(1 - np.arange(n) / n)])


def count_laws(n: int, generations: int, p: float) -> Iterator[np.ndarray]:
    """Law of the count of fit t for t = 1, 2, …, one at a time."""
    from scipy.stats import binom

    step = sparse_transitions(n).T.tocsr()
    law = binom.pmf(np.arange(n + 1), n, p)
    yield law
    for _ in range(generations - 1):
        law = step @ law
        yield law


def distributions(n: int, generations: int, p: float) -> np.ndarray:
    """Law of the count of fit t for t = 1…generations, shape (generations, n + 1)."""
    within("t", generations, MOST_TERMS // (n + 1), "the law of every fit is kept")
    within_steps(generations, sparse_transitions(n).nnz)
    return np.stack(list(count_laws(n, generations, p)))


def _at_times(n: int, times, p: float, functional) -> dict:
    """`functional` of the law at every fit in `times`; nothing else is kept."""
    wanted = set(np.ravel(times).tolist())
    last = max(wanted, default=1)
    # Nothing moves once the chance that both are left is below the smallest number.
    settled = min(last, 760 * n)
    within_steps(settled, sparse_transitions(n).nnz)
    found = {
        t: functional(law)
        for t, law in enumerate(count_laws(n, settled, p), start=1)
        if t in wanted or t == settled
    }
    return {t: found[min(t, settled)] for t in wanted}


def cumulative(n: int, t, p: float, x) -> np.ndarray:
    r"""$P(p_t \le x)$, broadcast over t and x; at t = 0 the share is p for sure."""
    n = int(n)
    times, x = np.broadcast_arrays(np.asarray(t, int), np.asarray(x, float))
    tables = _at_times(n, times[times > 0], p, np.cumsum)
    count = np.floor(n * x + 1e-9).astype(int)
    inside = np.array(
        [
            tables[s][c] if s else 0.0
            for s, c in zip(times.flat, np.clip(count, 0, n).flat, strict=True)
        ]
    )
    inside = np.clip(inside.reshape(times.shape), 0.0, 1.0)
    later = np.where(count < 0, 0.0, np.where(count >= n, 1.0, inside))
    return np.where(times == 0, (x >= p).astype(float), later)


def survival(n: int, t, p: float) -> np.ndarray:
    """Probability that both categories are left at fit t."""
    n, times = int(n), np.asarray(t, int)
    alive = _at_times(n, times[times > 0], p, lambda law: float(law[1:n].sum())) | {
        0: float(0 < p < 1)
    }
    return np.vectorize(alive.__getitem__, otypes=[float])(times)


def absorption_time(n: int, p: float) -> float:
    """Expected fits until one category is left, by a linear solve for the smaller count."""
    from scipy.linalg import solve
    from scipy.stats import binom

    if not 0 < p < 1:
        return 0.0
    rows = sparse_transitions(n)[: n // 2 + 1].toarray()
    smaller = np.arange(1, n // 2 + 1)
    inside = rows[1:, 1 : n // 2 + 1].copy()
    inside[:, : (n - 1) // 2] += rows[1:, : n // 2 : -1][:, 1:]
    further = np.zeros(n // 2 + 1)
    further[1:] = solve(
        np.eye(len(smaller)) - inside, np.ones(len(smaller)), overwrite_a=True, check_finite=False
    )
    counts = np.arange(n + 1)
    return float(1 + binom.pmf(counts, n, p) @ further[np.minimum(counts, n - counts)])


def warped_expectation(n: int, kept: int, t, p: float, warp, functional) -> np.ndarray:
    r"""$E f(p_t)$ when a model of share p generates successes with probability `warp(p)`.

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
    within("n", n, LARGEST, "the chain of two categories is a matrix")
    within_steps(min(int(times.max(initial=1)), 760 * kept), (kept + 1) ** 2)
    later = np.arange(kept + 1) / kept
    law, shares = binom.pmf(np.arange(n + 1), n, p), np.arange(n + 1) / n
    values = [functional(np.asarray(p, float)), law @ functional(shares)]
    step = lambda shares: binom.pmf(
        # A share that is 1 exactly may come out of `warp` above 1 by rounding.
        np.arange(kept + 1)[None, :],
        kept,
        np.clip(warp(shares), 0.0, 1.0)[:, None],
    )
    if times.max(initial=1) > 1:
        law = law @ step(shares)
        values.append(law @ functional(later))
    if times.max(initial=1) > 2:
        again = step(later)
    of_share = functional(later)
    while len(values) <= times.max(initial=1):
        before, law = law, law @ again
        values.append(law @ of_share)
        if np.array_equal(law, before):
            break
    # Once the law stands still, every later value is the last.
    return np.asarray(values)[np.minimum(times, len(values) - 1)]
