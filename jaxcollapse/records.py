"""Records: Equinox modules whose fields are checked against their domains."""

import dataclasses
import typing
from typing import Any

import equinox as eqx
import jax
import numpy as np

from .domains import AbstractDomain

# Leaves of a record: NumPy arrays on the host, JAX arrays or tracers inside a program.
AnyArray = jax.Array | np.ndarray


def leaf(value) -> Any:
    """Convert a field's value to a numeric leaf.

    Numbers and lists become NumPy arrays on the host; JAX arrays and tracers stay as they are.
    """
    if isinstance(value, (bool, int, float, list, tuple, np.generic)):
        return np.asarray(value)
    return value


def field(domain: AbstractDomain, default: Any = dataclasses.MISSING, *, doc: str = ""):
    """An array field of a record whose value must lie in `domain`."""
    extra = {} if default is dataclasses.MISSING else {"default": default}
    return eqx.field(converter=leaf, metadata={"domain": domain, "doc": doc}, **extra)


class Record(eqx.Module):
    """Base of all records: an Equinox module whose fields are checked against their domains."""

    def __check_init__(self):
        for name, domain in domains_of(type(self)).items():
            domain.check(f"{type(self).__name__}.{name}", getattr(self, name))


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
