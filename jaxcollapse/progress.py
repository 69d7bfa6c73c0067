"""Progress of long work: what is under way, how much is done, and the time left.

Work announces itself with `task`, which costs microseconds. Nothing is shown unless `show_progress`
is open, as it is in every command that simulates. Nothing here imports rich before a bar is drawn.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import TypeVar

DELAY = 1.5
EVERY = 60.0
LINES = 3
WIDTH = 30
Item = TypeVar("Item")


@dataclass(eq=False)
class Task:
    """A piece of work: `done` of `total` units; `expected` more are under way.

    `note` says what else was reached, such as a precision.
    """

    title: str
    total: float
    unit: str
    done: float = 0.0
    expected: float = 0.0
    note: str = ""
    started: float = field(default_factory=time.monotonic)
    lock: Lock = field(default_factory=Lock)

    def advance(self, steps: float = 1.0) -> None:
        """Count finished steps, which are no longer under way."""
        with self.lock:
            self.done += steps
            self.expected = max(0.0, self.expected - steps)

    def expect(self, steps: float) -> None:
        """Count a part of steps that are under way."""
        with self.lock:
            self.expected += steps

    @property
    def reached(self) -> float:
        """What is done, with the parts of what is under way."""
        return min(self.done + self.expected, self.total)

    @property
    def elapsed(self) -> float:
        """Seconds since the work began."""
        return time.monotonic() - self.started

    @property
    def left(self) -> float | None:
        """Estimate of the seconds left; None before a first part is done."""
        reached = self.reached
        return self.elapsed * (self.total - reached) / reached if reached > 0 else None

    @property
    def rate(self) -> float:
        """Finished units per second."""
        return self.reached / max(self.elapsed, 1e-9)

    def __str__(self):
        left = "no estimate yet" if self.left is None else f"about {clock(self.left)} left"
        counts = f"{int(self.reached):,} of {int(self.total):,} {self.unit}"
        line = f"{self.title}: {counts}, {clock(self.elapsed)}, {left}"
        line += f", {self.rate:,.3g} {self.unit} per second" if self.reached else ""
        return f"{line}, {self.note}" if self.note else line


_OPEN: list[Task] = []
_CURRENT: ContextVar[Task | None] = ContextVar("task", default=None)
_SHOWN = {"anywhere": False, "terminal": False}


@contextmanager
def task(title: str, total: float, unit: str) -> Iterator[Task]:
    """Announce work of `total` units.

    A task inside another one of the same unit is a part of that one.

    Example:
        >>> from jaxcollapse.progress import task
        >>> with task("count", 3, "numbers") as counting:
        ...     counting.advance(2)
        ...     str(counting).startswith("count: 2 of 3 numbers, 0:00, about 0:00 left")
        True
    """
    outer = _CURRENT.get()
    if outer is not None and outer.unit == unit:
        yield outer
        return
    opened = Task(title, total, unit)
    _OPEN.append(opened)
    token = _CURRENT.set(opened)
    try:
        yield opened
    finally:
        _CURRENT.reset(token)
        _OPEN.remove(opened)


def tracked(items: Sequence[Item], title: str, unit: str) -> Iterator[Item]:
    """Iterate, and announce it as a task of one unit per item.

    Example:
        >>> from jaxcollapse.progress import tracked
        >>> list(tracked([1, 2], "count", "numbers"))
        [1, 2]
    """
    with task(title, len(items), unit) as opened:
        for each in items:
            yield each
            opened.advance()


def under_way() -> list[Task]:
    """The tasks that have run for a while, the oldest first; no more than `LINES`."""
    return [each for each in tuple(_OPEN) if each.elapsed >= DELAY][:LINES]


def on_terminal() -> bool:
    """Whether progress is drawn on a terminal now."""
    return _SHOWN["terminal"]


def only_task(unit: str) -> Task | None:
    """The task of a unit, if there is exactly one."""
    found = [each for each in tuple(_OPEN) if each.unit == unit]
    return found[0] if len(found) == 1 else None


@contextmanager
def show_progress() -> Iterator[None]:
    """Show what is under way on stderr, with an estimate of the time left.

    On a terminal these are bars, which appear after 1.5 seconds of work. Elsewhere one line is
    written per minute, so that short work stays quiet.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.0, 1.0), n=10)
        >>> with jc.show_progress():
        ...     run = jc.simulate(jax.random.key(0), r, generations=2, replicas=3)
    """
    if _SHOWN["anywhere"]:
        yield
        return
    terminal, stop = sys.stderr.isatty(), Event()
    shower = Thread(target=_draw if terminal else _write, args=(stop,), daemon=True)
    _SHOWN.update(anywhere=True, terminal=terminal)
    shower.start()
    try:
        yield
    finally:
        stop.set()
        shower.join()
        _SHOWN.update(anywhere=False, terminal=False)


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds, or hours, minutes and seconds.

    Example:
        >>> clock(75), clock(7384)
        ('1:15', '2:03:04')
    """
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def _write(stop: Event) -> None:
    while not stop.wait(EVERY):
        for each in under_way():
            print(each, file=sys.stderr, flush=True)


def _draw(stop: Event) -> None:
    if stop.wait(DELAY):
        return
    from rich.console import Console
    from rich.live import Live

    # What is printed meanwhile goes above the bars, unless it goes to a file.
    live = Live(
        console=Console(stderr=True),
        get_renderable=_bars,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    )
    with live:
        stop.wait()


def _bars():
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    bars = Table.grid(padding=(0, 1))
    for each in under_way():
        bar = ProgressBar(each.total, each.reached, width=WIDTH, pulse=each.reached == 0)
        bars.add_row(bar, Text(str(each), no_wrap=True, overflow="ellipsis"))
    return bars
