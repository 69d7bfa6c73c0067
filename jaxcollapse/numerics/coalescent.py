r"""The ancestors of a fit: survival of categories as moments of one integer chain, by duality.

$A_t$ is the number of distinct observations of fit 1 from which the n observations of fit t
descend: $A_1=n$, and $A_{t+1}$ given $A_t=a$ is the number of occupied cells when a balls fall into
n, $P(a\to b)=S(a,b)\,n!/((n-b)!\,n^a)$. Category i is lost at fit t with probability
$E(1-p_i)^{A_t}$. Everything is float64 on the host; rows of P are cut at twelve standard
deviations, where less than $10^{-30}$ is left.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np

from .reach import within

BLOCK = 1024
DENSE = 2048
LEAP = 256
LARGEST = 10**6
LARGEST_GREEN = 2 * 10**5
REACH = 12.0


class Occupancy:
    """Rows of the occupancy chain of n cells, in windows; one row per `BLOCK` is kept."""

    def __init__(self, n: int):
        self.n = n
        self._starts: list[tuple[int, np.ndarray]] = [(0, np.ones(1))]

    def window(self, balls: int) -> tuple[int, int]:
        """The range of the number of occupied cells after `balls` balls, up to $10^{-30}$."""
        n = self.n
        one, two = (
            balls * np.log1p(-1 / n) if n > 1 else -np.inf,
            balls * np.log1p(-2 / n) if n > 2 else -np.inf,
        )
        mean = -n * np.expm1(one)
        variance = n * np.exp(one) + n * (n - 1) * np.exp(two) - n * n * np.exp(2 * one)
        half = REACH * np.sqrt(max(variance, 0.0)) + 30
        return max(0, int(mean - half)), min(n, balls, int(mean + half) + 1)

    def rows(self, first: int, last: int) -> Iterator[tuple[int, int, np.ndarray]]:
        """`(a, offset, probabilities of offset, offset + 1, …)` for a from `first` to `last`."""
        block = min(first // BLOCK, len(self._starts) - 1)
        offset, row = self._starts[block]
        balls = block * BLOCK
        while True:
            for a in range(balls, balls + BLOCK):
                if a >= first:
                    yield a, offset, row
                if a == last:
                    return
                row = self._thrown(offset, row)
            balls += BLOCK
            offset, row = self._trimmed(balls, offset, row)
            if len(self._starts) == balls // BLOCK:
                self._starts.append((offset, row))

    def _thrown(self, offset, row):
        """One more ball: an empty cell is hit or not."""
        occupied = np.arange(offset, offset + len(row)) / self.n
        after = np.empty(len(row) + 1)
        after[:-1] = row * occupied
        after[-1] = 0.0
        after[1:] += row * (1 - occupied)
        return after if offset + len(row) <= self.n else after[:-1]

    def _trimmed(self, balls, offset, row):
        low, high = self.window(balls)
        start, stop = max(low - offset, 0), min(high + 1 - offset, len(row))
        return offset + start, row[start:stop].copy()


@lru_cache(maxsize=16)
def occupancy(n: int) -> Occupancy:
    """The occupancy chain of n cells, with the rows computed so far."""
    return Occupancy(n)


@lru_cache(maxsize=8)
def transition_matrix(n: int, last: int | None = None) -> np.ndarray:
    """P(a -> b) for a, b from 0 to n, or to `last`."""
    last = n if last is None else last
    matrix = np.zeros((last + 1, last + 1))
    for a, offset, row in occupancy(n).rows(0, last):
        matrix[a, offset : offset + len(row)] = row
    return matrix


def ancestors(n: int, times: Iterable[int]) -> Iterator[tuple[int, int, np.ndarray]]:
    """The law of $A_t$ as `(t, offset, probabilities)` at given t ≥ 1, which increase.

    Few ancestors are left late: a power of a small corner of the chain leaps over many fits.
    """
    fit, offset, law = 1, n, np.ones(1)
    for wanted in times:
        if wanted > 1:
            within("n", n, LARGEST, "the chain of ancestors has n rows")
        while fit < wanted:
            most = offset + len(law) - 1
            leap = wanted - fit if most <= LEAP and wanted - fit > LEAP else 1
            after = np.zeros(most + 1)
            if most <= DENSE:
                corner = transition_matrix(n, min(n, DENSE))[: most + 1, : most + 1]
                corner = np.linalg.matrix_power(corner, leap) if leap > 1 else corner
                after = law @ corner[offset:]
                # A power multiplies rounding by the number of fits; the chain loses nothing.
                after *= law.sum() / after.sum() if leap > 1 else 1.0
            else:
                for a, start, row in occupancy(n).rows(offset, most):
                    after[start : start + len(row)] += law[a - offset] * row
            alive = np.flatnonzero(after > 1e-30)
            offset, law = int(alive[0]), after[alive[0] : alive[-1] + 1]
            fit += leap
        yield wanted, offset, law


def _over_time(n: int, t, at_start: float, functional) -> np.ndarray:
    """Evaluate a functional of the law of the ancestors at every t, and `at_start` at t = 0."""
    n, times = int(n), np.asarray(t, int)
    values = {0: at_start}
    for step, offset, law in ancestors(n, sorted(set(times.ravel().tolist()) - {0})):
        values[step] = functional(np.arange(offset, offset + len(law)), law)
    return np.vectorize(values.__getitem__, otypes=[float])(times)


def _distinct(p):
    """Positive probabilities with their multiplicities."""
    values, counts = np.unique(np.asarray(p, float), return_counts=True)
    positive = values > 0
    return values[positive], counts[positive]


def _chunks(values, counts, width: int):
    size = max(1, (1 << 22) // max(width, 1))
    for start in range(0, len(values), size):
        yield values[start : start + size], counts[start : start + size]


def expected_support(n: int, t, p) -> np.ndarray:
    r"""Expected number of categories left after fit t, $\sum_i[1-E(1-p_i)^{A_t}]$.

    At t = 0 it is the number of categories of the truth.

    Args:
        n: sample size of every fit; up to 10^6 is practical.
        t: generation or generations.
        p: probabilities, shape (K,).
    """
    values, counts = _distinct(p)
    with np.errstate(divide="ignore"):
        absent = _log_absent(values)

    def survivors(a, law):
        kept = 0.0
        for log_absent, multiplicity in _chunks(absent, counts, len(a)):
            kept += float(multiplicity @ (-np.expm1(a[None, :] * log_absent[:, None]) @ law))
        return kept

    return _over_time(n, t, float(counts.sum()), survivors)


def expected_missing_mass(n: int, t, p) -> np.ndarray:
    r"""Expected true probability of the categories lost by fit t, $\sum_ip_iE(1-p_i)^{A_t}$."""
    return _over_time(n, t, 0.0, lambda a, law: _missing(p, a, law))


def expected_missing_mass_of(sizes, t, p) -> np.ndarray:
    """`expected_missing_mass` where fit k has `sizes[k - 1]` observations."""
    times, sizes = np.asarray(t, int), [int(size) for size in np.asarray(sizes)]
    within("sizes", max(sizes, default=0), LARGEST_GREEN, "the chain of ancestors has n rows")
    values = {0: 0.0}
    for last in set(times.ravel().tolist()) - {0}:
        law = np.eye(1, sizes[last - 1] + 1, sizes[last - 1])[0]
        for n in sizes[last - 2 :: -1] if last > 1 else ():
            after = np.zeros(n + 1)
            for a, offset, row in occupancy(n).rows(0, len(law) - 1):
                after[offset : offset + len(row)] += law[a] * row
            law = after
        values[last] = _missing(p, np.arange(len(law)), law)
    return np.vectorize(values.__getitem__, otypes=[float])(times)


def _log_absent(values):
    """Log of the chance that one draw misses a category; finite, for 0 times it is 0."""
    return np.maximum(np.log1p(-values), -1e6)


def _missing(p, a, law) -> float:
    values, counts = _distinct(p)
    with np.errstate(divide="ignore"):
        chunks = _chunks(values, counts, len(a))
        return float(
            sum((c * v) @ (np.exp(a[None, :] * _log_absent(v)[:, None]) @ law) for v, c in chunks)
        )


def total_collapse_probability(n: int, t, p) -> np.ndarray:
    r"""Probability that a single category is left at fit t, $E\sum_ip_i^{A_t}$."""
    values, counts = _distinct(p)

    def agreeing(a, law):
        return float(counts @ (np.exp(a[None, :] * np.log(values)[:, None]) @ law))

    return _over_time(n, t, float(len(values) == 1 and counts[0] == 1), agreeing)


@lru_cache(maxsize=16)
def visits(n: int) -> np.ndarray:
    r"""Expected number of fits with $A_t=a$ for a = 0…n (Green function), infinite at a = 1."""
    within("n", n, LARGEST_GREEN, "the chain of ancestors has n rows")
    green = np.zeros(n + 1)
    green[n] = 1.0
    for last in range(n, 1, -BLOCK):
        for a, offset, row in reversed(list(occupancy(n).rows(max(last - BLOCK + 1, 2), last))):
            below = row[: a - offset]
            green[a] /= 1 - row[a - offset] if len(row) > a - offset else 1.0
            # A trimmed row ends below a, where a distinct parents have no practical probability.
            green[offset : offset + len(below)] += green[a] * below
    green[1] = np.inf if n > 1 else green[1]
    return green


def expected_collapse_time(n: int, p) -> float:
    r"""Expected fits until a single category is left, $1+\sum_{a\ge2}g(a)(1-\sum_ip_i^a)$.

    g is the Green function of the chain, `visits`.
    """
    n = int(n)
    values, counts = _distinct(p)
    if len(values) == 1 and counts[0] == 1:
        return 0.0
    green = visits(n)[2:]
    a = np.arange(2, n + 1)
    disagree = np.zeros(len(a))
    for value, multiplicity in zip(values, counts, strict=True):
        disagree += multiplicity * value * -np.expm1((a - 1) * np.log(value))
    return float(1 + green @ disagree)


def diffusion_collapse_time(n: int, p) -> float:
    r"""The diffusion limit of it, $-2n\sum_i(1-p_i)\log(1-p_i)$.

    References:
        Kimura and Ohta, Genetics 61:763 (1969).
    """
    p = np.asarray(p, float)
    absent = 1 - p[p < 1]
    return float(-2 * n * np.sum(absent * np.log(absent)))
