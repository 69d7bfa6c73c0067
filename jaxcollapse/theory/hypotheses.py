"""Hypotheses that tie symbols of a law together.

Each is a mapping from a statement in words to a predicate on the symbols that it names. Every call
of a law checks its hypotheses, and the page of laws shows them.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..domains import is_concrete

Hypotheses = Mapping[str, Callable[..., Any]]

TINY = 1e-6

MORE_THAN_ONE: Hypotheses = {"n > 1": lambda n: n > 1}
DETERMINED: Hypotheses = {"n > d": lambda n, d: n > d}
SPARE_ROWS: Hypotheses = {"n > d + 1": lambda n, d: n > d + 1}
SPARE_REAL_ROWS: Hypotheses = {"real > d + 1": lambda real, d: real > d + 1}
SPARE_FRESH_ROWS: Hypotheses = {"fresh > d + 1": lambda fresh, d: fresh > d + 1}
SPARE_FEATURES: Hypotheses = {"n > features + 1": lambda n, features: n > features + 1}
AT_LEAST_D: Hypotheses = {"n > d - 1": lambda n, d: n > d - 1}
FEWER_ROWS: Hypotheses = {"n < d - 1": lambda n, d: n < d - 1}
FINITE_PRECISION: Hypotheses = {"n > d + 2": lambda n, d: n > d + 2}
FRESH_WEIGHTED: Hypotheses = {"weight > 0": lambda weight: weight > 0}
PART_OF_REAL: Hypotheses = {"n <= real": lambda n, real: n <= real}
ENOUGH_TO_CHOOSE: Hypotheses = {"n >= among": lambda n, among: n >= among}
SPREAD: Hypotheses = {
    "a positive variance v0 + v1 mean + v2 mean²": lambda mean, v0, v1, v2: (
        v0 + mean * (v1 + mean * v2) > 0
    )
}
CURVED_LESS: Hypotheses = {"v2 > -n": lambda n, v2: v2 > -n}
LINEAR: Hypotheses = {"v2 = 0": lambda v2: v2 == 0}
UNBIASED: Hypotheses = {"ddof = 1": lambda ddof: ddof == 1}
LIKELIHOOD: Hypotheses = {"ddof = 0": lambda ddof: ddof == 0}
# Every law is asked these, where it has their symbols.
ALWAYS: Hypotheses = {
    "t at most the length of sizes": lambda t, sizes: np.max(t, initial=0) <= np.size(sizes),
    "as many rewards as probabilities": lambda p, rewards: _alike(p, rewards),
    "as many values of fitness as probabilities": lambda p, fitness: _alike(p, fitness),
    "as many coefficients as eigenvalues": lambda eigenvalues, coefficients: _alike(
        eigenvalues, coefficients
    ),
    "a context of the transitions": lambda context, transitions: context < len(transitions),
    "a symbol of the transitions": lambda symbol, transitions: symbol < np.shape(transitions)[-1],
    "n > ddof": lambda n, ddof: n > ddof,
    "real > ddof": lambda real, ddof: real > ddof,
    "sizes > ddof": lambda sizes, ddof: np.min(sizes) > np.max(ddof),
    "a variance v0 + v1 mean + v2 mean² of at least 0": lambda mean, v0, v1, v2: (
        v0 + mean * (v1 + mean * v2) >= -TINY * (abs(v0) + abs(mean * v1))
    ),
}


def check_holds(law: Any, recursion: Any):
    """Refuse a configuration for which a law does not hold."""
    if law.family is None or law.workflow is None:
        return
    needs = ""
    if law.fits_types(recursion):
        if (problem := law.unmet(recursion)) is not None:
            raise ValueError(f"law {law.name} assumes {problem}")
        # Sizes that the formula does not take are left to the law's cases: limits forget them.
        if law.when(recursion):
            return
        needs = f": it needs {condition}" if (condition := condition_of(law)) else ""
    raise ValueError(f"law {law.name} does not hold for {recursion}{needs}")


def condition_of(law: Any) -> str:
    """What the predicate of a law asks for, from the `needs` that it was given; often empty."""
    return getattr(law.when, "needs", "")


def _alike(one, other) -> bool:
    return np.shape(one)[-1:] == np.shape(other)[-1:]


def broken(hypotheses: Hypotheses, symbols: Mapping[str, Any]) -> str | None:
    """Return the first hypothesis that the symbols break, with their values, or None.

    Symbols that are missing or traced are not checked.

    Example:
        >>> broken(SPARE_ROWS, {"n": 4, "d": 3})
        'n > d + 1, got n=4, d=3'
    """
    for statement, holds in hypotheses.items():
        named = {name: symbols.get(name) for name in inspect.signature(holds).parameters}
        known = all(is_concrete(value) for value in named.values())
        if known and not np.all(holds(**_arrays(named))):
            return f"{statement}, got {listed(named)}"
    return None


def listed(symbols: Mapping[str, Any]) -> str:
    """The numbers among symbols, as an assignment writes them."""
    numbers = {name: value for name, value in symbols.items() if is_concrete(value)}
    return ", ".join(f"{name}={_shown(value)}" for name, value in numbers.items())


def _arrays(named):
    return {name: np.asarray(value) for name, value in named.items()}


def _shown(value) -> str:
    array = np.asarray(value)
    if array.ndim == 0:
        return f"{array.item():g}"
    return np.array2string(array, threshold=8, precision=6)
