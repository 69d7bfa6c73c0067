"""Every law names what it rests on, and what it names is there; a bad name is one line."""

import ast
import importlib.util
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.cli.predict import laws as listed_laws
from jaxcollapse.literature.laws_page import law_page
from jaxcollapse.theory.namespaces import numpy_namespace
from jaxcollapse.theory.proofs import STATUSES, Certified, Coq, Derivation, Enumeration
from jaxcollapse.theory.recurrence import by_birth, source_shares
from jaxcollapse.theory.registry import law_named, laws

HERE = Path(__file__).parent
PROOFS = HERE.parents[1] / "proofs"
TESTS = {
    Certified: "test_certificates*.py",
    Derivation: "test_derivations*.py",
    Enumeration: "test_exact_*.py",
}


@pytest.fixture(scope="module")
def formulas():
    spec = importlib.util.spec_from_file_location("formulas", PROOFS / "formulas.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_theorem_that_a_law_names_is_there(formulas):
    assert formulas.problems() == []
    assert len(formulas.proved()) >= 73


@pytest.mark.parametrize("kind", TESTS)
def test_every_test_that_a_law_names_speaks_about_it(kind):
    """The test is there, and its file names the law."""
    sources = {}
    for path in HERE.glob(TESTS[kind]):
        source = path.read_text("utf-8")
        functions = [n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)]
        sources |= dict.fromkeys((each.name for each in functions), source)
    supported = [law for law in laws() if isinstance(law.proof, kind)]
    assert supported
    for law in supported:
        assert f'"{law.name}"' in sources[law.proof.name], law.name


def refused(formulas, monkeypatch, name, claim):
    wrong = replace(law_named(name), proof=claim)
    others = [law for law in laws() if law.name != name]
    monkeypatch.setattr(formulas, "laws", lambda: [*others, wrong])
    return formulas.problems()


def test_a_theorem_that_is_not_there_is_one_line(formulas, monkeypatch):
    name = "categorical-replace-heterozygosity"
    lines = refused(formulas, monkeypatch, name, Coq("Replacement.no_such"))
    assert lines[0] == (
        f"law {name} names the theorem Replacement.no_such, which is not in proofs/: "
        "state it or name another"
    )


def test_a_law_that_forgets_its_theorem_is_one_line(formulas, monkeypatch):
    name = "categorical-replace-heterozygosity"
    claim = "Replacement.categorical_replace_heterozygosity_correct"
    assert refused(formulas, monkeypatch, name, None) == [
        f'law {name} is proved: write @proof(Coq("{claim}")) below its source'
    ]


def test_the_status_of_every_law_is_shown(capsys):
    page = law_page()
    for status in STATUSES:
        assert f"* *{status}* (" in page
    assert "proved in Coq as `Replacement.categorical_replace_heterozygosity_correct`" in page
    listed_laws()
    for line in capsys.readouterr().out.splitlines():
        assert line.split()[2] in STATUSES
    listed_laws(json=True)
    found = {each["law"]: each for each in json.loads(capsys.readouterr().out)}
    for law in laws():
        assert found[law.name]["status"] == law.status


LINEAR = [
    jc.Replace(),
    jc.Accumulate(),
    jc.Anchor(),
    jc.Window(2),
    jc.Refresh(0.3),
    jc.AccumulateRefresh(),
]


@pytest.mark.parametrize("workflow", LINEAR, ids=lambda w: type(w).__name__)
def test_shares_meet_the_hypotheses_of_the_recurrence(workflow):
    """Row j has no share of source j or later; it is empty, or it is positive and sums to one."""
    fresh = 3 if workflow.uses_fresh else 0
    r = jc.Recursion(jc.Poisson(), workflow, truth=jc.Poisson().params(2.0), n=5, fresh=fresh)
    models, sizes, rows = by_birth(*source_shares(r, 4))
    assert (models[0], models[-1]) == (0, 4)
    assert np.all(sizes > 0)
    assert np.all(rows >= 0)
    for source, row in enumerate(rows):
        assert not np.any(row[source:])
        assert row.sum() == pytest.approx(0 if models[source] == 0 else 1)
    if isinstance(workflow, jc.Window):
        window = lambda j, i: (j - 2 <= i < j) / max(min(2, j), 1)
        assert rows == pytest.approx(np.fromfunction(np.vectorize(window), rows.shape))


