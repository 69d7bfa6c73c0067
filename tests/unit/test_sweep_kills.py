"""Sweeps whose driver or workers are killed, and that change their engine on the way.

The small form runs in `.ci/run`. The large one, 100 kills of drivers and 100 of workers:
`pytest -m slow tests/unit/test_sweep_kills.py`.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import jax
import numpy as np
import pytest
import xarray as xr
from marks import further

import jaxcollapse as jc
from jaxcollapse.cli.sweep_file import sweep_of
from jaxcollapse.sweeps import planning
from jaxcollapse.sweeps.driver import Driver
from jaxcollapse.sweeps.executors import MOST_DEATHS, Dask, Inline, Processes

FILE = """
generations = {generations}
replicas = 256
quantities = ["E(variance)"]
at = [1, {generations}]
[recursion]
truth = {{ mean = 0.3, variance = 1.7 }}
[axes]
n = {n}
workflow = {workflows}
seed = {seeds}
"""
GROWTH = [([10, 20], ["replace"]), ([5, 10, 20], ["replace"]), ([5, 10, 20], ["replace", "anchor"])]


def written(path, stage, seeds, generations):
    n, workflows = GROWTH[stage]
    seeds = list(range(seeds))
    text = FILE.format(n=n, workflows=workflows, seeds=seeds, generations=generations)
    path.write_text(text.replace("'", '"'))
    return path


def opened(path):
    with xr.open_zarr(path, chunks=None) as found:
        return found.load()


def chunks(store):
    """The files of finished chunks, which are written once."""
    found = {}
    for each in (store / "parts").glob("*.npz"):
        about = each.stat()
        found[each.name] = about.st_ino, about.st_mtime_ns
    return found


def run(file, store, workers=None):
    return Driver(sweep_of(file), store, workers=workers).run()


@contextlib.contextmanager
def driver(file, store, *flags, **streams):
    """A command that runs a sweep in a session of its own, and that does not outlive its test."""
    command = [sys.executable, "-m", "jaxcollapse.cli", "sweep", "run", str(file)]
    with subprocess.Popen(
        [*command, "--out", str(store), *flags],
        start_new_session=True,
        **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **streams},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def kill_drivers(tmp_path, kills, seeds, generations, engines):
    """Kill drivers at random moments while the grid grows and the engine changes."""
    store, chance, before = tmp_path / "killed.zarr", random.Random(1), {}
    for kill in range(kills):
        stage = 3 * kill // kills
        file = written(tmp_path / "grid.toml", stage, seeds, generations)
        with driver(file, store, *engines[kill % len(engines)]) as process:
            # Half of the kills come while chunks are being finished, half at any time of a start.
            floor, deadline = len(before), time.monotonic() + 120
            while kill % 2 and len(chunks(store)) <= floor and process.poll() is None:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            time.sleep(chance.uniform(0.0, 0.3 if kill % 2 else 4.0))
        if (store / "zarr.json").exists():
            opened(store)
        now = chunks(store)
        assert {name: now.get(name) for name in before} == before, "a finished chunk came again"
        before = now
    file = written(tmp_path / "grid.toml", 2, seeds, generations)
    report = run(file, store)
    assert report.found + report.done == report.cells
    now = chunks(store)
    assert {name: now.get(name) for name in before} == before
    whole = tmp_path / "whole.zarr"
    run(file, whole)
    xr.testing.assert_equal(opened(store), opened(whole))
    return len(before)


@pytest.mark.thorough
def test_a_killed_driver_loses_what_was_in_flight(tmp_path, monkeypatch):
    assert kill_drivers(tmp_path, 2, 4, 2048, [[]]) > 0


@pytest.mark.thorough
def test_drivers_are_killed_while_the_engine_changes(tmp_path):
    assert kill_drivers(tmp_path, 3, 4, 2048, [["--workers", "1"], [], ["--workers", "2"]]) > 0


@pytest.mark.slow
def test_drivers_are_killed_a_hundred_times(tmp_path):
    kill_drivers(tmp_path, 100, 80, 8192, [[], ["--workers", "2"], ["--dask-local", "2"]])


class Killer:
    """Kills a random process of a pool at a random moment after every finished chunk."""

    def __init__(self, pids, kills, store):
        self.pids, self.left, self.store = pids, kills, store
        self.chance, self.killed, self.stop = random.Random(2), 0, threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.stop.set()
        self.thread.join()

    def _run(self):
        seen = 0
        while self.killed < self.left and not self.stop.wait(0.05):
            # A pool that is killed faster than it starts would never finish anything.
            done, pids = len(chunks(self.store)), self.pids()
            if done <= seen or not pids:
                continue
            seen = done
            self.stop.wait(self.chance.uniform(0.0, 1.0))
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.chance.choice(pids), signal.SIGKILL)
                self.killed += 1


def kill_workers(tmp_path, monkeypatch, pool, pids, kills, generations=8192):
    """Kill workers until there were so many kills, in grids of more and more seeds."""
    monkeypatch.setattr(planning, "CHUNK_WORK", 256 * generations)
    store, killed, seeds = tmp_path / "killed.zarr", 0, 0
    while killed < kills:
        seeds += 1 + (kills - killed) // 3
        file = written(tmp_path / "grid.toml", 2, seeds, generations)
        with Killer(pids, kills - killed, store) as killer:
            report = run(file, store, pool)
        killed += killer.killed
        assert report.failures == {}
        assert report.found + report.done == report.cells
    whole = tmp_path / "whole.zarr"
    run(file, whole)
    xr.testing.assert_equal(opened(store), opened(whole))


@pytest.mark.slow
def test_workers_of_this_machine_are_killed_a_hundred_times(tmp_path, monkeypatch):
    pool = Processes(2)
    found = lambda: list(getattr(getattr(pool, "executor", None), "_processes", None) or {})
    kill_workers(tmp_path, monkeypatch, pool, found, 100)


@pytest.mark.thorough
def test_workers_of_this_machine_are_killed(tmp_path, monkeypatch):
    """A small form of the test above."""
    pool = Processes(2)
    found = lambda: list(getattr(getattr(pool, "executor", None), "_processes", None) or {})
    kill_workers(tmp_path, monkeypatch, pool, found, 3, 2048)


@pytest.mark.parametrize(
    "flags",
    [*further([], ["--workers", "2"]), pytest.param(["--dask-local", "2"], marks=pytest.mark.slow)],
)
def test_an_interrupt_of_the_command_keeps_what_is_in_flight(tmp_path, flags):
    """The signal of Ctrl-C reaches all processes of the terminal.

    Uninterrupted, the sweep takes some ten seconds: a busy machine may let the test sleep for one.
    """
    if flags[:1] == ["--dask-local"]:
        pytest.importorskip("distributed")
    file, store = written(tmp_path / "grid.toml", 0, 400, 8192), tmp_path / "a.zarr"
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    deadline = time.monotonic() + 120
    with driver(file, store, *flags, **streams) as process:
        while not chunks(store):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    assert out.endswith("interrupted: the same command continues\n")
    done = int((opened(store).state == 1).sum())
    assert out.startswith(f"{done} of 800 cells")
    assert 0 < done < 800


def test_a_chunk_is_blamed_for_deaths_only_where_it_ran_alone():
    """The death of one worker ends all tasks of a pool of processes."""
    pool, killer, other = Inline(), planning.Chunk((0,), 0, 8), planning.Chunk((1,), 0, 8)
    for _ in range(MOST_DEATHS):
        assert pool.may_start(killer, [other])
        assert pool.again(killer) == [killer]
    assert not pool.may_start(killer, [other])
    assert not pool.may_start(other, [killer])
    assert pool.may_start(killer, [])
    assert [pool.again(killer) for _ in range(MOST_DEATHS)][-1] is None


@pytest.mark.slow
def test_workers_of_dask_are_killed_a_hundred_times(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    pool = Dask(local=2)

    def found():
        nannies = pool.cluster.workers.values() if pool.cluster is not None else []
        return [each.pid for each in nannies if each.pid]

    kill_workers(tmp_path, monkeypatch, pool, found, 100)


@pytest.mark.thorough
def test_a_pool_of_the_user_gives_the_same_bits(tmp_path):
    """The smallest case: the large one is below."""
    key, n = jax.random.key(1), {"n": [5, 10]}
    r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.3, 1.7), n=10)
    size = {"generations": 4, "replicas": 64}
    inline = jc.sweep(key, n, r, "E(variance)", **size)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        other = jc.sweep(key, n, r, "E(variance)", executor=pool, **size)
    xr.testing.assert_equal(inline, other)


@pytest.mark.slow
def test_every_engine_gives_the_same_bits(tmp_path):
    pytest.importorskip("distributed")
    file = written(tmp_path / "grid.toml", 2, 3, 64)
    pools = [Inline(), Processes(2), Dask(local=1), Dask(local=2)]
    for i, pool in enumerate(pools):
        run(file, tmp_path / f"{i}.zarr", pool)
    for shard in range(3):
        Driver(sweep_of(file), tmp_path / "4.zarr", shard=(shard + 1, 3)).run()
    first, *others = [opened(tmp_path / f"{i}.zarr") for i in range(5)]
    assert np.all(first.state == 1)
    for each in others:
        xr.testing.assert_equal(first, each)


def test_a_worker_that_dies_on_one_cell_sets_it_aside(tmp_path, monkeypatch):
    """The chunk is handed out again, then its cells one by one, then the cell is set aside."""
    from concurrent.futures import BrokenExecutor, Future

    class Dying(Inline):
        def submit(self, task, chunk, policy):
            if 1 in chunk.cells:
                future = Future()
                future.set_exception(BrokenExecutor("gone"))
                return future
            return super().submit(task, chunk, policy)

    file = written(tmp_path / "grid.toml", 0, 2, 4)
    report = run(file, tmp_path / "a.zarr", Dying())
    assert report.failures == {1: "its worker died"}
    assert report.done == 3
    assert run(file, tmp_path / "a.zarr").done == 1


def test_an_unreachable_scheduler_is_named_in_time(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    from jaxcollapse.sweeps import executors

    monkeypatch.setattr(executors, "REACH_WITHIN", 1)
    file, start = written(tmp_path / "grid.toml", 0, 1, 4), time.monotonic()
    with pytest.raises(ValueError, match=r"'tcp://127.0.0.1:9' does not answer"):
        run(file, tmp_path / "a.zarr", Dask("tcp://127.0.0.1:9"))
    assert time.monotonic() - start < 30
