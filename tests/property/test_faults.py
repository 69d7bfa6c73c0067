"""Stored runs whose files are damaged: what is damaged is named and computed again or refused, and
no number is wrong.

`PYTHONPATH=tests python tests/property/test_faults.py 500` prints what each of 500 faults gave.
"""

import collections
import random
import shutil
import sys
import tempfile
from pathlib import Path

import jax
import numpy as np
import pytest
from stored import KEY, OTHER, RECURSION, REPLICAS, RUN, Folder, Store, simulated

import jaxcollapse as jc
from jaxcollapse.engine import checkpoints

OUTCOMES = ("nothing was lost", "named and computed again", "refused")
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


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as root:
        table = collections.Counter()
        for subject, fault, file, outcome, said in outcomes(int(sys.argv[1]), 1, Path(root)):
            table[subject.name, fault.__name__, outcome] += 1
            if len(sys.argv) > 2:
                print(subject.name, fault.__name__, file.name, outcome, *said[:1], sep=" | ")
        for (subject, fault, outcome), count in sorted(table.items()):
            print(f"{subject:<10} {fault:<20} {outcome:<26} {count:>4}")
