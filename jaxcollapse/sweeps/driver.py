"""The driver: hands out chunks, collects what became of them, and shows it in the store."""

import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import numpy as np

from .. import progress
from ..engine.storage import Damaged
from ..interrupts import interrupts
from .executors import Inline
from .planning import Chunk, Grid, Missing, of_shard
from .store import STATES, Store
from .sweep import Sweep
from .tasks import KNOWN, Outcome, Policy, carry_out

SHOW_EVERY = 5.0  # seconds, unless showing takes long


@dataclass
class Report:
    """What a run did: cells that it found done, did, set aside, and why it stopped early."""

    cells: int
    found: int = 0
    done: int = 0
    chunks: int = 0
    failures: dict[int, str] = field(default_factory=dict)
    again: int = 0
    stopped: str = ""
    interrupted: bool = False
    left: int = 0

    def record(self) -> dict:
        """The report as plain data."""
        return asdict(self) | {"failures": len(self.failures)}

    def text(self, store) -> str:
        """The report in one line, and how to go on after an interrupt."""
        done = self.found + self.done
        again = f", {self.again} damaged chunks again" if self.again else ""
        line = (
            f"{done} of {self.cells} cells in {store}: {self.found} found, {self.done} done{again}"
        )
        if self.interrupted:
            line += "; interrupted: the same command continues"
        return line

    def lines(self, sweep: Sweep) -> list[str]:
        """The failures, one per line, and why the run stopped."""
        found = [f"failed: {sweep.cell(n)}: {text}" for n, text in self.failures.items()]
        return [*found, f"stopped: {self.stopped}"] if self.stopped else found


class Stopped(RuntimeError):
    """The same failure came too often in a row."""


