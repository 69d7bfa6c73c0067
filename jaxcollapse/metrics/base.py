"""A metric is a function `(family, params, truth) -> scalar`, by family, registered by its name."""

import math
import operator
import reprlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import singledispatch
from typing import Any

import jax
import jax.numpy as jnp

from .._names import import_below
from ..arguments import check_callable, check_is, checked
from ..domains import Integer
from ..families import AbstractFamily
from ..families.base import truth_type
from ..families.frames import Frame
from .units import Unit

REGISTRY: dict[str, "Metric"] = {}
LANES = Integer(1, 2**20)


@dataclass(frozen=True)
class Metric:
    """A named functional of a model and the truth; `metric.of(Family)` registers a formula.

    Metrics are equal if their names and formulas are equal, so that a program compiled for one
    never evaluates another. A power or an event has the formula of its metric. A model of NaN, as
    after a fit that diverged, has no value (NaN), also where the formula `compares` numbers. An
    `event` has the values 0 and 1.
    """

    name: str
    summary: str
    formulas: Callable = field(repr=False)
    lanes: int | None = None
    unit: Unit | None = None
    compares: bool = False
    event: bool = False

    def __post_init__(self):
        check_is("Metric.name", self.name, str)
        check_is("Metric.summary", self.summary, str)
        check_callable("Metric.formulas", self.formulas)
        check_is("Metric.unit", self.unit, Unit, type(None))
        check_is("Metric.compares", self.compares, bool)
        check_is("Metric.event", self.event, bool)
        if self.lanes is not None:
            LANES.check_one("Metric.lanes", self.lanes)

    def __call__(self, family: AbstractFamily, params, truth):
        """Evaluate for one model; a formula that does not ask for the truth takes None for it.

        Raises:
            ValueError: a family, a model or a truth that is none.
        """
        check_is("family", family, AbstractFamily)
        check_model("params", params, family)
        if truth is not None:
            check_model("truth", truth, family)
        try:
            value = self.formulas(family, params, truth)
        except AttributeError:
            check_model("truth", truth, family)
            raise
        return jnp.where(family.is_defined(params), value, jnp.nan) if self.compares else value

    def of(self, *families: type):
        """Decorator: the formula of this metric for one family or several."""

        def register(formula):
            for family in families:
                self.formulas.register(family, formula)
            return formula

        return register

    def applies_to(self, family: type) -> bool:
        """Whether a formula is known for this type of family."""
        return self.formulas.dispatch(family) is not self.formulas.dispatch(object)

    def fixed_for(self, family: AbstractFamily) -> "Metric":
        """The metric with its present formula for a family, whatever is registered later."""
        if isinstance(self.formulas, Derived):
            return replace(
                self, formulas=replace(self.formulas, metric=self.formulas.metric.fixed_for(family))
            )
        dispatch = getattr(self.formulas, "dispatch", None)
        return self if dispatch is None else replace(self, formulas=dispatch(type(family)))

    def in_frame(self, frame: Frame) -> tuple["Metric", float, float]:
        """The metric of models that are seen from a frame, and a and b of its value $a+bv$.

        A metric that does not say its unit is computed from the models put back in theirs.
        """
        if isinstance(self.formulas, Derived):
            return _derived_in_frame(self, self.formulas, frame)
        if self.unit is None or not self.unit.knows(frame):
            return replace(self, formulas=PutBack(self.formulas, frame)), 0.0, 1.0
        return self, *self.unit.shift_and_factor(frame)

    def __gt__(self, threshold: float) -> "Metric":
        """The event that the metric exceeds a threshold, itself a metric with values 0 and 1."""
        return self._event(">", threshold, _exceeds)

    def __lt__(self, threshold: float) -> "Metric":
        """The event that the metric lies below a threshold."""
        return self._event("<", threshold, _lies_below)

    def __pow__(self, power: float) -> "Metric":
        """A power of the metric, itself a metric: `E(variance**2)` is a fourth moment."""
        formula = Derived(self, operator.pow, power)
        return Metric(
            f"{self.name}^{exactly(power)}",
            f"({self.summary}) to the power {power:g}",
            formula,
            self.lanes,
        )

    def _event(self, sign, threshold, compare):
        formula = Derived(self, compare, threshold)
        return Metric(
            f"{self.name}{sign}{exactly(threshold)}",
            f"whether {self.name} {sign} {threshold:g}",
            formula,
            self.lanes,
            event=True,
        )

    def __str__(self):
        return self.name


