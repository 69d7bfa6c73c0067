"""Wrong calls of every public function, record and metric: each is refused by name, in time and
before anything compiles, or a reason says why it is a right call.

`pytest -m slow -s tests/unit/test_every_call.py` makes the calls that have a reason as well, and
prints the table.
"""

import contextlib
import dataclasses
import inspect
import io
import math
import reprlib
import time
import warnings
from collections import Counter

import calls
import numpy as np
import pytest
from jax import monitoring

import jaxcollapse as jc
from jaxcollapse.domains import AbstractDomain
from jaxcollapse.metrics.parametrized import PATTERNS
from jaxcollapse.numerics.tracing import is_traced

SECONDS = 5.0


class Nonsense:
    def __repr__(self):
        return "<nonsense>"


WRONG = {
    "text": "nonsense",
    "nothing": None,
    "object": Nonsense(),
    "nan": math.nan,
    "infinite": math.inf,
    "negative": -1.5,
    "fraction": 3.7,
    "zero": 0,
    "huge": 10**13,
    "empty": [],
    "ragged": [[1], [1, 2]],
    "cube": np.zeros((2, 3, 4)),
    "record": jc.Poisson(),
}
NUMBERS = ("nan", "infinite", "negative", "fraction", "zero", "huge", "cube")
EVERY = calls.public()
NAMES = [name for name in EVERY if name.rpartition(".")[2] not in calls.RESULTS]
# Values that no declared range or type shows to be right, each with its reason.
INSIDE = "a number of the range"
TEXT = "any text may stand here"
EMPTY = "nothing is asked for"
RIGHT = {
    ("Asymptotic", "in_"): ("text", TEXT),
    ("Asymptotic", "of"): ("text", "the name of a law, looked up when it is verified"),
    ("Asymptotic", "order"): ("negative fraction zero huge", INSIDE),
    ("Claim", "family"): ("record", "an instance of a family"),
    ("DampedCategorical", "support"): ("zero cube", "compared with the truth, whose shape it has"),
    ("Dataset", "targets"): ("cube", "an array"),
    ("Dataset", "values"): ("cube", "an array"),
    ("Dataset", "weights"): ("cube", "an array"),
    ("Histogram", "high"): ("fraction huge", INSIDE),
    ("Histogram", "low"): ("negative zero", INSIDE),
    ("Integer", "high"): ("infinite fraction huge", "an end of an interval"),
    ("Integer", "low"): ("negative fraction zero", "an end of an interval"),
    ("Precision", "error"): ("fraction huge", INSIDE),
    ("Precision", "quantity"): ("text", "compared with the quantities of the sweep"),
    ("Real", "high"): ("infinite fraction zero huge", "an end of an interval"),
    ("Real", "low"): ("negative zero", "an end of an interval"),
    ("Roles", "group"): ("zero", "a column"),
    ("Roles", "label"): ("zero", "a column"),
    ("Simplex", "tolerance"): ("zero", INSIDE),
    ("Stratify", "budget"): ("zero", INSIDE),
    ("Sweep", "axes"): ("empty", "a sweep of one cell"),
    ("Sweep", "carrier"): ("text", "a cell that no carrier can run is reported as failed"),
    ("claim", "family"): ("record", "an instance of a family"),
    ("log_range", "high"): ("fraction huge", INSIDE),
    ("log_range", "low"): ("fraction", INSIDE),
    ("mean_cube", "family"): ("record", "its models are of the same kind"),
    ("mixing_matrix", "fresh"): ("zero", INSIDE),
    ("nets.Empirical", "held_out"): ("cube", "observations of any shape"),
    ("nets.Empirical", "values"): ("cube", "observations of any shape"),
    ("predict", "t"): ("zero", "the truth"),
    ("refute", "against"): ("empty", EMPTY),
    ("source", "cite"): ("text", "a key of the bibliography, which a test looks up"),
    ("stream_of_run", "replica"): ("zero", INSIDE),
    ("third_cumulant", "family"): ("record", "its models are of the same kind"),
    ("sweep", "executor"): ("text", "the address of a Dask scheduler"),
    ("table_column", "missing"): ("text empty", "a text that stands for missing values"),
    ("verify_all", "names"): ("empty", EMPTY),
    ("watch", "stream"): ("ragged cube", "generations of observations"),
}
TEXTS = ("Certified", "Coq", "Dataset", "Derivation", "Enumeration", "Metric")


@dataclasses.dataclass(frozen=True)
class Call:
    """A call that is wrong in one argument, and what it gave."""

    name: str
    argument: str
    label: str
    outcome: str
    said: str

    def __str__(self):
        return f"{self.outcome:<8} {self.name}({self.argument}={self.label}): {self.said}"


def parameters_of(each):
    """The parameters that a call can get wrong, without `self` and free keywords."""
    return {
        name: parameter
        for name, parameter in inspect.signature(each).parameters.items()
        if parameter.kind is not parameter.VAR_KEYWORD
    }


