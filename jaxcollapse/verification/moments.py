"""z tests of exact laws and of bounds: replicas grow until the error is fine enough, then every
entry is judged.
"""

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
from .rivals import relative, sorted_rivals
from .runs import Runs
from .verdict import Verdict

CHUNK = 1 << 14


def moments(runs: Runs, law, cases, resolution, most) -> Verdict:
    """z tests of an exact law or of a bound, over all cases together."""
    entries = sum(len(case.expected()) for case in cases)
    sides = 1 if isinstance(law.kind, Bound) else 2
    allowed = allowed_sigmas(entries, sides=sides)
    for case in cases:
        start = 0
        while start < most:
            size = max(CHUNK, start)
            case.grow(runs, range(start, start + size))
            start += size
            if _resolved(case, allowed, resolution):
                break
    return _judged(law, cases, allowed, entries)


def _resolved(case, allowed, resolution) -> bool:
    estimate = case.estimate()
    if isinstance(case.law.kind, Bound):
        return estimate.replicas >= 2 * CHUNK
    return resolved(estimate, case.expected(), case.rivals(), allowed, resolution)


def _judged(law, cases, allowed, entries) -> Verdict:
    worst_z, worst, resolution, told = 0.0, "", 0.0, {name: False for name in law.rivals}
    tightness = []
    for case in cases:
        estimate, expected = case.estimate(), case.expected()
        z = deviations(estimate, expected, law.kind.side if isinstance(law.kind, Bound) else "both")
        if isinstance(law.kind, Bound):
            tightness.append(expected / np.where(estimate.value == 0, np.nan, estimate.value))
        at = int(np.argmax(z))
        if z[at] >= worst_z:
            when = "" if case.t is None else f" at t={case.t[at]}"
            worst_z, worst = (
                float(z[at]),
                f"{case}{when}: {described(estimate, at, expected, z[at], allowed)}",
            )
        resolution = max(
            resolution, relative(2 * allowed * (estimate.error + rounding(expected)), expected)
        )
        for name, rival in case.rivals().items():
            told[name] |= rejects(estimate, expected, rival, allowed)
    rejected, undecided = sorted_rivals(told)
    passed = worst_z < allowed and not undecided
    replicas = max(case.sums.count for case in cases)
    remarks = ""
    if tightness:
        ratios = np.concatenate(tightness)
        remarks = f"bound/simulated {np.nanmin(ratios):.3g} to {np.nanmax(ratios):.3g}"
    kind = type(law.kind).__name__
    return Verdict(
        law.name,
        kind,
        passed,
        worst_z,
        allowed,
        resolution,
        replicas,
        rejected,
        undecided,
        entries,
        worst,
        remarks,
    )
