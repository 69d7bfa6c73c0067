"""Sweeps as files and commands: what they mean, and what they refuse in one line."""

import errno
import json
import sys

import pytest
import xarray as xr

import jaxcollapse as jc
from jaxcollapse.cli.app import main
from jaxcollapse.cli.sweep_file import sweep_of
from jaxcollapse.sweeps.cost import cost_of

GOOD = """generations = 4
replicas = 64
quantities = ["E(variance)", "P(w2>1)"]
seed = 3
[recursion]
truth = { mean = 0.3, variance = 1.7 }
[axes]
n = [5, 10]
workflow = ["replace", "accumulate"]
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "grid.toml"
    path.write_text(GOOD)
    return path


def command(monkeypatch, capsys, *words):
    monkeypatch.setattr(sys, "argv", ["jaxcollapse", "sweep", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return ended.value.code, out, err


def test_the_commands_in_their_order(file, tmp_path, monkeypatch, capsys):
    def run(*words):
        return command(monkeypatch, capsys, *words)

    store = tmp_path / "grid.zarr"
    status, out, _ = run("plan", file, "--no-calibrate", "--json")
    assert (status, json.loads(out)["missing"], json.loads(out)["compilations"]) == (0, 4, 2)
    assert not store.exists()
    status, out, err = run("run", file, "--shard", "1/2", "--json")
    half = json.loads(out)["done"]
    assert (status, err) == (0, "")
    assert run("status", store)[0] == (0 if half == 4 else 1)
    status, out, _ = run("run", file)
    assert (status, out.split(":")[0]) == (0, f"4 of 4 cells in {store}")
    status, out, _ = run("status", store)
    assert (status, out.split(";")[0]) == (0, "4 cells: 4 done")
    status, out, _ = run("verify", store, "--json")
    verdicts = json.loads(out)
    assert status in (0, 3)
    assert len(verdicts) == 4
    assert {each["entries"] for each in verdicts} == {16}
    for end in ("nc", "csv"):
        assert run("export", store, tmp_path / f"grid.{end}")[0] == 0
    with xr.open_dataset(tmp_path / "grid.nc", engine="h5netcdf") as found:
        assert found["E(variance)"].shape == (2, 2, 5)
    assert (tmp_path / "grid.csv").read_text().count("\n") == 21
    assert run("plot", store, tmp_path / "grid.png")[0] == 0
    assert (tmp_path / "grid.png").stat().st_size > 5000


def test_verify_finds_a_wrong_store(file, tmp_path):
    """One error rate for the whole grid: a store of another variance fails in every cell."""
    from jaxcollapse.sweeps import verdicts
    from jaxcollapse.sweeps.driver import Driver

    Driver(sweep_of(file), tmp_path / "a.zarr").run()
    found = list(verdicts.comparisons(tmp_path / "a.zarr"))
    entries = sum(len(each.expected) for each in found)
    allowed = verdicts.allowed_sigmas(entries)
    wrong = [
        verdicts.Compared(each.cell, each.law, each.estimate, each.expected + 5.0) for each in found
    ]
    judged = [
        {each.verdict(allowed, 9.0, entries).outcome for each in some} for some in (found, wrong)
    ]
    assert "fails" not in judged[0]
    assert "fails" in judged[1]
    assert "holds" not in judged[1]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("replicas =", "replica =", "grid.toml:2: key 'replica' is unknown; did you mean replicas"),
        ("[recursion]", "[recursoin]", r"grid.toml:5: key 'recursoin' is unknown; .* recursion"),
        ("\nn = [5", "\nm = [5", "grid.toml:8: field 'm' is unknown; "),
        ("workflow =", "workflw =", "grid.toml:9: field 'workflw' is unknown; .* workflow"),
        ('"accumulate"', '"acumulate"', "grid.toml:9: workflow 'acumulate' is unknown; .* accum"),
        ("[5, 10]", "[]", "grid.toml:8: axis 'n' must have at least one value, got none"),
        ("[5, 10]", "7", "grid.toml:8: axis 'n' must list its values, got 7"),
        ("[5, 10]", "{ log = [5, 0] }", r"grid.toml:8: log.high must lie in \(5, inf\)"),
        ("[5, 10]", "{ steps = 5 }", "grid.toml:8: key of axis 'n' 'steps' is unknown"),
        (
            "[5, 10]",
            "[5, 10]\nsize = { zip = { n = [5] } }",
            "grid.toml:8: field 'n' must lie on one",
        ),
        ("[5, 10]", "[5, 5]", "grid.toml:8: axis 'n' must hold every value once"),
        ("[5, 10]", "[1, 5]", "grid.toml:8: Recursion.n must be at least 2 for Gaussian"),
        ("generations = 4", "generations = 0", "grid.toml:1: generations must be an integer"),
        ("replicas = 64", "replicas = 0", "grid.toml:2: replicas must be an integer"),
        ("seed = 3", "at = [9]", r"grid.toml:4: at must lie in \[1, 4\]"),
        ("P(w2>1)", "E(variance)", "grid.toml:3: quantities must be different"),
        ('"P(w2>1)"', '"Q(w2>1)"', "grid.toml:3: quantity 'Q' is unknown; known are E"),
        ("seed = 3", "seed = 3\nmodels = 'last'", "grid.toml:5: models 'last' is unknown; .* all"),
        ("variance = 1.7", "varience = 1.7", "parameter of the truth of Gaussian 'varience'"),
        ("seed = 3", "seed =", "cannot be read: Invalid value"),
    ],
)
def test_a_bad_file_is_refused_by_name_and_line(file, old, new, message):
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ValueError, match=message):
        sweep_of(file)


def test_a_bad_cell_is_named_and_ends_with_one_line(file, tmp_path, monkeypatch, capsys):
    file.write_text(GOOD.replace("[5, 10]", "[5, 1]"))
    status, out, err = command(monkeypatch, capsys, "run", file)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "grid.toml:8: cell n=1, workflow=replace: Recursion.n must be at least 2" in err
    assert not (tmp_path / "grid.zarr").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--shard", "0/4"), "shard must look like 1/4"),
        (("--workers", "2", "--dask-local", "2"), "workers and dask-local must not stand together"),
        (("--workers", "-1"), "workers must be an integer"),
        (("--out", "grid.nc"), "store must end in .zarr"),
        (("--out", "/nowhere/grid.zarr"), "store must lie in an existing folder"),
        (("--out", "/proc/grid.zarr"), "/proc/grid.zarr"),
    ],
)
def test_bad_flags_end_with_one_line(file, monkeypatch, capsys, words, message):
    status, out, err = command(monkeypatch, capsys, "run", file, *words)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert message in err


@pytest.mark.parametrize("refusing", ["mkdir", "open"])
def test_a_folder_that_cannot_be_written_is_named_in_one_line(
    file, tmp_path, monkeypatch, capsys, refusing
):
    from pathlib import Path

    allowed = getattr(Path, refusing)

    def refused(self, mode="r", *arguments, **more):
        if "grid.zarr" in str(self) and (refusing, mode) != ("open", "r"):
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return allowed(self, mode, *arguments, **more)

    monkeypatch.setattr(Path, refusing, refused)
    status, out, err = command(monkeypatch, capsys, "run", file)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "grid.zarr" in err
    assert err.endswith("cannot be written: Permission denied\n")


def test_a_disk_that_is_too_small_is_refused_by_the_plan(file, tmp_path, monkeypatch):
    import shutil
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")(1, 1, 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    cost = cost_of(sweep_of(file), tmp_path / "grid.zarr", calibrate=False)
    with pytest.raises(ValueError, match=r"the disk is too small: the sweep takes .* 1 kB are"):
        cost.check()


def test_families_bring_their_truths(tmp_path):
    file = tmp_path / "grid.toml"
    file.write_text(
        'quantities = ["E(kl)"]\ngenerations = 2\nreplicas = 8\n'
        '[axes]\nn = [10]\n[axes.model.zip]\nfamily = ["gaussian", "categorical"]\n'
        "truth = [{ mean = 0 }, { probabilities = [0.5, 0.3, 0.2] }]\n"
    )
    sweep = sweep_of(file)
    kinds = [type(sweep.cell(i).recursion.family) for i in range(2)]
    assert kinds == [jc.Gaussian, jc.Categorical]
    assert sweep.axes[1].labels[0].startswith("gaussian")
