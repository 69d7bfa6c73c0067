"""Real data to start from: word frequencies, a text, a column. Every loader says which file, its hash and its license."""

import csv
import hashlib
import importlib.util
import re
from collections import Counter
from dataclasses import dataclass
from functools import singledispatch
from importlib import metadata
from pathlib import Path

import numpy as np

from .families import AbstractFamily, AbstractQVF, Categorical, Gaussian


@dataclass(frozen=True)
class Dataset:
    """Observations, or categories with their frequencies, and their source; `targets` are classes, `symbols` names of numbers."""

    name: str
    values: np.ndarray
    labels: tuple[str, ...] | None
    file: str
    sha256: str
    license: str
    targets: np.ndarray | None = None
    symbols: tuple[str, ...] | None = None

    @property
    def provenance(self) -> dict[str, str]:
        """File, hash and license."""
        return {"data": self.name, "file": self.file, "sha256": self.sha256, "license": self.license}

    def truth(self, family: AbstractFamily):
        """The member of a family that fits this data: the empirical law that a recursion starts from."""
        return empirical(family, self)


@singledispatch
def empirical(family, data: Dataset):
    """Parameters of `family` fitted to a data set; register a function for your own family."""
    raise ValueError(f"data cannot start a {type(family).__name__}: it needs a Gaussian, categorical or mean family")


@empirical.register
def _(family: Gaussian, data):
    _needs_numbers(family, data)
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
        raise ValueError(f"data {data.name!r} holds categories, which {type(family).__name__} cannot fit")
    if np.ndim(data.values) != 1:
        raise ValueError(f"data {data.name!r} has shape {data.values.shape}: {type(family).__name__} needs one number a row")


def word_frequencies(language: str = "en") -> Dataset:
    """Probabilities of the words of a language, from the large list of `wordfreq`: 321,180 types for English.

    Raises:
        ValueError: there is no large list for the language.
    """
    import wordfreq

    known = wordfreq.available_languages("large")
    if language not in known:
        raise ValueError(f"language must be one of {', '.join(sorted(known))}, got {language!r}")
    table = wordfreq.get_frequency_dict(language, wordlist="large")
    root = importlib.util.find_spec("wordfreq").submodule_search_locations[0]  # pyright: ignore
    file = Path(root) / "data" / f"large_{language}.msgpack.gz"
    weights = np.fromiter(table.values(), float)
    terms = f"wordfreq {metadata.version('wordfreq')}: code Apache-2.0, data CC BY-SA 4.0"
    return Dataset(f"words:{language}", weights / weights.sum(), tuple(table), file.name, file_hash(file), terms)


def text_unigrams(path) -> Dataset:
    """Frequencies of the words of a UTF-8 text, lower case.

    Raises:
        ValueError: the file cannot be read or holds no word.
    """
    counts = Counter(re.findall(r"\w+", _read(path).lower()))
    if len(counts) < 2:
        raise ValueError(f"data file must hold at least two different words, got {len(counts)} in {str(path)!r}")
    weights = np.fromiter(counts.values(), float)
    return Dataset(f"text:{path}", weights / weights.sum(), tuple(counts), Path(path).name, file_hash(path), "the user's")


def csv_column(path, column: str) -> Dataset:
    """A column of a CSV file with a header: numbers, or else categories with their frequencies.

    Raises:
        ValueError: the file cannot be read, is empty or lacks the column, or a number is not finite.
    """
    rows = list(csv.DictReader(_read(path).splitlines()))
    if not rows or column not in rows[0]:
        known = ", ".join(rows[0]) if rows else "nothing"
        raise ValueError(f"column must be in the data file {str(path)!r}, which has {known}; got {column!r}")
    cells = [row[column] for row in rows if row[column] not in (None, "")]
    source = (Path(path).name, file_hash(path), "the user's")
    try:
        values = np.array([float(cell) for cell in cells])
    except ValueError:
        counts = Counter(cells)
        weights = np.fromiter(counts.values(), float)
        return Dataset(f"csv:{path}:{column}", weights / weights.sum(), tuple(counts), *source)
    if len(values) < 2 or not np.all(np.isfinite(values)):
        raise ValueError(f"column {column!r} of {str(path)!r} must hold at least two finite numbers")
    return Dataset(f"csv:{path}:{column}", values, None, *source)


def load(specification: str) -> Dataset:
    """`words:en`, `text:PATH`, `csv:PATH:COLUMN`, `digits`, `mnist`, `fashion-mnist`, `prose`, `prose-words` or `toy:NAME`."""
    kind, _, rest = specification.partition(":")
    if kind == "words":
        return word_frequencies(rest or "en")
    if kind == "text" and rest:
        return text_unigrams(rest)
    if kind in ("digits", "mnist", "fashion-mnist", "prose", "prose-words", "toy"):
        from . import datasets

        return datasets.toy(rest) if kind == "toy" else getattr(datasets, kind.replace("-", "_"))()
    path, _, column = rest.rpartition(":")
    if kind == "csv" and path:
        return csv_column(path, column)
    known = "words:LANGUAGE, text:PATH, csv:PATH:COLUMN, digits, mnist, fashion-mnist, prose, prose-words or toy:NAME"
    raise ValueError(f"data must be {known}, got {specification!r}")


def _read(path) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ValueError(f"data file {str(path)!r} cannot be read: {reason}") from error
    if not text.strip():
        raise ValueError(f"data file {str(path)!r} is empty")
    return text


def file_hash(path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
