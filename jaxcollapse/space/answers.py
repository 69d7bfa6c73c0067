"""Answers: values by name, from which a configuration is made.

Remembered answers let a configuration be made simpler, one answer at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np


class Answers(Protocol):
    """Something that answers with a value when it is asked by name.

    The simplest answers are the first option of a choice, the lowest integer and round numbers.
    """

    def real(self, name: str, low: float, high: float) -> float: ...

    def integer(self, name: str, low: int, high: int) -> int: ...

    def choice(self, name: str, options: Sequence) -> Any: ...


class Simplest:
    """The simplest answer to everything."""

    def real(self, name, low, high):
        return simplest_real(low, high)

    def integer(self, name, low, high):
        return low

    def choice(self, name, options):
        return options[0]


def simplest_real(low: float, high: float) -> float:
    """The simplest number of an interval."""
    return simple_reals(low, high)[0]


def simple_reals(low: float, high: float) -> list[float]:
    """Round numbers of an interval, simplest first."""
    middle = (low + high) / 2
    candidates = (1.0, 0.0, 0.5, 2.0, -1.0, 0.25, 0.3, 0.2, 0.1, round(middle, 1), middle)
    return [value for value in candidates if low <= value <= high]


class RememberedAnswers:
    """Answers that are given by name; others are random, or the simplest without a generator.

    `asked` keeps every answer, in the order of the questions, together with simpler ones.
    """

    def __init__(self, given: Mapping[str, Any], rng: np.random.Generator | None = None):
        self.given, self.rng = given, rng
        self.asked: dict[str, tuple[Any, list]] = {}

    def real(self, name: str, low: float, high: float) -> float:
        value = self.given.get(name)
        if not isinstance(value, float) or not low <= value <= high:
            value = simplest_real(low, high) if self.rng is None else self._rounded(low, high)
        simple = simple_reals(low, high)
        return self._keep(
            name, value, simple[: simple.index(value)] if value in simple else simple[:3]
        )

    def _rounded(self, low, high) -> float:
        value = self.rng.uniform(low, high)
        return float(np.clip(round(value, 2), low, high))

    def integer(self, name: str, low: int, high: int) -> int:
        value = self.given.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            value = (
                low
                if self.rng is None
                else low - 1 + int(np.exp(self.rng.uniform(0, np.log(high - low + 2))))
            )
        near = [low + step for step in (0, 1, 2, 3, 4, 6, 9, 14, 20, 28) if low + step < value]
        return self._keep(name, value, near)

    def choice(self, name: str, options):
        value = self.given.get(name)
        if not any(value is option for option in options):
            value = options[0 if self.rng is None else int(self.rng.integers(len(options)))]
        index = next(i for i, option in enumerate(options) if option is value)
        return self._keep(name, value, list(options[:index]))

    def _keep(self, name, value, simpler):
        self.asked[name] = (value, simpler)
        return value

    def values(self) -> dict[str, Any]:
        """Every answer by name."""
        return {name: value for name, (value, _) in self.asked.items()}

    def simpler(self) -> Iterator[dict[str, Any]]:
        """Yield answers with one made simpler: first sizes, then choices, then numbers."""
        values = self.values()
        for name in sorted(self.asked, key=_rank):
            for candidate in self.asked[name][1]:
                yield values | {name: candidate}


def _rank(name: str) -> int:
    first = (
        "t",
        "n",
        "n changes",
        "real given",
        "real",
        "fresh",
        "fresh changes",
        "family",
        "workflow",
    )
    if name in first:
        return first.index(name)
    return len(first) + (not name.endswith(" kept"))
