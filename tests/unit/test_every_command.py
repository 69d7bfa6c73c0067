"""Wrong flags of every command: one line that names the flag or its value, and status 2.

`pytest -m slow -s tests/unit/test_every_command.py` prints the table of calls.
"""

import contextlib
import dataclasses
import inspect
import io
import sys
import time
from collections import Counter

import numpy as np
import pytest

from jaxcollapse import cli

SECONDS = 5.0
WRONG = ("", "nonsense", "nan", "inf", "-1", "3.7", "99999999999999999999999")
CLAIM = """
import jaxcollapse as jc

@jc.claim(family=jc.Gaussian(ddof=0), workflow=jc.Replace(), quantity=jc.E(jc.variance))
def mine(xp, variance, n, t):
    return variance * (1 - 1 / n) ** t
"""
GRID = """
generations = 2
replicas = 4
quantities = ["E(variance)"]

[recursion]
family = "gaussian"
workflow = "replace"
truth = {mean = 0.0, variance = 1.0}
n = 10

[axes]
n = [5, 6]
"""
# The arguments of a right call, by position and by flag; files are made below.
COMMANDS = {
    "audit": {"names": "accumulation-of-biased-samples"},
    "decompose": {},
    "law": {"name": "gaussian-replace-variance", "symbols": "n=10"},
    "laws": {},
    "list": {"what": "workflows"},
    "predict": {"quantity": "E(variance)", "symbols": "n=10"},
    "refute": {"file": "claims.py", "names": "mine"},
    "reproduce": {"names": "english"},
    "simulate": {},
    "sweep export": {"store": "grid.zarr", "out": "grid.csv"},
    "sweep plan": {"file": "grid.toml"},
    "sweep plot": {"store": "grid.zarr", "out": "grid.png"},
    "sweep run": {"file": "grid.toml"},
    "sweep status": {"store": "grid.zarr"},
    "sweep verify": {"store": "grid.zarr"},
    "verify": {"names": "gaussian-replace-variance"},
    "watch": {"file": "stream.csv"},
}
ANY = "nonsense nan inf -1 3.7 99999999999999999999999"
# Values that are right, each with its reason.
LARGE = "3.7 99999999999999999999999"
RIGHT = {
    ("reproduce", "out"): (ANY, "the name of a folder"),
    ("decompose", "error"): (LARGE, "a number of its range"),
    ("decompose", "memory"): (LARGE, "a number of its range"),
    ("decompose", "seconds"): (LARGE, "a number of its range"),
}
QUICK = {"simulate": ["--n", "5", "--generations", "1", "--replicas", "2"]}


def functions(app=cli.app, before: str = "") -> dict:
    """Every command with its function."""
    found = {}
    for name in app:
        if name.startswith("-"):
            continue
        each = app[name]
        if each.default_command is None:
            found |= functions(each, f"{before}{name} ")
        else:
            found[before + name] = each.default_command
    return found


def flags(function):
    """The arguments of a command that take a value, with whether they stand by position."""
    for name, each in inspect.signature(function).parameters.items():
        if dataclasses.is_dataclass(type(each.default)):
            yield from ((field.name, False) for field in dataclasses.fields(each.default))
        elif not isinstance(each.default, bool) and name not in ("proved", "list_"):
            yield name, each.kind in (each.POSITIONAL_OR_KEYWORD, each.VAR_POSITIONAL)


def line(command: str, function, argument: str, value: str) -> list[str]:
    """A command line that is wrong in one argument."""
    by_place, given = [], [*QUICK.get(command, [])]
    for name, positional in flags(function):
        right = COMMANDS[command].get(name)
        if name == argument and not positional:
            given += [f"--{name.replace('_', '-')}={value}"]
        elif positional and (name == argument or right is not None):
            by_place.append(value if name == argument else right)
    return [*command.split(), *given, "--", *by_place]


def ended(arguments, monkeypatch):
    """Status, output and errors of a command."""
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "argv", ["jaxcollapse", *arguments])
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main()
        except SystemExit as end:
            return end.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "claims.py").write_text(CLAIM)
    (tmp_path / "grid.toml").write_text(GRID)
    rows = np.random.default_rng(0).normal(size=(3, 40))
    lines = [f"{t},{x}" for t, row in enumerate(rows) for x in row]
    (tmp_path / "stream.csv").write_text("generation,x\n" + "\n".join(lines))
    return tmp_path


def faults(command: str, monkeypatch, counts: Counter) -> list[str]:
    """The wrong calls of a command that end otherwise than they should."""
    function, found = functions()[command], []
    if command in ("sweep plot", "sweep verify"):
        assert ended(["sweep", "run", "grid.toml"], monkeypatch)[0] == 0
    for argument, _ in flags(function):
        for value in WRONG:
            if value and value in RIGHT.get((command, argument), ("",))[0].split():
                counts["right"] += 1
                continue
            start = time.process_time()
            status, out, err = ended(line(command, function, argument, value), monkeypatch)
            names = (argument, argument.replace("_", "-"), value or "an argument")
            named = any(name in err for name in names)
            fine = status == 2 and len(err.splitlines()) == 1 and named and not out
            fine &= time.process_time() - start < SECONDS
            counts["good" if fine else "not"] += 1
            if not fine:
                found.append(f"{argument}={value}: {status} {out[:60]!r} {err[-200:]!r}")
    return found


def test_every_command_has_a_right_call():
    assert functions().keys() == COMMANDS.keys()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_flag_is_named_in_one_line(command, files, monkeypatch):
    assert not faults(command, monkeypatch, Counter())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_table(files, monkeypatch, capsys):
    """`pytest -m slow -s tests/unit/test_every_command.py` prints the table of calls."""
    counts = Counter()
    for command in COMMANDS:
        faults(command, monkeypatch, counts)
    with capsys.disabled():
        print(f"\n{len(COMMANDS)} commands, {sum(counts.values())} calls: {dict(counts)}")
    assert set(counts) <= {"good", "right"}
