"""How far a simulated value may lie from a true statement, and when its error is small enough.

Sample sizes follow from error rates. They grow by a rule that looks at standard errors only, so
that looking more than once costs nothing.
"""

from collections.abc import Mapping

import numpy as np
from scipy import stats

from .base import Estimate

FALSE_ALARM = 1e-7
RESOLUTION = 0.05


def allowed_sigmas(entries: int, false_alarm: float = FALSE_ALARM, sides: int = 2) -> float:
    """The standard errors that a true law exceeds with probability `false_alarm` (Bonferroni)."""
    return float(stats.norm.isf(false_alarm / (sides * max(entries, 1))))


def rounding(expected):
    """The error of a simulated value in single precision, far below every resolution asked for."""
    return 2e-5 * np.abs(expected) + 1e-12


def deviations(estimate: Estimate, expected, side: str = "both") -> np.ndarray:
    """The standard errors by which every entry violates a statement; infinite for NaN.

    `side` says where the truth may not lie: "both" of an equality, "upper" above an upper bound,
    "lower" below a lower bound.
    """
    z = (estimate.value - expected) / (estimate.error + rounding(expected))
    signed = {"both": np.abs(z), "upper": z, "lower": -z}[side]
    return np.where(np.isfinite(signed), signed, np.inf)


def tells_apart(estimate: Estimate, expected, rival, allowed: float) -> bool:
    """Whether the error is small enough to tell a statement from a rival that differs from it."""
    gap = np.abs(rival - expected) - 2 * rounding(expected)
    if np.all(gap <= 1e-9 * np.abs(expected)):
        return True
    return bool(np.any((gap > 0) & (gap >= 2 * allowed * estimate.error)))


def resolved(
    estimate: Estimate, expected, rivals: Mapping, allowed: float, resolution: float
) -> bool:
    """Whether the estimate is precise enough to decide.

    It tells every rival apart or, without rivals, two allowed errors lie within the resolution.
    """
    if rivals:
        return all(tells_apart(estimate, expected, rival, allowed) for rival in rivals.values())
    fine = 2 * allowed * estimate.error <= resolution * np.abs(expected) + rounding(expected)
    return bool(np.all(fine))


def rejects(estimate: Estimate, expected, rival, allowed: float) -> bool:
    """Whether the simulated values contradict a rival somewhere."""
    return bool(
        np.any(np.abs(estimate.value - rival) > allowed * (estimate.error + rounding(expected)))
    )


def described(estimate: Estimate, at: int, expected, z: float, allowed: float) -> str:
    """The comparison at one entry in words."""
    return (
        f"simulated {estimate.value[at]:.6g} ± {estimate.error[at]:.2g} "
        f"({estimate.replicas} replicas), law {expected[at]:.6g}, {z:.2f} sigmas, "
        f"{allowed:.2f} allowed"
    )
