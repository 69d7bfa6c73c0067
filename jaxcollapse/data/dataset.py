"""A data set: observations or frequencies, with the file, hash and license that they come from."""

import hashlib
from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path
from typing import Any

import numpy as np

from ..families import AbstractFamily, AbstractQVF, Categorical, Gaussian, Roles


@dataclass(frozen=True)
class Dataset:
    """Observations, or categories with their frequencies, and where they come from.

    `labels` are the names of categories, `targets` the classes of observations, and `symbols` the
    names of the numbers in `values`. `roles` says which of these are label and group.
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

    @property
    def provenance(self) -> dict[str, str]:
        """File, hash and license."""
        return {
            "data": self.name,
            "file": self.file,
            "sha256": self.sha256,
            "license": self.license,
        }

    def truth(self, family: AbstractFamily):
        """The member of a family that fits this data, for a recursion to start from."""
        return empirical(family, self)


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
        return family.params(float(data.values.mean()), float(data.values.var()))


@empirical.register
def _(family: AbstractQVF, data):
    _needs_numbers(family, data)
    return family.params(float(data.values.mean()))


@empirical.register
def _(family: Categorical, data):
    weights = data.values
    if data.labels is None:
        weights = np.unique(data.values, return_counts=True)[1]
    return family.params(weights / weights.sum())


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
