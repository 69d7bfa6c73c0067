"""How commands write numbers: infinity and no value in words, or as null in JSON."""

import math
from typing import Any


def shown(value: float, form: str = ".6g") -> str:
    """A number as text.

    Example:
        >>> shown(2.0), shown(float("-inf")), shown(float("nan"))
        ('2', '-infinite', 'no value')
    """
    if math.isnan(value):
        return "no value"
    return format(value, form) if math.isfinite(value) else "-infinite"[value > 0 :]


def plain(value) -> Any:
    """Numbers, lists and records for JSON, which knows neither infinity nor NaN."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value if isinstance(value, str) or math.isfinite(value) else None
