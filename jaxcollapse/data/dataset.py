"""A data set: observations or frequencies, with the file, hash and license that they come from."""

import hashlib
from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path
from typing import Any

import numpy as np

from ..arguments import check_is, checked
from ..families import AbstractFamily, AbstractQVF, Categorical, Gaussian, Roles


@dataclass(frozen=True)
class Dataset:
    """Observations, or categories with their frequencies, and where they come from.

    `labels` are the names of categories, `targets` the classes or groups of observations, with
    their names in `groups`, and `symbols` the names of the numbers in `values`. `weights` are those
    of observations. `roles` says which columns are label and group. `note` says how the values were
    read from a file.
    """

    name: str
    values: np.ndarray
    labels: tuple[str, ...] | None
    file: str
    sha256: str
    license: str
    targets: np.ndarray | None = None
    symbols: tuple[str, ...] | None = None
    roles: Roles | None = None
    weights: np.ndarray | None = None
    groups: tuple[str, ...] | None = None
    note: str = ""

    def __post_init__(self):
        check_is("Dataset.values", self.values, np.ndarray)
        for name in ("name", "file", "sha256", "license", "note"):
            check_is(f"Dataset.{name}", getattr(self, name), str)
        for name in ("labels", "symbols", "groups"):
            check_is(f"Dataset.{name}", getattr(self, name), tuple, type(None))
        for name in ("targets", "weights"):
            check_is(f"Dataset.{name}", getattr(self, name), np.ndarray, type(None))
        check_is("Dataset.roles", self.roles, Roles, type(None))

    @property
    def provenance(self) -> dict[str, str]:
        """File, hash and license."""
        return {
            "data": self.name,
            "file": self.file,
            "sha256": self.sha256,
            "license": self.license,
        }

    @property
    def origin(self) -> str:
        """File, hash and license in one line."""
        return f"{self.file}, SHA-256 {self.sha256}; license: {self.license}"

    def truth(self, family: AbstractFamily):
        """The member of a family that fits this data, for a recursion to start from."""
        return empirical(family, self)


@checked(family=AbstractFamily, data=Dataset)
@singledispatch
def empirical(family, data: Dataset) -> Any:
    """Parameters of `family` fitted to a data set; register a function for your own family."""
    raise ValueError(
        f"data cannot start a {type(family).__name__}: "
        "it needs a Gaussian, categorical or mean family"
    )


@empirical.register
def _(family: Gaussian, data):
    _needs_numbers(family, data)
    # A variance beyond the range of double precision is refused by name.
    with np.errstate(over="ignore"):
        if data.weights is None:
            return family.params(float(data.values.mean()), float(data.values.var()))
        mean = np.average(data.values, weights=data.weights)
        variance = np.average((data.values - mean) ** 2, weights=data.weights)
        return family.params(float(mean), float(variance))


@empirical.register
def _(family: AbstractQVF, data):
    _needs_numbers(family, data)
    return family.params(float(np.average(data.values, weights=data.weights)))


@empirical.register
def _(family: Categorical, data):
    shares = data.values
    if data.labels is None:
        codes = np.unique(data.values, return_inverse=True)[1]
        shares = np.bincount(codes, data.weights).astype(float)
    return family.params(shares / shares.sum())


def _needs_numbers(family, data):
    if data.labels is not None:
        raise ValueError(
            f"data {data.name!r} holds categories, which {type(family).__name__} cannot fit"
        )
    if np.ndim(data.values) != 1:
        raise ValueError(
            f"data {data.name!r} has shape {data.values.shape}: "
            f"{type(family).__name__} needs one number per row"
        )


def file_hash(path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
