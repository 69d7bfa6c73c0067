"""A configuration with other values of its symbols, the inverse of `symbols_of`.

Only symbols that determine the configuration can be replaced, such as n, not those that follow.
"""

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..domains import Integer, Real
from ..records import Record, domains_of
from ..recursion import Recursion
from .symbols import symbols_of, truth_symbols

PARTS = ("workflow", "selection", "decoding", "family")
Path = tuple[str, ...]


def places_of(recursion: Recursion) -> dict[str, list[Path]]:
    """Return the places of the numbers that determine a recursion, by the names of their symbols.

    A place is the fields that lead to the number.

    Example:
        >>> import jaxcollapse as jc
        >>> truth = jc.Gaussian.params(0.0, 1.0)
        >>> r = jc.Recursion(jc.Gaussian(), jc.Refresh(0.5), truth=truth, n=10, fresh=5)
        >>> list(places_of(r))
        ['n', 'real', 'fresh', 'weight', 'ddof', 'mean', 'variance']
    """
    sizes = ["n", "real", *(["fresh"] if recursion.workflow.uses_fresh else [])]
    found: dict[str, list[Path]] = {name: [(name,)] for name in sizes}
    for part in PARTS:
        for path in _numbers(getattr(recursion, part)):
            found.setdefault(path[-1], []).append((part, *path))
    for name in _arguments(recursion) or {}:
        found.setdefault(name, []).append(("truth", name))
    return found


def _numbers(record: Record):
    """Paths to the scalar fields of a record and of the records in it."""
    domains = domains_of(type(record))
    for each in dataclasses.fields(record):
        value = getattr(record, each.name)
        if isinstance(value, Record):
            yield from ((each.name, *path) for path in _numbers(value))
            continue
        kind = domains.get(each.name, value)
        if np.ndim(value) == 0 and isinstance(kind, (Real, Integer, bool, int, float)):
            yield (each.name,)


def _arguments(recursion: Recursion) -> dict[str, Any] | None:
    """The arguments of `family.params` that made the truth, or None where laws know not all."""
    if not hasattr(recursion.family, "params"):
        return None
    parameters = inspect.signature(recursion.family.params).parameters
    known = truth_symbols(recursion.family, recursion.truth)
    found = {
        name: known[name] for name in parameters if name in known and np.ndim(known[name]) == 0
    }
    return found if len(found) == len(parameters) else None


def place_of(recursion: Recursion, name: str) -> Path:
    """Return the place of a symbol. Raises `ValueError` naming the symbols that there are."""
    places = places_of(recursion)
    if len(found := places.get(name, [])) == 1:
        return found[0]
    if found:
        paths = " and ".join(".".join(path) for path in found)
        raise ValueError(f"symbol {name!r} is ambiguous: {paths} have that name")
    about = "follows from others" if name in symbols_of(recursion, None) else "is unknown"
    raise ValueError(f"symbol {name!r} {about}: this recursion takes {', '.join(places)}")


def substituted(recursion: Recursion, values: Mapping[Path, Any]) -> Recursion:
    """Return the recursion with numbers at these places, checked as any recursion is.

    The truth is made anew, for it may depend on the family.
    """
    tree: dict[str, Any] = {}
    for path, value in values.items():
        # Values that were broadcast together are floats, sizes among them.
        if path[-1] in ("n", "real", "fresh") and float(value).is_integer():
            value = int(value)
        branch = tree
        for step in path[:-1]:
            branch = branch.setdefault(step, {})
        branch[path[-1]] = value
    truth = tree.pop("truth", {})
    parts = {
        name: _with(getattr(recursion, name), tree.pop(name)) for name in PARTS if name in tree
    }
    arguments = _arguments(recursion) if truth or "family" in parts else None
    if arguments is not None:
        parts["truth"] = parts.get("family", recursion.family).params(**arguments | truth)
    return dataclasses.replace(recursion, **tree, **parts)


def _with(record, changes: Mapping[str, Any]):
    new = {
        name: _with(getattr(record, name), value) if isinstance(value, Mapping) else value
        for name, value in changes.items()
    }
    return dataclasses.replace(record, **new)
