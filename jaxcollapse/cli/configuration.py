"""A run as plain data, from TOML or flags: names become records; unknown names are refused."""

import dataclasses
import inspect
import sys
import tomllib
import typing
from functools import partial
from pathlib import Path
from typing import Any

from .._names import known
from ..data.load import is_specification, load
from ..decoding import AbstractDecoding
from ..families import AbstractFamily, kebab, list_families
from ..records import Record, concrete_subclasses
from ..recursion import Recursion
from ..selection import AbstractSelection
from ..workflows import list_workflows
from .assignments import assignments, written
from .flags import KEYS, RecursionFlags

DEFAULTS = {
    "family": "gaussian",
    "workflow": "replace",
    "n": 100,
    "generations": 50,
    "replicas": 1000,
    "seed": 0,
}


def merged(flags: RecursionFlags) -> dict[str, Any]:
    """Defaults, a TOML file and flags as one configuration; the later wins."""
    given = {name: value for name, value in vars(flags).items() if value is not None}
    config = given.pop("config", None)
    found = {**DEFAULTS, **(read(config) if config else {}), **given}
    truth = found.get("truth")
    if isinstance(truth, str) and "=" in truth and not is_specification(truth):
        found["truth"] = assignments(truth.split(";"))
    for what in ("family", "workflow", "selection", "decoding"):
        if isinstance(found.get(what), str):
            found[what] = written(found[what])
    return found


def read(path) -> dict[str, Any]:
    """A TOML file as a configuration.

    Raises:
        ValueError: the file cannot be read, or holds an unknown key.
    """
    try:
        found = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"configuration {str(path)!r} cannot be read: {error}") from error
    for name in found:
        known(name, KEYS, f"key of configuration {str(path)!r}")
    return found


def recursion_from(configuration: dict[str, Any]) -> Recursion:
    """The recursion that a configuration describes."""
    family = _record(configuration["family"], _families(configuration["family"]), "family")
    workflow = _record(configuration["workflow"], list_workflows(), "workflow")
    rules = {
        what: _record(configuration[what], _below(base), what)
        for what, base in (("selection", AbstractSelection), ("decoding", AbstractDecoding))
        if configuration.get(what) is not None
    }
    truth = _truth(family, configuration.get("truth", {}))
    return Recursion(family, workflow, truth=truth, **_sizes(configuration), **rules)


def field_from(what: str, entry, family_entry) -> Any:
    """One field of a recursion as a configuration writes it; a truth is that of a family."""
    parts = {"workflow": list_workflows(), "selection": _below(AbstractSelection)}
    parts["decoding"] = _below(AbstractDecoding)
    entry = written(entry) if isinstance(entry, str) and what != "truth" else entry
    if what in parts:
        return _record(entry, parts[what], what)
    family_entry = written(family_entry) if isinstance(family_entry, str) else family_entry
    family = _record(family_entry, _families(family_entry), "family")
    return family if what == "family" else _truth(family, entry)


def _sizes(configuration: dict[str, Any]) -> dict[str, Any]:
    given = {name: configuration.get(name) for name in ("n", "real", "fresh")}
    sizes = {name: size for name, size in given.items() if size is not None}
    for name, size in sizes.items():
        each = size if isinstance(size, list) else [size]
        if not all(isinstance(number, int | float) for number in each):
            raise ValueError(f"{name} must be a number or an array of numbers, got {size!r}")
    return sizes


def _families(entry) -> dict[str, type]:
    """Families by name; nets, which import flax, only if the name is none of the others."""
    closed = _below(AbstractFamily)
    name = entry if isinstance(entry, str) else entry.get("name")
    return closed if name in closed else list_families()


def _below(base: type) -> dict[str, type]:
    own = [] if base.__name__.startswith("Abstract") else [base]
    return {kebab(kind): kind for kind in own + concrete_subclasses(base)}


def _record(entry, classes, what: str, last: str = ""):
    """A record from its name, or from a table of its name and its fields, which may be records.

    The `last` word of a name may be left out: `laplace` is the source `laplace-source`.
    """
    table = dict(entry) if isinstance(entry, dict) else {"name": entry}
    name = table.pop("name", "missing")
    name = f"{name}-{last}" if f"{name}-{last}" in classes and name not in classes else name
    known(name, classes, what)
    kinds = {f.name: f.type for f in dataclasses.fields(classes[name]) if f.init}
    for each, value in table.items():
        kind = kinds[known(each, kinds, f"field of {what} {name}")]
        table[each] = _field(value, kind, each, f"{each} of {what} {name}")
    try:
        return classes[name](**table)
    except TypeError:
        fields = [f for f in dataclasses.fields(classes[name]) if f.init]
        required = [f.name for f in fields if f.default is dataclasses.MISSING]
        raise ValueError(
            f"{what} {name} needs {', '.join(required)}, got {', '.join(table) or 'nothing'}"
        ) from None


def _field(value, kind, name: str, what: str):
    """A field of a record as TOML or a flag writes it: a record or several, a word, numbers."""
    parts = [one for one in typing.get_args(kind) or (kind,) if one is not Ellipsis]
    records = [one for one in parts if isinstance(one, type) and issubclass(one, Record)]
    if len(records) == len(parts):
        below = {word: it for one in records for word, it in _below(one).items()}
        made = partial(_record, classes=below, what=name, last=kebab(records[0]).split("-")[-1])
        if typing.get_origin(kind) is not tuple:
            return made(value)
        return tuple(made(each) for each in (value if isinstance(value, list) else [value]))
    if kind is bool:
        if value not in ("true", "false") and not isinstance(value, bool):
            raise ValueError(f"{what} must be true or false, got {value!r}")
        return value in (True, "true")
    if isinstance(value, str) and kind is not str:
        raise ValueError(f"{what} must be numbers such as 0.5,0.3, got {value!r}")
    return value


def _truth(family, table):
    if isinstance(table, str):
        data = load(table)
        for line in filter(None, (data.origin, data.note)):
            print(f"{data.name}: {line}", file=sys.stderr)
        return data.truth(family)
    parameters = list(inspect.signature(family.params).parameters)
    for name in table:
        known(name, parameters, f"parameter of the truth of {type(family).__name__}")
    try:
        return family.params(**table)
    except TypeError:
        raise ValueError(
            f"truth of {type(family).__name__} needs {', '.join(parameters)}, got {table}"
        ) from None
