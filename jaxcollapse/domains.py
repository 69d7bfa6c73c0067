"""Domains: the range of a field, declared once.

Validation, the strategies of tests and the documentation read it.
"""

import dataclasses
import math
import typing
from typing import Any

import equinox as eqx
import jax
import jax.core
import numpy as np

# Leaves of a record: NumPy arrays on the host, JAX arrays or tracers inside a program.
AnyArray = jax.Array | np.ndarray


def is_concrete(value) -> bool:
    """Whether a value can be looked at: tracers and abstract shapes cannot."""
    if isinstance(value, jax.core.Tracer):
        return False
    return isinstance(value, (bool, int, float, np.generic, np.ndarray, jax.Array, list, tuple))


# A plain dataclass: a method of an Equinox module makes a record at every call, and domains are
# checked at every call of `simulate`.
@dataclasses.dataclass(frozen=True)
class AbstractDomain:
    """A set of admissible values, with the typical region that tests draw from."""

    def problem(self, value: np.ndarray) -> str | None:
        """What the value should do, such as "lie in [0, 1]"; None where it is admissible."""
        raise NotImplementedError

    def check(self, name: str, value) -> None:
        """Raise a `ValueError` that names the argument, the value and the range.

        Tracers pass: their values are not known yet.
        """
        if not is_concrete(value):
            return
        array = np.asarray(value)
        problem = "be numeric" if array.dtype.kind not in "biuf" else self.problem(array)
        if problem is not None:
            raise ValueError(f"{name} must {problem}, got {_shown(array)}")


def _shown(array: np.ndarray) -> str:
    return (
        repr(array.item()) if array.ndim == 0 else np.array2string(array, threshold=8, precision=6)
    )


@dataclasses.dataclass(frozen=True)
class Real(AbstractDomain):
    """Real numbers of an interval; `typical` bounds what tests draw."""

    low: float = -math.inf
    high: float = math.inf
    closed: tuple[bool, bool] = (True, True)
    typical: tuple[float, float] = (-3.0, 3.0)

    def problem(self, value):
        above = value >= self.low if self.closed[0] else value > self.low
        below = value <= self.high if self.closed[1] else value < self.high
        return None if np.all(np.isfinite(value) & above & below) else f"lie in {self.interval}"

    @property
    def interval(self) -> str:
        left = "[" if self.closed[0] and math.isfinite(self.low) else "("
        right = "]" if self.closed[1] and math.isfinite(self.high) else ")"
        return f"{left}{self.low:g}, {self.high:g}{right}"


@dataclasses.dataclass(frozen=True)
class Integer(AbstractDomain):
    """Integers of a closed range."""

    low: int = 0
    high: int = 2**31 - 1
    typical: tuple[int, int] = (1, 20)

    def problem(self, value):
        inside = np.all(np.isfinite(value) & (value >= self.low) & (value <= self.high))
        if inside and np.all(value == np.floor(value)):
            return None
        return f"be an integer in [{self.low}, {self.high}]"


@dataclasses.dataclass(frozen=True)
class Simplex(AbstractDomain):
    """Probability vectors along the last axis: non-negative, summing to one within `tolerance`."""

    tolerance: float = 1e-5

    def problem(self, value):
        if value.ndim < 1 or value.shape[-1] < 2:
            return "be a vector of at least two probabilities"
        if not np.all(np.isfinite(value) & (value >= 0)):
            return "hold non-negative probabilities"
        totals = value.sum(axis=-1, dtype=np.float64)
        return (
            None
            if np.all(np.abs(totals - 1) <= self.tolerance)
            else f"sum to 1 (it sums to {totals:g})"
        )


@dataclasses.dataclass(frozen=True)
class Covariance(AbstractDomain):
    """Symmetric positive-definite matrices."""

    def problem(self, value):
        if value.ndim != 2 or value.shape[0] != value.shape[1]:
            return "be a square matrix"
        if not np.all(np.isfinite(value)) or not np.allclose(value, value.T, rtol=1e-6, atol=0):
            return "be a finite symmetric matrix"
        smallest = np.linalg.eigvalsh(value.astype(np.float64))[0]
        return (
            None
            if smallest > 0
            else f"be positive definite (its smallest eigenvalue is {smallest:g})"
        )


REAL = Real()
POSITIVE = Real(0.0, closed=(False, True), typical=(0.3, 3.0))
PROBABILITY = Real(0.0, 1.0, typical=(0.1, 0.9))
SAMPLE_SIZE = Integer(1, 2**24 - 1, typical=(4, 40))


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
