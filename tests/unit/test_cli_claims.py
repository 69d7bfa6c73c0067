"""The commands refute and audit as a new user meets them, mistakes included."""

import json
import sys

import pytest

from jaxcollapse import cli

HEAD = (
    "import jaxcollapse as jc\n"
    "about = dict(family=jc.Gaussian, workflow=jc.Replace, quantity=jc.E(jc.variance))\n"
)
WRONG = HEAD + "@jc.claim(**about)\ndef vanishes(xp, n, variance):\n    return variance / n\n"


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["jaxcollapse", *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return stopped.value.code, capsys.readouterr()


@pytest.fixture
def conjecture(tmp_path):
    def write(text):
        path = tmp_path / "my_conjecture.py"
        path.write_text(text)
        return path

    return write


def test_a_wrong_claim_ends_with_a_counterexample_and_a_status(monkeypatch, capsys, conjecture):
    path = conjecture(WRONG)
    status, shown = run(monkeypatch, capsys, "refute", path, "--configurations", "2")
    assert status == 1
    assert "refuted: vanishes" in shown.out
    assert "reproduce with:" in shown.out
    status, shown = run(
        monkeypatch,
        capsys,
        "refute",
        path,
        "vanishes",
        "--simulation-only",
        "--configurations",
        "2",
        "--json",
    )
    outcome = json.loads(shown.out)[0]
    assert status == 1
    assert outcome["refuted"]
    assert outcome["t"] == 1
    compile(outcome["snippet"], "snippet", "exec")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nothing_of_that_name", "does not import: ModuleNotFoundError"),
        ("def broken(:", "does not import: SyntaxError"),
        ("raise SystemExit(0)", "does not import: SystemExit"),
        ("x = 1", "holds no claim"),
        (
            HEAD + "@jc.claim(**about)\ndef odd(xp, sigma2):\n    return sigma2",
            "uses 'sigma2', which is no symbol of Gaussian",
        ),
        (
            HEAD + "@jc.claim(**about)\ndef odd(xp, n):\n    return xp.nothing(n)",
            "cannot be evaluated at n=",
        ),
        (HEAD + "@jc.claim(**about, kind=3)\ndef odd(xp, n):\n    return n", "kind must be Exact"),
    ],
)
def test_a_file_that_cannot_be_used_ends_with_one_line(
    monkeypatch, capsys, conjecture, text, message
):
    status, shown = run(monkeypatch, capsys, "refute", conjecture(text))
    assert status == 2
    assert message in shown.err
    assert shown.err.count("\n") == 1
    assert "Traceback" not in shown.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("refute",),
        ("refute", "no/such/file.py"),
        ("refute", ".."),
        ("audit", "nothing"),
        ("refute", "x.py", "--false-alarm", "x"),
    ],
)
def test_mistakes_end_with_one_line(monkeypatch, capsys, arguments):
    status, shown = run(monkeypatch, capsys, *arguments)
    assert status != 0
    assert shown.err.count("\n") == 1


def test_arguments_out_of_range_are_named(monkeypatch, capsys, conjecture):
    status, shown = run(monkeypatch, capsys, "refute", conjecture(WRONG), "--false-alarm", "0.9")
    assert status == 2
    assert "false_alarm must lie in (0, 0.5], got 0.9" in shown.err
    status, shown = run(monkeypatch, capsys, "refute", conjecture(WRONG), "vanish")
    assert status == 2
    assert "did you mean vanishes" in shown.err


def test_audit_prints_its_numbers(monkeypatch, capsys):
    status, shown = run(monkeypatch, capsys, "audit", "suresh-g-bracket", "--json")
    assert status == 0
    assert json.loads(shown.out)[0]["holds"]
    status, shown = run(monkeypatch, capsys, "audit", "dey-pi-squared-over-six")
    assert status == 0
    assert "narrower than quoted" in shown.out
    assert "laws: qvf-accumulate-variance" in shown.out
