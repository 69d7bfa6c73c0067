"""z tests of exact laws and of bounds.

Replicas grow until the error is small enough; then every comparison is judged.
"""

from dataclasses import dataclass, field

import numpy as np

from ..quantities.significance import (
    allowed_sigmas,
    described,
    deviations,
    rejects,
    resolved,
    rounding,
)
from ..theory.kinds import Bound
from ..theory.law import Law
from .rivals import relative
from .runs import Runs
from .verdict import Verdict

CHUNK = 1 << 14


def moments(runs: Runs, law, cases, resolution, most) -> Verdict:
    """Test an exact law or a bound by z tests over all its cases together.

    Args:
        runs: the simulations.
        law: the law.
        cases: its cases under test.
        resolution: the relative error at which growth stops, if that tells rivals apart.
        most: the number of replicas at which growth stops.
    """
    entries = sum(len(case.expected()) for case in cases)
    allowed = allowed_sigmas(entries, sides=1 if isinstance(law.kind, Bound) else 2)
    evidence = Deviations(law, allowed, told={name: False for name in law.rivals})
    for case in cases:
        _grow(runs, case, allowed, resolution, most)
        evidence.add(case)
    return evidence.verdict(entries, replicas=max(case.sums.count for case in cases))


def _grow(runs, case, allowed, resolution, most):
    """Double the replicas of a case until its error is resolved. Only standard errors are read."""
    start = 0
    while start < most:
        size = max(CHUNK, start)
        case.grow(runs, range(start, start + size))
        start += size
        if _resolved(case, allowed, resolution):
            break


def _resolved(case, allowed, resolution) -> bool:
    estimate = case.estimate()
    if isinstance(case.law.kind, Bound):
        return estimate.replicas >= 2 * CHUNK
    return resolved(estimate, case.expected(), case.rivals(), allowed, resolution)


@dataclass
class Deviations:
    """Deviations of simulated values from a law in units of their standard errors."""

    law: Law
    allowed: float
    told: dict[str, bool]
    worst_z: float = 0.0
    worst: str = ""
    resolution: float = 0.0
    tightness: list = field(default_factory=list)

    def add(self, case):
        """Compare one case with the law and with its rivals."""
        estimate, expected = case.estimate(), case.expected()
        self._compare(case, estimate, expected)
        error = estimate.error + rounding(expected)
        self.resolution = max(self.resolution, relative(2 * self.allowed * error, expected))
        for name, rival in case.rivals().items():
            self.told[name] |= rejects(estimate, expected, rival, self.allowed)

    def _compare(self, case, estimate, expected):
        bound = isinstance(self.law.kind, Bound)
        z = deviations(estimate, expected, self.law.kind.side if bound else "both")
        if bound:
            known = np.where(estimate.value == 0, np.nan, estimate.value)
            self.tightness.append(expected / known)
        at = int(np.argmax(z))
        if z[at] >= self.worst_z:
            when = "" if case.t is None else f" at t={case.t[at]}"
            self.worst_z = float(z[at])
            what = described(estimate, at, expected, z[at], self.allowed)
            self.worst = f"{case}{when}: {what}"

    def verdict(self, entries: int, replicas: int) -> Verdict:
        """Return the verdict on the law."""
        return Verdict.on(
            self.law,
            holds=self.worst_z < self.allowed,
            told=self.told,
            worst_z=self.worst_z,
            allowed_z=self.allowed,
            resolution=self.resolution,
            replicas=replicas,
            entries=entries,
            worst=self.worst,
            remarks=self._remarks(),
        )

    def _remarks(self) -> str:
        if not self.tightness:
            return ""
        ratios = np.concatenate(self.tightness)
        return f"bound/simulated {np.nanmin(ratios):.3g} to {np.nanmax(ratios):.3g}"
