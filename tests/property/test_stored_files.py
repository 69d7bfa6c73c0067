"""Stored runs: written once, extended without loss, refused before the work."""

import json
import sys
import tempfile
import warnings

import numpy as np
import pytest
import xarray as xr
from stored import FINGERPRINT, RECURSION, Store, simulated

import jaxcollapse as jc
from jaxcollapse.cli import main
from jaxcollapse.cli.reproduce import reproduce
from jaxcollapse.engine.stores import load_run, store_at


def test_a_stored_run_says_what_was_run(tmp_path):
    path = tmp_path / "run.zarr"
    Store("run.zarr").make(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stored = xr.open_zarr(path).load()
    assert jc.Recursion.from_record(stored.attrs["record"]).fingerprint == RECURSION.fingerprint
    assert "n=9" in stored.attrs["recursion"]
    assert load_run(path).equals(stored)


def command(capsys, *arguments) -> tuple[int, str, str]:
    """Status and output of a run of the command line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["jaxcollapse", "simulate", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
    shown = capsys.readouterr()
    return stopped.value.code, shown.out, shown.err


SMALL = ("--generations", 2, "--metrics", "w2", "--json", "--replicas")


def test_statistics_are_those_of_all_replicas(tmp_path, capsys):
    grown, whole = tmp_path / "grown.zarr", tmp_path / "whole.zarr"
    for replicas in (5, 8):
        status, out, _ = command(capsys, *SMALL, replicas, "--out", grown)
        assert status == 0
    _, at_once, _ = command(capsys, *SMALL, 8, "--out", whole)
    assert json.loads(out)["w2"] == json.loads(at_once)["w2"]
    last = load_run(grown).w2.values[:, -1]
    assert json.loads(out)["w2"]["last"] == pytest.approx(last.mean())
    next(file for file in (grown / "w2" / "c").rglob("*") if file.is_file()).unlink()
    status, out, said = command(capsys, *SMALL, 8, "--out", grown)
    assert status == 0
    assert "are damaged and are computed again" in said
    assert json.loads(out)["w2"] == json.loads(at_once)["w2"]


def test_an_interrupted_extension_loses_nothing(tmp_path, monkeypatch):
    path, said = tmp_path / "run.zarr", []
    store = store_at(path, {}, FINGERPRINT, said.append)
    store.add(simulated(range(3)))
    with monkeypatch.context() as patch:
        patch.setattr(type(store), "_seal", lambda *_: None)
        store_at(path, {}, FINGERPRINT, said.append).missing(9)
        broken = store_at(path, {}, FINGERPRINT, said.append)
        broken.missing(9)
        with pytest.raises(ValueError, match="reads what was not written"):
            broken.add(simulated(range(3, 9)))
    again = store_at(path, {}, FINGERPRINT, said.append)
    assert again.missing(6) == [range(3, 6)]
    again.add(simulated(range(3, 6)))
    assert said == []
    np.testing.assert_array_equal(load_run(path).w2.values, simulated(6).values(jc.w2))


def test_a_file_is_not_written_over(tmp_path, capsys):
    path = tmp_path / "x.nc"
    assert command(capsys, *SMALL, 3, "--out", path)[0] == 0
    before = path.read_bytes()
    for changed in ((4,), (3, "--seed", 1), (3, "--n", 7)):
        status, _, said = command(capsys, *SMALL, *changed, "--out", path)
        assert (status, said.count("\n")) == (2, 1)
        assert "holds another run: choose another name" in said
    path.write_text("notes")
    assert "choose another name" in command(capsys, *SMALL, 3, "--out", path)[2]
    path.write_bytes(before)
    assert command(capsys, *SMALL, 3, "--out", path)[0] == 0
    assert path.read_bytes() == before


def test_a_path_that_cannot_be_written_is_refused_before_the_work(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("jaxcollapse.engine.simulate.simulate", pytest.fail)
    (tmp_path / "a.zarr").write_text("")
    (tmp_path / "a.nc").mkdir()
    for name, reason in (("a.zarr", "folder"), ("a.nc", "file"), ("b/a.nc", "existing folder")):
        assert reason in command(capsys, *SMALL, 3, "--out", tmp_path / name)[2]

    def refuses(**where):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuses)
    status, _, said = command(capsys, *SMALL, 3, "--out", tmp_path / "c.nc")
    assert status == 2
    assert "out must be writable" in said
    assert "Permission denied" in said
    with pytest.raises(ValueError, match=r"out must be writable, got folder .*a\.zarr"):
        reproduce("kazdan2024-gaussian", out=str(tmp_path / "a.zarr"))


def test_a_zarr_store_of_somebody_else_stays(tmp_path, capsys):
    path = tmp_path / "mine.zarr"
    xr.Dataset({"a": ("x", np.arange(3))}).to_zarr(path, consolidated=False)
    files = sorted(path.rglob("*"))
    status, _, said = command(capsys, *SMALL, 3, "--out", path)
    assert status == 2
    assert "choose another name" in said
    assert sorted(path.rglob("*")) == files
