"""The space of recursions, read off declared domains.

Tests draw from it and the refuter searches it. Values come from `Answers`: from Hypothesis, or from
a random generator that remembers what it answered.
"""

import dataclasses
import inspect
from collections.abc import Sequence
from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np

from ..domains import POSITIVE, REAL, AbstractDomain, Covariance, Integer, Real, Simplex
from ..families import (
    AbstractFamily,
    Categorical,
    DampedCategorical,
    MultivariateGaussian,
    MutatingCategorical,
    ProductOfMarginals,
    SmoothedCategorical,
)
from ..records import axes_of, concrete_subclasses, domains_of
from ..recursion import Recursion
from ..workflows import AbstractWorkflow
from .answers import Answers, Simplest
from .examples import example_truth

PARAMETER_DOMAINS = {
    "mean": REAL,
    "variance": POSITIVE,
    "scale": POSITIVE,
    "probabilities": Simplex(),
    "covariance": Covariance(),
}
SIZES = (1, 40)


class Configuration(NamedTuple):
    """A recursion with the arguments of `family.params` that made its truth."""

    recursion: Recursion
    arguments: dict[str, Any]


@singledispatch
def value_in(domain, source: Answers, name: str, shape: tuple[int, ...] = ()):
    """A value of a domain's typical region; register a function for a domain of your own."""
    raise ValueError(
        f"{name}: nothing is known about values of {type(domain).__name__}; "
        "register it with `value_in`"
    )


@value_in.register
def _(domain: Real, source, name, shape=()):
    low, high = np.clip(domain.typical, domain.low, domain.high)
    values = [source.real(_at(name, index), float(low), float(high)) for index in np.ndindex(shape)]
    return np.reshape(values, shape) if shape else values[0]


@value_in.register
def _(domain: Integer, source, name, shape=()):
    low, high = np.clip(domain.typical, domain.low, domain.high)
    values = [source.integer(_at(name, index), int(low), int(high)) for index in np.ndindex(shape)]
    return np.reshape(values, shape) if shape else values[0]


@value_in.register
def _(domain: Simplex, source, name, shape=()):
    parts = np.array([source.real(_at(name, (i,)), 0.1, 1.0) for i in range((shape or (5,))[-1])])
    return parts / parts.sum()


@value_in.register
def _(domain: Covariance, source, name, shape=()):
    d = (shape or (3,))[-1]
    bounds = {True: (0.5, 1.5), False: (-0.8, 0.8)}
    lower = np.array(
        [
            [source.real(_at(name, (i, j)), *bounds[i == j]) if j <= i else 0.0 for j in range(d)]
            for i in range(d)
        ]
    )
    return lower @ lower.T


def _at(name: str, index: tuple[int, ...]) -> str:
    return name + "".join(f"[{i}]" for i in index)


def stochastic_matrix(source: Answers, name: str, size: int) -> np.ndarray:
    """A causal matrix: row t is a probability vector over models 0…t."""
    matrix = np.ones((size, size)) * np.eye(size)
    for t in range(1, size):
        matrix[t, : t + 1] = value_in(Simplex(), source, f"{name}[{t}]", (t + 1,))
    return matrix


def record_of(kind: type, source: Answers, generations: int):
    """An instance of a record type; fields keep their defaults or are drawn from their domains.

    Raises:
        ValueError: a field has neither a domain nor a default.
    """
    domains, given = domains_of(kind), {}
    for each in dataclasses.fields(kind):
        name = f"{kind.__name__}.{each.name}"
        optional = (
            each.default is not dataclasses.MISSING
            or each.default_factory is not dataclasses.MISSING
        )
        if not each.init or (optional and source.choice(f"{name} kept", (True, False))):
            continue
        if each.name in domains:
            given[each.name] = _field(each, domains[each.name], source, name, generations)
        elif isinstance(each.default, bool):
            given[each.name] = not each.default
        elif not optional:
            raise ValueError(f"{name} has no default and declares no domain: use `field(domain)`")
    return kind(**given)


def _field(each, domain, source, name, generations):
    dims = tuple(dim for dim in axes_of(each.type) or () if dim != "...")
    if dims == ("generations", "generations"):
        return stochastic_matrix(source, name, generations)
    return value_in(
        domain, source, name, tuple(generations if dim == "generations" else 3 for dim in dims)
    )


@singledispatch
def truth_arguments(family, source: Answers) -> dict[str, Any]:
    """Arguments of `family.params`, each from its domain; register a function for your own family.

    The domain of an argument is the family's property `<argument>_domain`, or the usual one of that
    name.
    """
    return {
        name: value_in(_domain(family, name), source, f"truth.{name}")
        for name in _parameters(family)
    }


@truth_arguments.register
def _(family: Categorical, source):
    count = source.choice("truth.categories", (2, 5))
    return {"probabilities": value_in(Simplex(), source, "truth.probabilities", (count,))}