def declared(each, argument: str):
    """The check that an argument declares, or a field by its range; None without one."""
    checks = getattr(each, "__arguments__", {})
    if argument in checks:
        return checks[argument]
    for pattern in PATTERNS.values():
        if pattern.make is each and argument in pattern.domains:
            return pattern.domains[argument].check_one
    if inspect.isclass(each) and dataclasses.is_dataclass(each):
        for field in dataclasses.fields(each):
            if field.name == argument and isinstance(field.metadata.get("domain"), AbstractDomain):
                return field.metadata["domain"].check
    return None


def reason(name: str, each, parameter, right, label: str) -> str:
    """Why a value is right for an argument; empty where it is wrong."""
    value = WRONG[label]
    if value is None and (parameter.default is None or right is None):
        return "may be left out"
    labels, why = RIGHT.get((name, parameter.name), ("", ""))
    if label in labels.split():
        return why
    if name == "field" and parameter.name == "default":
        return "a default is checked where a record is made"
    if label == "text" and name in TEXTS and isinstance(right, str):
        return TEXT
    if value is None and parameter.name == "truth" and isinstance(each, jc.Metric):
        return "a formula that does not ask for the truth"
    evidence = inspect.isclass(each) and issubclass(each, jc.AbstractEvidence)
    if evidence and label in NUMBERS and parameter.name != "categories":
        return "evidence holds what a program puts there"
    if (check := declared(each, parameter.name)) is not None:
        with contextlib.suppress(ValueError, TypeError):
            check(parameter.name, value)
            return "in its declared range"
    return ""


def called(each, given: dict):
    """Make a call; arguments that have no name are given by their place."""
    signature = inspect.signature(each)
    bound = inspect.BoundArguments(
        signature, {n: given[n] for n in signature.parameters if n in given}
    )
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return each(*bound.args, **bound.kwargs)


COMPILED: list[str] = []
monitoring.register_event_duration_secs_listener(
    lambda event, seconds, **about: COMPILED.append(event) if "backend_compile" in event else None
)


def outcome(name: str, each, argument: str, value, given: dict) -> tuple[str, str]:
    """What a wrong call gave: good, accepted, slow, compiled, unnamed or raw."""
    start, before = time.perf_counter(), len(COMPILED)
    try:
        made = called(each, given)
    except (ValueError, LookupError, TypeError) as problem:
        said = " ".join(str(problem).split())
        shown = [" ".join(show(value).split()) for show in (repr, reprlib.repr)]
        if isinstance(value, int | float):
            shown.append(f"{value:g}")
        named = any(each in said for each in (argument, type(value).__name__, *shown))
        raw = isinstance(problem, KeyError | IndexError | UnicodeError)
        found = "raw" if raw else "good" if named else "unnamed"
        said = f"{type(problem).__name__}: {said}"
    except Exception as problem:
        found, said = "raw", f"{type(problem).__name__}: {' '.join(str(problem).split())[:120]}"
    else:
        return "accepted", type(made).__name__
    if time.perf_counter() - start > SECONDS:
        return "slow", said
    return ("compiled" if len(COMPILED) > before else found), said


def wrong_calls(name: str, everything: bool = False):
    """Every wrong call of a public name with what it gave."""
    each = EVERY[name]
    right = calls.valid(name, each)
    for argument, parameter in parameters_of(each).items():
        for label, value in WRONG.items():
            several = parameter.kind is parameter.VAR_POSITIONAL
            why = reason(name, each, parameter, right.get(argument), label)
            if why and not everything:
                yield Call(name, argument, label, "right", why)
                continue
            found, said = outcome(
                name, each, argument, value, right | {argument: (value,) if several else value}
            )
            yield Call(
                name, argument, label, "right" if why and found == "accepted" else found, said
            )


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_call_is_refused_by_name(name):
    is_traced(None)  # compiles a constant once per process, to learn whether somebody traces
    faults = [each for each in wrong_calls(name) if each.outcome not in ("good", "right")]
    assert not faults, "\n".join(map(str, faults))


def test_every_public_name_has_a_valid_call():
    for name in NAMES:
        assert isinstance(calls.valid(name, EVERY[name]), dict), name
    assert not (calls.FUNCTIONS.keys() | calls.RECORDS.keys()) - set(NAMES)
    assert set(calls.RESULTS) <= {name.rpartition(".")[2] for name in EVERY}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_right_value_ends_in_no_raw_error(name):
    """`pytest -m slow tests/unit/test_every_call.py`"""
    faults = [each for each in wrong_calls(name, True) if each.outcome == "raw"]
    assert not faults, "\n".join(map(str, faults))


@pytest.mark.slow
def test_table(capsys):
    """`pytest -m slow -s tests/unit/test_every_call.py -k table` prints the table of all calls."""
    is_traced(None)  # as above
    found = Counter(each.outcome for name in NAMES for each in wrong_calls(name))
    with capsys.disabled():
        print(f"\n{len(NAMES)} names, {sum(found.values())} calls: {dict(found)}")
    assert set(found) <= {"good", "right"}
