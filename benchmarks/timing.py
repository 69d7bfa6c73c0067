"""Times of two sides, taken in turn."""

import time
from typing import NamedTuple

import numpy as np

from .cases import Side


class Comparison(NamedTuple):
    """Ours in nanoseconds a generation of a replica; medians and spread of theirs over ours; our first call."""

    ns: float
    ratio: float
    low: float
    high: float
    wall: float
    first_call_s: float


def timed(side: Side):
    """Nanoseconds a generation of one replica: processor time per core, and wall."""
    processor, wall = time.process_time(), time.perf_counter()
    side.call()
    return (time.process_time() - processor) / side.work * 1e9, (time.perf_counter() - wall) / side.work * 1e9


def compared(mine: Side, rivals: list[Side], repeats: int) -> Comparison:
    """Both sides in turn, `repeats` times, after one call of each that is not counted."""
    first = time.perf_counter()
    mine.call()
    first = time.perf_counter() - first
    for side in rivals:
        side.call()
    here, ratios, walls = [], [], []
    for _ in range(repeats):
        ours_, wall = timed(mine)
        best = [min(each) for each in zip(*(timed(side) for side in rivals), strict=True)]
        here.append(ours_)
        ratios.append(best[0] / ours_)
        walls.append(best[1] / wall)
    return Comparison(float(np.median(here)), float(np.median(ratios)), min(ratios), max(ratios), float(np.median(walls)), first)
