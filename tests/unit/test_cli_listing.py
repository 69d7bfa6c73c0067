"""What the command line says about itself: help, lists and their sentences."""

import functools
import json
import subprocess
import sys

import pytest
from commanding import run

import jaxcollapse as jc
from jaxcollapse import cli
from jaxcollapse.data.load import KINDS


def test_help_loads_no_jax():
    code = "import sys, jaxcollapse.cli; print('jax' in sys.modules, 'numpy' in sys.modules)"
    assert subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    ).stdout.split() == ["False", "False"]


def commands(app, *path):
    """The words of every command, of nested ones too."""
    for name in app:
        if not name.startswith("-"):
            inner = list(commands(app[name], *path, name))
            yield from inner or [(*path, name)]


@pytest.mark.parametrize("command", list(commands(cli.app)), ids=" ".join)
def test_help_describes_every_argument(command):
    """A row of the help that names an argument says what it is, not only its type and its
    default.
    """
    app = functools.reduce(lambda above, name: above[name], command, cli.app)
    for argument in app.assemble_argument_collection(parse_docstring=True):
        assert argument.parameter.help, argument.name


def test_what_there_is_is_listed_with_a_sentence_each(monkeypatch, capsys):
    status, shown = run(monkeypatch, capsys, "list")
    assert status == 0
    kinds = [line.split()[0] for line in shown.out.splitlines()[:-1]]
    for kind in kinds:
        status, shown = run(monkeypatch, capsys, "list", kind, "--json")
        found = json.loads(shown.out)
        assert status == 0
        assert found == jc.listing(kind)
    specifications = {name.partition(":")[0] for name in jc.listing("data")}
    assert specifications == set(KINDS)


def test_everything_that_ships_has_a_sentence():
    """In a process of its own, where no test has added families and workflows."""
    code = (
        "import json, jaxcollapse as jc; from jaxcollapse.listing import SUBJECTS; "
        "print(json.dumps({kind: jc.listing(kind) for kind in SUBJECTS}))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for kind, found in json.loads(shown.stdout).items():
        assert found, kind
        assert [name for name, sentence in found.items() if len(sentence) <= 8] == [], kind


def test_a_reader_may_close_the_pipe():
    command = f"{sys.executable} -m jaxcollapse laws | head -1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1
