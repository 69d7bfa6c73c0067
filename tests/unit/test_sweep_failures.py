"""Sweeps whose cells, disks, stores or callers fail."""

import errno
import json
import threading

import jax
import pytest
from marks import first
from small_sweeps import BASE, KEY, WORKFLOWS, opened, planned, run, same, uninterrupted

import jaxcollapse as jc
from jaxcollapse.sweeps import ledger, tasks
from jaxcollapse.sweeps.driver import Driver
from jaxcollapse.sweeps.status import status_of
from jaxcollapse.sweeps.store import Store
from jaxcollapse.sweeps.tasks import Policy


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return uninterrupted(tmp_path_factory.mktemp("whole") / "whole.zarr")


@pytest.mark.parametrize("harm", first(["flip", "cut", "empty"]))
def test_a_damaged_chunk_is_found_and_computed_again(whole, tmp_path, harm):
    path = tmp_path / "a.zarr"
    run(planned(), path)
    victim = min((path / "parts").glob("*.npz"))
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 64
    victim.write_bytes({"flip": content, "cut": content[:-400], "empty": b""}[harm])
    report = run(planned(), path)
    assert report.again == 1
    assert 0 < report.done < 6
    same(opened(path), whole[1])


def test_a_damaged_array_is_made_again_without_computing(whole, tmp_path):
    path = tmp_path / "a.zarr"
    run(planned(), path)
    (chunk,) = (path / "E(variance)").glob("c*")
    chunk.write_bytes(chunk.read_bytes()[:-3])
    assert run(planned(), path).done == 0
    same(opened(path), whole[1])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"key": jax.random.key(4)}, "key differs"),
        ({"common": True}, "common differs"),
        ({"at": (1, 4)}, "at differs"),
        ({"n": (5, 10, 30)}, "axis 'n' lacks 20"),
        ({"workflows": WORKFLOWS[:1]}, "axis 'workflow' lacks accumulate"),
    ],
)
def test_a_store_of_another_sweep_is_refused_by_field(whole, change, named):
    with pytest.raises(ValueError, match=named):
        run(planned(**change), whole[0])
    same(opened(whole[0]), whole[1])


def test_a_store_of_another_version_is_refused(tmp_path):
    path = tmp_path / "a.zarr"
    run(planned((5,)), path)
    root = json.loads((path / "zarr.json").read_text())
    root["attributes"]["format"] = 0
    (path / "zarr.json").write_text(json.dumps(root))
    with pytest.raises(ValueError, match="has format 0, this version writes 2"):
        run(planned((5,)), path)
    (tmp_path / "b.zarr").mkdir()
    (tmp_path / "b.zarr" / "notes").write_text("mine")
    with pytest.raises(ValueError, match="is no sweep"):
        run(planned((5,)), tmp_path / "b.zarr")


def test_two_runs_at_once_do_not_corrupt_a_store(whole, tmp_path):
    path = tmp_path / "a.zarr"
    drivers = [Driver(planned(), path) for _ in range(2)]
    threads = [threading.Thread(target=driver.run) for driver in drivers]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    same(opened(path), whole[1])


def failing(monkeypatch, bad, message="no"):
    """Let cells fail where `bad` says so."""
    results = tasks.results_of

    def broken(sweep, cells, *rest):
        if any(bad(each) for each in cells):
            raise RuntimeError(message)
        return results(sweep, cells, *rest)

    monkeypatch.setattr(tasks, "results_of", broken)


def test_a_failing_cell_stops_no_other_and_is_tried_by_the_next_run(whole, tmp_path, monkeypatch):
    """Weights & Biases never reruns crashed cells."""
    path = tmp_path / "a.zarr"
    with monkeypatch.context() as patch:
        failing(patch, lambda cell: cell.labels == {"n": 10, "workflow": "replace"})
        report = run(planned(), path)
    assert report.done == 5
    assert list(report.failures.values()) == ["RuntimeError: no"]
    found = status_of(path)
    assert found.states == {"planned": 0, "done": 5, "failed": 0, "quarantined": 1}
    assert found.failures == (("n=10, workflow=replace", "RuntimeError: no"),)
    (about,) = (json.loads(each.read_text()) for each in (path / "parts").glob("*.failed.json"))
    assert about["attempts"] == 2
    assert "in broken" in about["traceback"]
    assert run(planned(), path).done == 1
    same(opened(path), whole[1])
    assert status_of(path).failures == ()


def test_identical_failures_in_a_row_stop_the_run(tmp_path, monkeypatch):
    path = tmp_path / "a.zarr"
    failing(monkeypatch, lambda cell: True)
    report = run(planned(range(5, 25)), path, policy=Policy(1, 3))
    assert "3 cells in a row failed" in report.stopped
    assert len(report.failures) < 10
    assert opened(path).state.max() == 3


def test_failures_warn_in_python(monkeypatch):
    failing(monkeypatch, lambda cell: cell.labels["n"] == 10)
    size = {"generations": 4, "replicas": 64}
    with pytest.warns(RuntimeWarning, match="1 of 2 cells failed .* n=10: RuntimeError: no"):
        jc.sweep(KEY, {"n": [5, 10]}, BASE, ["E(variance)", "P(w2>1)"], **size)


def test_an_interrupt_keeps_what_is_in_flight_and_says_how_to_go_on(whole, tmp_path, monkeypatch):
    path, show = tmp_path / "a.zarr", Driver._show

    def interrupted(self, now=True):
        if not now:
            monkeypatch.setattr(Driver, "_show", show)
            raise KeyboardInterrupt
        return show(self, now)

    monkeypatch.setattr(Driver, "_show", interrupted)
    report = run(planned(), path)
    assert report.interrupted
    assert "the same command continues" in report.text(path)
    assert int((opened(path).state == 1).sum()) == report.done > 0
    run(planned(), path)
    same(opened(path), whole[1])


def test_a_full_disk_leaves_a_readable_store(whole, tmp_path, monkeypatch):
    """A disk that fills after four days."""
    path, write, count = tmp_path / "a.zarr", ledger.written, []

    def full(file, content, **how):
        count.append(file.suffix == ".npz")
        if sum(count) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(file, content, **how)

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "written", full)
        with pytest.raises(OSError, match="No space left"):
            run(planned(), path)
    assert opened(path).state.max() <= 1
    run(planned(), path)
    same(opened(path), whole[1])


def test_a_task_that_is_handed_out_twice_computes_once(whole, tmp_path, monkeypatch):
    """Dask: results of a dead worker are computed again."""
    path = tmp_path / "a.zarr"
    run(planned(), path)
    monkeypatch.setattr(tasks, "results_of", None)
    every = {
        name: (path / "parts" / f"{name}.npz").stat()
        for name in Store(path, planned()).ledger.chunks()
    }
    store, grid = Store(path, planned()), Driver(planned(), path).grid
    store.refresh()
    for identity, places in store.index.items():
        cells = [
            n
            for n, each in enumerate(grid.identities)
            for p in store.index[each]
            if p.chunk == places[0].chunk
        ]
        chunk = tasks.Chunk(tuple(cells), 0, 64)
        outcome = tasks.carry_out(str(path), planned().fingerprint, chunk, Policy())
        assert outcome.names == (places[0].chunk,), identity
    for name, before in every.items():
        assert (path / "parts" / f"{name}.npz").stat().st_mtime_ns == before.st_mtime_ns
