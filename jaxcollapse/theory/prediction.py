"""Prediction: the exact law that holds for a configuration, and its value for any symbols."""

import warnings
from dataclasses import replace

import numpy as np

from .._names import nearest
from ..arguments import check_is
from ..domains import Integer
from ..families import kebab
from ..metrics import Metric
from ..quantities.base import AbstractQuantity
from ..recursion import Recursion
from . import wings
from .conflicts import ConflictingLaws, conflicts
from .hypotheses import condition_of
from .kinds import Exact
from .law import Law
from .registry import laws_of
from .substitution import place_of, places_of, substituted


def predict(quantity: AbstractQuantity, recursion: Recursion, t=None, **values):
    r"""Predict a quantity of a recursion by its exact law, a closed form or a recurrence.

    Args:
        quantity: such as `jc.E(jc.variance)`.
        recursion: the configuration.
        t: generation or generations, non-negative integers; quantities without time take none.
        **values: numbers by the name of the symbol that they replace: `n`, `real` and `fresh`,
            scalar fields of the workflow, selection, decoding and family such as `weight` or
            `ddof`, and scalar parameters of the truth such as `variance`. They broadcast against
            each other and against t by the rules of NumPy, so that `n=[10, 20]` means two
            recursions, never a schedule.

    Returns:
        Float64, of the shape of t broadcast with the values.

    Raises:
        LookupError: no exact law is known; the message names the nearest laws, or the hypothesis
            that the sizes break.
        ConflictingLaws: a registered law contradicts a shipped one; the message names both.
        ValueError: the recursion has no such symbol, a value is out of range or breaks the
            hypotheses of every law, no law reaches so far, or shapes do not broadcast.

    Where several laws hold, the most specific one that has a value is used. A law of yours that
    speaks where a shipped one does is compared with it, and a warning says which one is used.

    Example:
        >>> import jaxcollapse as jc
        >>> family, truth = jc.Gaussian(ddof=0), jc.Gaussian.params(0.0, 1.0)
        >>> r = jc.Recursion(family, jc.Replace(), truth=truth, n=10)
        >>> jc.predict(jc.E(jc.variance), r, [0, 1, 2], n=[[10], [100]]).round(4)
        array([[1.    , 0.9   , 0.81  ],
               [1.    , 0.99  , 0.9801]])
    """
    t = _checked(quantity, recursion, t)
    if values:
        return _broadcast(quantity, recursion, t, values)
    known = exact_laws(quantity, recursion)
    return _value(_holding(quantity, recursion, known), recursion, t)


def _checked(quantity, recursion, t) -> np.ndarray | None:
    """Return the generations as an array; `ValueError` where an argument has the wrong type."""
    if isinstance(quantity, Metric):
        raise ValueError(
            f"quantity must say what of the metric over replicas, such as E({quantity}), "
            f"got the metric {quantity}"
        )
    check_is("quantity", quantity, AbstractQuantity)
    check_is("recursion", recursion, Recursion)
    if t is None:
        return None
    Integer(0).check("t", t)
    return np.asarray(t)


