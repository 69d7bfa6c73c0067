"""Records: Equinox modules whose fields are checked against their domains, and their names."""

import dataclasses
import importlib
import re
import sys
import typing
from functools import cache, wraps
from typing import Any

import equinox as eqx
import jax
import numpy as np
import wadler_lindig as wl

from ._names import nearest
from .arguments import check_is, checked
from .domains import AbstractDomain, as_array, is_concrete

PACKAGE = "jaxcollapse"
PRINTED = 12  # numbers of an array that are printed; longer arrays are shown as a type and a shape

# Leaves of a record: NumPy arrays on the host, JAX arrays or tracers inside a program.
AnyArray = jax.Array | np.ndarray


def leaf(value) -> Any:
    """Convert a field's value to a numeric leaf.

    Numbers and lists become NumPy arrays on the host; JAX arrays and tracers stay as they are, and
    so does what is no array, which the domain of the field refuses.
    """
    if isinstance(value, (bool, int, float, list, tuple, np.generic)):
        array = as_array(value)
        return value if array is None else array
    return value


@checked(domain=AbstractDomain, doc=str)
def field(domain: AbstractDomain, default: Any = dataclasses.MISSING, *, doc: str = ""):
    """An array field of a record whose value must lie in `domain`."""
    extra = {} if default is dataclasses.MISSING else {"default": default}
    return eqx.field(converter=leaf, metadata={"domain": domain, "doc": doc}, **extra)


class Record(eqx.Module):
    """Base of all records: an Equinox module whose fields are checked against their domains."""

    def __init_subclass__(cls, **arguments):
        # Equinox checks the class before its bases, and a check of its own reads the fields.
        super().__init_subclass__(**arguments)
        if own := cls.__dict__.get("__check_init__"):

            @wraps(own)
            def after_fields(self):
                Record._check_fields(self)
                own(self)

            cls.__check_init__ = after_fields

    def __check_init__(self):
        self._check_fields()

    def _check_fields(self):
        for each in dataclasses.fields(self):
            value, name = getattr(self, each.name), f"{type(self).__name__}.{each.name}"
            if value is None and each.default is None:
                continue
            if "domain" in each.metadata:
                domain = each.metadata["domain"]
                (domain.check_one if axes_of(each.type) == () else domain.check)(name, value)
            elif kinds := _kinds(each.type):
                check_is(name, value, *kinds)

    def __repr__(self):
        return wl.pformat(self, width=100, custom=_printed)


def _kinds(annotation) -> tuple[type, ...]:
    """The types that a field may have: records and booleans; none where others are allowed."""
    parts = typing.get_args(annotation) or (annotation,)
    known = [each for each in parts if each is bool or each is type(None) or _is_record(each)]
    return tuple(known) if len(known) == len(parts) else ()


def _is_record(kind) -> bool:
    return isinstance(kind, type) and issubclass(kind, Record)


def _printed(value) -> wl.AbstractDoc | None:
    """Numbers of short arrays, type and shape of long and unknown ones."""
    if not isinstance(value, (jax.Array, np.ndarray, np.generic)):
        return None
    if value.size > PRINTED or not is_concrete(value) or value.dtype.kind not in "biuf":
        return wl.array_summary(value.shape, value.dtype.name, kind=None)
    array = np.asarray(value)
    return wl.TextDoc(np.array2string(array, separator=", ", formatter={"all": str}))


def domains_of(record: type) -> dict[str, AbstractDomain]:
    """The declared domain of each field of a record type."""
    fields = dataclasses.fields(record)  # pyright: ignore[reportArgumentType]
    return {f.name: f.metadata["domain"] for f in fields if "domain" in f.metadata}


def axes_of(annotation) -> tuple[str, ...] | None:
    """Names of the axes of a jaxtyping annotation, none for a scalar; None for any other type.

    An annotation of two shapes has the axes of the first.

    Example:
        >>> from jaxtyping import Array, Float
        >>> axes_of(Float[Array, "contexts K"])
        ('contexts', 'K')
    """
    for part in typing.get_args(annotation) or (annotation,):
        if hasattr(part, "dim_str"):
            return tuple(part.dim_str.split())
    return None


def concrete_subclasses(base: type) -> list[type]:
    """Every class below `base` that can be instantiated, in order of definition."""
    found: list[type] = []
    for child in base.__subclasses__():
        if not child.__name__.startswith(("Abstract", "_")):
            found.append(child)
        found.extend(c for c in concrete_subclasses(child) if c not in found)
    return found


@cache
def name_of(kind: type) -> str:
    """The public name of a type: `Gaussian`, `nets.Wasserstein`, or `your.module:Family`."""
    module, name = kind.__module__, kind.__qualname__
    if module.partition(".")[0] != PACKAGE:
        return f"{module}:{name}"
    path = module.split(".")[1:]
    for shown in ((), path[:1], path):
        if getattr(importlib.import_module(".".join((PACKAGE, *shown))), name, None) is kind:
            return ".".join((*shown, name))
    return f"{module}:{name}"


def type_named(name: Any, place: str = "record") -> type:
    """The record type of a public name.

    Raises:
        ValueError: an unknown name, or a module of yours that is not imported.
    """
    if isinstance(name, str) and re.fullmatch(r"(?:[a-z]\w*\.)*[A-Za-z]\w*", name):
        owner, _, last = f"{PACKAGE}.{name}".rpartition(".")
        try:
            found = getattr(importlib.import_module(owner), last, None)
        except ModuleNotFoundError:
            found = None
    else:
        module, _, path = str(name).partition(":")
        found = sys.modules.get(module)
        for step in path.split("."):
            found = getattr(found, step, None)
    if isinstance(found, type) and issubclass(found, eqx.Module):
        return found
    cure = "import its module first" if ":" in str(name) else nearest(str(name), _public_types())
    raise ValueError(f"{place}.type {name!r} is unknown; {cure}")


def _public_types() -> list[str]:
    package = importlib.import_module(PACKAGE)
    shown = ((name, getattr(package, name)) for name in dir(package) if name[:1].isupper())
    return [name for name, each in shown if isinstance(each, type) and issubclass(each, eqx.Module)]
