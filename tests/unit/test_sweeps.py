"""Sweeps: cells by content, stores that survive, and what other tools got wrong."""

import json
import warnings

import jax
import numpy as np
import pytest
from small_sweeps import BASE, KEY, TRUTH, WORKFLOWS, opened, planned, run, same, uninterrupted

import jaxcollapse as jc
from jaxcollapse.engine import batches
from jaxcollapse.sweeps.driver import Driver
from jaxcollapse.sweeps.status import status_of
from jaxcollapse.sweeps.store import Store
from jaxcollapse.sweeps.sweep import Precision, Sweep


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return uninterrupted(tmp_path_factory.mktemp("whole") / "whole.zarr")


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
