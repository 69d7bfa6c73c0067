"""Hypotheses that tie symbols of a law together: stated in words, checked on every call, shown on
the page of laws.

Each is a mapping from the statement to a predicate on the symbols that it names.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..domains import is_concrete

Hypotheses = Mapping[str, Callable[..., Any]]

MORE_THAN_ONE: Hypotheses = {"n > 1": lambda n: n > 1}
DETERMINED: Hypotheses = {"n > d": lambda n, d: n > d}
SPARE_ROWS: Hypotheses = {"n > d + 1": lambda n, d: n > d + 1}
SPARE_REAL_ROWS: Hypotheses = {"real > d + 1": lambda real, d: real > d + 1}
SPARE_FRESH_ROWS: Hypotheses = {"fresh > d + 1": lambda fresh, d: fresh > d + 1}
FEWER_ROWS: Hypotheses = {"n < d - 1": lambda n, d: n < d - 1}
FINITE_PRECISION: Hypotheses = {"n > d + 2": lambda n, d: n > d + 2}
WITHIN_THE_SCHEDULE: Hypotheses = {
    "t at most the length of sizes": lambda t, sizes: np.max(t, initial=0) <= np.size(sizes)
}


def broken(hypotheses: Hypotheses, symbols: Mapping[str, Any]) -> str | None:
    """The first hypothesis that the symbols break, with their values; symbols that are not given,
    or traced, pass unseen.

    Example:
        >>> broken(SPARE_ROWS, {"n": 4, "d": 3})
        'n > d + 1, got n=4, d=3'
    """
    for statement, holds in hypotheses.items():
        named = {name: symbols.get(name) for name in inspect.signature(holds).parameters}
        if all(is_concrete(value) for value in named.values()) and not np.all(
            holds(**_arrays(named))
        ):
            return f"{statement}, got {', '.join(f'{name}={_shown(value)}' for name, value in named.items())}"
    return None


def _arrays(named):
    return {name: np.asarray(value) for name, value in named.items()}


def _shown(value) -> str:
    array = np.asarray(value)
    return (
        f"{array.item():g}" if array.ndim == 0 else np.array2string(array, threshold=8, precision=6)
    )
