"""A sweep as a TOML file: the recursion that cells share, the axes, and what is estimated."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax

from .._names import nearest
from ..quantities.names import quantity_named
from ..sweeps.axes import Axis, Share, log_range, share_of
from ..sweeps.cells import FIELDS
from ..sweeps.sweep import Precision, Sweep
from .configuration import DEFAULTS, field_from, recursion_from

SHARED = ("family", "workflow", "selection", "decoding", "truth", "n", "real", "fresh")
RUN = ("generations", "replicas", "quantities", "at", "models", "carrier", "common", "theory")
TABLES = ("recursion", "axes", "precision")
KINDS = ("log", "share", "zip")
CATEGORICAL = ("family", "workflow", "selection", "decoding", "truth")
USUAL = {"generations": 50, "replicas": 1000}


def sweep_of(path) -> Sweep:
    """Read a sweep.

    Raises:
        ValueError: the file cannot be read, or what it says is refused; the message begins with
            the file and, where it is about a name, with its line.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"sweep {str(path)!r} cannot be read: {error}") from error
    return _Reader(path, text, found).sweep()


class _Reader:
    def __init__(self, path: Path, text: str, found: Mapping[str, Any]):
        self.path, self.text, self.found = path, text, found

    def sweep(self) -> Sweep:
        """Make the sweep that the file describes."""
        self._known(self.found, (*RUN, "seed", *TABLES), "key")
        shared = self._table("recursion")
        self._known(shared, SHARED, "key of [recursion]")
        described = self._table("axes")
        rows = {name: self._rows(name, each) for name, each in described.items()}
        # What the first cell has completes the base, so that a field may stand on an axis alone.
        first = {
            field: _first(each)
            for row in rows.values()
            for field, each in row.items()
            if field in SHARED
        }
        base = self._placed("recursion", lambda: recursion_from({**DEFAULTS, **shared, **first}))
        axes = tuple(self._axis(name, row, shared) for name, row in rows.items())
        asked = {**USUAL, **{name: self.found[name] for name in RUN if name in self.found}}
        texts = asked.get("quantities", [])
        asked["quantities"] = self._said("quantities", lambda: tuple(map(quantity_named, texts)))
        precision = self._table("precision")
        self._known(precision, ("quantity", "error", "most"), "key of [precision]")
        key = jax.random.key(self.found.get("seed", 0))
        if precision:
            asked["precision"] = self._said("precision", lambda: Precision(**precision))
        return self._placed("", lambda: Sweep(key, base, axes, **asked))

    def _table(self, name: str) -> dict:
        table = self.found.get(name, {})
        if not isinstance(table, dict):
            raise self._wrong(name, f"{name} must be a table, got {table!r}")
        return table

    def _rows(self, name: str, values) -> dict[str, Any]:
        """The values of every field of an axis, as the file has them."""
        if isinstance(values, dict) and "zip" in values:
            self._known(values, ("zip",), f"key of axis {name!r}", name)
            if not isinstance(values["zip"], dict) or not values["zip"]:
                raise self._wrong(name, f"axis {name!r} must zip lists by field")
            return {field: self._values(name, each) for field, each in values["zip"].items()}
        return {name: self._values(name, values)}

    def _values(self, name: str, values):
        if isinstance(values, dict):
            names = *KINDS, "count", "whole", "of"
            self._known(values, names, f"key of axis {name!r}", name)
            if "log" in values and isinstance(values["log"], list) and len(values["log"]) == 2:
                count, whole = values.get("count", 5), values.get("whole", False)
                low, high = values["log"]
                return self._said(name, lambda: log_range(low, high, count, whole=whole))
            if "share" in values and "of" in values:
                return self._said(name, lambda: share_of(values["of"], values["share"]))
            raise self._wrong(
                name, f"axis {name!r} must be a list, or have log and count, share and of, or zip"
            )
        if not isinstance(values, list):
            raise self._wrong(name, f"axis {name!r} must list its values, got {values!r}")
        if not values:
            raise self._wrong(name, f"axis {name!r} must have at least one value, got none")
        return values

    def _axis(self, name: str, rows: Mapping[str, Any], shared) -> Axis:
        """An axis of records and numbers; a family brings its truth along."""
        for field in rows:
            first = field.split(".")[0]
            if first not in FIELDS:
                raise self._wrong(name, f"field {field!r} is unknown; {nearest(field, FIELDS)}")
        columns = dict(rows)
        if "family" in rows and "truth" not in rows:
            columns["truth"] = [shared.get("truth", {})] * len(rows["family"])
        made = {
            field: self._said(name, self._column, field, each, columns)
            for field, each in columns.items()
        }
        axis = self._said(name, lambda: Axis.of(name, made))
        if len(rows) < len(columns):
            labels = Axis.of(name, {"family": made["family"]}).labels
            return Axis(axis.name, axis.fields, axis.points, labels)
        return axis

    def _column(self, field: str, values, columns):
        if field not in CATEGORICAL or isinstance(values, Share):
            return values
        families = columns.get("family")
        shared = self.found.get("recursion", {}).get("family", DEFAULTS["family"])
        return [
            field_from(field, each, family)
            for each, family in zip(values, families or [shared] * len(values), strict=False)
        ]

    def _known(self, table, names, what: str, near: str = "") -> None:
        for name in table:
            if name not in names:
                raise self._wrong(
                    near or name, f"{what} {name!r} is unknown; {nearest(name, names)}"
                )

    def _said(self, name: str, make, *arguments) -> Any:
        """Call a function; an error says the file and the line."""
        try:
            return make(*arguments)
        except (ValueError, LookupError, TypeError) as error:
            raise self._wrong(name, str(error)) from error

    def _placed(self, near: str, make) -> Any:
        """Call a function; an error says the line of what it is about, or the line of `near`."""
        try:
            return make()
        except (ValueError, LookupError, TypeError) as error:
            raise ValueError(located(self.path, self.text, str(error), near)) from error

    def _wrong(self, name: str, message: str) -> ValueError:
        line = _line(self.text, name)
        where = f"{self.path}:{line}" if line else str(self.path)
        return ValueError(f"{where}: {message}")


@contextmanager
def lines_said(path) -> Iterator[None]:
    """What is found wrong with a cell of a file is said with the line of its field."""
    try:
        yield
    except ValueError as error:
        if not str(error).startswith("cell "):
            raise
        text = Path(path).read_text(encoding="utf-8")
        raise ValueError(located(path, text, str(error))) from error


def located(path, text: str, message: str, near: str = "") -> str:
    """The message behind the file, and the line of the first name in it that the file sets.

    A message about a cell begins with the cell; what is wrong with it comes after.
    """
    about, _, rest = message.partition(": ") if message.startswith("cell ") else ("", "", message)
    names = [name for part in (rest, about) for name in re.findall(r"[A-Za-z_][\w.-]*", part)]
    tried = [each for name in names for each in (name, name.rpartition(".")[2])]
    tried.append(near)
    line = next((found for name in tried if (found := _line(text, name))), 0)
    return f"{path}:{line}: {message}" if line else f"{path}: {message}"


def _line(text: str, name: str) -> int:
    """The line on which a name is set; 0 where there is none."""
    quoted = re.escape(name)
    set_ = re.compile(rf"""^\s*(?:\[[^\]]*?\b)?["']?{quoted}["']?\s*(?:[.\]=])""")
    lines = text.splitlines() if name else []
    return next((i for i, line in enumerate(lines, 1) if set_.match(line)), 0)


def _first(values):
    # A share is of a size that the base may not have yet.
    return 1 if isinstance(values, Share) else values[0]
