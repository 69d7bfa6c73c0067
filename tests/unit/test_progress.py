"""Progress: bars on a terminal, one line per minute elsewhere, and nothing for short work."""

import io
import sys
import time
from types import SimpleNamespace

import jax
import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse import progress
from jaxcollapse.engine import executor


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(progress, "DELAY", 0.0)
    monkeypatch.setattr(progress, "EVERY", 0.05)


def seen(monkeypatch, stream, patience=20.0):
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with progress.show_progress(), progress.task("count", 4, "numbers") as task:
        task.advance()
        end = time.monotonic() + patience
        while stream.getvalue().count("count") < 2 and time.monotonic() < end:
            time.sleep(0.05)
    return stream.getvalue()


def test_a_terminal_sees_a_bar_with_the_time_left(monkeypatch, quick):
    shown = seen(monkeypatch, Terminal())
    assert "count: 1 of 4 numbers" in shown
    assert "left" in shown


def test_elsewhere_lines_are_written_at_an_interval(monkeypatch, quick):
    lines = seen(monkeypatch, io.StringIO()).splitlines()
    assert len(lines) > 1
    assert lines[0].startswith("count: 1 of 4 numbers, 0:0")


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()])
def test_short_work_is_quiet(monkeypatch, stream):
    assert seen(monkeypatch, stream, patience=0.1) == ""


def test_a_part_of_the_same_unit_belongs_to_the_whole():
    with progress.task("whole", 10, "replicas") as whole:
        with progress.task("part", 5, "replicas") as part:
            part.advance(2)
        with progress.task("inner", 5, "laws") as other:
            assert other is not whole
    assert whole.done == 2


def test_what_is_under_way_counts_until_it_is_done():
    task = progress.Task("simulate", 8, "replicas")
    assert task.left is None
    task.expect(3)
    assert task.reached == 3
    task.advance(4)
    assert (task.reached, task.expected) == (4, 0)
    assert task.left is not None


class Watched:
    """A stand-in for the last task that was opened."""

    def __init__(self, monkeypatch):
        self.tasks = []
        made = progress.Task

        def remember(*arguments):
            self.tasks.append(made(*arguments))
            return self.tasks[-1]

        monkeypatch.setattr(progress, "Task", remember)


def test_simulate_estimate_and_resume_count_what_they_do(monkeypatch, tmp_path):
    watched = Watched(monkeypatch)
    truth = jc.Categorical.params([0.5, 0.5])
    recursion = jc.Recursion(jc.Categorical(), jc.Replace(), truth=truth, n=10)
    run, size = (jax.random.key(0), recursion), {"generations": 3, "replicas": 2}
    jc.simulate(*run, **size)
    jc.estimate(*run, jc.E(jc.heterozygosity), **size)
    jc.resume(*run, **size, folder=tmp_path)
    counted = [(each.title, each.done, each.total) for each in watched.tasks]
    assert counted == [("simulate", 2, 2), ("simulate", 2, 2), ("resume", 3, 3)]


def test_a_program_that_ticks_tells_of_every_generation(monkeypatch):
    reached = []
    monkeypatch.setattr(executor, "_ticks", lambda plan: True)
    monkeypatch.setattr(progress.Task, "expect", lambda task, steps: reached.append(steps))
    truth = jc.Categorical.params([0.5, 0.5])
    recursion = jc.Recursion(jc.Categorical(), jc.Replace(), truth=truth, n=10)
    jc.simulate(jax.random.key(0), recursion, generations=4, replicas=2)
    assert reached == [0.5, 0.5, 0.5]


@pytest.mark.parametrize("terminal", [False, True])
def test_nets_tick_where_somebody_watches(monkeypatch, terminal):
    monkeypatch.setattr(progress, "_SHOWN", {"anywhere": True, "terminal": terminal})
    family = jc.nets.LinearVAE(2)
    recursion = jc.Recursion(family, jc.Replace(), truth=family.data(np.eye(64, 2)), n=64)
    plan = SimpleNamespace(recursion=recursion, traced=False)
    assert executor._ticks(plan) == terminal