def test_a_bordered_matrix_grows_as_its_definition_in_coq_says():
    """A column and the entry below it, which see the matrix before them."""

    def bordered(column, corner, size):
        if size == 0:
            return lambda i, s: 0.0
        j, old = size - 1, bordered(column, corner, size - 1)

        def entry(i, s):
            if i < j and s < j:
                return old(i, s)
            if i < j:
                return column(old, j, i)
            return column(old, j, s) if s < j else corner(old, j)

        return entry

    def border(matrix, j):
        return 1 + j + np.arange(j) + matrix[:j, :j].sum(axis=1), 2.0 + matrix[:j, :j].sum()

    column = lambda old, j, i: 1 + j + i + sum(old(i, s) for s in range(j))
    corner = lambda old, j: 2.0 + sum(old(i, s) for i in range(j) for s in range(j))
    expected = np.vectorize(bordered(column, corner, 4))(*np.indices((4, 4)))
    np.testing.assert_array_equal(numpy_namespace().bordered(border, 4), expected)


TOOLS = ("bash", "cat", "cp", "cut", "dirname", "env", "grep", "id", "mkdir", "sed")


def checked(tmp_path, *arguments, coqc=None):
    """Run `proofs/check` where the only Coq is a script that prints a version, or none."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in TOOLS:
        (tools / tool).symlink_to(shutil.which(tool))
    if coqc:
        (tools / "coqc").write_text(f"#!/usr/bin/env bash\necho {coqc}\n", "utf-8")
        (tools / "coqc").chmod(0o755)
    env = {"PATH": str(tools), "COLLAPSE_COQ": str(tmp_path / "nowhere")}
    command = [PROOFS / "check", "--as-is", *arguments]
    ran = subprocess.run(command, env=env, capture_output=True, text=True)
    (line,) = ran.stderr.splitlines()
    return ran.returncode, line.removeprefix("proofs: ")


def test_no_coq_is_one_line(tmp_path):
    status, line = checked(tmp_path)
    assert status == 77
    assert line == (
        f"there is no Coq 8.20: proofs/check --install puts Debian 13's into {tmp_path / 'nowhere'}"
    )


def test_an_old_coq_is_one_line(tmp_path):
    status, line = checked(tmp_path, coqc="8.16.1 4.14.1")
    assert status == 77
    assert line.startswith("Coq 8.16.1 is not 8.20: proofs/check --install puts Debian 13's into")


def test_stale_formulas_are_one_line(formulas, monkeypatch, tmp_path, capsys):
    stale = tmp_path / "Formulas.v"
    stale.write_text(
        formulas.FORMULAS.read_text("utf-8").replace("1 - 1 / n", "1 + 1 / n"), "utf-8"
    )
    monkeypatch.setattr(formulas, "FORMULAS", stale)
    monkeypatch.setattr("sys.argv", ["formulas.py", "--check"])
    assert formulas.main() == 1
    assert capsys.readouterr().err == (
        "proofs: Formulas.v is stale: run python proofs/formulas.py\n"
    )


def test_a_missing_proof_is_one_line(tmp_path):
    """An `Admitted` is found before anything compiles."""
    copy = tmp_path / "proofs"
    shutil.copytree(PROOFS, copy, ignore=shutil.ignore_patterns(".*", "*.vo*"))
    with (copy / "Drift.v").open("a", encoding="utf-8") as file:
        file.write("Lemma easy : False. Admitted.\n")
    ran = subprocess.run([copy / "check", "--as-is"], capture_output=True, text=True)
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert line.startswith("proofs: a proof is missing or assumed: Drift.v:")
