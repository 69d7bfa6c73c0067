r"""Frames: origin and unit of the data, so that single precision never meets large offsets.

Where a family is equivariant, $x=o+uz$ turns a recursion of x into one of z with another truth. A
run whose truth lies far from 0 or has a scale far from 1 is made in z, and what it says of x is
computed from z on the host, in float64.
"""

import math
from dataclasses import dataclass, replace

import jax.numpy as jnp
import numpy as np

# Within these limits single precision loses nothing that matters, and a run keeps the unit of its
# truth: the mean loses 3 of 24 bits, and sixth powers of scales stay in range.
NEAR = 8.0
ORDINARY = math.log(2.0**16)


@dataclass(frozen=True)
class Frame:
    """The map from x to $z=(x-o)/u$.

    `origin` is a number or one per coordinate. `whole` says whether all numbers of an observation
    are mapped; a regression maps its labels alone. `back` says that the map is the one from z to x.
    """

    origin: float | tuple[float, ...]
    log_unit: float
    whole: bool = True
    back: bool = False

    @property
    def inverse(self) -> "Frame":
        """The map from z to x."""
        return replace(self, back=not self.back)

    def scaled(self, value, power: int = 1):
        """Map a number that has this power of the unit of x."""
        return value * math.exp((power if self.back else -power) * self.log_unit)

    def logarithm(self, value, power: int = 1):
        """Map the logarithm of such a number."""
        return value + (power if self.back else -power) * self.log_unit

    def point(self, value):
        """Map observations or means; coordinates lie along the last axis."""
        origin = self.origin if isinstance(self.origin, float) else np.asarray(self.origin)
        return origin + self.scaled(value) if self.back else self.scaled(value - origin)


def is_double(value) -> bool:
    """Whether a value is on the host in double precision, as models of a run in a frame are."""
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype == np.float64


def exponential(value):
    """The exponential, in double precision where the value is."""
    return np.exp(value) if is_double(value) else jnp.exp(value)


def frame(origin, log_unit, log_spread=None, *, whole: bool = True) -> Frame | None:
    """Make the frame of a truth; None where it is ordinary, or has no unit.

    Args:
        origin: a number or one per coordinate.
        log_unit: logarithm of the unit.
        log_spread: logarithm of the scale of every coordinate; the unit unless given.
        whole: whether all numbers of an observation are mapped.

    Example:
        >>> frame(0.3, 0.26) is None
        True
        >>> frame(1.7e9, 3.4).point(1.7e9)
        0.0
    """
    origin, log_unit = np.asarray(origin, float), float(log_unit)
    if not math.isfinite(log_unit):
        return None
    spread = np.asarray(log_unit if log_spread is None else log_spread, float)
    with np.errstate(divide="ignore"):
        near = np.all(np.log(np.abs(origin)) <= spread + math.log(NEAR))
    if near and abs(log_unit) <= ORDINARY:
        return None
    return Frame(tuple(origin.tolist()) if origin.ndim else float(origin), log_unit, whole)


def frame_of_mean(mean, variance) -> Frame | None:
    """The frame of a mean whose variance is known."""
    return frame(mean, 0.5 * np.log(np.asarray(variance, float)))
