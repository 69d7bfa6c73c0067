"""Rivals: the nearby wrong formulas that the data must reject."""

from dataclasses import replace

import numpy as np

from ..theory.kinds import Exact
from ..theory.law import Law
from .comparisons import trial_of


def with_rivals_that_differ(law, chosen) -> Law:
    """Return the law without the rivals that agree with it in all the given cases."""
    if not isinstance(law.kind, Exact):
        return law
    tried = [trial_of(law, each) for each in chosen]
    differs = {
        name
        for case in tried
        for name, rival in case.stated.items()
        if not np.allclose(rival, case.expected(), 1e-9, 0)
    }
    return replace(law, rivals={name: body for name, body in law.rivals.items() if name in differs})


def sharpness(law, case) -> float:
    """Return the relative distance of the nearest rival from the law in one case."""
    if not isinstance(law.kind, Exact):
        return 0.0
    tried = trial_of(law, case)
    expected = tried.expected()
    gaps = (relative(rival - expected, expected) for rival in tried.rivals().values())
    return min(gaps, default=0.0)


def relative(difference, expected) -> float:
    """Return the largest relative difference, absolute where zero is expected."""
    return float(np.max(np.abs(difference) / np.where(expected == 0, 1, np.abs(expected))))