def _broadcast(quantity, recursion, t, values):
    """Evaluate once for every distinct combination of values, at all its generations."""
    places = {name: place_of(recursion, name) for name in values}
    arrays = {name: np.asarray(value) for name, value in values.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in "biuf":
            raise ValueError(
                f"{name} must be a number or an array of numbers, got {values[name]!r}"
            )
    times, *columns = _aligned(arrays if t is None else {"t": t, **arrays}, without_time=t is None)
    entries: dict[tuple, list[int]] = {}
    for index, combination in enumerate(
        zip(*(column.ravel().tolist() for column in columns), strict=True)
    ):
        entries.setdefault(combination, []).append(index)
    known, found = exact_laws(quantity, recursion), np.empty(times.size)
    for combination, index in entries.items():
        one = substituted(recursion, dict(zip(places.values(), combination, strict=True)))
        holding = _holding_at(quantity, one, dict(zip(places, combination, strict=True)), known)
        found[index] = _value(holding, one, None if t is None else times.ravel()[index])
    return found.reshape(times.shape)


def _aligned(arrays, without_time: bool) -> list[np.ndarray]:
    """Broadcast arrays to one shape, time first. Raises `ValueError` naming their shapes."""
    try:
        return list(np.broadcast_arrays(*([0] if without_time else []), *arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {np.shape(array)}" for name, array in arrays.items())
        raise ValueError(f"shapes must broadcast, got {shapes}") from None


def _holding_at(quantity, recursion, values, known) -> list[Law]:
    """Return the laws of one of many recursions.

    Raises:
        ValueError: the values break the hypotheses of the laws.
    """
    try:
        return _holding(quantity, recursion, known)
    except LookupError:
        if not (problem := _outside(recursion, known)):
            raise
        given = ", ".join(f"{name}={value}" for name, value in values.items())
        raise ValueError(f"no exact law of {quantity} at {given}; {problem}") from None


def exact_laws(quantity: AbstractQuantity, recursion: Recursion) -> list[Law]:
    """Return the exact laws of a quantity that may hold for recursions of this family."""
    return exact_laws_of(quantity, type(recursion.family))


def exact_laws_of(quantity: AbstractQuantity, family: type) -> list[Law]:
    """Return the exact laws of a quantity for a type of family, its bases included."""
    found = laws_of(family, quantity=quantity)
    return [
        each for each in found if isinstance(each.kind, Exact) and each.family and each.workflow
    ]


def exact_law(
    quantity: AbstractQuantity, recursion: Recursion, known: list[Law] | None = None
) -> Law:
    """Return the most specific exact law of a quantity of a recursion.

    Args:
        quantity: what is predicted.
        recursion: the configuration.
        known: the laws to choose from, all exact ones of the quantity unless given.

    Raises:
        LookupError: no law holds; the message names the broken hypothesis, or the nearest laws.
    """
    known = exact_laws(quantity, recursion) if known is None else known
    return _holding(quantity, recursion, known)[0]


def _holding(quantity, recursion, known: list[Law]) -> list[Law]:
    """Return the laws that hold, the most specific first, a shipped one before another.

    Raises:
        LookupError: no law holds.
    """
    if not (holding := laws_that_hold(recursion, known)):
        family, workflow = kebab(type(recursion.family)), kebab(type(recursion.workflow))
        hint = (
            _outside(recursion, known)
            or _nearby(recursion, known)
            or _conditions(recursion, known)
            or _alike(quantity, recursion)
        )
        raise LookupError(f"no exact law of {quantity} for {family} under {workflow}; {hint}")
    return holding


def laws_that_hold(recursion, known: list[Law]) -> list[Law]:
    """Return those of the known laws that hold for a recursion, the most specific first."""
    holding = [each for each in known if each.holds_for(recursion)]
    return sorted(holding, key=_specificity, reverse=True)


def _specificity(law: Law) -> tuple[int, int, bool]:
    return len(law.family.__mro__), len(law.workflow.__mro__), _is_shipped(law)


def _is_shipped(law: Law) -> bool:
    return wings.shipped(law.body.__module__)


def _value(holding: list[Law], recursion: Recursion, t):
    """Return the value of the first law that has one; the first one says why none has."""
    if not all(map(_is_shipped, holding)):
        _compare(holding, recursion, t)
    problems = []
    for each in holding:
        try:
            return each.of(recursion, t)
        except ValueError as problem:
            problems.append(problem)
    raise problems[0]


def _compare(holding: list[Law], recursion: Recursion, t):
    """Compare laws of the user with all others of the quantity, bounds included.

    Raises:
        ConflictingLaws: two of them contradict each other.
    """
    quantity = holding[0].quantity
    known = laws_of(type(recursion.family), quantity=quantity)
    found = [
        each
        for each in conflicts(recursion, t, known)
        if not (_is_shipped(each.first) and _is_shipped(each.second))
    ]
    if found:
        raise ConflictingLaws("; ".join(map(str, found)))
    used, *others = holding
    if others:
        names = ", ".join(each.name for each in others)
        warnings.warn(f"{used.name} is used for {quantity}, with which {names} agree", stacklevel=4)


def _nearby(recursion: Recursion, known: list[Law]) -> str:
    """The laws that hold once a number of the family or the workflow is 0 or 1; empty if none."""
    for name, (path, *_) in places_of(recursion).items():
        if path[0] not in ("family", "workflow"):
            continue
        for value in (0, 1):
            try:
                changed = substituted(recursion, {path: value})
            except ValueError:
                continue
            if names := [each.name for each in known if each.holds_for(changed)]:
                return f"with {name}={value} there is {names[0]}"
    return ""


def _conditions(recursion: Recursion, known: list[Law]) -> str:
    """What laws of the right types ask for beyond them, where they say it."""
    typed = [each for each in known if each.fits_types(recursion) and not each.when(recursion)]
    return "; ".join(
        f"{each.name} needs {condition_of(each)}" for each in typed if condition_of(each)
    )


def _alike(quantity: AbstractQuantity, recursion: Recursion) -> str:
    """The nearest laws of the same family by name; or that there are none."""
    family, workflow = type(recursion.family), kebab(type(recursion.workflow))
    same = [
        each.name for each in laws_of(family) if each.family and issubclass(family, each.family)
    ]
    if not same:
        return f"no law is about {kebab(family)}"
    return nearest(f"{kebab(family)}-{workflow}-{quantity.metric}", same)


def _outside(recursion: Recursion, known: list[Law]) -> str:
    """The hypotheses on symbols that laws of the right types break; empty where none does."""
    others = [recursion, *_of_other_sizes(recursion)]
    typed = [each for each in known if each.fits_types(recursion) and any(map(each.when, others))]
    problems = {each.name: each.unmet(recursion) for each in typed}
    return "; ".join(
        f"{name} assumes {problem}" for name, problem in problems.items() if problem is not None
    )


def _of_other_sizes(recursion: Recursion):
    """The recursion with few and with many observations, as far as it takes them."""
    for size in (1, 1 << 20):
        try:
            yield replace(recursion, n=np.full(np.shape(recursion.n), size))
        except ValueError:
            continue
