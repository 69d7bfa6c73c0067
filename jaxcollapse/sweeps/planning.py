"""Planning: what is missing in a store, cut into chunks of cells that share a program."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ..engine.batches import program_of
from .cells import Point, in_runs
from .results import plan_of
from .store import Store
from .sweep import Precision, Sweep

# Replica-generations of a chunk: long enough that a file per chunk is cheap, short enough that an
# interrupt does not wait long.
CHUNK_WORK = 1 << 23
MOST_CELLS = 256
MOST_CHUNKS = 1 << 12


@dataclass(frozen=True)
class Chunk:
    """Some cells of one structure, by their numbers, and the replicas that they lack."""

    cells: tuple[int, ...]
    first: int
    stop: int

    @property
    def replicas(self) -> range:
        return range(self.first, self.stop)


@dataclass(frozen=True)
class Grid:
    """All cells of a sweep: their identities and the number of their structure.

    Raises:
        ValueError: from `of`, a cell that cannot run; the message names it.
    """

    sweep: Sweep
    identities: list[bytes]
    structures: np.ndarray
    examples: list[int]

    @classmethod
    def of(cls, sweep: Sweep) -> "Grid":
        """Make every cell once, check it and find its structure."""
        identities, known, examples = [], {}, []
        structures = np.empty(sweep.size, np.int64)
        for number in range(sweep.size):
            cell = sweep.cell(number)
            try:
                program = sweep.recent(_program_at, cell.point)
            except ValueError as error:
                raise ValueError(f"cell {cell}: {error}") from error
            structures[number] = known.setdefault(program, len(known))
            if len(known) > len(examples):
                examples.append(number)
            identities.append(sweep.identity(cell))
        return cls(sweep, identities, structures, examples)

    @property
    def compilations(self) -> int:
        """Programs that the sweep compiles: one per structure, one more where models are kept."""
        both = bool(self.sweep.quantities) and self.sweep.models != "none"
        return len(self.examples) * (2 if both else 1)


def _program_at(sweep: Sweep, point: Point):
    return program_of(plan_of(sweep, point, range(sweep.replicas), not sweep.quantities))


class Missing:
    """What every cell of a grid lacks, given what the store has."""

    def __init__(self, grid: Grid, store: Store):
        self.grid, self.store, self.sweep = grid, store, grid.sweep
        self.reader = store.reader()

    def of(self, number: int) -> range | None:
        """The replicas that a cell lacks next, None where it is complete."""
        sweep, identity = self.sweep, self.grid.identities[number]
        have = self.store.replicas(identity)
        if have < sweep.replicas:
            return range(have, sweep.replicas)
        precision = sweep.precision
        if precision is None or have >= precision.most or self.reached(identity):
            return None
        return range(have, min(2 * have, precision.most))

    def reached(self, identity: bytes) -> bool:
        """Whether the standard error of the quantity of the precision is small enough."""
        precision = self.sweep.precision
        if precision is None:
            return True
        error, trusted = self.error(identity, precision)
        return trusted and error <= precision.error

    def error(self, identity: bytes, precision: Precision) -> tuple[float, bool]:
        """The largest standard error of a cell, with the looks paid for; whether to trust it."""
        names = list(map(str, self.sweep.quantities))
        estimate = self.store.estimates(identity, self.reader)[names.index(precision.quantity)]
        error = np.asarray(estimate.error)[..., 1:] * price_of_looks(self.sweep)
        return float(np.max(error)), bool(np.all(np.asarray(estimate.trusted())[..., 1:]))

    def chunks(self, numbers, at_once: int = 1) -> Iterator[Chunk]:
        """Cut what cells lack into chunks, several for each of the tasks that run at once."""
        groups: dict[tuple, list[int]] = {}
        for number in numbers:
            lacking = self.of(number)
            if lacking is not None:
                where = int(self.grid.structures[number]), lacking.start, lacking.stop
                groups.setdefault(where, []).append(number)
        fair = -(-sum(map(len, groups.values())) // (4 * at_once))
        for (_, first, stop), cells in groups.items():
            work = (stop - first) * self.sweep.generations
            size = max(1, min(CHUNK_WORK // work, MOST_CELLS))
            size = max(min(size, fair), self.sweep.size // MOST_CHUNKS)
            for each in in_runs(cells, size):
                yield Chunk(each, first, stop)


def price_of_looks(sweep: Sweep) -> float:
    """The factor by which a standard error must lie below its target, for looking more than once.

    A cell stops at the first of L looks whose error is small enough, so every look gets 1/L of the
    5 % at which an interval of two standard errors may miss.
    """
    precision = sweep.precision
    if precision is None or precision.most <= sweep.replicas:
        return 1.0
    looks = 1 + int(np.ceil(np.log2(precision.most / sweep.replicas)))
    return float(stats.norm.isf(0.025 / looks) / stats.norm.isf(0.025))


def of_shard(identity: bytes, shard: tuple[int, int]) -> bool:
    """Whether a cell belongs to shard i of N."""
    which, count = shard
    return int.from_bytes(identity[-8:], "big") % count == which - 1
