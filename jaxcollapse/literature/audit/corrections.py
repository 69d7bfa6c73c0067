"""Corrections: targets and catalogue entries that did not reproduce, without a check."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Correction:
    """What was given, what was found by simulation, and the laws that ship instead."""

    subject: str
    given: str
    found: str
    laws: tuple[str, ...]


@cache
def corrections() -> tuple[Correction, ...]:
    """Every correction, in the order of the page.

    Example:
        >>> from jaxcollapse.literature import audit
        >>> audit.corrections()[0].laws
        ('gaussian-replace-survival',)
    """
    text = resources.files(__package__).joinpath("corrections.toml").read_text(encoding="utf-8")
    listed = tomllib.loads(text)["correction"]
    return tuple(Correction(**each | {"laws": tuple(each["laws"])}) for each in listed)
