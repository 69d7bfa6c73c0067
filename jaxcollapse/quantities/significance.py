"""How far a simulated value may lie from a true statement, and when its error is small enough.

Sample sizes follow from error rates. They grow by a rule that looks at standard errors only, so
that looking more than once costs nothing.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy import stats

from ..arguments import checked
from ..domains import Integer, Real
from .estimates import EVERYDAY, Estimate

FALSE_ALARM = 1e-7
RESOLUTION = 0.05


@checked(
    entries=Integer(0, 10**12),
    false_alarm=Real(0.0, 1.0, closed=(False, False)),
    sides=Integer(1, 2),
)
def allowed_sigmas(entries: int, false_alarm: float = FALSE_ALARM, sides: int = 2) -> float:
    """The standard errors that a true law exceeds with probability `false_alarm` (Bonferroni)."""
    return float(stats.norm.isf(false_alarm / (sides * max(entries, 1))))


def rounding(expected):
    """The error of a simulated value in single precision, far below every resolution asked for."""
    return 2e-5 * np.abs(expected) + 1e-12


def deviations(estimate: Estimate, expected, side: str = "both") -> np.ndarray:
    r"""The standard errors by which every entry violates a statement; infinite for NaN.

    Where the estimate is skewed away from the statement, its rare replicas may be missing: skewness
    s takes $s z^3/3$ off the evidence $z^2/2$, so that a true statement is not rejected for them.

    Args:
        estimate: what was simulated.
        expected: what is stated.
        side: where the truth may not lie: "both" of an equality, "upper" above an upper bound,
            "lower" below a lower bound.
    """
    z = (estimate.value - expected) / (estimate.error + rounding(expected))
    if estimate.skewness is not None:
        z = _less_skewness(z, np.nan_to_num(estimate.skewness, posinf=0.0, neginf=0.0))
    if estimate.censored:
        # A mean that is cut off may only be too small.
        z = np.maximum(z, 0.0)
    # Where all replicas are 0 and the truth is not, they say nothing of the mean.
    z = np.where(estimate.lost, 0.0, z)
    signed = {"both": np.abs(z), "upper": z, "lower": -z}[side]
    return np.where(np.isfinite(signed), signed, np.inf)


def _less_skewness(z: np.ndarray, skewness: np.ndarray) -> np.ndarray:
    """Standard errors with the evidence that is left after skewness on the other side."""
    adverse = np.maximum(-np.sign(z) * skewness, 0.0)
    size = np.abs(z)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Beyond 1/s the evidence stays what it was there.
        size = np.where(adverse > 0, np.minimum(size, 1 / adverse), size)
        left = np.sqrt(size**2 - 2 * adverse * size**3 / 3)
    return np.where(np.isfinite(left), np.sign(z) * left, z)


def replicas_to_tell_apart(estimate: Estimate, expected, rival, allowed: float) -> float:
    """The number of replicas at which the error tells a statement from a rival; 0 if they agree."""
    gap = np.abs(rival - expected) - 2 * rounding(expected)
    if np.all(gap <= 1e-9 * np.abs(expected)):
        return 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(gap > 0, 2 * allowed * estimate.error / gap, np.inf)
    return float(estimate.replicas * np.min(np.where(np.isfinite(ratio), ratio, np.inf)) ** 2)


def replicas_to_resolve(estimate: Estimate, expected, allowed: float, resolution) -> float:
    """The number of replicas at which two allowed errors lie within the resolution everywhere.

    Where zero is expected the resolution is relative to the spread over replicas.
    """
    spread = estimate.error * np.sqrt(estimate.replicas)
    scale = np.where(np.asarray(expected) == 0, spread, np.abs(expected))
    aim = resolution * scale + rounding(expected)
    return float(estimate.replicas * np.max(2 * allowed * estimate.error / aim) ** 2)


def resolved(
    estimate: Estimate, expected, rivals: Mapping, allowed: float, resolution: float
) -> bool:
    """Whether the estimate is precise enough to decide.

    It tells every rival apart or, without rivals, two allowed errors lie within the resolution.
    """
    needed = (
        max(replicas_to_tell_apart(estimate, expected, each, allowed) for each in rivals.values())
        if rivals
        else replicas_to_resolve(estimate, expected, allowed, resolution)
    )
    return needed <= estimate.replicas


def rejects(estimate: Estimate, expected, rival, allowed: float) -> bool:
    """Whether the simulated values contradict a rival somewhere."""
    tolerance = Estimate(estimate.value, estimate.error + rounding(expected), estimate.replicas)
    return bool(np.any(deviations(replace(tolerance, skewness=estimate.skewness), rival) > allowed))


def share_of(part: np.ndarray, whole: np.ndarray, sigmas: float = EVERYDAY) -> Estimate | None:
    """The mean of a part over that of the whole, with its error to first order.

    A share of a whole that may be zero says nothing: it is None unless Student's test of the mean
    of the whole rejects zero at the level of so many standard errors of a normal law.

    Args:
        part, whole: values of all replicas.
        sigmas: 3 is the level 0.27 %.

    Example:
        >>> import numpy as np
        >>> from jaxcollapse.quantities.significance import share_of
        >>> whole = np.array([1.0, 1.1, 0.9, 1.0])
        >>> round(share_of(whole / 4, whole).value, 3), share_of(whole / 4, whole - 1)
        (0.25, None)
    """
    replicas = len(whole)
    error = np.std(whole, ddof=1) / np.sqrt(replicas) if replicas > 1 else np.inf
    least = error * stats.t.isf(stats.norm.sf(sigmas), max(replicas - 1, 1))
    size = abs(float(np.mean(whole)))
    if size == 0 or size < least:
        return None
    share = float(np.mean(part) / np.mean(whole))
    spread = float(np.std(part - share * whole, ddof=1) / np.sqrt(replicas))
    return Estimate(share, spread / size, replicas)


def described(estimate: Estimate, at: int, expected, z: float, allowed: float) -> str:
    """The comparison at one entry in words."""
    return (
        f"simulated {estimate.value[at]:.6g} ± {estimate.error[at]:.2g} "
        f"({estimate.replicas} replicas), law {expected[at]:.6g}, {z:.2f} sigmas, "
        f"{allowed:.2f} allowed"
    )
