"""How the value of a metric depends on origin and unit of the data."""

import math
from dataclasses import dataclass

import numpy as np

from ..families.frames import Frame


@dataclass(frozen=True)
class Unit:
    """What a value is in terms of the data.

    Args:
        power: the value is multiplied by this power of the unit.
        moves: whether the origin is added.
        logarithm: whether the logarithm of the unit is added, as to an entropy.
        labels: whether the value is about labels alone, where these alone have a frame.
    """

    power: int
    moves: bool = False
    logarithm: bool = False
    labels: bool = False

    def knows(self, frame: Frame) -> bool:
        """Whether the value follows from the one in this frame."""
        return self.labels or frame.whole

    def shift_and_factor(self, frame: Frame) -> tuple[float, float]:
        """The a and b of $a+bv$, for the value v in the frame."""
        shift = float(np.squeeze(frame.origin)) if self.moves else 0.0
        # Beyond the range of float64 the factor is infinite or zero, which the plan refuses.
        log_factor = self.power * frame.log_unit
        factor = math.exp(log_factor) if log_factor < 709 else math.inf
        return shift + (frame.log_unit if self.logarithm else 0.0), factor


FREE, LENGTH, SQUARE = Unit(0), Unit(1), Unit(2)
POINT, LABELS = Unit(1, moves=True), Unit(2, labels=True)
