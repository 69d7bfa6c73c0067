"""The store of a sweep: a ledger of finished chunks, and the labeled arrays made from them."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import jax
import numpy as np

from ..engine.storage import provenance, unwritten, written
from ..quantities.base import Distribution, Histogram, HittingTime
from ..quantities.estimates import Estimate
from .beside import WITHOUT
from .ledger import FOLDER, Ledger, Place
from .results import estimates_at, leaf_name, plan_of
from .sweep import Sweep
from .view import Layout, Variable, View, put

STATES = ("planned", "done", "failed", "quarantined")
FORMAT = 2
TRUSTED = {"long_name": "whether the standard error can be trusted", "flag_values": [0, 1]}
PLANS = "plans"
# What may differ between a store and a sweep that continues it.
GROWING = ("axes", "replicas", "precision")


def checked_store(path) -> Path:
    """Return the path of a store, which ends in .zarr and lies in an existing folder.

    Raises:
        ValueError: any other path.
    """
    path = Path(path)
    if path.suffix != ".zarr":
        raise ValueError(f"store must end in .zarr, got {str(path)!r}")
    if not path.parent.is_dir():
        raise ValueError(f"store must lie in an existing folder, got {str(path)!r}")
    return path


class Store:
    """A sweep on disk. `index` finds the finished replicas of every cell."""

    def __init__(self, path, sweep: Sweep):
        self.path, self.sweep = checked_store(path), sweep
        self.ledger, self.view = Ledger(self.path), View(self.path)
        self.index: dict[bytes, list[Place]] = {}
        self.damaged: list[str] = []

    def check(self) -> None:
        """Raise a `ValueError` for a store of another sweep or of another format."""
        check_same(self.path, self.view.attributes, self.sweep)

    def open(self) -> None:
        """Check the store, make it if it does not exist, and note the plan."""
        self.check()
        try:
            (self.path / FOLDER / PLANS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritten(self.path, error) from error
        plan = self.path / FOLDER / PLANS / f"{self.sweep.fingerprint}.json"
        if not plan.exists():
            written(plan, json.dumps(self.sweep.record()).encode(), shared=True)

    def refresh(self, remove: bool = False) -> None:
        """Read the ledger; with `remove`, forget damaged chunks, which are computed again."""
        self.index, self.damaged = self.ledger.index(self.sweep.protocol)
        if remove:
            for name in self.damaged:
                self.ledger.remove(name)

    def add(self, name: str) -> None:
        """Note a chunk that has just been finished."""
        for identity, place in self.ledger.places(name, self.sweep.protocol):
            known = self.index.setdefault(identity, [])
            if place not in known:
                known.append(place)

    def pieces(self, identity: bytes) -> list[Place]:
        """Chunks whose replicas of a cell follow one another from the first on."""
        found, chosen, have = self.index.get(identity, []), [], 0
        if not self.sweep.mergeable:
            whole = [p for p in found if (p.first, p.stop) == (0, self.sweep.replicas)]
            return whole[:1]
        while later := [p for p in found if p.first == have and p.stop > have]:
            chosen.append(min(later, key=lambda place: place.stop))
            have = chosen[-1].stop
        return chosen

    def replicas(self, identity: bytes) -> int:
        """The number of finished replicas of a cell."""
        pieces = self.pieces(identity)
        return pieces[-1].stop if pieces else 0

    def layout(self, structures: Sequence[int]) -> Layout:
        """The arrays of the store; `structures` are cells of all structures."""
        sweep = self.sweep
        coordinates = {axis.name: (axis.name, axis.coordinate) for axis in sweep.axes}
        coordinates["generation"] = ("generation", sweep.times)
        variables: dict[str, Variable] = {}
        for quantity in sweep.quantities:
            variables |= self._variables(quantity, coordinates)
        if sweep.models != "none":
            variables |= self._models(structures, coordinates)
        variables["replicas"] = Variable((), (), "i8", 0, {"long_name": "number of replicas"})
        flags = {"flag_values": list(range(len(STATES))), "flag_meanings": " ".join(STATES)}
        variables["state"] = Variable((), (), "i1", 0, flags)
        about = provenance(sweep.recursion, sweep.key, sweep=sweep.record())
        attributes = {**about, "format": FORMAT, "fingerprint": sweep.fingerprint}
        dims = tuple(axis.name for axis in sweep.axes)
        return Layout(dims, sweep.shape, coordinates, variables, attributes)

    def _variables(self, quantity, coordinates) -> dict[str, Variable]:
        name, times = str(quantity), len(self.sweep.times)
        dims, sizes = ("generation",), (times,)
        if isinstance(quantity, HittingTime):
            dims, sizes = (), ()
        if isinstance(quantity, Histogram):
            edges = np.linspace(quantity.low, quantity.high, quantity.bins, endpoint=False)
            bins = f"bin of {quantity.metric}"
            coordinates[bins] = (bins, edges)
            dims, sizes = (bins, *dims), (quantity.bins, *sizes)
        value = (dims, sizes)
        if isinstance(quantity, Distribution):
            value = ("replica", *dims), (self.sweep.replicas, *sizes)
        found = {name: Variable(*value), f"{name} error": Variable(dims, sizes)}
        if not isinstance(quantity, Histogram | Distribution):
            found[f"{name} trusted"] = Variable(dims, sizes, "i1", -1, TRUSTED)
        if self.sweep.theory and not isinstance(quantity, WITHOUT):
            found[f"{name} law"] = Variable(dims, sizes)
        return found

    def _models(self, structures, coordinates) -> dict[str, Variable]:
        """Variables of parameters, which must have the same shapes in all structures."""
        sweep, found, owner = self.sweep, {}, {}
        every = sweep.models == "all"
        lead = (sweep.replicas, len(sweep.times) - 1 if every else 1)
        coordinates["fit"] = ("fit", sweep.times[1:] if every else sweep.times[-1:])
        for number in structures:
            cell = sweep.cell(number)
            plan = plan_of(sweep, cell.point, range(1), models=True)
            for path, leaf in jax.tree_util.tree_flatten_with_path(plan.at_truth)[0]:
                name = leaf_name(path)
                dims = ("replica", "fit", *(f"{name}_{i}" for i in range(leaf.ndim)))
                made = Variable(dims, (*lead, *leaf.shape))
                if found.setdefault(f"model.{name}", made) != made:
                    raise ValueError(
                        f"models must have one shape in all cells: {name} differs between cell "
                        f"{owner[name]} and cell {cell}; keep quantities instead"
                    )
                owner.setdefault(name, cell)
        return found

    def estimates(self, identity: bytes, read) -> list[Estimate]:
        """The estimates of a cell from its finished replicas."""
        pieces = [(read(p.chunk), p.row, p.stop - p.first) for p in self.pieces(identity)]
        return estimates_at(self.sweep, pieces)

    def values(self, identity: bytes, read, state: int) -> dict:
        """What the arrays of the store say of a cell."""
        pieces = self.pieces(identity)
        found: dict = {"state": state, "replicas": pieces[-1].stop if pieces else 0}
        if not pieces:
            return found
        arrays, row = read(pieces[0].chunk), pieces[0].row
        estimates = self.estimates(identity, read) if self.sweep.quantities else []
        for i, (quantity, estimate) in enumerate(
            zip(self.sweep.quantities, estimates, strict=True)
        ):
            value, error = np.asarray(estimate.value), np.asarray(estimate.error)
            if isinstance(quantity, HittingTime):
                value, error = value.reshape(()), error.reshape(())
            found[str(quantity)], found[f"{quantity} error"] = value, error
            if not isinstance(quantity, Histogram | Distribution):
                found[f"{quantity} trusted"] = estimate.trusted().reshape(value.shape)
            if "law" in arrays and not isinstance(quantity, WITHOUT):
                found[f"{quantity} law"] = arrays["law"][row, i]
        models = {name: each[row] for name, each in arrays.items() if name.startswith("model.")}
        return found | models

    def reader(self):
        """A function that reads chunks and remembers the last few."""
        kept: dict[str, dict] = {}

        def read(name: str) -> dict:
            if name not in kept:
                while len(kept) >= 4:
                    kept.pop(next(iter(kept)))
                kept[name] = self.ledger.read(name)
            return kept[name]

        return read

    def show(self, group, layout: Layout, cells: Iterable[tuple[int, bytes, int]]) -> None:
        """Write cells, given as (number, identity, state), into the arrays."""
        read = self.reader()
        shape = self.sweep.shape

        def ordered():
            listed = list(cells)
            # Cells of one chunk one after the other, so that each chunk is read once.
            return sorted(listed, key=lambda each: [p.chunk for p in self.pieces(each[1])])

        put(
            group,
            layout,
            (
                (
                    tuple(map(int, np.unravel_index(number, shape))),
                    self.values(identity, read, state),
                )
                for number, identity, state in ordered()
            ),
        )


def check_same(path, attributes: dict, sweep: Sweep) -> None:
    """Check that a store holds a sweep that the given one continues.

    Raises:
        ValueError: the first field that differs, or an axis that lacks what the store holds.
    """
    if not attributes:
        others = [each for each in path.glob("*") if each.name != FOLDER] if path.exists() else []
        if others:
            raise ValueError(f"store {str(path)!r} is no sweep: choose another name")
        return
    if "sweep" not in attributes or attributes.get("format") != FORMAT:
        found = attributes.get("format", "none")
        raise ValueError(
            f"store {str(path)!r} has format {found}, this version writes {FORMAT}: "
            "choose another name"
        )
    held, wanted = json.loads(attributes["sweep"]), json.loads(json.dumps(sweep.record()))
    swept = {field.split(".")[0] for axis in wanted["axes"] for field in axis["fields"]}
    differing = [name for name in wanted if name not in GROWING and held.get(name) != wanted[name]]
    for name in differing:
        if name == "recursion":
            fields = [
                each
                for each in wanted[name]
                if each not in swept and held[name].get(each) != wanted[name][each]
            ]
            if not fields:
                continue
            name = f"recursion.{fields[0]}"
        _refuse(path, name)
    _check_axes(path, held["axes"], wanted["axes"])


def _check_axes(path, held, wanted) -> None:
    if [(a["name"], a["fields"]) for a in held] != [(a["name"], a["fields"]) for a in wanted]:
        names = " × ".join(each["name"] for each in held)
        raise ValueError(
            f"store {str(path)!r} holds another sweep: its axes are {names}; choose another name"
        )
    for old, new in zip(held, wanted, strict=True):
        for point, label in zip(old["points"], old["labels"], strict=True):
            if point not in new["points"]:
                raise ValueError(
                    f"store {str(path)!r} holds another sweep: axis {old['name']!r} lacks "
                    f"{label}, which the store has; choose another name"
                )


def _refuse(path, name: str):
    raise ValueError(
        f"store {str(path)!r} holds another sweep: {name} differs; choose another name"
    )


def plan_in(path, fingerprint: str) -> Sweep:
    """The sweep of a plan that a store holds."""
    file = Path(path) / FOLDER / PLANS / f"{fingerprint}.json"
    return Sweep.from_record(json.loads(file.read_text("utf-8")))


def stored_sweep(path) -> Sweep:
    """The sweep that a store was made for last.

    Raises:
        ValueError: not a store of a sweep.
    """
    attributes = View(checked_store(path)).attributes
    if "sweep" not in attributes:
        raise ValueError(f"store {str(path)!r} is no sweep")
    return Sweep.from_record(json.loads(attributes["sweep"]))
