"""The sweep: a grid of recursions, and what is estimated in every cell."""

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import Any, Literal

import jax
import numpy as np

from .._keys import RANDOMNESS, check_key
from .._names import known
from ..arguments import check_all, check_is
from ..content import canonical, fingerprint, rebuilt, recorded
from ..domains import Integer, Real
from ..engine.plan import GENERATIONS, checked_stops
from ..numerics.precision import is_double
from ..quantities.base import AbstractMomentQuantity, AbstractQuantity, Histogram
from ..quantities.names import quantity_named
from ..recursion import Recursion
from .axes import Axis, ShareOf
from .cells import Cell, Point, cell_at, check_fields, recursion_at, values_at

MODELS = ("none", "final", "all")
# Points whose recursion and plan are remembered: so many small ones, fewer where they are large,
# so that memory does not grow with cells.
RECENT = 1 << 12
RECENT_BYTES = 1 << 26


@dataclasses.dataclass(frozen=True)
class Precision:
    """Replicas are added to a cell until the standard error of a quantity is small enough.

    Args:
        quantity: the text of the quantity, such as "E(variance)".
        error: the standard error that is wanted at every recorded generation, positive.
        most: replicas of a cell after which it is left as it is.
    """

    quantity: str
    error: float
    most: int = 1 << 20

    def __post_init__(self):
        check_is("precision.quantity", self.quantity, str)
        Real(0.0, closed=(False, True)).check_one("precision.error", self.error)
        Integer(1).check_one("precision.most", self.most)


