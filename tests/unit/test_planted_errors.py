"""A proof fails when the formula that it speaks about is wrong."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROOFS = Path(__file__).parents[2] / "proofs"
NO_COQ = 77
PLANTED = {
    "a sign": (
        "(\\sum_i (p i * (1 - p i))) * (1 - 1 / n) ^+ t",
        "(\\sum_i (p i * (1 - p i))) * (1 + 1 / n) ^+ t",
    ),
    "n for n - 1": ("variance * ((n - 1) / (n - ddof)) ^+ t", "variance * (n / (n - ddof)) ^+ t"),
    "a bound of 1.9 for 2": (
        "2 * (v0 + mean * (v1 + v2 * mean)) / sizes 1",
        "19 / 10 * (v0 + mean * (v1 + v2 * mean)) / sizes 1",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("error", PLANTED)
def test_a_wrong_formula_is_not_proved(error, tmp_path):
    right, wrong = PLANTED[error]
    copy = tmp_path / "proofs"
    shutil.copytree(PROOFS, copy, ignore=shutil.ignore_patterns(".*", "*.vo*", "*.glob"))
    text = (copy / "Formulas.v").read_text("utf-8")
    assert right in text
    (copy / "Formulas.v").write_text(text.replace(right, wrong), "utf-8")
    coq = {"COLLAPSE_COQ": str(PROOFS / ".coq"), **os.environ}
    ran = subprocess.run([copy / "check", "--as-is"], env=coq, capture_output=True, text=True)
    if ran.returncode == NO_COQ:
        pytest.skip(ran.stderr.strip())
    assert ran.returncode == 1
    assert "does not compile" in ran.stderr
