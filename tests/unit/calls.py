"""One valid call of every public function, record and metric; a test holds the list complete.

A record whose fields have declared ranges is made from them, and a metric is evaluated for the
first family that it knows; the others are written down in `calls_of_functions` and
`calls_of_records`.
"""

import inspect

from calls_of_functions import FUNCTIONS, TRUTH
from calls_of_records import RECORDS

import jaxcollapse as jc
from jaxcollapse import testing
from jaxcollapse.metrics.parametrized import PATTERNS
from jaxcollapse.records import Record, concrete_subclasses
from jaxcollapse.space.answers import Simplest
from jaxcollapse.space.recursions import record_of, value_in

# Modules whose lists are public too.
MODULES = (
    "decoding", "evidence", "figures", "nets", "refutation", "sampling", "selection", "theory",
    "verification",
)  # fmt: skip
# What calls return: made by the package and checked where it is made.
RESULTS = {
    "AliasTable": "alias_table",
    "Calibration": "calibration_by_group",
    "Counterexample": "refute",
    "Decomposition": "decompose",
    "Estimate": "estimate",
    "Figure": "figure",
    "GroupTable": "GroupTable.of",
    "HiddenDecline": "watch",
    "Law": "law",
    "GroupedNetParams": "simulate",
    "NetParams": "simulate",
    "Outcome": "refute",
    "Result": "Figure.reproduce",
    "Sign": "watch",
    "Stream": "Stream.of",
    "TrainedClassifier": "Classifier.train",
    "Trajectory": "simulate",
    "Verdict": "verify",
    "Watch": "watch",
}


def public() -> dict[str, object]:
    """Every public name with what it names, modules and abstract bases left out."""
    found = {name: getattr(jc, name) for name in sorted(jc.__all__)}
    seen = {id(each) for each in found.values()}
    for module in (*MODULES, "testing"):
        room = testing if module == "testing" else getattr(jc, module)
        for name in sorted(room.__all__):
            each = getattr(room, name)
            if id(each) not in seen:
                found[f"{module}.{name}"] = each
    return {
        name: each
        for name, each in found.items()
        if callable(each) and not inspect.ismodule(each) and not _abstract(each)
    }


def _abstract(each) -> bool:
    return inspect.isclass(each) and (
        issubclass(each, Exception)
        or inspect.isabstract(each)
        or each.__name__.startswith("Abstract")
        or each is Record
    )


def valid(name: str, each) -> dict[str, object]:
    """The arguments of a valid call."""
    if name in FUNCTIONS:
        return FUNCTIONS[name]()
    if name in RECORDS:
        return RECORDS[name]()
    if isinstance(each, jc.Metric):
        return evaluated(each)
    for pattern in PATTERNS.values():
        if pattern.make is each:
            values = {n: value_in(d, Simplest(), n) for n, d in pattern.domains.items()}
            return values | ({"size": 64} if pattern.sized else {})
    if inspect.isclass(each) and issubclass(each, Record):
        made = record_of(each, Simplest(), 2)
        return {field: getattr(made, field) for field in inspect.signature(each).parameters}
    if not inspect.signature(each).parameters:
        return {}
    raise KeyError(f"tests/unit/calls.py needs a valid call of {name}")


def evaluated(metric) -> dict[str, object]:
    """The arguments of a metric at the first family that it knows."""
    for kind in concrete_subclasses(jc.AbstractFamily):
        if kind.__module__.startswith("jaxcollapse.") and metric.applies_to(kind):
            try:
                family = record_of(kind, Simplest(), 2)
                truth = jc.example_truth(family)
            except (ValueError, TypeError):
                continue
            return {"family": family, "params": truth, "truth": truth}
    return {"family": jc.Gaussian(), "params": TRUTH, "truth": TRUTH}
