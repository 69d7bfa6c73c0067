"""Domains: the range of a field, declared once.

Validation, the strategies of tests and the documentation read it.
"""

import dataclasses
import math
import numbers
import reprlib
import sys

import numpy as np


def is_concrete(value) -> bool:
    """Whether a value can be looked at: tracers and abstract shapes cannot."""
    if isinstance(value, (bool, int, float, np.generic, np.ndarray, list, tuple)):
        return True
    # A law evaluates in NumPy alone: where JAX was never imported, nothing is an array of JAX.
    jax = sys.modules.get("jax")
    if jax is None:
        return False
    return isinstance(value, jax.Array) and not isinstance(value, jax.core.Tracer)


def is_abstract(value) -> bool:
    """Whether a value is an array whose numbers are not known: a tracer or a shape with a type."""
    return not is_concrete(value) and hasattr(value, "shape") and hasattr(value, "dtype")


# A plain dataclass: a method of an Equinox module makes a record at every call, and domains are
# checked at every call of `simulate`.
@dataclasses.dataclass(frozen=True)
class AbstractDomain:
    """A set of admissible values, with the typical region that tests draw from."""

    # Kinds of NumPy's types: signed and unsigned integers, floats.
    kinds = "iuf"

    def problem(self, value: np.ndarray) -> str | None:
        """What the value should do, such as "lie in [0, 1]"; None where it is admissible."""
        raise NotImplementedError

    def check(self, name: str, value) -> None:
        """Raise a `ValueError` that names the argument, the value and the range.

        Arrays pass whose numbers are not known yet.
        """
        if is_abstract(value):
            return
        array = as_array(value)
        if array is None or array.dtype.kind not in self.kinds or array.size == 0:
            shown = reprlib.repr(value)
            if array is not None and array.dtype.kind in "biuf":
                shown = _shown(array)
            raise ValueError(f"{name} must {self.wanted}, got {shown}")
        if (problem := self.problem(array)) is not None:
            raise ValueError(f"{name} must {problem}, got {_shown(array)}")

    def check_one(self, name: str, value) -> None:
        """Raise a `ValueError` as `check` does, and for an array of several numbers."""
        self.check(name, value)
        if np.ndim(value):
            raise ValueError(f"{name} must be one number, got shape {np.shape(value)}")

    def of_formula(self) -> "AbstractDomain":
        """The domain for symbols of a formula, where whole numbers may be of type float."""
        return self

    @property
    def wanted(self) -> str:
        """What a value should do that is no array of numbers of the right kind."""
        return "be a number, or an array of numbers"


def as_array(value) -> np.ndarray | None:
    """A value as an array of NumPy; None where it is none, as with rows of different lengths."""
    try:
        return np.asarray(value)
    except (TypeError, ValueError):
        return None


def _shown(array: np.ndarray) -> str:
    return (
        repr(array.item()) if array.ndim == 0 else np.array2string(array, threshold=8, precision=6)
    )


def _check_ends(owner: str, low, high, typical) -> None:
    """Raise a `ValueError` unless an interval and its typical region have numbers for ends."""
    for name, value in (("low", low), ("high", high)):
        if not _is_number(value):
            raise ValueError(f"{owner}.{name} must be a number, got {value!r}")
    if low > high:
        raise ValueError(f"{owner}.high must be at least {low}, got {high}")
    two = isinstance(typical, tuple) and len(typical) == 2
    if not two or not all(map(_is_number, typical)):
        raise ValueError(f"{owner}.typical must be two numbers, got {typical!r}")


def _is_number(value) -> bool:
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return real and not math.isnan(value)


@dataclasses.dataclass(frozen=True)
class Real(AbstractDomain):
    """Real numbers of an interval; `typical` bounds what tests draw."""

    low: float = -math.inf
    high: float = math.inf
    closed: tuple[bool, bool] = (True, True)
    typical: tuple[float, float] = (-3.0, 3.0)

    @property
    def wanted(self):
        return f"be a number in {self.interval}"

    def __post_init__(self):
        _check_ends(type(self).__name__, self.low, self.high, self.typical)
        both = isinstance(self.closed, tuple) and len(self.closed) == 2
        if not both or not all(isinstance(each, bool) for each in self.closed):
            raise ValueError(f"Real.closed must be two truth values, got {self.closed!r}")

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
    kinds = "iu"

    def __post_init__(self):
        _check_ends(type(self).__name__, self.low, self.high, self.typical)

    @property
    def wanted(self):
        return f"be an integer in [{self.low}, {self.high}]"

    def problem(self, value):
        within = np.all((value >= self.low) & (value <= self.high))
        return None if within and np.all(value == np.floor(value)) else self.wanted

    def of_formula(self):
        return Whole(self.low, self.high, self.typical)


@dataclasses.dataclass(frozen=True)
class Whole(Integer):
    """Whole numbers of a closed range, of any type: formulas count in real numbers."""

    kinds = "iuf"


@dataclasses.dataclass(frozen=True)
class Simplex(AbstractDomain):
    """Probability vectors along the last axis: non-negative, summing to one within `tolerance`."""

    tolerance: float = 1e-5

    def __post_init__(self):
        Real(0.0, 1.0).check_one("Simplex.tolerance", self.tolerance)

    @property
    def wanted(self):
        return "be a vector of at least two probabilities"

    def problem(self, value):
        if value.ndim < 1 or value.shape[-1] < 2:
            return self.wanted
        if not np.all(np.isfinite(value) & (value >= 0)):
            return "hold non-negative probabilities"
        totals = np.ravel(value.sum(axis=-1, dtype=np.float64))
        wrong = totals[np.abs(totals - 1) > self.tolerance]
        return f"sum to 1 (it sums to {wrong[0]:g})" if wrong.size else None


@dataclasses.dataclass(frozen=True)
class Covariance(AbstractDomain):
    """Symmetric positive-definite matrices."""

    @property
    def wanted(self):
        return "be a square matrix"

    def problem(self, value):
        if value.ndim != 2 or value.shape[0] != value.shape[1]:
            return self.wanted
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
