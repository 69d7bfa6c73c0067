"""What a sweep costs: cells, compilations, bytes and time, before anything is computed."""

import math
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from .planning import Grid, Missing
from .results import POWERS, metrics_summed, results_of
from .store import Store
from .sweep import Sweep

# Ends of the names of arrays that follow from power sums.
BESIDE = (" error", " trusted")
SPARE = 1.1  # of the bytes of arrays: metadata, chunks in progress


@dataclass(frozen=True)
class Cost:
    """The cost of what a store lacks of a sweep.

    `seconds` is None where nothing was timed; compilation is counted in it once per structure.
    """

    cells: int
    missing: int
    structures: int
    compilations: int
    chunks: int
    bytes: int
    free: int
    seconds: float | None
    compiling: float | None

    def record(self) -> dict:
        """The cost as plain data."""
        return asdict(self)

    def check(self) -> None:
        """Raise a `ValueError` where the disk is too small."""
        if self.bytes > self.free:
            raise ValueError(
                f"the disk is too small: the sweep takes {_size(self.bytes)}, "
                f"{_size(self.free)} are free"
            )

    def __str__(self):
        lines = [
            f"cells         {self.cells} ({self.missing} missing)",
            f"compilations  {self.compilations} (structures {self.structures})",
            f"chunks        {self.chunks}",
            f"disk          {_size(self.bytes)} ({_size(self.free)} free)",
        ]
        if self.seconds is not None and self.compiling is not None:
            total = self.seconds + self.compiling
            lines.append(
                f"time          about {total:.3g} s on this machine, "
                f"of which {self.compiling:.3g} s compile"
            )
        return "\n".join(lines)


def cost_of(sweep: Sweep, path, calibrate: bool = True) -> Cost:
    """Plan a sweep against a store, which need not exist.

    Args:
        sweep: the sweep.
        path: the store.
        calibrate: time one cell of every structure that lacks something.

    Raises:
        ValueError: a cell that cannot run, or a store of another sweep.
    """
    grid, store = Grid.of(sweep), Store(path, sweep)
    store.check()
    store.refresh()
    chunks = list(Missing(grid, store).chunks(range(sweep.size)))
    missing = [number for chunk in chunks for number in chunk.cells]
    layout = store.layout(grid.examples)
    share = len(missing) / max(sweep.size, 1)
    size = int(SPARE * share * (layout.bytes + sweep.size * bytes_in_ledger(sweep, layout)))
    seconds = compiling = None
    if calibrate:
        seconds, compiling = _timed(grid, missing)
    free = shutil.disk_usage(Path(path).parent).free
    return Cost(
        sweep.size,
        len(missing),
        len(grid.examples),
        grid.compilations,
        len(chunks),
        size,
        free,
        seconds,
        compiling,
    )


def bytes_in_ledger(sweep: Sweep, layout) -> int:
    """Bytes of a cell in its chunk: power sums, and what the arrays of the store have."""
    sums = 8 * len(metrics_summed(sweep)) * len(POWERS) * len(sweep.times)
    kept = sum(each.bytes for name, each in layout.variables.items() if not name.endswith(BESIDE))
    return sums + kept


def _timed(grid: Grid, missing: list[int]) -> tuple[float, float]:
    """Seconds of all missing cells, and of compilation, from one cell of every structure."""
    import os

    sweep, seconds, compiling = grid.sweep, 0.0, 0.0
    structures = grid.structures[missing]
    for which in np.unique(structures):
        number = missing[int(np.argmax(structures == which))]
        cells, identities = [sweep.cell(number)], [grid.identities[number]]
        took = []
        for _ in range(2):
            start = time.perf_counter()
            results_of(sweep, cells, identities, range(sweep.replicas))
            took.append(time.perf_counter() - start)
        seconds += took[1] * int(np.sum(structures == which))
        compiling += max(0.0, took[0] - took[1])
    return seconds / (os.cpu_count() or 1), compiling


def _size(count: float) -> str:
    power = min(4, int(math.log(max(count, 1), 1000)))
    return f"{count / 1000**power:.3g} {('B', 'kB', 'MB', 'GB', 'TB')[power]}"
