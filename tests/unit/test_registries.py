"""Lists and names: complete in a fresh process, exported, and one wording for an unknown name."""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import jaxcollapse as jc
from jaxcollapse.literature.references import reference
from jaxcollapse.metrics.parametrized import PATTERNS
from jaxcollapse.quantities.base import AbstractQuantity
from jaxcollapse.records import Record

ROOT = Path(jc.__file__).parent
# Neither is loaded with the package: testing needs Hypothesis, and cli is a program.
APART = {"cli", "testing"}


def fresh(code: str) -> str:
    """What a fresh process prints."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rooms() -> set[str]:
    """The folders of the package that are exported."""
    return {each.parent.name for each in ROOT.glob("*/__init__.py")} - APART


LISTS = {
    "metrics": "jc.list_metrics()",
    "families": "jc.list_families()",
    "workflows": "jc.list_workflows()",
    "definitions": "jc.list_definitions()",
    "laws": "[each.name for each in jc.laws()]",
    "figures": "jc.list_figures()",
}


def test_lists_are_complete_in_a_fresh_process():
    """Importing every module of the package adds nothing to what a list knows at first."""
    before = " | ".join(f"{{('{name}', each) for each in {text}}}" for name, text in LISTS.items())
    shown = fresh(
        "import jaxcollapse as jc\nfrom jaxcollapse._names import import_below\n"
        f"first = {before}\n"
        f"for room in {sorted(rooms())}:\n"
        "    import_below('jaxcollapse.' + room)\n"
        f"print(len(first), sorted(({before}) ^ first))"
    )
    count, late = shown.split(" ", 1)
    assert late.strip() == "[]"
    assert int(count) > 500


NAMED = ("tail-mass-0.01", "share-0", "types-left-0-0.05", "transition-1-0", "training-loss", "mmd")


def test_names_with_parameters_are_known_in_a_fresh_process():
    shown = fresh(
        "import sys, jaxcollapse as jc\n"
        f"print(*(jc.metric_named(name).name for name in {NAMED}), jc.metric_named('laplace-2'))\n"
        "from jaxcollapse import cli\n"
        "sys.argv = ['jaxcollapse', 'simulate', '--n', '5', '--generations', '2',"
        " '--replicas', '4', '--metrics', 'outside-0.01,w2>1.0,variance^2']\n"
        "cli.main()"
    )
    assert shown.split()[:7] == [*NAMED, "laplace-2"]
    assert all(name in shown for name in ("outside-0.01:", "w2>1:", "variance^2:"))


MADE = [
    jc.tail_mass(0.01),
    jc.share(3),
    jc.types_left(0, 0.05),
    jc.types_left(1e-9, 1.0),
    jc.outside(0.123456789),
    jc.laplace_transform(0.8),
    jc.transition(1, 0),
    jc.context_heterozygosity(2),
    jc.vendi_of_order(1.5, size=64),
    jc.self_bleu(),
    jc.self_bleu(2, size=256),
    jc.survival(),
    jc.survival(64),
    jc.distinct(2),
    jc.repetition(),
    (jc.variance < 1.5) ** 3,
    jc.variance**0.5 > 2,
    jc.share(0) < 1e-9,
    jc.log_variance > -1.5,
    jc.mmd,
    jc.selection_rate(0),
    jc.true_positive_rate(1),
    jc.false_positive_rate(0),
    jc.informedness(2),
    jc.group_accuracy(0),
    jc.group_share(1),
    jc.labeled_as(3),
]


@pytest.mark.parametrize("metric", MADE, ids=str)
def test_a_metric_is_found_by_its_own_name(metric):
    assert jc.metric_named(metric.name) == metric
    assert jc.metric_named(metric.name).name == metric.name


def test_every_pattern_has_a_metric_here():
    assert all(
        any(each.read(made.name.split(">")[0]) for made in MADE) for each in PATTERNS.values()
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("varience", "metric 'varience' is unknown; did you mean variance"),
        ("shares-0", "did you mean .*share-CATEGORY"),
        ("share-0.5", "category must be an integer"),
        ("outside-1.5", r"mass must lie in \(0, 1\), got 1.5"),
        ("w2 >", "metric must look like"),
        ("", "metric must look like"),
    ],
)
def test_unknown_metrics_are_refused(name, message):
    with pytest.raises(ValueError, match=message):
        jc.metric_named(name)


@pytest.mark.parametrize("find", [jc.metric_named, jc.law_named, jc.figure, reference])
def test_unknown_names_are_refused_in_one_wording(find):
    with pytest.raises(ValueError, match=r" 'alemohammadd' is unknown; (did you mean|known are) "):
        find("alemohammadd")


def test_nearest_names_are_looked_for_in_one_place():
    users = [file.name for file in ROOT.rglob("*.py") if "difflib" in file.read_text("utf-8")]
    assert users == ["_names.py"]


def members(path: str):
    """Public names of a module and of the modules below it, with their values."""
    module = importlib.import_module(f"jaxcollapse.{path}")
    below = pkgutil.walk_packages(getattr(module, "__path__", []), f"{module.__name__}.")
    for each in (module, *(importlib.import_module(found.name) for found in below)):
        yield from ((each, name, value) for name, value in vars(each).items() if name[0] != "_")


def defined(path: str, of) -> set[str]:
    """Public classes and functions that are defined below a path and of which `of` holds."""
    return {
        name
        for module, name, value in members(path)
        if getattr(value, "__module__", "") == module.__name__ and of(value)
    }


def records(path: str) -> set[str]:
    return defined(path, lambda value: inspect.isclass(value) and issubclass(value, Record))


def metrics() -> set[str]:
    named = {name for _, name, value in members("metrics") if isinstance(value, jc.Metric)}
    return named | {each.make.__name__ for each in PATTERNS.values()}


def public() -> set[str]:
    """What the package has to export, read off its modules."""
    texts = (file.read_text("utf-8") for file in ROOT.rglob("*.py"))
    lists = {name for text in texts for name in re.findall(r"^def (list_\w+)", text, re.MULTILINE)}
    evidence = defined("evidence", lambda value: inspect.isclass(value))
    quantities = defined(
        "quantities.base", lambda v: inspect.isclass(v) and issubclass(v, AbstractQuantity)
    )
    notes = {"source", "holds", "tried", "rival"}
    kinds = defined("theory.kinds", inspect.isclass)
    models = records("families") | records("workflows") | records("selection") | records("decoding")
    functions = {name for name, each in vars(jc.monitoring).items() if inspect.isfunction(each)}
    return rooms() | lists | evidence | quantities | notes | kinds | models | functions | metrics()


def test_the_public_names_are_complete():
    assert sorted(public() - set(jc.__all__)) == []
    assert len(set(jc.__all__)) == len(jc.__all__)


def test_the_public_names_are_sorted():
    text = (ROOT / "__init__.pyi").read_text("utf-8")
    lines = [line.split() for line in text.splitlines() if line.startswith("from ")]
    assert all(words[3] == words[5] for words in lines)
    rows = [(words[1] != ".", words[1], words[3][0].islower(), words[3].lower()) for words in lines]
    assert rows == sorted(rows)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("families", lambda: defined("families", inspect.isclass)),
        ("metrics", metrics),
        ("data", lambda: defined("data", lambda v: inspect.isclass(v) or inspect.isfunction(v))),
        ("selection", lambda: records("selection")),
        ("decoding", lambda: records("decoding")),
        ("evidence", lambda: defined("evidence", inspect.isclass)),
    ],
)
def test_a_room_exports_what_it_defines(path, expected):
    exported = set(vars(importlib.import_module(f"jaxcollapse.{path}")))
    assert sorted(expected() - exported) == []


def test_no_function_hides_a_package():
    for file in ROOT.glob("*/**/__init__.py"):
        name = ".".join(("jaxcollapse", *file.parent.relative_to(ROOT).parts))
        above, _, own = name.rpartition(".")
        module = importlib.import_module(name)
        assert getattr(importlib.import_module(above), own) is module
    assert jc.metrics.samples.__name__ == "jaxcollapse.metrics.samples"
    assert jc.families.gaussian.__name__ == "jaxcollapse.families.gaussian"


def test_a_law_is_a_law():
    assert all(isinstance(each, jc.Law) for each in jc.laws())


def test_the_reference_has_a_section_for_every_public_name(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT.parent / "docs"))
    page = importlib.import_module("reference").page()
    assert all(f":: jaxcollapse.{name}\n" in page for name in jc.__all__)