@truth_arguments.register
def _(family: ProductOfMarginals, source):
    shape = (2 * family.rows,)
    return {"probabilities": value_in(Simplex(), source, "truth.probabilities", shape)}


@truth_arguments.register(MutatingCategorical)
@truth_arguments.register(SmoothedCategorical)
@truth_arguments.register(DampedCategorical)
def _(family, source):
    fixed = getattr(family, "support" if isinstance(family, DampedCategorical) else "source")
    shape = () if fixed is None else np.shape(fixed)
    return {"probabilities": value_in(Simplex(), source, "truth.probabilities", shape)}


@truth_arguments.register
def _(family: MultivariateGaussian, source):
    d = source.choice("truth.dimensions", (2, 3))
    return {
        "mean": value_in(REAL, source, "truth.mean", (d,)),
        "covariance": value_in(Covariance(), source, "truth.covariance", (d,)),
    }


def _parameters(family) -> list[str]:
    if not callable(getattr(family, "params", None)):
        raise ValueError(
            f"{type(family).__name__} has no method params: register it with `truth_arguments`"
        )
    return list(inspect.signature(family.params).parameters)


def _domain(family, name: str) -> AbstractDomain:
    domain = getattr(family, f"{name}_domain", PARAMETER_DOMAINS.get(name))
    if domain is None:
        owner = type(family).__name__
        raise ValueError(
            f"{owner}.params takes {name!r} of unknown domain: "
            f"give {owner} a property {name}_domain"
        )
    return domain


def truth_of(family: AbstractFamily, source: Answers) -> tuple[Any, dict[str, Any]]:
    """A true model of the family and the arguments that made it.

    It is the example of the family if some argument has no domain.
    """
    try:
        arguments = truth_arguments(family, source)
    except ValueError as problem:
        try:
            return example_truth(family), {}
        except ValueError:
            raise problem from None
    return family.params(**arguments), arguments


def schedule_of(source: Answers, generations: int, least: int, name: str = "n") -> np.ndarray:
    """A sample size for every fit."""
    sizes = [
        source.integer(_at(name, (t,)), max(least, SIZES[0]), SIZES[1]) for t in range(generations)
    ]
    return np.asarray(sizes)


def recursion_by_answers(
    source: Answers,
    families: Sequence,
    workflows: Sequence,
    generations: int,
    schedules: bool = False,
) -> Configuration:
    """A recursion of one of the families under one of the workflows.

    Args:
        source: answers for every value.
        families: types, whose fields are drawn, or instances, which are taken as they are.
        workflows: likewise.
        generations: for how many fits; matrices and schedules have this length.
        schedules: whether n and fresh may change from fit to fit.
    """
    family = _instance(source.choice("family", families), source, generations)
    workflow = _instance(source.choice("workflow", workflows), source, generations)
    truth, arguments = truth_of(family, source)
    least = max(family.least_size(truth), SIZES[0])
    sizes: dict[str, Any] = {"n": _size(source, "n", generations, least, schedules)}
    needed = max(least, workflow.least_real(int(np.max(sizes["n"]))))
    if np.min(sizes["n"]) < needed or source.choice("real given", (False, True)):
        sizes["real"] = source.integer("real", needed, SIZES[1])
    if workflow.uses_fresh:
        sizes["fresh"] = _size(source, "fresh", generations, 1, schedules)
    return Configuration(Recursion(family, workflow, truth=truth, **sizes), arguments)


def _size(source, name, generations, least, schedules):
    if schedules and source.choice(f"{name} changes", (False, True)):
        return schedule_of(source, generations, least, name)
    return source.integer(name, least, SIZES[1])


def _instance(chosen, source, generations):
    return record_of(chosen, source, generations) if isinstance(chosen, type) else chosen


def families_below(base: type = AbstractFamily) -> list[type]:
    """Concrete families below a base whose truth can be drawn, your own included."""
    return [kind for kind in _concrete(base) if _drawable(kind)]


def workflows_below(base: type = AbstractWorkflow) -> list[type]:
    """Concrete workflows below a base that can be made from their declared domains."""
    return [kind for kind in _concrete(base) if _makeable(kind)]


def _concrete(base: type) -> list[type]:
    own = [] if inspect.isabstract(base) or base.__name__.startswith("Abstract") else [base]
    return own + concrete_subclasses(base)


def _makeable(kind: type) -> bool:
    try:
        record_of(kind, Simplest(), 2)
    except (ValueError, TypeError):
        return False
    return True


def _drawable(kind: type) -> bool:
    if not _makeable(kind):
        return False
    try:
        truth_of(record_of(kind, Simplest(), 2), Simplest())
    except (ValueError, TypeError):
        return False
    return True
