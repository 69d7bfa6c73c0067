"""A run as plain data, from TOML or flags: names become records, and what is unknown is refused by
name.
"""

import dataclasses
import importlib
import inspect
import re
import tomllib
from pathlib import Path
from typing import Any

from .._names import known
from ..data.load import load
from ..decoding import AbstractDecoding
from ..domains import Record, concrete_subclasses
from ..families import kebab, list_families
from ..metrics import Metric, list_metrics
from ..quantities.base import AbstractQuantity, E, P, Rate, Var
from ..recursion import Recursion
from ..selection import AbstractSelection
from ..workflows import list_workflows

KEYS = (
    "family", "workflow", "selection", "decoding", "truth", "n", "real", "fresh", "generations", "replicas", "seed", "carrier",
    "metrics", "at",
)  # fmt: skip
DEFAULTS = {
    "family": "gaussian",
    "workflow": "replace",
    "n": 100,
    "generations": 50,
    "replicas": 1000,
    "seed": 0,
}


def read(path) -> dict[str, Any]:
    """A TOML file as a configuration. Raises `ValueError` for a file that cannot be read and for
    unknown keys.
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
    sizes = {
        name: configuration[name]
        for name in ("n", "real", "fresh")
        if configuration.get(name) is not None
    }
    for name, size in sizes.items():
        if not all(
            isinstance(each, int | float) for each in (size if isinstance(size, list) else [size])
        ):
            raise ValueError(f"{name} must be a number or an array of numbers, got {size!r}")
    return Recursion(
        family, workflow, truth=_truth(family, configuration.get("truth", {})), **sizes, **rules
    )


def _families(entry) -> dict[str, type]:
    """Families by name, nets among them only where another name is asked for, since they import
    flax.
    """
    name = entry if isinstance(entry, str) else entry.get("name")
    if name not in list_families():
        importlib.import_module("jaxcollapse.nets")
    return list_families()


def _below(base: type) -> dict[str, type]:
    own = [] if base.__name__.startswith("Abstract") else [base]
    return {kebab(kind): kind for kind in own + concrete_subclasses(base)}


def _record(entry, classes, what: str):
    """A record from its name, or from a table with its name and its fields, which may be records
    themselves.
    """
    table = {"name": entry} if isinstance(entry, str) else dict(entry)
    name = known(table.pop("name", "missing"), classes, what)
    kinds = {f.name: f.type for f in dataclasses.fields(classes[name]) if f.init}
    for each, value in table.items():
        kind = kinds[known(each, kinds, f"field of {what} {name}")]
        if isinstance(kind, type) and issubclass(kind, Record):
            table[each] = _record(value, _below(kind), each)
    try:
        return classes[name](**table)
    except TypeError:
        required = [
            f.name
            for f in dataclasses.fields(classes[name])
            if f.init and f.default is dataclasses.MISSING
        ]
        raise ValueError(
            f"{what} {name} needs {', '.join(required)}, got {', '.join(table) or 'nothing'}"
        ) from None


def written(text: str):
    """A record as it is written in a flag: `replace`, `discount:rate=0.5`,
    `verify:judge=(within:radius=2);right=0.9`.
    """
    name, colon, fields = text.partition(":")
    if not colon:
        return text
    return {"name": name, **assignments(re.split(r";(?![^(]*\))", fields))}


def assignments(texts) -> dict[str, Any]:
    """Values by name from assignments such as `n=100`, `p=0.5,0.3,0.2` or
    `judge=(within:radius=2)`.
    """
    found = {}
    for text in texts:
        name, _, value = text.partition("=")
        found[name.strip()] = _value(value.strip(), text)
    return found


def _value(value: str, text: str):
    if value.startswith("(") and value.endswith(")"):
        return written(value[1:-1])
    try:
        parts = [_number(part) for part in value.split(",")]
    except ValueError:
        raise ValueError(f"a symbol must look like n=100 or p=0.5,0.3,0.2, got {text!r}") from None
    return parts if "," in value else parts[0]


def _number(text: str):
    return int(text) if text.strip().lstrip("+-").isdigit() else float(text)


def _truth(family, table):
    if isinstance(table, str):
        return load(table).truth(family)
    parameters = list(inspect.signature(family.params).parameters)
    for name in table:
        known(name, parameters, f"parameter of the truth of {type(family).__name__}")
    try:
        return family.params(**table)
    except TypeError:
        raise ValueError(
            f"truth of {type(family).__name__} needs {', '.join(parameters)}, got {table}"
        ) from None


def metric_named(text: str) -> Metric:
    """A metric by name, or an event such as `w2>1.0`."""
    match = re.fullmatch(r"\s*([\w-]+?)\s*(?:([<>])\s*([-+.\deE]+))?\s*", text)
    if not match:
        raise ValueError(f"metric must look like w2 or w2>1.0, got {text!r}")
    name, sign, threshold = match.groups()
    found = list_metrics()[known(name.replace("_", "-"), list_metrics(), "metric")]
    return (
        found
        if sign is None
        else (found > float(threshold) if sign == ">" else found < float(threshold))
    )


def quantity_named(text: str) -> AbstractQuantity:
    """`E(variance)`, `Var(mean)`, `P(w2>1.0)` or `Rate(log-variance)`."""
    kinds = {"E": E, "Var": Var, "P": P, "Rate": Rate}
    match = re.fullmatch(r"\s*(\w+)\((.+)\)\s*", text)
    if not match:
        raise ValueError(f"quantity must look like E(variance), got {text!r}")
    return kinds[known(match[1], kinds, "quantity")](metric_named(match[2]))