class Driver:
    """One run of a sweep: reads the store, computes what is missing."""

    def __init__(self, sweep: Sweep, path, *, workers=None, shard=None, policy=None):
        self.sweep, self.workers = sweep, workers or Inline()
        self.shard, self.policy = shard, policy or Policy()
        self.store = Store(path, sweep)
        self.grid = Grid.of(sweep)
        self.report = Report(sweep.size)
        self.states: np.ndarray = np.zeros(sweep.size, np.int8)
        self.fresh: set[int] = set()
        self.errors: dict[int, float] = {}
        self.shown_at, self.showing = 0.0, 0.0
        self.row, self.last = 0, ""

    def run(self) -> Report:
        """Compute what is missing, and return what was done.

        Raises:
            ValueError: a store of another sweep.
            OSError: the store cannot be written.
        """
        KNOWN[self.sweep.fingerprint] = self.grid
        self.store.open()
        self.store.refresh(remove=True)
        self.report.again = len(self.store.damaged)
        self.layout = self.store.layout(self.grid.examples)
        self.missing = Missing(self.grid, self.store)
        self._prepare()
        title = f"sweep {self.store.path.name}"
        try:
            with (
                interrupts(),
                progress.task(title, len(self._mine()), "cells") as self.task,
                self.workers as pool,
            ):
                self._rounds(pool)
        except KeyboardInterrupt:
            self.report.interrupted = True
        except Stopped as stopped:
            self.report.stopped = str(stopped)
        finally:
            self.report.done = self._done_cells() - self.report.found
            self._show()
        self._finish()
        return self.report

    def _prepare(self) -> None:
        """Bring the arrays up to what the ledger has."""
        for number, identity in enumerate(self.grid.identities):
            if self.store.pieces(identity):
                self.states[number] = self._state(number)
        self.report.found = self._done_cells()
        attributes = self.store.view.attributes
        with self.store.ledger.lock():
            same = attributes.get("fingerprint") == self.sweep.fingerprint
            if not same or not self._is_current():
                self.store.view.build(self.layout, self._fill)
        self.shown_at = time.monotonic()

    def _done_cells(self) -> int:
        return int(np.sum(self.states == STATES.index("done")))

    def _is_current(self) -> bool:
        if not self.store.view.intact():
            return False
        replicas, states = (self.store.view.array(name).ravel() for name in ("replicas", "state"))
        have = [self.store.replicas(each) for each in self.grid.identities]
        return np.array_equal(replicas, have) and np.array_equal(states, self.states)

    def _fill(self, group) -> None:
        cells = [n for n, each in enumerate(self.grid.identities) if self.store.pieces(each)]
        self._write(group, cells)

    def _write(self, group, cells) -> None:
        entries = [(n, self.grid.identities[n], int(self.states[n])) for n in cells]
        self.store.show(group, self.layout, entries)

    def _state(self, number: int) -> int:
        return STATES.index("done") if self.missing.of(number) is None else 0

    def _mine(self) -> list[int]:
        """Cells that this run takes care of and that have not failed in it."""
        numbers = range(self.sweep.size)
        if self.shard is not None:
            chosen = (of_shard(each, self.shard) for each in self.grid.identities)
            numbers = [n for n, mine in zip(numbers, chosen, strict=True) if mine]
        return [n for n in numbers if n not in self.report.failures and self.states[n] != 1]

    def _rounds(self, pool) -> None:
        """Chunks until no cell lacks anything; cells of a precision may take several rounds."""
        while chunks := list(self.missing.chunks(self._mine(), pool.at_once)):
            self.report.left = sum(len(each.cells) for each in chunks)
            self._round(pool, chunks)

    def _round(self, pool, chunks: list[Chunk]) -> None:
        task = partial(carry_out, str(self.store.path), self.sweep.fingerprint)
        waiting, running = list(reversed(chunks)), {}
        try:
            while waiting or running:
                while (
                    waiting
                    and len(running) < pool.at_once
                    and pool.may_start(waiting[-1], running.values())
                ):
                    chunk = waiting.pop()
                    running[pool.submit(task, chunk, self.policy)] = chunk
                pool.tend()
                finished, _ = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)
                for each in finished:
                    self._collect(each, running.pop(each), pool, waiting)
                self._show(now=False)
        except BaseException:
            # What is in flight finishes: it is stored, and planning finds it.
            for each in running:
                pool.cancel(each)
            while wait(running, timeout=1.0).not_done:
                pool.tend()
            for each in running:
                if not each.cancelled() and each.exception() is None:
                    self._note(each.result())
            raise

    def _collect(self, future: Future, chunk: Chunk, pool, waiting: list) -> None:
        try:
            outcome = future.result()
        except Exception as error:
            if not pool.died(error):
                raise
            outcome = self._after_death(chunk, pool, waiting)
        self._note(outcome)
        for number, message in outcome.failures:
            self.row = self.row + 1 if message == self.last else 1
            self.last = message
            if self.row >= self.policy.in_a_row:
                cell = self.sweep.cell(number)
                raise Stopped(f"{self.row} cells in a row failed, the last one {cell}: {message}")

    def _after_death(self, chunk: Chunk, pool, waiting: list) -> Outcome:
        """Hand a chunk out again whose worker died, or set a cell aside that kills workers."""
        again = pool.again(chunk)
        if again is not None:
            waiting.extend(again)
            return Outcome(Chunk((), 0, 0), 0, ())
        (number,) = chunk.cells
        cell, message = self.sweep.cell(number), "its worker died"
        about = {"cell": {k: str(v) for k, v in cell.labels.items()}, "message": message}
        about |= {"attempts": pool.deaths[chunk], "quarantined": True, "traceback": ""}
        self.store.ledger.fail(self.grid.identities[number], about)
        return Outcome(chunk, 0, (), ((number, message),))

    def _note(self, outcome) -> None:
        failed = dict(outcome.failures)
        for name in outcome.names:
            self.store.add(name)
        for number in outcome.chunk.cells:
            # An interrupt may come after every line: what is done is what will be shown.
            self.fresh.add(number)
            if number in failed:
                self.states[number] = STATES.index("quarantined")
                self.report.failures[number] = failed[number]
                self.task.advance()
            elif self.store.pieces(self.grid.identities[number]):
                self.states[number] = self._state(number)
                self.task.advance(float(self.states[number] == 1))
        self._tell_precision(outcome.chunk.cells)
        self.report.chunks += 1
        if outcome.done and not failed:
            self.row = 0

    def _tell_precision(self, cells) -> None:
        """Say in the progress how large standard errors still are, where there is a target."""
        precision = self.sweep.precision
        if precision is None:
            return
        for number in cells:
            identity = self.grid.identities[number]
            if self.store.pieces(identity):
                self.errors[number] = self.missing.error(identity, precision)[0]
        if self.errors:
            largest = max(self.errors.values())
            self.task.note = f"standard errors up to {largest:.3g} (target {precision.error:g})"

    def _show(self, now: bool = True) -> None:
        """Write what is new into the arrays, seldom enough that it costs little."""
        pause = max(SHOW_EVERY, 20 * self.showing)
        if not self.fresh or (not now and time.monotonic() - self.shown_at < pause):
            return
        start = time.monotonic()
        with self.store.ledger.lock():
            # Another run may have grown the grid: it will show these cells.
            if self.store.view.attributes.get("fingerprint") == self.sweep.fingerprint:
                self._write(self.store.view.group(), sorted(self.fresh))
        self.fresh.clear()
        self.shown_at = time.monotonic()
        self.showing = self.shown_at - start

    def _finish(self) -> None:
        """Show what other runs have finished meanwhile."""
        if self.report.interrupted or self.report.stopped:
            return
        known = {p.chunk for places in self.store.index.values() for p in places}
        for name in self.store.ledger.chunks() - known:
            try:
                self.store.add(name)
            except Damaged:
                continue
        for number, identity in enumerate(self.grid.identities):
            if self.states[number] != 1 and self.store.pieces(identity):
                self.states[number] = self._state(number)
                if self.states[number] == 1:
                    self.fresh.add(number)
        self._show()


def run(sweep: Sweep, path, **how: Any) -> Report:
    """Run a sweep into a store: compute what is missing there."""
    return Driver(sweep, path, **how).run()
