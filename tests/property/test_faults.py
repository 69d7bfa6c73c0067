"""Stored runs whose files are damaged: what is damaged is named and computed again or refused, and
no number is wrong.

`python tests/property/test_faults.py 500` prints what each of 500 faults gave.
"""

import collections
import json
import random
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import jax
import numpy as np
import pytest
import xarray as xr

import jaxcollapse as jc
from jaxcollapse.cli import main
from jaxcollapse.cli.reproduce import reproduce
from jaxcollapse.engine import checkpoints
from jaxcollapse.engine.storage import run_fingerprint
from jaxcollapse.engine.stores import load_run, store_at

KEY = jax.random.key(5)
RECURSION = jc.Recursion(
    jc.Gaussian(), jc.Refresh(0.5), truth=jc.Gaussian.params(0.3, 2.0), n=9, fresh=5
)
OTHER = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.3, 2.0), n=9)
RUN = {"generations": 4, "observe": (jc.variance, jc.w2)}
REPLICAS = 6
FINGERPRINT = run_fingerprint(KEY, RECURSION)
OUTCOMES = ("nothing was lost", "named and computed again", "refused")


def simulated(replicas):
    return jc.simulate(KEY, RECURSION, replicas=replicas, **RUN)


class Folder:
    """The folder of a run that is resumed."""

    name = "run"

    def make(self, path, recursion=RECURSION):
        return jc.resume(KEY, recursion, replicas=REPLICAS, folder=path, **RUN)

    def again(self, path) -> tuple[list[str], dict]:
        """Lines that are said, and the numbers that are had."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            observed = self.make(path).observed
        return [str(each.message) for each in caught], observed


class Store:
    """A Zarr store of two parts, or a netCDF file."""

    def __init__(self, name):
        self.name = name

    def add(self, path, say, fingerprint=FINGERPRINT):
        store = store_at(path, {}, fingerprint, say)
        halves = [range(3), range(3, REPLICAS)] if path.suffix == ".zarr" else [range(REPLICAS)]
        for part in store.missing(REPLICAS):
            for half in halves:
                both = range(max(part.start, half.start), min(part.stop, half.stop))
                if len(both):
                    store.add(simulated(both))
        return store

    def make(self, path, recursion=RECURSION):
        self.add(path, print, FINGERPRINT if recursion is RECURSION else "another")

    def again(self, path):
        said: list[str] = []
        self.add(path, said.append)
        whole = load_run(path)
        return said, {name: whole[name].values for name in ("variance", "w2")}


SUBJECTS = (Folder(), Store("run.zarr"), Store("run.nc"))


def truncated(file, rng, other):
    file.write_bytes(file.read_bytes()[: rng.randrange(file.stat().st_size)])


def flipped(file, rng, other):
    data = bytearray(file.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    file.write_bytes(data)


def deleted(file, rng, other):
    file.unlink()


def swapped(file, rng, other):
    """With another file of the same folder."""
    second = rng.choice([file, *sorted(e for e in top(file).rglob("*") if e.is_file())])
    one, two = file.read_bytes(), second.read_bytes()
    file.write_bytes(two)
    second.write_bytes(one)


def from_another_run(file, rng, other):
    shutil.copy(other / "other" / file.relative_to(other / "now"), file)


def of_another_version(file, rng, other):
    shutil.copy(other / "later" / file.relative_to(other / "now"), file)


def killed(file, rng, other):
    """While the file was written beside its place, or in its place."""
    data = file.read_bytes()
    part = data[: rng.randrange(len(data) + 1)]
    file.with_name(file.name + ".part").write_bytes(part)
    if rng.random() < 0.5:
        file.unlink()


def garbage(file, rng, other):
    file.write_bytes(rng.randbytes(file.stat().st_size))


FAULTS = (
    truncated, flipped, deleted, swapped, from_another_run, of_another_version, killed, garbage,
)  # fmt: skip


def top(file: Path) -> Path:
    """The folder or the file of the whole run."""
    return next(each for each in (file, *file.parents) if each.name.startswith("run"))


def outcomes(count: int, seed: int, root: Path):
    """Inject faults one by one: (subject, fault, file, outcome, what was said)."""
    rng, whole = random.Random(seed), simulated(REPLICAS).observed
    for kind in ("ours", "other", "later"):
        (root / kind).mkdir()
        with pytest.MonkeyPatch.context() as patch:
            if kind == "later":
                patch.setattr(checkpoints, "FORMAT", checkpoints.FORMAT + 1)
            for subject in SUBJECTS:
                subject.make(root / kind / subject.name, OTHER if kind == "other" else RECURSION)
    for file in (root / "later").rglob("zarr.json"):
        file.write_text(file.read_text().replace('"zarr_format": 3', '"zarr_format": 4'))
    kept = {SUBJECTS[0]: SUBJECTS[0].again(root / "ours" / "run")[1]}
    for i in range(count):
        subject, fault = SUBJECTS[i % 3], FAULTS[i // 3 % len(FAULTS)]
        place, here = root / "ours" / subject.name, root / "now" / subject.name
        shutil.rmtree(here.parent, ignore_errors=True)
        here.parent.mkdir()
        (shutil.copytree if place.is_dir() else shutil.copy)(place, here)
        files = [here] if here.is_file() else [e for e in sorted(here.rglob("*")) if e.is_file()]
        file = rng.choice(files)
        fault(file, rng, root)
        try:
            said, numbers = subject.again(here)
        except ValueError as problem:
            yield subject, fault, file, "refused", [str(problem)]
            continue
        for name, values in kept.get(subject, whole).items():
            np.testing.assert_array_equal(numbers[name], values)
        yield subject, fault, file, OUTCOMES[bool(said)], said


def check(found):
    for _subject, _fault, _file, outcome, said in found:
        assert all("\n" not in line and len(line) < 400 for line in said), said
        assert outcome != "refused" or len(said) == 1


def test_damage_is_named_and_no_number_is_wrong(tmp_path):
    found = list(outcomes(48, 0, tmp_path))
    check(found)
    assert {each[3] for each in found} == set(OUTCOMES)


@pytest.mark.slow
def test_five_hundred_faults(tmp_path):
    check(outcomes(500, 1, tmp_path))


def test_generations_of_another_run_are_not_taken_over(tmp_path):
    run = {"replicas": 3, "folder": tmp_path, **RUN}
    jc.resume(KEY, RECURSION, **run)
    (tmp_path / "run.json").unlink()
    with pytest.raises(ValueError, match="holds another run"):
        jc.resume(jax.random.key(1), OTHER, **run)
    again = jc.resume(KEY, RECURSION, **run)
    np.testing.assert_array_equal(again.values(jc.w2), simulated_in_steps(tmp_path / "new"))
    assert (tmp_path / "run.json").exists()


def simulated_in_steps(folder):
    return jc.resume(KEY, RECURSION, replicas=3, folder=folder, **RUN).values(jc.w2)


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


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as root:
        table = collections.Counter()
        for subject, fault, file, outcome, said in outcomes(int(sys.argv[1]), 1, Path(root)):
            table[subject.name, fault.__name__, outcome] += 1
            if len(sys.argv) > 2:
                print(subject.name, fault.__name__, file.name, outcome, *said[:1], sep=" | ")
        for (subject, fault, outcome), count in sorted(table.items()):
            print(f"{subject:<10} {fault:<20} {outcome:<26} {count:>4}")
