"""The house keeps its order: imports go down, and modules, functions and lines are short."""

import ast
import importlib.util
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import jaxcollapse as jc

ROOT = Path(jc.__file__).parents[1]
PACKAGE = "jaxcollapse"

# From the lowest floor to the highest. A module imports its own room and rooms of lower floors.
# Metrics know models and no recursion, so they stand below the engine that observes them; data
# start a recursion and monitoring watches one family, so neither needs workflows. Nets are
# families with metrics of their own.
FLOORS = (
    ("_names", "domains", "interrupts", "numerics", "progress"),
    ("arguments",),
    ("_keys", "records"),
    ("content",),
    ("sampling",),
    ("evidence",),
    ("families",),
    ("selection", "data", "metrics"),
    ("monitoring",),
    ("decoding", "nets"),
    ("workflows",),
    ("recursion",),
    ("engine",),
    ("quantities",),
    ("space",),
    ("theory",),
    ("verification",),
    ("sweeps",),
    ("analysis", "refutation", "testing"),
    ("literature", "figures"),
    ("listing",),
    ("cli", "_hypothesis"),
    ("__main__",),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

# Imports inside functions that go up, each with its reason.
DEFERRED = {
    ("families", "nets"): "list_families knows every family, and only nets need flax",
    ("metrics", "nets"): "list_metrics and metric_named know every metric, those of nets too",
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
SUBJECTS = {"gaussian", "categorical", "regression"}
LONGEST = {"module": 300, "function": 45, "line": 100}
# What the checkout holds beside the files that the project's tools expect at its top.
ROOMS = {"jaxcollapse", "tests", "docs", "benchmarks", "proofs"}
PAPERS = {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "CITATION.cff", "LICENSE"}


@cache
def modules() -> dict[str, Path]:
    """Every module of the package with its file."""
    found = {}
    for file in (ROOT / PACKAGE).rglob("*.py"):
        parts = file.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(modules()[name].read_text(encoding="utf-8"))


@cache
def arrows() -> dict[bool, set[tuple[str, str]]]:
    """Pairs (module, imported module): those at the top of modules, and those inside functions.

    A string that is the name of a module counts as an import inside a function: `import_below`
    and `importlib` take such strings.
    """
    found: dict[bool, set[tuple[str, str]]] = {False: set(), True: set()}
    for name in modules():
        every = list(ast.walk(tree(name)))
        functions = [node for node in every if isinstance(node, FUNCTIONS)]
        inside = {id(node) for function in functions for node in ast.walk(function)}
        for node in every:
            constant = isinstance(node, ast.Constant)
            for imported in _imported(name, node):
                found[constant or id(node) in inside].add((name, imported))
    return found


def _imported(name: str, node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names if each.name in modules()]
    if isinstance(node, ast.Constant) and node.value in modules() and node.value != PACKAGE:
        return [node.value]
    if not isinstance(node, ast.ImportFrom):
        return []
    package = name if modules()[name].name == "__init__.py" else name.rpartition(".")[0]
    base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
    base = base if node.level else node.module
    members = [f"{base}.{each.name}" for each in node.names]
    return [each if each in modules() else base for each in members if base in modules()]


def room(module: str) -> str:
    """The folder or the module right below the package."""
    return module.split(".")[1] if "." in module else ""


def test_every_room_has_its_floor():
    assert {room(name) for name in modules()} - {""} == set(FLOOR)


@pytest.mark.parametrize("inside", [False, True], ids=["modules", "functions"])
def test_no_import_goes_up(inside):
    pairs = {(room(a), room(b)): (a, b) for a, b in arrows()[inside] if room(a) != room(b)}
    up = {
        rooms: example
        for rooms, example in pairs.items()
        if "" not in rooms and FLOOR[rooms[1]] >= FLOOR[rooms[0]]
    }
    assert set(up) == (set(DEFERRED) if inside else set()), up


def test_the_package_itself_imports_nothing():
    assert not {b for a, b in arrows()[False] if a == PACKAGE}


def test_no_imports_go_in_a_circle():
    graph: dict[str, set[str]] = {}
    for importing, imported in arrows()[False]:
        graph.setdefault(importing, set()).add(imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_wings_of_the_theory_about_different_subjects_do_not_import_one_another():
    wings = [
        (a, b)
        for kind in (False, True)
        for a, b in arrows()[kind]
        if (room(a), room(b)) == ("theory", "theory") and min(a.count("."), b.count(".")) > 2
    ]
    wing = [(a.split(".")[2], b.split(".")[2]) for a, b in wings]
    subject = [pair for pair, (a, b) in zip(wings, wing, strict=True) if a in SUBJECTS and a != b]
    assert not subject


def fresh(code: str) -> str:
    """What a fresh process prints."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_simulator_does_not_load_the_theory():
    loaded = fresh(
        "import jax, sys, jaxcollapse as jc\n"
        "r = jc.Recursion(jc.Bernoulli(), jc.Replace(), truth=jc.Bernoulli().params(0.3), n=10)\n"
        "jc.simulate(jax.random.key(0), r, generations=2, replicas=2)\n"
        "print(*(name for name in sys.modules if name.startswith('jaxcollapse.')))"
    ).split()
    above = {room(name) for name in loaded if FLOOR[room(name)] > FLOOR["engine"]}
    assert not above | {"nets", "data"} & {room(name) for name in loaded}


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout")
def test_nothing_else_lies_at_the_top():
    command = ["git", "ls-files", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = {name.split("/")[0] for name in done.stdout.split("\0") if name}
    assert found == ROOMS | PAPERS | {"pyproject.toml", ".gitignore", ".ci"}


def tables(name: str) -> set[int]:
    """Lines of the statements that end with `# fmt: skip`: tables that no formatter touches."""
    lines = modules()[name].read_text("utf-8").splitlines()
    skipped = [
        node
        for node in ast.walk(tree(name))
        if isinstance(node, ast.stmt) and "# fmt: skip" in lines[node.end_lineno - 1]
    ]
    return {line for node in skipped for line in range(node.lineno, node.end_lineno + 1)}


def test_modules_are_short():
    lengths = {name: len(file.read_text("utf-8").splitlines()) for name, file in modules().items()}
    assert {n: count for n, count in lengths.items() if count > LONGEST["module"]} == {}


def test_functions_are_short():
    lengths = {
        f"{name}.{node.name}": node.end_lineno - node.lineno + 1
        for name in modules()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.FunctionDef)
    }
    assert {n: count for n, count in lengths.items() if count > LONGEST["function"]} == {}


def test_lines_are_short_outside_tables():
    long = [
        f"{name}:{number}"
        for name, file in modules().items()
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if len(line) > LONGEST["line"] and number not in tables(name)
    ]
    assert long == []


def test_the_theory_has_no_unformatted_lines():
    marked = [n for n, file in modules().items() if "fmt: skip" in file.read_text("utf-8")]
    assert [name for name in marked if room(name) == "theory"] == []
