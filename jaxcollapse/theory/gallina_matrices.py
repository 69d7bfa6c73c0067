"""Matrices of Coq terms, with the part of NumPy's indexing that the recurrence of moments uses.

A matrix is a function of two natural numbers, a vector a function of one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .gallina import ATOM, CALL, Term, count, term


@dataclass(frozen=True)
class Vector:
    """Entries 0, 1, … before `size`, each a term when its index is named."""

    entry: Callable[[str], Term]
    size: Term

    def __getitem__(self, index: Term) -> Term:
        return self.entry(str(index.count))

    def __matmul__(self, other: "Vector") -> Term:
        return _sum("i", self.size, lambda i: self.entry(i) * other.entry(i))


@dataclass(frozen=True)
class Matrix:
    """A Coq term that takes two indices; with a size, the leading block of it."""

    text: str
    size: Term | None = None

    def __getitem__(self, place) -> Any:
        row, column = place
        if not isinstance(row, slice):
            return Vector(lambda i: self._entry(row.count, i), column.stop)
        if not isinstance(column, slice):
            return Vector(lambda i: self._entry(i, column.count), row.stop)
        return Matrix(self.text, row.stop)

    def __matmul__(self, other: Vector) -> Vector:
        row = lambda i: _sum("s", other.size, lambda s: self._entry(i, s) * other.entry(s))
        return Vector(row, other.size)

    def _entry(self, i, s) -> Term:
        return Term(f"{self.text} {i} {s}", CALL)


def _sum(name: str, size: Term, body: Callable[[str], Term]) -> Term:
    """A sum over indices from 0 to before `size`."""
    return Term(f"(\\sum_(0 <= {name} < {size.count}) ({body(name).text}))", ATOM)


def sequence(name: str) -> Vector:
    """A sequence of real numbers by name."""
    return Vector(lambda i: Term(f"{name} {i}", CALL), count("0"))


def bordered(border: Callable, size: Term) -> Matrix:
    """A symmetric matrix that gains a column and the entry below it at a time."""
    column, corner = border(Matrix("K"), count("j"))
    entries = term(column.entry("i")).text, term(corner).text
    steps = "(fun K j i => {}) (fun K j => {})".format(*entries)
    return Matrix(f"bordered {steps} {size.count}")
