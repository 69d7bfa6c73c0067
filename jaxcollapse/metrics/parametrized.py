"""Metrics with parameters: the pattern of their names is declared once, to write and to read them.

`@parametrized("share-{category}", category=Integer(0))` names the metric of category 3 `share-3`,
and lets `metric_named("share-3")` find it in a process that has never made it.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from .._names import check_name, import_below, unknown
from ..domains import SAMPLE_SIZE, AbstractDomain, Integer
from .base import REGISTRY, Metric, exactly, list_metrics

NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
STEP = re.compile(rf"\s*([<>^])\s*([-+]?{NUMBER})\s*")
SIZE = 256  # observations that a metric on samples draws, unless its name says otherwise

P = ParamSpec("P")
PATTERNS: dict[str, "Pattern"] = {}


@dataclass(frozen=True)
class Pattern:
    """A pattern of names such as `share-{category}`, and the function that makes their metrics."""

    text: str
    domains: dict[str, AbstractDomain]
    make: Callable[..., Metric]
    sized: bool

    @property
    def shown(self) -> str:
        """The pattern as messages write it: `share-CATEGORY`."""
        return re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), self.text)

    def name(self, values: dict[str, Any]) -> str:
        """The name of the metric with these values."""
        return self.text.format(
            **{
                each: int(values[each]) if isinstance(domain, Integer) else exactly(values[each])
                for each, domain in self.domains.items()
            }
        )

    def read(self, name: str) -> Metric | None:
        """The metric that a name of this pattern stands for; None for other names."""
        body = re.sub(r"\{(\w+)\}", lambda each: f"(?P<{each[1]}>{NUMBER})", self.text)
        # Metrics on samples end in the number of samples, unless it is the usual one.
        found = re.fullmatch(body + (r"(?:-(?P<size>\d+))?" if self.sized else ""), name)
        if found is None:
            return None
        values = {each: _number(found[each]) for each in self.domains}
        size = {"size": int(found["size"] or SIZE)} if self.sized else {}
        return self.make(**values, **size)


def _number(text: str) -> float:
    return int(text) if text.isdigit() else float(text)


def parametrized(pattern: str, **domains: AbstractDomain):
    """Decorator of a function `(name, *parameters) -> Metric`: one metric for every value.

    Args:
        pattern: names of the metrics, with every parameter in braces.
        domains: range of each parameter.

    Raises:
        ValueError: when the decorated function is called with a parameter out of its range.
    """

    def register(body: Callable[Concatenate[str, P], Metric]) -> Callable[P, Metric]:
        _, *parameters = inspect.signature(body).parameters.values()
        signature = inspect.signature(body).replace(parameters=parameters)
        made: dict[tuple, Metric] = {}

        @wraps(body)
        def make(*args: P.args, **kwargs: P.kwargs) -> Metric:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            for each, domain in domains.items():
                domain.check_one(each, bound.arguments[each])
            for each in bound.arguments.keys() - domains.keys():
                SAMPLE_SIZE.check_one(each, bound.arguments[each])
            key = tuple(map(float, bound.arguments.values()))
            if key not in made:
                made[key] = body(kind.name(bound.arguments), *args, **kwargs)
            return made[key]

        make.__signature__ = signature  # pyright: ignore[reportAttributeAccessIssue]
        kind = PATTERNS[pattern] = Pattern(pattern, domains, make, "size" in signature.parameters)
        return make

    return register


def metric_named(text: str) -> Metric:
    """The metric of a name: of a list, with parameters, a power or an event.

    Args:
        text: such as `w2`, `tail-mass-0.01`, `variance^2` or `w2>1.0`.

    Raises:
        ValueError: no metric has this name, or a parameter is out of its range.

    Example:
        >>> import jaxcollapse as jc
        >>> jc.metric_named("tail-mass-0.01") == jc.tail_mass(0.01)
        True
        >>> jc.metric_named("variance^2 > 1.5").name
        'variance^2>1.5'
        >>> jc.metric_named("varience")
        Traceback (most recent call last):
        ValueError: metric 'varience' is unknown; did you mean variance, ...
    """
    check_name(text, "metric")
    form = re.fullmatch(rf"\s*([^\s<>^]+)\s*((?:{STEP.pattern})*)", text)
    if form is None:
        raise ValueError(f"metric must look like w2, tail-mass-0.01 or w2>1.0, got {text!r}")
    found = _plain(form[1])
    for sign, number in STEP.findall(form[2]):
        value = float(number)
        found = found**value if sign == "^" else found > value if sign == ">" else found < value
    return found


def _plain(name: str) -> Metric:
    for load in (lambda: None, lambda: import_below("jaxcollapse.metrics"), list_metrics):
        load()
        for spelled in (name, name.replace("_", "-")):
            if spelled in REGISTRY:
                return REGISTRY[spelled]
            for pattern in PATTERNS.values():
                if (made := pattern.read(spelled)) is not None:
                    return made
    raise unknown(name, [*REGISTRY, *(each.shown for each in PATTERNS.values())], "metric")
