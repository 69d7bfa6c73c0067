"""Sweeps: cells by content, stores that survive, and what other tools got wrong."""

import errno
import json
import threading
import warnings

import jax
import numpy as np
import pytest
import xarray as xr
from marks import first

import jaxcollapse as jc
from jaxcollapse.engine import batches
from jaxcollapse.sweeps import ledger, tasks
from jaxcollapse.sweeps.driver import Driver
from jaxcollapse.sweeps.status import status_of
from jaxcollapse.sweeps.store import Store
from jaxcollapse.sweeps.sweep import Precision, Sweep
from jaxcollapse.sweeps.tasks import Policy

KEY = jax.random.key(3)
TRUTH = jc.Gaussian.params(0.3, 1.7)
BASE = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=TRUTH, n=10)
WORKFLOWS = [jc.Replace(), jc.Accumulate()]


def planned(n=(5, 10, 20), replicas=64, workflows=WORKFLOWS, **more):
    """A sweep whose programs all tests share."""
    axes = {"n": list(n), "workflow": workflows}
    return Sweep(more.pop("key", KEY), BASE, axes, 4, replicas, ["E(variance)", "P(w2>1)"], **more)


def run(sweep, path, **how):
    return Driver(sweep, path, **how).run()


def opened(path):
    with xr.open_zarr(path, chunks=None) as found:
        return found.load()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The uninterrupted store of the largest grid."""
    path = tmp_path_factory.mktemp("whole") / "whole.zarr"
    before = batches.compilations()
    driver = Driver(planned(), path)
    driver.run()
    return path, opened(path), batches.compilations() - before, driver.grid


def same(a, b):
    xr.testing.assert_equal(a, b)


def test_one_program_per_structure(whole):
    assert whole[2] == whole[3].compilations == 2


def test_cells_agree_with_estimate_and_with_theory(whole):
    sweep, found = planned(), whole[1]
    cell = sweep.cell(3)
    assert cell.labels == {"n": 10, "workflow": "accumulate"}
    words, key = sweep.words(cell, sweep.identity(cell)), KEY
    for word in words:
        key = jax.random.fold_in(key, word)
    wanted = jc.estimate(key, cell.recursion, jc.E(jc.variance), generations=4, replicas=64)
    at = found.sel(cell.labels)
    np.testing.assert_allclose(at["E(variance)"], wanted.value, rtol=1e-6)
    np.testing.assert_allclose(at["E(variance) error"], wanted.error, rtol=1e-5)
    law = jc.predict(jc.E(jc.variance), cell.recursion, range(5))
    np.testing.assert_allclose(at["E(variance) law"], law)


def test_nothing_done_is_done_again(whole):
    report = run(planned(), whole[0])
    assert (report.found, report.done, report.chunks) == (6, 0, 0)


def test_a_lost_chunk_loses_its_cells_alone(whole, tmp_path):
    """submitit: one lost job lost the results of all."""
    path = tmp_path / "a.zarr"
    run(planned(), path)
    first = min((path / "parts").glob("*.npz"))
    first.unlink()
    report = run(planned(), path)
    assert 0 < report.done < 6
    same(opened(path), whole[1])


def test_a_grid_grows_and_shrinks_nowhere(whole, tmp_path):
    """Weights & Biases restarts from the top; Ray Tune cannot add trials on resume."""
    path = tmp_path / "a.zarr"
    done = [
        run(planned(n, workflows=some), path).done
        for n, some in (((10,), WORKFLOWS[:1]), ((5, 10), WORKFLOWS), ((5, 10, 20), WORKFLOWS))
    ]
    assert done == [1, 3, 2]
    same(opened(path), whole[1])
    with pytest.raises(ValueError, match="axis 'n' lacks 20"):
        run(planned((5, 10)), path)


def test_a_cell_is_its_content_not_its_place(whole, tmp_path):
    """Hydra: job numbers that restart at 0 overwrite."""
    path = tmp_path / "a.zarr"
    run(planned((20, 5), workflows=WORKFLOWS[::-1]), path)
    same(opened(path).sel(n=[5, 20], workflow=["replace", "accumulate"]), whole[1].sel(n=[5, 20]))


def test_no_two_cells_share_a_draw_unless_asked(tmp_path):
    """ReLERNN: one seed on the command line gave every simulation the same seed."""
    axes = {"seed": [0, 1, 2], "n": [10, 20]}
    size = {"generations": 4, "replicas": 64}
    apart = jc.sweep(KEY, axes, BASE, ["E(variance)", "P(w2>1)"], **size)["E(variance)"][..., -1]
    assert len(np.unique(apart)) == 6
    sweep = Sweep(KEY, BASE, axes, 4, 64, ["E(variance)"], common=True)
    cells = [sweep.cell(i) for i in range(6)]
    words = [tuple(sweep.words(each, sweep.identity(each))) for each in cells]
    assert len(set(words)) == 3
    assert len({sweep.identity(each) for each in cells}) == 6


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
    with pytest.raises(ValueError, match="has format 0, this version writes 1"):
        run(planned((5,)), path)
    (tmp_path / "b.zarr").mkdir()
    (tmp_path / "b.zarr" / "notes").write_text("mine")
    with pytest.raises(ValueError, match="is no sweep"):
        run(planned((5,)), tmp_path / "b.zarr")


def test_shards_meet_in_one_store_that_is_readable_half_finished(whole, tmp_path):
    path = tmp_path / "a.zarr"
    first = run(planned(), path, shard=(1, 2))
    half = opened(path)
    assert 0 < first.done < 6
    missing = half.state == 0
    assert int(missing.sum()) == 6 - first.done
    assert half["E(variance)"].isnull().all("generation").equals(missing)
    assert half.state.attrs["flag_meanings"] == "planned done failed quarantined"
    assert status_of(path).states["planned"] == 6 - first.done
    run(planned(), path, shard=(2, 2))
    same(opened(path), whole[1])
    assert status_of(path).complete


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


def test_replicas_are_added_to_finished_cells(whole, tmp_path):
    path = tmp_path / "a.zarr"
    run(planned(replicas=40), path)
    assert run(planned(), path).done == 6
    more = opened(path)
    assert set(np.ravel(more.replicas)) == {64}
    for name in ("E(variance)", "E(variance) error"):
        np.testing.assert_allclose(more[name], whole[1][name], rtol=1e-5, atol=1e-7)


def test_a_precision_adds_replicas_and_pays_for_the_looks(tmp_path):
    sweep = planned((10,), precision=Precision("E(variance)", 0.1, most=1 << 14))
    run(sweep, tmp_path / "a.zarr")
    found = opened(tmp_path / "a.zarr")
    assert (found["E(variance) error"][..., 1:] < 0.1 * 0.75).all()
    assert 64 < found.replicas.max() < 1 << 14
    assert (found.state == 1).all()
    assert run(sweep, tmp_path / "a.zarr").chunks == 0


def test_other_quantities_and_models_are_those_of_a_run(tmp_path):
    asked = ["Quantile(variance, 0.5)", "Histogram(log-variance, -3, 3, 4)", "E(variance)"]
    asked = [*asked, jc.HittingTime(jc.variance < 1.0), jc.Distribution(jc.variance)]
    found = jc.sweep(KEY, {"n": [10, 20]}, BASE, asked, generations=4, replicas=64, models="final")
    sweep = Sweep(KEY, BASE, {"n": [10, 20]}, 4, 64, asked, models="final")
    cell, key = sweep.cell(1), KEY
    for word in sweep.words(cell, sweep.identity(cell)):
        key = jax.random.fold_in(key, word)
    wanted = jc.simulate(key, cell.recursion, generations=4, replicas=64)
    at = found.sel(n=20)
    for quantity in sweep.quantities:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimate = quantity(wanted)
        value = np.squeeze(estimate.value)
        np.testing.assert_allclose(at[str(quantity)], value, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(at["model.mean"][:, 0], wanted.params.mean[:, -1], rtol=1e-5)


def test_shares_zips_and_nested_fields():
    base = jc.Recursion(jc.Gaussian(), jc.Refresh(0.5), truth=TRUTH, n=10, fresh=5)
    axes = {
        "size": {"n": [10, 20], "real": [30, 40]},
        "fresh": jc.share_of("n", [0.5, 1.0]),
        "workflow.weight": [0, 0.5],
        "truth.variance": jc.log_range(0.5, 2.0, 3),
    }
    sweep = Sweep(KEY, base, axes, 4, 64, "E(variance)")
    assert sweep.shape == (2, 2, 2, 3)
    cell = sweep.cell(sweep.size - 1)
    r = cell.recursion
    assert (int(r.n), int(r.real), int(r.fresh), float(r.workflow.weight)) == (20, 40, 20, 0.5)
    assert str(cell) == "size=20, 40, fresh=1.0, workflow.weight=0.5, truth.variance=2.0"
    again = Sweep.from_record(json.loads(json.dumps(sweep.record())))
    assert again.fingerprint == sweep.fingerprint
    assert again.identity(again.cell(3)) == sweep.identity(sweep.cell(3))


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({"workflw": [jc.Replace()]}, "field 'workflw' is unknown; did you mean workflow"),
        ({"n": []}, "axis 'n' must have at least one value"),
        ({"n": [10, 10]}, "axis 'n' must hold every value once, got 10 twice"),
        ({"a": {"n": [5]}, "n": [6]}, "field 'n' must lie on one axis, got 'a' and 'n'"),
        ({"a": {"n": [5, 6], "real": [5]}}, "must be equally long, got n 2, real 1"),
        ({"n": [10, 1]}, "cell n=1: Recursion.n must be at least 2 for Gaussian"),
        ({"workflow.rate": [0.5]}, "cell workflow.rate=0.5: field of Replace 'workflow.rate'"),
        ({"n": 10}, "axis 'n' must list the values of n, got 10"),
    ],
)
def test_a_bad_grid_is_refused_before_anything_compiles(axes, message, tmp_path):
    before = batches.compilations()
    with pytest.raises(ValueError, match=message):
        run(Sweep(KEY, BASE, axes, 4, 64, "E(variance)"), tmp_path / "a.zarr")
    assert batches.compilations() == before
    assert not (tmp_path / "a.zarr").exists()


def test_many_cells_make_few_files_and_little_work(tmp_path):
    """ArviZ: tens of thousands of files; Ray Tune: tens of seconds per trial."""
    from jaxcollapse.sweeps.planning import Grid, Missing

    sweep = planned(range(5, 405), workflows=WORKFLOWS[:1])
    grid = Grid.of(sweep)
    chunks = list(Missing(grid, Store(tmp_path / "a.zarr", sweep)).chunks(range(sweep.size)))
    assert len(chunks) <= 4
    assert len(set(grid.identities)) == sweep.size


def test_cells_that_differ_in_their_seed_alone_share_their_recursion():
    sweep = Sweep(KEY, BASE, {"seed": [0, 1], "n": [5, 10]}, 4, 64, ["E(variance)"])
    cells = [sweep.cell(number) for number in range(4)]
    assert cells[0].recursion is cells[2].recursion
    assert [int(cell.recursion.n) for cell in cells] == [5, 10, 5, 10]
    assert [cell.seed for cell in cells] == [0, 0, 1, 1]
    assert len({sweep.identity(cell) for cell in cells}) == 4


def test_progress_says_the_rate_and_the_precision_reached(tmp_path, monkeypatch):
    lines = []

    def noted(self, now=True):
        lines.append(str(self.task))
        return show(self, now)

    show = Driver._show
    monkeypatch.setattr(Driver, "_show", noted)
    run(planned(precision=Precision("E(variance)", 1.0)), tmp_path / "a.zarr")
    assert " of 6 cells, " in lines[-1]
    assert " cells per second, standard errors up to 0." in lines[-1]
    assert lines[-1].endswith(" (target 1)")
