"""Points of a law: the symbols of its own cases, and the same moved to edges of their ranges."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..recursion import Recursion
from ..space.symbols import LARGE, moved
from ..theory.cases import default_cases
from ..theory.law import Law
from ..theory.substitution import places_of, substituted

ARGUMENTS = np.array([0.0, 0.5, 1.0])


def points_of(law: Law, together: int = 1, large: bool = False) -> Iterator[dict[str, Any]]:
    """Yield symbols of a law: those of its first case, and the same at edges of their ranges.

    A law that reads a whole recursion also gets recursions in which a number is moved.

    Args:
        law: the law.
        together: number of symbols that are moved at the same time.
        large: large numbers that are no edge as well.

    Example:
        >>> import jaxcollapse as jc
        >>> law = jc.law_named("verification-threshold")
        >>> [tuple(point.values()) for point in points_of(law)][:4]
        [(0.9, 0.3), (0.0, 0.3), (1.0, 0.3), (0.9, 0.0)]
    """
    ranges = {name: law.domain(name) for name in law.parameters}
    for base in _bases(law, large):
        yield from moved(base, ranges, min(together, max(len(base), 1)), large)


def _bases(law: Law, large: bool) -> Iterator[dict[str, Any]]:
    case = default_cases(law)[0]
    if isinstance(case, dict):
        yield _whole(law, case)
        return
    recursion, generations = case
    yield _whole(law, law.bound(recursion, generations))
    if "recursion" in law.parameters:
        for other in _recursions(recursion, large):
            t = min([generations, *other.schedules.values()])
            yield _whole(law, law.bound(other, t))


def _whole(law: Law, known) -> dict[str, Any]:
    """The symbols that a law takes, with its defaults; arguments of distribution functions."""
    defaults = {
        name: each.default
        for name, each in law.parameters.items()
        if each.default is not each.empty
    }
    given = {"x": ARGUMENTS, **defaults, **known}
    return {name: given[name] for name in law.parameters if name in given}


def _recursions(recursion: Recursion, large: bool) -> Iterator[Recursion]:
    """The recursion with one of its numbers moved, as far as it is still a recursion."""
    for paths in places_of(recursion).values():
        for value in (0, 1, 2, 0.5, *(LARGE if large else ())):
            try:
                yield substituted(recursion, {paths[0]: value})
            except (ValueError, TypeError):
                continue
