"""Tasks: one chunk of a plan, computed and stored by whoever runs it."""

import itertools
import traceback
from dataclasses import dataclass
from functools import lru_cache

import jax

from ..domains import Integer
from .ledger import Ledger
from .planning import Chunk, Grid
from .results import results_of
from .store import plan_in
from .sweep import Sweep

# Grids of this process, by fingerprint: they may hold records that no other process could make.
KNOWN: dict[str, Grid] = {}
_turns = itertools.count()


@dataclass(frozen=True)
class Policy:
    """How failures are met: tries per cell, and identical failures in a row that stop the run."""

    tries: int = 2
    in_a_row: int = 5

    def __post_init__(self):
        Integer(1, 10**6).check_one("tries", self.tries)
        Integer(1, 10**6).check_one("in_a_row", self.in_a_row)


@dataclass(frozen=True)
class Outcome:
    """What a task reports: its chunk, how many cells are stored, under which names, and failures.

    `failures` holds pairs of a cell's number and the message of its last failure.
    """

    chunk: Chunk
    done: int
    names: tuple[str, ...]
    failures: tuple[tuple[int, str], ...] = ()


@lru_cache(maxsize=4)
def _read(path: str, fingerprint: str) -> Sweep:
    return plan_in(path, fingerprint)


def carry_out(path: str, fingerprint: str, chunk: Chunk, policy: Policy) -> Outcome:
    """Compute a chunk and store it.

    A cell that fails alone is tried again, then set aside with its traceback; the others are kept.

    Args:
        path: the store.
        fingerprint: that of the plan, which the store holds.
        chunk: the cells.
        policy: how failures are met.

    Raises:
        OSError: the store cannot be written.
    """
    grid = KNOWN.get(fingerprint)
    sweep = _read(path, fingerprint) if grid is None else grid.sweep
    known = None if grid is None else grid.identities
    return _Task(sweep, Ledger(path), chunk, policy, known).run()


class _Task:
    def __init__(self, sweep: Sweep, ledger: Ledger, chunk: Chunk, policy: Policy, known):
        self.known = known
        self.sweep, self.ledger, self.chunk, self.policy = sweep, ledger, chunk, policy
        devices = jax.local_devices()
        self.device = devices[next(_turns) % len(devices)]

    def run(self) -> Outcome:
        cells = self.chunk.cells
        try:
            return Outcome(self.chunk, len(cells), (self._compute(cells),))
        except OSError:
            raise
        except Exception:
            # One of them fails: each alone, so that the others do not.
            return self._one_by_one()

    def _compute(self, numbers) -> str:
        sweep, replicas = self.sweep, self.chunk.replicas
        cells = [sweep.cell(number) for number in numbers]
        identities = [self._identity(cell) for cell in cells]
        # A scheduler runs a task again whose worker died after it had stored the results.
        if (name := self.ledger.finished(sweep.protocol, identities, replicas)) is not None:
            return name
        arrays = results_of(sweep, cells, identities, replicas, self.device)
        return self.ledger.write(sweep.protocol, identities, replicas, arrays)

    def _identity(self, cell) -> bytes:
        return self.sweep.identity(cell) if self.known is None else self.known[cell.number]

    def _one_by_one(self) -> Outcome:
        names, failures, last, row = [], [], "", 0
        for number in self.chunk.cells:
            name, message = self._alone(number)
            if name:
                names.append(name)
                row = 0
                continue
            failures.append((number, message))
            row = row + 1 if message == last else 1
            last = message
            if row >= self.policy.in_a_row:
                break
        return Outcome(self.chunk, len(names), tuple(names), tuple(failures))

    def _alone(self, number: int) -> tuple[str, str]:
        """Try one cell as often as the policy says; its chunk, or why it failed."""
        message = ""
        for attempt in range(1, self.policy.tries + 1):
            try:
                return self._compute((number,)), ""
            except OSError:
                raise
            except Exception as error:
                message = f"{type(error).__name__}: {error}"
                self._note(number, attempt, message)
        return "", message

    def _note(self, number: int, attempt: int, message: str) -> None:
        cell = self.sweep.cell(number)
        about = {
            "cell": {name: str(label) for name, label in cell.labels.items()},
            "message": message,
            "attempts": attempt,
            "quarantined": attempt >= self.policy.tries,
            "traceback": traceback.format_exc(),
        }
        self.ledger.fail(self.sweep.identity(cell), about)
