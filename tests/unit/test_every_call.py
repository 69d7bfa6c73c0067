"""Wrong calls of every public function, record and metric: each is refused by name, in time and
before anything compiles, or a reason says why it is a right call.

`pytest -q -s tests/unit/test_every_call.py -k table` prints the table; the exhaustive form makes
what is accepted run as well: `pytest -m slow tests/unit/test_every_call.py`.
"""

import contextlib
import dataclasses
import inspect
import io
import math
import reprlib
import time
import warnings

import calls
import numpy as np
from jax import monitoring

import jaxcollapse as jc
from jaxcollapse.domains import AbstractDomain
from jaxcollapse.metrics.parametrized import PATTERNS

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
    "empty": [],
    "ragged": [[1], [1, 2]],
    "cube": np.zeros((2, 3, 4)),
    "record": jc.Poisson(),
}
EVERY = calls.public()
NAMES = [name for name in EVERY if name.rpartition(".")[2] not in calls.RESULTS]
# Arguments that take more than a range or a type says, with the reason why a value is right.
RIGHT: dict[tuple[str, str], str] = {}


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


def reason(name: str, each, parameter, right, value) -> str:
    """Why a value is right for an argument; empty where it is wrong."""
    if value is None and (parameter.default is None or right is None):
        return "may be left out"
    if (name, parameter.name) in RIGHT:
        return RIGHT[name, parameter.name]
    if (check := declared(each, parameter.name)) is not None:
        with contextlib.suppress(ValueError, TypeError):
            check(parameter.name, value)
            return "in its declared range"
    if isinstance(right, bool):
        return ""
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
        named = argument in said or reprlib.repr(value) in said or repr(value) in said
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
            why = reason(name, each, parameter, right.get(argument), value)
            if why and not everything:
                yield Call(name, argument, label, "right", why)
                continue
            found, said = outcome(
                name, each, argument, value, right | {argument: (value,) if several else value}
            )
            yield Call(
                name, argument, label, "right" if why and found == "accepted" else found, said
            )
