"""Laws that speak about the same quantity of the same recursion, compared with each other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from ..recursion import Recursion
from .kinds import Bound, Exact
from .law import Law

ROUNDING = 1e-6


@dataclass(frozen=True)
class Conflict:
    """Two laws that cannot both be true of one recursion, with what each of them says."""

    first: Law
    second: Law
    recursion: Recursion
    t: Any
    values: tuple[np.ndarray, np.ndarray]

    def __str__(self):
        """Both laws, and their values where they are furthest apart."""
        first, second = np.broadcast_arrays(*map(np.atleast_1d, self.values))
        worst = int(np.argmin(_agree((self.first, self.second), (first, second))))
        said = (
            f"{law.name} ({_claim(law)}) says {value.flat[worst]:.9g}"
            for law, value in ((self.first, first), (self.second, second))
        )
        at = "" if self.t is None else f" at t={np.broadcast_to(self.t, first.shape).flat[worst]}"
        return f"{' and '.join(said)} of {self.first.quantity}{at}"


class ConflictingLaws(ValueError):
    """Two laws of one quantity contradict each other; the message names both."""


def _claim(law: Law) -> str:
    return f"{law.kind.side} bound" if isinstance(law.kind, Bound) else "exact"


def speaking(recursion: Recursion, known: Iterable[Law]) -> list[Law]:
    """Return the exact laws and the bounds among these that hold for a recursion."""
    return [
        each
        for each in known
        if isinstance(each.kind, Exact | Bound) and each.quantity and each.holds_for(recursion)
    ]


def conflicts(recursion: Recursion, t, known: Iterable[Law]) -> list[Conflict]:
    """Compare all laws of each quantity of a recursion, wherever both have values.

    Two exact laws must agree up to `ROUNDING`; a bound must lie on its side of an exact law and of
    the opposite bound.

    Args:
        recursion: the configuration.
        t: generations.
        known: the laws to compare.

    Example:
        >>> import jaxcollapse as jc
        >>> from jaxcollapse.theory.conflicts import conflicts
        >>> r = jc.Recursion(jc.Poisson(), jc.Replace(), truth=jc.Poisson().params(2.0), n=10)
        >>> conflicts(r, [1, 5], jc.laws())
        []
    """
    by_quantity: dict[str, list[Law]] = {}
    for law in speaking(recursion, known):
        by_quantity.setdefault(str(law.quantity), []).append(law)
    found = []
    for group in (each for each in by_quantity.values() if len(each) > 1):
        values = {law.name: _value(law, recursion, t) for law in group}
        for pair in combinations(group, 2):
            both = tuple(values[law.name] for law in pair)
            if all(value is not None for value in both) and not np.all(_agree(pair, both)):
                found.append(Conflict(*pair, recursion, t, both))
    return found


def _value(law: Law, recursion: Recursion, t) -> np.ndarray | None:
    """The value of a law, None where it is out of reach or undefined."""
    try:
        return np.asarray(law.of(recursion, t), float)
    except ValueError:
        return None


def _agree(pair: Sequence[Law], values):
    """Where two laws can both be true, entry by entry."""
    slack = ROUNDING * np.maximum(*map(np.abs, values)) + 1e-12
    above = {_side(law): value for law, value in zip(pair, values, strict=True)}
    if len(above) == 1:
        same = np.isclose(*values, rtol=ROUNDING, atol=1e-12)
        return same | (not isinstance(pair[0].kind, Exact))
    high, low = above[max(above)], above[min(above)]
    return (low <= high + slack) | (low == high)


def _side(law: Law) -> int:
    """Where the values of a law lie: below an exact law, with it, or above it."""
    return {"lower": -1, "upper": 1}[law.kind.side] if isinstance(law.kind, Bound) else 0