@dataclasses.dataclass(frozen=True)
class Sweep:
    """A grid of recursions, and what is estimated in every cell.

    Args:
        key: the base key; a cell's own key is folded from it and the content of the cell.
        recursion: what all cells share.
        axes: the dimensions of the grid; a mapping is made into axes by `Axis.of`.
        generations: number of fits.
        replicas: replicas of every cell, of the first look where a precision is given.
        quantities: what is estimated, or their texts.
        at: generations to record; all of them unless given.
        models: parameters of every replica to keep: "none", "final" or "all" recorded ones.
        carrier: as in `simulate`.
        common: whether cells share their random numbers.
        precision: a target for the standard error, if any.
        theory: whether exact laws are evaluated beside the estimates.

    Raises:
        ValueError: an unknown field, an empty axis, two axes over one field, or what `simulate`
            and `estimate` refuse.
    """

    key: Any
    recursion: Recursion
    axes: tuple[Axis, ...]
    generations: int
    replicas: int
    quantities: tuple[AbstractQuantity, ...] = ()
    at: tuple[int, ...] | None = None
    models: Literal["none", "final", "all"] = "none"
    carrier: str = "auto"
    common: bool = False
    precision: Precision | None = None
    theory: bool = True

    def __post_init__(self):
        check_key(self.key)
        check_is("recursion", self.recursion, Recursion)
        check_is("precision", self.precision, Precision, type(None))
        if not isinstance(self.axes, Mapping):
            check_all("axes", self.axes, Axis)
        check_is("carrier", self.carrier, str)
        check_is("common", self.common, bool)
        check_is("theory", self.theory, bool)
        GENERATIONS.check_one("generations", self.generations)
        axes = self.axes
        if isinstance(axes, Mapping):
            axes = tuple(Axis.of(name, values) for name, values in axes.items())
        asked = self.quantities if isinstance(self.quantities, list | tuple) else [self.quantities]
        quantities = tuple(quantity_named(q) if isinstance(q, str) else q for q in asked)
        at = None if self.at is None else tuple(checked_stops(self.at, self.generations).tolist())
        for name, value in {"axes": axes, "quantities": quantities, "at": at}.items():
            object.__setattr__(self, name, value)
        check_fields(self.recursion, axes)
        Integer(1).check_one("replicas", self.replicas)
        known(self.models, MODELS, "models")
        self._check_quantities()

    def _check_quantities(self):
        for each in self.quantities:
            if not isinstance(each, AbstractQuantity):
                raise ValueError(f"quantities must be such as E(variance), got {each!r}")
        if not self.quantities and self.models == "none":
            raise ValueError("a sweep must have quantities or keep models, got neither")
        names = list(map(str, self.quantities))
        if len(set(names)) < len(names):
            raise ValueError(f"quantities must be different, got {', '.join(names)}")
        if self.precision is None:
            return
        known(self.precision.quantity, names, "quantity of precision")
        if not self.mergeable:
            raise ValueError(
                "precision must stand with E, Var, P, Rate and Histogram alone, "
                f"got {', '.join(names)} and models={self.models!r}"
            )

    @property
    def mergeable(self) -> bool:
        """Whether replicas can be added to a finished cell."""
        summed = all(isinstance(q, AbstractMomentQuantity | Histogram) for q in self.quantities)
        return summed and self.models == "none"

    @property
    def shape(self) -> tuple[int, ...]:
        """Cells along every axis."""
        return tuple(map(len, self.axes))

    @property
    def size(self) -> int:
        """Number of cells."""
        return int(np.prod(self.shape, dtype=np.int64))

    @cached_property
    def times(self) -> np.ndarray:
        """The generations on record, the truth among them."""
        stops = range(1, self.generations + 1) if self.at is None else self.at
        return np.array([0, *stops])

    def cell(self, number: int) -> Cell:
        """The cell of a number in row-major order."""
        return cell_at(self.axes, number, self.recursion_of)

    def recursion_of(self, point: Point) -> Recursion:
        """The recursion of a point."""
        return self.recent(_recursion_at, point)

    @cached_property
    def recent(self) -> Callable[..., Any]:
        """`recent(make, point, ...)` is `make(sweep, point, ...)`, remembered for recent points."""
        size = sum(np.asarray(leaf).nbytes for leaf in jax.tree.leaves(self.recursion))
        most = max(1, min(RECENT, RECENT_BYTES // max(size, 1)))
        return lru_cache(most)(lambda make, *about: make(self, *about))

    def identity(self, cell: Cell) -> bytes:
        """The SHA-256 of a cell: its content, the base key and the law of randomness."""
        content = self.recent(_content_at, cell.point)
        about = {"recursion": content, "carrier": self.carrier}
        return self._hashed(about | {"seed": cell.seed, "common": self.common})

    def words(self, cell: Cell, identity: bytes) -> np.ndarray:
        """The words that are folded into the base key to make the key of a cell."""
        if self.common:
            identity = self._hashed({"seed": cell.seed})
        return np.frombuffer(identity, ">u4")[:4].astype(np.uint32)

    def _hashed(self, about: dict) -> bytes:
        text = canonical(about | {"randomness": RANDOMNESS, "key": self._key_record})
        return hashlib.sha256(text.encode()).digest()

    @cached_property
    def _key_record(self):
        return recorded(self.key)

    @cached_property
    def protocol(self) -> str:
        """A digest of what is recorded of a cell: equal where results can stand side by side."""
        about = {name: self.record()[name] for name in ("generations", "at", "models", "theory")}
        about |= {"quantities": list(map(str, self.quantities)), "double": is_double()}
        return hashlib.sha256(canonical(about).encode()).hexdigest()

    def record(self) -> dict[str, Any]:
        """The sweep as plain data that JSON can hold, from which `from_record` makes it again.

        Raises:
            ValueError: a part that has no content of its own, such as a function.
        """
        return {
            "randomness": RANDOMNESS,
            "key": self._key_record,
            "recursion": self.recursion.record(),
            "axes": [_axis_record(axis) for axis in self.axes],
            "generations": self.generations,
            "replicas": self.replicas,
            "quantities": list(map(str, self.quantities)),
            "at": None if self.at is None else list(self.at),
            "models": self.models,
            "carrier": self.carrier,
            "common": self.common,
            "precision": None if self.precision is None else dataclasses.asdict(self.precision),
            "theory": self.theory,
        }

    @classmethod
    def from_record(cls, record: Mapping) -> "Sweep":
        """The sweep of a record."""
        given = {name: each for name, each in record.items() if name != "randomness"}
        given["key"], given["recursion"] = map(rebuilt, (given["key"], given["recursion"]))
        given["axes"] = tuple(map(_axis_from, given["axes"]))
        if given["precision"] is not None:
            given["precision"] = Precision(**given["precision"])
        return cls(**given)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the record."""
        return hashlib.sha256(canonical(self.record()).encode()).hexdigest()


def _recursion_at(sweep: Sweep, point: Point) -> Recursion:
    return recursion_at(sweep.recursion, values_at(sweep.axes, point))


def _content_at(sweep: Sweep, point: Point) -> str:
    return fingerprint(sweep.recursion_of(point))


def _axis_record(axis: Axis) -> dict:
    points = [[_value_record(each) for each in point] for point in axis.points]
    labels = [each.item() if isinstance(each, np.generic) else each for each in axis.labels]
    return {"name": axis.name, "fields": list(axis.fields), "points": points, "labels": labels}


def _value_record(value):
    if isinstance(value, ShareOf):
        return {"share": value.value, "of": value.of}
    return recorded(value)


def _axis_from(record: Mapping) -> Axis:
    def value(each):
        shared = isinstance(each, Mapping) and "share" in each
        return ShareOf(each["share"], each["of"]) if shared else rebuilt(each)

    points = tuple(tuple(value(each) for each in point) for point in record["points"])
    return Axis(record["name"], tuple(record["fields"]), points, tuple(record["labels"]))
