"""Times of two sides, taken in turn."""

import os
import platform
import time
from datetime import date
from typing import NamedTuple

import jax
import numpy as np

from .cases import Side


def machine() -> dict:
    """What the numbers were taken on."""
    return {"date": date.today().isoformat(), "machine": platform.machine(), "cores": os.cpu_count(),
            "backend": jax.default_backend(), "jax": jax.__version__, "numpy": np.__version__}  # fmt: skip


class Times(NamedTuple):
    """Seconds, of the processor and on the wall."""

    processor: float
    wall: float


class Comparison(NamedTuple):
    """Ours in nanoseconds a generation of a replica; medians and spread of theirs over ours; our
    first call.
    """

    ns: float
    ratio: float
    low: float
    high: float
    wall: float
    first_call_s: float


def seconds(call) -> Times:
    """What a call takes. Other work on the machine disturbs processor time less than wall time."""
    processor, wall = time.process_time(), time.perf_counter()
    call()
    return Times(time.process_time() - processor, time.perf_counter() - wall)


def timed(side: Side):
    """Nanoseconds a generation of one replica: processor time per core, and wall."""
    return tuple(spent / side.work * 1e9 for spent in seconds(side.call))


def compared(mine: Side, rivals: list[Side], repeats: int) -> Comparison:
    """Both sides in turn, `repeats` times, after one call of each that is not counted."""
    first = seconds(mine.call).wall
    for side in rivals:
        side.call()
    here, ratios, walls = [], [], []
    for _ in range(repeats):
        ours_, wall = timed(mine)
        best = [min(each) for each in zip(*(timed(side) for side in rivals), strict=True)]
        here.append(ours_)
        ratios.append(best[0] / ours_)
        walls.append(best[1] / wall)
    return Comparison(
        float(np.median(here)),
        float(np.median(ratios)),
        min(ratios),
        max(ratios),
        float(np.median(walls)),
        first,
    )