@dataclass(frozen=True)
class Derived:
    """The formula of a function of a metric and a number."""

    metric: Metric
    function: Callable
    number: float

    def __call__(self, family, params, truth):
        return self.function(self.metric(family, params, truth), self.number)


@dataclass(frozen=True)
class PutBack:
    """The formula of a metric for models that are seen from a frame, in the unit of the data."""

    formulas: Callable
    frame: Frame

    def __call__(self, family, params, truth):
        back = self.frame.inverse
        params, truth = (
            model.seen_from(back) if hasattr(model, "seen_from") else model
            for model in (params, truth)
        )
        return self.formulas(family.in_frame(back), params, truth)


@dataclass(frozen=True)
class Shifted:
    """The formula of a metric plus a number."""

    formulas: Callable
    shift: float

    def __call__(self, family, params, truth):
        return self.formulas(family, params, truth) + self.shift


def _derived_in_frame(whole: Metric, formula: Derived, frame) -> tuple[Metric, float, float]:
    """A power or an event of $a+bv$, as one of v."""
    metric, shift, factor = formula.metric.in_frame(frame)
    if formula.function is not operator.pow:
        threshold = (formula.number - shift) / factor if factor else math.inf
        return replace(whole, formulas=replace(formula, metric=metric, number=threshold)), 0.0, 1.0
    if shift:
        metric = replace(metric, formulas=Shifted(metric.formulas, shift / factor))
    try:
        # The sum a/b + v is raised in single precision, whose range ends at 3.4e38.
        in_range = abs(shift / factor if factor else math.inf) ** formula.number < 1e37
        factor = factor**formula.number if in_range else math.inf
    except (OverflowError, ZeroDivisionError):
        factor = math.inf
    return replace(whole, formulas=replace(formula, metric=metric)), 0.0, factor


def check_model(name: str, model, family: AbstractFamily) -> None:
    """Raise a `ValueError` unless the value is a model of a family: numbers, in its record."""
    leaves = jax.tree.leaves(model)
    numbers = bool(leaves) and all(hasattr(leaf, "shape") or _is_number(leaf) for leaf in leaves)
    if not numbers or not isinstance(model, (truth_type(type(family)) or object, *family.forms)):
        owner = type(family).__name__
        raise ValueError(f"{name} must be a model of {owner}, got {reprlib.repr(model)}")


def _is_number(leaf) -> bool:
    return isinstance(leaf, int | float) and not isinstance(leaf, bool)


def _exceeds(value, threshold):
    return _event(jnp.greater(value, threshold), value)


def _lies_below(value, threshold):
    return _event(jnp.less(value, threshold), value)


def _event(happened, value):
    """One or zero; NaN where there is no value to compare."""
    return jnp.where(jnp.isnan(value), jnp.nan, happened.astype(jnp.result_type(float)))


def exactly(number: float) -> str:
    """The shortest text that determines a number: metrics are identified by their names.

    Example:
        >>> exactly(0.5), exactly(1e-9), exactly(0.123456789)
        ('0.5', '1e-09', '0.123456789')
    """
    short = f"{number:g}"
    return short if float(short) == number else repr(float(number))


@checked(name=str, summary=str, lanes=LANES)
def metric(name: str, summary: str, lanes: int | None = None, **about: Any) -> Metric:
    """Make and register a metric with no formulas yet.

    `lanes` bounds the number of replicas that evaluate it side by side. `about` is `unit`, how its
    value depends on origin and unit of the data, `compares`, whether its formulas have a value even
    for a model of NaN, and `event`, whether its values are 0 and 1.
    """
    REGISTRY[name] = unlisted(name, summary, lanes, **about)
    return REGISTRY[name]


def unlisted(name: str, summary: str, lanes: int | None = None, **about: Any) -> Metric:
    """Make a metric without registering it."""

    @singledispatch
    def formulas(family: Any, params, truth):
        raise ValueError(f"metric {name!r} is not defined for {type(family).__name__}")

    return Metric(name, summary, formulas, lanes, **about)


def list_metrics() -> dict[str, Metric]:
    """Every metric by name, nets included; those with parameters are made by `metric_named`."""
    # Nets define metrics and need flax: they are imported here, so that no list depends on whether
    # somebody imported them before, and `import jaxcollapse` stays light.
    for package in ("jaxcollapse.metrics", "jaxcollapse.nets"):
        import_below(package)
    return dict(REGISTRY)


def inherit(heir: type, family: type) -> None:
    """Register every formula of `family` for `heir`, a family of the same laws."""
    for each in REGISTRY.values():
        if each.applies_to(family):
            each.of(heir)(each.formulas.dispatch(family))
