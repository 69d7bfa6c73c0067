"""Values on the edges of the range of a symbol, and points that move symbols there."""

import itertools
from collections.abc import Iterator, Mapping
from functools import singledispatch
from typing import Any

import numpy as np

from ..domains import Covariance, Integer, Real, Simplex

LARGE = (10**3, 10**5)
NEAR = 1e-9


@singledispatch
def edges(domain, base, large: bool = False) -> list:
    """Return values on the edges of a domain and inside it, shaped like a value that is known.

    Args:
        domain: the range of a symbol, None where none is declared.
        base: a value of the symbol.
        large: large numbers that are no edge as well.

    Example:
        >>> from jaxcollapse.domains import PROBABILITY
        >>> edges(PROBABILITY, 0.3)
        [0.0, 1.0]
    """
    if isinstance(base, (bool, np.bool_)):
        return [False, True]
    if isinstance(base, (int, float, np.number, np.ndarray, list, tuple)):
        base = np.asarray(base)
        if base.dtype.kind in "iuf":
            return [_like(base, each) for each in (0.0, 1.0, 0.5, 2.0)]
    return []


@edges.register
def _(domain: Integer, base, large=False):
    inside = {domain.low, domain.low + 1, domain.high}
    inside |= {domain.low + 2, *LARGE} if large else set()
    return [_like(np.asarray(base), each) for each in sorted(inside) if each <= domain.high]


@edges.register
def _(domain: Real, base, large=False):
    ends = [
        end if closed else end + step
        for end, closed, step in zip(
            (domain.low, domain.high), domain.closed, (NEAR, -NEAR), strict=True
        )
        if np.isfinite(end)
    ]
    inside = (0.0, 1.0, -1.0, *((0.5, 2.0, *map(float, LARGE)) if large else ()))
    admitted = [each for each in inside if domain.problem(np.asarray(each)) is None]
    return [_like(np.asarray(base), each) for each in dict.fromkeys([*ends, *admitted])]


@edges.register
def _(domain: Simplex, base, large=False):
    count = np.shape(base)[-1]
    first = np.zeros(count)
    first[0] = 1.0
    equal = np.full(count, 1 / count)
    one_empty = np.append(np.full(count - 1, 1 / (count - 1)), 0.0)
    rows = [first, equal, one_empty, (1 - NEAR) * first + NEAR * equal]
    if np.ndim(base) == 1:
        return [*rows, np.array([0.5, 0.5]), np.array([1.0, 0.0])]
    return [np.broadcast_to(row, np.shape(base)) for row in rows]


@edges.register
def _(domain: Covariance, base, large=False):
    d = np.shape(base)[-1]
    return [np.eye(d), NEAR * np.eye(d), np.eye(1)]


def _like(base: np.ndarray, value):
    """The value in the shape of the base, so that schedules have equal entries."""
    return np.full(base.shape, value) if base.ndim else value


def moved(
    base: Mapping[str, Any], ranges: Mapping[str, Any], together: int = 1, large: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield the base and all points that move some of its symbols to the edges of their ranges.

    Args:
        base: a value of every symbol.
        ranges: the domain of every symbol.
        together: number of symbols that are moved at the same time.
        large: large numbers that are no edge as well.
    """
    yield dict(base)
    known = {name: edges(ranges[name], value, large) for name, value in base.items()}
    for names in itertools.combinations([name for name in known if known[name]], together):
        for values in itertools.product(*(known[name] for name in names)):
            yield {**base, **dict(zip(names, values, strict=True))}
