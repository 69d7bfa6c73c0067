"""The status of a store: how many cells are done, and what became of the others."""

from dataclasses import asdict, dataclass

import numpy as np

from .ledger import Ledger
from .store import STATES, checked_store, stored_sweep
from .view import View


@dataclass(frozen=True)
class Status:
    """Cells by state, replicas, chunks, and failures as pairs of a cell and its message."""

    cells: int
    states: dict[str, int]
    replicas: int
    chunks: int
    failures: tuple[tuple[str, str], ...]

    @property
    def complete(self) -> bool:
        """Whether every cell is done."""
        return self.states["done"] == self.cells

    def record(self) -> dict:
        """The status as plain data."""
        return asdict(self) | {"complete": self.complete}

    def __str__(self):
        counts = ", ".join(f"{count} {state}" for state, count in self.states.items() if count)
        head = f"{self.cells} cells: {counts}; {self.replicas:,} replicas in {self.chunks} chunks"
        return "\n".join([head, *(f"  {cell}: {message}" for cell, message in self.failures)])


def status_of(path) -> Status:
    """The status of a store, from its arrays.

    Raises:
        ValueError: not a store of a sweep.
    """
    path = checked_store(path)
    sweep, ledger = stored_sweep(path), Ledger(path)
    view = View(path)
    states = view.array("state")
    counts = {name: int(np.sum(states == code)) for code, name in enumerate(STATES)}
    failures = tuple(
        (", ".join(f"{k}={v}" for k, v in each["cell"].items()), each["message"])
        for each in ledger.failures().values()
    )
    replicas = int(np.sum(view.array("replicas")))
    return Status(sweep.size, counts, replicas, len(ledger.chunks()), failures)
