"""Quantities by their text, such as `E(variance)` or `Quantile(w2, 0.5)`."""

import re

from .._names import known
from ..metrics import metric_named
from .base import AbstractQuantity, E, Histogram, P, Quantile, Rate, Var

KINDS = {"E": E, "Var": Var, "P": P, "Rate": Rate, "Quantile": Quantile, "Histogram": Histogram}


def quantity_named(text: str) -> AbstractQuantity:
    """The quantity of a text, the inverse of `str`.

    Args:
        text: `E(variance)`, `Var(mean)`, `P(w2>1.0)`, `Rate(log-variance)`, `Quantile(w2, 0.5)` or
            `Histogram(log-variance, -20, 5, 64)`.

    Raises:
        ValueError: no quantity is written so.

    Example:
        >>> str(quantity_named("P(w2>1)")), str(quantity_named("Quantile(w2, 0.5)"))
        ('P(w2>1)', 'Quantile(w2, 0.5)')
    """
    match = re.fullmatch(r"\s*(\w+)\(([^,]+)((?:,[^,]+)*)\)\s*", text)
    if not match:
        raise ValueError(f"quantity must look like E(variance), got {text!r}")
    kind = KINDS[known(match[1], KINDS, "quantity")]
    try:
        numbers = [_number(each) for each in match[3].split(",")[1:]]
        return kind(metric_named(match[2].strip()), *numbers)
    except TypeError:
        raise ValueError(f"quantity {match[1]} takes other numbers, got {text!r}") from None


def _number(text: str):
    try:
        return int(text) if text.strip().lstrip("+-").isdigit() else float(text)
    except ValueError:
        raise ValueError(f"a number of a quantity must be a number, got {text!r}") from None
