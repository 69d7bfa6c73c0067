"""Points of a law: values of its symbols on the edges of their ranges, and inside.

A law is known at its own cases. From each of them one symbol after the other, or every pair, is
moved to the edges of its range. A law that reads a whole recursion has the numbers in it moved.
"""

import itertools
from collections.abc import Iterator, Mapping
from functools import singledispatch
from typing import Any

import numpy as np

from ..domains import Covariance, Integer, Real, Simplex

LARGE = (10**3, 10**5, 10**9)
NEAR = 1e-9


@singledispatch
def edges(domain, base) -> list:
    """Values on the edges of a domain and inside it, shaped like a value that is known to do.

    Args:
        domain: the range of a symbol, None where none is declared.
        base: a value of the symbol.
    """
    if isinstance(base, (bool, np.bool_)):
        return [False, True]
    if isinstance(base, (int, float, np.number, np.ndarray, list, tuple)):
        base = np.asarray(base)
        if base.dtype.kind in "iuf":
            return [_like(base, each) for each in (0.0, 1.0, 0.5, 2.0, 1e3)]
    return []


@edges.register
def _(domain: Integer, base):
    inside = {domain.low, domain.low + 1, domain.low + 2, *LARGE, domain.high}
    return [_like(np.asarray(base), each) for each in sorted(inside) if each <= domain.high]


@edges.register
def _(domain: Real, base):
    ends = [
        end if closed else end + step
        for end, closed, step in zip(
            (domain.low, domain.high), domain.closed, (NEAR, -NEAR), strict=True
        )
        if np.isfinite(end)
    ]
    inside = [each for each in (0.0, 0.5, 1.0, -1.0, 2.0, *LARGE[:2]) if not _outside(domain, each)]
    return [_like(np.asarray(base), each) for each in dict.fromkeys([*ends, *inside])]


@edges.register
def _(domain: Simplex, base):
    count = np.shape(base)[-1]
    first = np.zeros(count)
    first[0] = 1.0
    equal = np.full(count, 1 / count)
    one_empty = np.append(np.full(count - 1, 1 / (count - 1)), 0.0)
    near = (1 - NEAR) * first + NEAR * equal
    rows = [first, equal, one_empty, near]
    if np.ndim(base) == 1:
        return [*rows, np.array([0.5, 0.5]), np.array([1.0, 0.0])]
    return [np.broadcast_to(row, np.shape(base)) for row in rows]


@edges.register
def _(domain: Covariance, base):
    d = np.shape(base)[-1]
    return [np.eye(d), NEAR * np.eye(d), np.eye(1)]


def _outside(domain, value) -> bool:
    return domain.problem(np.asarray(value)) is not None


def _like(base: np.ndarray, value):
    """The value in the shape of the base, so that schedules have equal entries."""
    return np.full(base.shape, value) if base.ndim else value


def moved(law, base: Mapping[str, Any], together: int = 1) -> Iterator[dict[str, Any]]:
    """Yield the base and all points that move some of its symbols to edges of their ranges.

    Args:
        law: the law, which has the range of every symbol.
        base: values of all its symbols.
        together: number of symbols that are moved at the same time.
    """
    yield dict(base)
    known = {name: edges(law.domain(name), value) for name, value in base.items()}
    for names in itertools.combinations([name for name in known if known[name]], together):
        for values in itertools.product(*(known[name] for name in names)):
            yield {**base, **dict(zip(names, values, strict=True))}
