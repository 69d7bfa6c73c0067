"""Axes of a sweep: the fields that vary, alone or together, and what they are along the axis."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..arguments import check_numbers, checked
from ..domains import Integer, Real
from ..families import kebab
from ..records import Record

NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)
SEED = "seed"


@dataclasses.dataclass(frozen=True)
class Share:
    """Sizes as shares of another field: `share_of("n", [0.1, 0.5])` is 0.1 n and 0.5 n."""

    values: tuple[float, ...]
    of: str

    def __post_init__(self):
        if not self.values:
            raise ValueError("share_of must have at least one value, got none")
        Real(0.0, typical=(0, 1)).check("share_of.values", np.asarray(self.values))


@checked(field=str, values=check_numbers)
def share_of(field: str, values: Iterable[float]) -> Share:
    """Shares of a size, rounded to whole numbers, such as fresh real data per generated one.

    Example:
        >>> share_of("n", [0.1, 0.5])
        Share(values=(0.1, 0.5), of='n')
    """
    return Share(tuple(float(each) for each in values), field)


@checked(whole=bool)
def log_range(low: float, high: float, count: int, *, whole: bool = False) -> list:
    """Numbers at equal ratios from `low` to `high`, both included.

    Args:
        low, high: the ends, positive.
        count: how many, at least 2.
        whole: round to integers.

    Raises:
        ValueError: an end that is not positive, or fewer than two numbers.

    Example:
        >>> log_range(10, 1000, 3, whole=True)
        [10, 100, 1000]
    """
    Real(0.0, closed=(False, True)).check_one("log.low", low)
    Real(low, closed=(False, True)).check_one("log.high", high)
    Integer(2, 10**6).check_one("log.count", count)
    found = np.geomspace(low, high, count)
    if whole:
        return [int(each) for each in np.unique(np.rint(found))]
    return [float(low), *map(float, found[1:-1]), float(high)]


@dataclasses.dataclass(frozen=True)
class Axis:
    """One dimension of a sweep.

    Args:
        name: the dimension.
        fields: dotted names of the fields of the recursion that vary along it.
        points: for every place on the axis one value per field.
        labels: the coordinate of every place; made from the points unless given.

    Raises:
        ValueError: an axis without fields or places, fields of different lengths, or two places
            with one label.
    """

    name: str
    fields: tuple[str, ...]
    points: tuple[tuple, ...]
    labels: tuple = ()

    def __post_init__(self):
        if not self.fields or not self.points:
            raise ValueError(f"axis {self.name!r} must have at least one value, got none")
        if not self.labels:
            object.__setattr__(self, "labels", tuple(self._label(each) for each in self.points))
        seen: set = set()
        for label in self.labels:
            if label in seen:
                raise ValueError(
                    f"axis {self.name!r} must hold every value once, got {label} twice"
                )
            seen.add(label)

    def __len__(self):
        return len(self.points)

    @classmethod
    def of(cls, name: str, values) -> "Axis":
        """An axis from the values of one field, or from several fields that vary together.

        Args:
            name: the dimension; also the field, where there is one.
            values: a list, a `Share`, or a mapping from fields to lists of equal length.
        """
        if isinstance(values, Axis):
            return dataclasses.replace(values, name=name)
        if not isinstance(values, Mapping):
            values = {name: values}
        columns = {field: _column(name, field, each) for field, each in values.items()}
        lengths = {field: len(each) for field, each in columns.items()}
        if len(set(lengths.values())) > 1:
            listed = ", ".join(f"{field} {length}" for field, length in lengths.items())
            raise ValueError(f"fields of axis {name!r} must be equally long, got {listed}")
        return cls(name, tuple(columns), tuple(zip(*columns.values(), strict=True)))

    @staticmethod
    def _label(point: tuple):
        first = point[0].value if isinstance(point[0], ShareOf) else point[0]
        if len(point) == 1 and isinstance(first, NUMBERS):
            return first
        return ", ".join(map(labelled, point))

    @property
    def coordinate(self) -> np.ndarray:
        """The labels as an array."""
        if all(isinstance(each, NUMBERS) for each in self.labels):
            return np.asarray(self.labels)
        return np.asarray([str(each) for each in self.labels], dtype=object)


@dataclasses.dataclass(frozen=True)
class ShareOf:
    """One share of a size."""

    value: float
    of: str


def _column(name: str, field: str, values) -> list:
    if isinstance(values, Share):
        return [ShareOf(each, values.of) for each in values.values]
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ValueError(f"axis {name!r} must list the values of {field}, got {values!r}")
    listed = [each.item() if isinstance(each, np.generic) else each for each in values]
    numbers = all(isinstance(each, NUMBERS) for each in listed)
    if numbers and any(isinstance(each, float) for each in listed):
        # One type for the whole axis, so that its cells share a program.
        return [float(each) for each in listed]
    return listed


def labelled(value: Any) -> str:
    """What a value is called on an axis: a number, a text, or a record as a flag writes it.

    Example:
        >>> import jaxcollapse as jc
        >>> labelled(jc.Discount(0.25)), labelled(jc.Replace()), labelled(ShareOf(0.5, "n"))
        ('discount:rate=0.25', 'replace', '0.5 n')
    """
    if isinstance(value, ShareOf):
        return f"{value.value:g} {value.of}"
    if isinstance(value, Record):
        fields = dataclasses.fields(value)
        given = {f.name: getattr(value, f.name) for f in fields if not _usual(f, value)}
        inner = ";".join(f"{name}={labelled(each)}" for name, each in given.items())
        return kebab(type(value)) + (f":{inner}" if inner else "")
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, np.ndarray | list | tuple):
        return ",".join(labelled(each) for each in np.asarray(value).ravel()[:4].tolist()) + (
            ",…" if np.size(value) > 4 else ""
        )
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _usual(field, record) -> bool:
    """Whether a field has its default."""
    value = getattr(record, field.name)
    if field.default is dataclasses.MISSING:
        return False
    if isinstance(value, np.ndarray | float | int | bool) and field.default is not None:
        return bool(np.array_equal(value, field.default))
    return value is field.default or (
        type(value) is type(field.default) and not isinstance(value, np.ndarray)
    )
