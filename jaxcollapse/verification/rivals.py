"""Rivals: the nearby wrong formulas that the data must reject, where they differ from the law at
all.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..theory.kinds import Exact
from ..theory.law import Law
from .comparisons import trial_of


def with_rivals_that_differ(law, chosen) -> Law:
    """The law without the rivals that agree with it at all the given cases, where nothing could
    tell them apart.
    """
    if not isinstance(law.kind, Exact):
        return law
    tried = [trial_of(law, each) for each in chosen]
    differs = {
        name
        for case in tried
        for name, rival in case.rivals().items()
        if not np.allclose(rival, case.expected(), 1e-9, 0)
    }
    return replace(law, rivals={name: body for name, body in law.rivals.items() if name in differs})


def sharpness(law, case) -> float:
    """How far the nearest rival lies from the law in one configuration, relative to the law."""
    if not isinstance(law.kind, Exact):
        return 0.0
    tried = trial_of(law, case)
    expected = tried.expected()
    return min(
        (relative(rival - expected, expected) for rival in tried.rivals().values()), default=0.0
    )


def sorted_rivals(told: Mapping[str, bool]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the rivals that the data rejected, and of those it did not."""
    return tuple(n for n, seen in told.items() if seen), tuple(
        n for n, seen in told.items() if not seen
    )


def relative(difference, expected) -> float:
    """The largest difference in units of what is expected, or as it is where zero is expected."""
    return float(np.max(np.abs(difference) / np.where(expected == 0, 1, np.abs(expected))))
