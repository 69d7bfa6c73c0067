"""The files that are generated from the proofs are fresh; no Coq is needed to see it."""

import subprocess
import sys
from pathlib import Path

import pytest

from jaxcollapse.cli.predict import laws as listed_laws

PROOFS = Path(__file__).parents[2] / "proofs"


@pytest.mark.parametrize("script", ["formulas.py", "blueprint.py"])
def test_what_is_printed_of_the_proofs_is_fresh(script):
    """Coq proves the printed formulas: a law that changes makes them stale, with or without Coq."""
    command = [sys.executable, str(PROOFS / script), "--check"]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.stderr == ""
    assert ran.returncode == 0


def read(name: str) -> list[str]:
    return (PROOFS / name).read_text("utf-8").splitlines()


def test_every_theorem_has_its_assumptions_listed():
    listed = {line.split(":")[0] for line in read("assumptions.txt")}
    files = [name for name in read("_CoqProject") if name.endswith(".v")]
    found = {
        f"{name.removesuffix('.v')}.{line.split()[1]}"
        for name in files
        for line in read(name)
        if line.startswith("Theorem ")
    }
    assert found == listed


def test_laws_are_listed_by_proof(capsys):
    def names(**which):
        listed_laws(**which)
        return {line.split()[0] for line in capsys.readouterr().out.splitlines()}

    proved, unproved = names(proved=True), names(proved=False)
    assert not proved & unproved
    assert proved | unproved == names()
