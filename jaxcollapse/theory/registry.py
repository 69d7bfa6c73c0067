"""The law registry: formulas become laws under a name, and are found by it or by their subject.

Laws live in the modules of the wings (gaussian/, means/, regression/, ...). A wing is imported when
one of its laws is asked for, so that one law does not cost the import of all of them.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING

from .._names import check_name, entry, known
from ..arguments import checked
from . import wings
from .kinds import Asymptotic, Bound, Exact, Identity, InDistribution, Kind
from .law import Law
from .notes import notes_of
from .subjects import Everything, Faithful, Subject, reading
from .variance_function import with_coefficients

if TYPE_CHECKING:
    from ..quantities.base import AbstractQuantity

EXACT = Exact()
_LAWS: dict[str, Law] = {}
# What declares the laws of a number, by the names of their metrics as regular expressions, such as
# `labeled-as-(\d+)`, and the laws of numbers that were asked for and are not listed.
_SERIES: dict[str, Callable[[int], object]] = {}
_UNLISTED: dict[str, Law] = {}
_declared_in = _LAWS


def _a_type(name: str, value) -> None:
    if not isinstance(value, type | Subject):
        raise ValueError(f"{name} must be a type, got {value!r}")


def _a_quantity(name: str, value) -> None:
    if not (isinstance(value, Subject) or hasattr(value, "of_values")):
        raise ValueError(f"{name} must be a quantity such as E(variance), got {value!r}")


@checked(
    name=str,
    family=_a_type,
    workflow=_a_type,
    quantity=_a_quantity,
    kind=(Exact, Bound, Asymptotic, InDistribution, Identity),
    selection=_a_type,
    decoding=_a_type,
    host=bool,
)
def law(
    name: str,
    family: type | None = None,
    workflow: type | None = None,
    quantity: AbstractQuantity | None = None,
    kind: Kind = EXACT,
    *,
    selection: type = Everything,
    decoding: type = Faithful,
    host: bool = False,
):
    """Register the decorated formula as a law; the decorators below it say what else is known.

    Args:
        name: `family-workflow-quantity` in kebab case, unique.
        family: the family, or an abstract base of several; None for a statement about symbols.
        workflow: the workflow, or `AbstractWorkflow` for all of them.
        quantity: what is predicted.
        kind: `Exact`, `Bound`, `Asymptotic`, `InDistribution` or `Identity`.
        selection: the selection of generated data that the law assumes.
        decoding: the decoding of models that the law assumes.
        host: whether it computes in NumPy or SciPy instead of `xp`, as recurrences do.

    Raises:
        ValueError: another module has registered a law of this name.

    Example:
        >>> import jaxcollapse as jc
        >>> @jc.law("example-mean", jc.Poisson, jc.Replace, jc.E(jc.mean))
        ... @jc.source("derived")
        ... @jc.rival("n - 1", n=lambda n: n - 1)
        ... def mean_of_replace(xp, mean, n, t):
        ...     return mean + 0.0 * t / n
        >>> float(jc.law_named("example-mean")(mean=2.0, n=10, t=5))
        2.0
    """

    def register(body):
        _refuse_taken(name, body.__module__)
        subject = (family, workflow, quantity, kind, with_coefficients(body))
        about = {"selection": selection, "decoding": decoding, "host": host, **notes_of(body)}
        _declared_in[name] = Law(name, *subject, **about)
        return body

    return register


def series(*metrics: str, listed):
    """Register the decorated function of a number, which declares the laws of that number.

    Those of the numbers `listed` are in `laws()`. Those of any other number are made when they are
    asked for, by their name or by their quantity.

    Args:
        metrics: names of metrics of the laws, with braces for the number: `labeled-as-{}`.
        listed: numbers whose laws are listed.
    """

    def register(declare: Callable[[int], object]):
        for metric in metrics:
            _SERIES[metric.replace("{}", r"(\d+)")] = declare
        for number in listed:
            declare(number)
        return declare

    return register


@cache
def _declare(metric: str, number: int) -> None:
    """Declare the laws of a number of a series, without listing them."""
    global _declared_in
    _declared_in = _UNLISTED
    try:
        with reading():
            _SERIES[metric](number)
    finally:
        _declared_in = _LAWS


def _declare_about(quantity) -> None:
    """Declare the laws of a quantity whose metric is one of a series."""
    name = str(getattr(quantity, "metric", ""))
    for metric in list(_SERIES):
        if (found := re.fullmatch(metric, name)) is not None:
            _declare(metric, int(found[1]))


def _declare_named(name: str) -> None:
    """Declare the laws of the numbers in a name; numbers of more than seven digits are none."""
    for number in re.findall(r"\d+", name):
        for metric in list(_SERIES) if len(number) < 8 else ():
            _declare(metric, int(number))


def _refuse_taken(name: str, module: str):
    """Raise `ValueError` where a law of this name belongs to another module, loaded or not."""
    if not wings.shipped(module):
        _load(wings.declaring(name))
    if name in _LAWS and _LAWS[name].body.__module__ != module:
        raise ValueError(f"law {name!r} is already registered in {_LAWS[name].body.__module__}")


def laws(**about) -> list[Law]:
    """Return every registered law, or those with these attributes: `laws(family=jc.Gaussian)`.

    Raises:
        ValueError: an attribute that laws do not have.
    """
    for name in about:
        known(name, [each.name for each in fields(Law)], "attribute of laws")
    _load(wings.modules())
    return _matching(about)


def laws_of(family: type, **about) -> list[Law]:
    """Return the laws of a family, of its bases included, without loading the other wings.

    Laws of other families that happen to be loaded are among them.
    """
    _load(wings.about({base.__name__ for base in family.__mro__}))
    return _matching(about)


def law_named(name: str) -> Law:
    """Return the law of a name.

    Raises:
        ValueError: no law has this name; the message offers the nearest names.
    """
    check_name(name, "law")
    if name not in _LAWS:
        _load(wings.declaring(name))
    if name not in _LAWS:
        _load(wings.modules())
    if name not in _LAWS:
        _declare_named(name)
    return _UNLISTED[name] if name in _UNLISTED else entry(name, _LAWS, "law")


def _load(modules):
    with reading():
        for module in modules:
            importlib.import_module(module)


def _matching(about) -> list[Law]:
    known = _LAWS
    if "quantity" in about:
        _declare_about(about["quantity"])
        known = {**_UNLISTED, **_LAWS}
    found = sorted(known.values(), key=lambda each: each.name)
    return [each for each in found if all(getattr(each, k) == v for k, v in about.items())]
