"""Cells of a sweep: the recursion at every place of the grid."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .._names import unknown
from ..recursion import PARTS, Recursion
from ..theory.substitution import places_of, substituted
from .axes import SEED, Axis, ShareOf

# One place on every axis; 0 on an axis of seeds.
Point = tuple[int, ...]
FIELDS = (*(each.name for each in dataclasses.fields(Recursion)), SEED)


def check_fields(base: Recursion, axes: Sequence[Axis]) -> None:
    """Check that axes name different dimensions and different fields that there are.

    Raises:
        ValueError: an unknown field with the nearest names, or two axes over one field.
    """
    owner: dict[str, str] = {}
    names: set[str] = set()
    for axis in axes:
        if axis.name in names:
            raise ValueError(f"axes must have different names, got {axis.name!r} twice")
        names.add(axis.name)
        for field in axis.fields:
            _check_field(base, axis, field)
            if field in owner:
                raise ValueError(
                    f"field {field!r} must lie on one axis, got {owner[field]!r} and {axis.name!r}"
                )
            owner[field] = axis.name


def _check_field(base, axis: Axis, field: str) -> None:
    first, *rest = field.split(".")
    nested = first in (*PARTS, "truth")
    if first in FIELDS and (nested or not rest):
        return
    places = (".".join(path) for path in places_of(base).values() for path in path)
    what = "field" if axis.name == field else f"field of axis {axis.name!r}"
    raise unknown(field, dict.fromkeys((*FIELDS, *places)), what)


def recursion_at(base: Recursion, values: Mapping[str, Any]) -> Recursion:
    """The base with other values of its fields, checked as any recursion is.

    Raises:
        ValueError: a value that a field cannot take, or a field that the record does not have.
    """
    whole = {name: _plain(each) for name, each in values.items() if "." not in name}
    whole.pop(SEED, None)
    shares = {name: each for name, each in whole.items() if isinstance(each, ShareOf)}
    parts = {name: each for name, each in whole.items() if name not in shares}
    nested = {tuple(name.split(".")): _plain(each) for name, each in values.items() if "." in name}
    for name, share in shares.items():
        size = parts[share.of] if share.of in parts else getattr(base, share.of)
        sizes = np.rint(share.value * np.asarray(size)).astype(int)
        parts[name] = sizes if sizes.ndim else int(sizes)
    made = dataclasses.replace(base, **parts) if parts else base
    if not nested:
        return made
    for path in nested:
        _check_path(made, path)
    return substituted(made, nested)


def _check_path(recursion: Recursion, path: tuple[str, ...]) -> None:
    owner, steps = recursion, list(path)
    if steps[0] == "truth":
        known = [
            each[-1]
            for paths in places_of(recursion).values()
            for each in paths
            if each[0] == "truth"
        ]
        if path[-1] not in known:
            raise unknown(".".join(path), [f"truth.{each}" for each in known], "field")
        return
    for i, step in enumerate(steps):
        names = [each.name for each in dataclasses.fields(owner)]
        if step not in names:
            kind = type(owner).__name__
            full = [".".join((*steps[:i], each)) for each in names]
            raise unknown(".".join(path), full or ["none"], f"field of {kind}")
        owner = getattr(owner, step)


def _plain(value):
    return np.asarray(value) if isinstance(value, list) else value


@dataclasses.dataclass(frozen=True)
class Cell:
    """One place of the grid: its number in row-major order, its labels and its recursion.

    Cells of one `point` differ in their seed alone: they have the same recursion.
    """

    number: int
    labels: dict[str, Any]
    recursion: Recursion
    seed: Any
    point: Point

    def __str__(self):
        return ", ".join(f"{name}={label}" for name, label in self.labels.items()) or "cell"


def cell_at(axes: Sequence[Axis], number: int, recursion_of: Callable[[Point], Recursion]) -> Cell:
    """Make the cell of a number, whose recursion is that of its point.

    Raises:
        ValueError: a value that a field cannot take; the message names the cell.
    """
    index = tuple(map(int, np.unravel_index(number, tuple(map(len, axes))))) if axes else ()
    labels: dict[str, Any] = {}
    seed = None
    for axis, place in zip(axes, index, strict=True):
        labels[axis.name] = axis.labels[place]
        if SEED in axis.fields:
            seed = axis.points[place][axis.fields.index(SEED)]
    pairs = zip(axes, index, strict=True)
    point = tuple(0 if axis.fields == (SEED,) else place for axis, place in pairs)
    try:
        recursion = recursion_of(point)
    except (ValueError, TypeError) as error:
        where = ", ".join(f"{name}={label}" for name, label in labels.items())
        raise ValueError(f"cell {where}: {error}") from error
    return Cell(number, labels, recursion, seed, point)


def values_at(axes: Sequence[Axis], point: Point) -> dict[str, Any]:
    """The values of the fields at a point."""
    found: dict[str, Any] = {}
    for axis, place in zip(axes, point, strict=True):
        found.update(zip(axis.fields, axis.points[place], strict=True))
    return found


def in_runs(numbers: Iterable[int], size: int) -> list[tuple[int, ...]]:
    """Cut numbers into groups of at most `size`, in their order."""
    listed = list(numbers)
    return [tuple(listed[first : first + size]) for first in range(0, len(listed), size)]
