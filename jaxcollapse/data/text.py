"""Text and tables: word frequencies of a language or a text, windows of a text, columns."""

import csv
import importlib.util
import re
from collections import Counter
from importlib import metadata
from pathlib import Path

import numpy as np

from .._names import known
from ..domains import Integer
from .dataset import Dataset, file_hash


def word_frequencies(language: str = "en") -> Dataset:
    """Probabilities of the words of a language, from the large list of `wordfreq`.

    English has 321,180 words.

    Raises:
        ValueError: there is no large list for the language.
    """
    import wordfreq

    known(language, sorted(wordfreq.available_languages("large")), "language")
    table = wordfreq.get_frequency_dict(language, wordlist="large")
    root = importlib.util.find_spec("wordfreq").submodule_search_locations[0]  # pyright: ignore
    file = Path(root) / "data" / f"large_{language}.msgpack.gz"
    weights = np.fromiter(table.values(), float)
    terms = f"wordfreq {metadata.version('wordfreq')}: code Apache-2.0, data CC BY-SA 4.0"
    return Dataset(
        f"words:{language}",
        weights / weights.sum(),
        tuple(table),
        file.name,
        file_hash(file),
        terms,
    )


def text_unigrams(path) -> Dataset:
    """Frequencies of the words of a UTF-8 text, lower case.

    Raises:
        ValueError: the file cannot be read or holds no word.
    """
    counts = Counter(re.findall(r"\w+", _read(path).lower()))
    if len(counts) < 2:
        raise ValueError(
            f"data file must hold at least two different words, got {len(counts)} in {str(path)!r}"
        )
    weights = np.fromiter(counts.values(), float)
    return Dataset(
        f"text:{path}",
        weights / weights.sum(),
        tuple(counts),
        Path(path).name,
        file_hash(path),
        "the user's",
    )


def csv_column(path, column: str) -> Dataset:
    """A column of a CSV file with a header: numbers, or else categories with their frequencies.

    Raises:
        ValueError: the file cannot be read, is empty or lacks the column, or a number is not
            finite.
    """
    rows = list(csv.DictReader(_read(path).splitlines()))
    if not rows or column not in rows[0]:
        has = ", ".join(rows[0]) if rows else "nothing"
        raise ValueError(
            f"column must be in the data file {str(path)!r}, which has {has}; got {column!r}"
        )
    cells = [row[column] for row in rows if row[column] not in (None, "")]
    source = (Path(path).name, file_hash(path), "the user's")
    try:
        values = np.array([float(cell) for cell in cells])
    except ValueError:
        counts = Counter(cells)
        weights = np.fromiter(counts.values(), float)
        return Dataset(f"csv:{path}:{column}", weights / weights.sum(), tuple(counts), *source)
    if len(values) < 2 or not np.all(np.isfinite(values)):
        raise ValueError(
            f"column {column!r} of {str(path)!r} must hold at least two finite numbers"
        )
    return Dataset(f"csv:{path}:{column}", values, None, *source)


def _read(path) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ValueError(f"data file {str(path)!r} cannot be read: {reason}") from error
    if not text.strip():
        raise ValueError(f"data file {str(path)!r} is empty")
    return text


def prose() -> Dataset:
    """The English reference prose of the Python documentation, 454 KB in every Python, as bytes."""
    spec = importlib.util.find_spec("pydoc_data.topics")
    topics = importlib.import_module("pydoc_data.topics").topics
    text = "\n\n".join(topics[name] for name in sorted(topics))
    values = np.frombuffer(text.encode("ascii", "replace"), np.uint8).astype(np.int32)
    file = Path(spec.origin)  # pyright: ignore
    return Dataset(
        "prose", values, None, file.name, file_hash(file), "Python documentation, PSF-2.0"
    )


def prose_words(vocabulary: int = 1000) -> Dataset:
    """The same prose as words and punctuation marks, numbered from the most frequent one.

    `symbols` holds their names. Number 0 stands for every word that is rarer.

    Args:
        vocabulary: how many numbers there are, number 0 included.

    Raises:
        ValueError: fewer than two numbers.

    Example:
        >>> import jaxcollapse as jc
        >>> text = jc.prose_words(500)
        >>> len(text.symbols), text.symbols[0], int(text.values.max())
        (500, '<rare>', 499)
    """
    Integer(2, 2**20).check("vocabulary", vocabulary)
    letters = prose()
    tokens = re.findall(r"\w+|[^\w\s]", letters.values.astype(np.uint8).tobytes().decode().lower())
    symbols = ("<rare>", *(word for word, _ in Counter(tokens).most_common(vocabulary - 1)))
    numbers = {word: number for number, word in enumerate(symbols)}
    values = np.array([numbers.get(word, 0) for word in tokens], np.int32)
    return Dataset(
        "prose-words", values, None, letters.file, letters.sha256, letters.license, symbols=symbols
    )


def windows(text: Dataset, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut a text into windows of `length` symbols.

    Returns:
        The windows, with symbols numbered from 0 in the order of their codes, and the codes.

    Example:
        >>> import jaxcollapse as jc
        >>> from jaxcollapse.data import windows
        >>> pieces, codes = windows(jc.prose(), 32)
        >>> pieces.shape[1], bytes(codes[pieces[0]].astype("uint8"))[:10]
        (32, b'The "asser')
    """
    if not 1 <= length <= len(text.values):
        raise ValueError(f"length must lie in [1, {len(text.values)}], got {length}")
    codes, numbers = np.unique(text.values, return_inverse=True)
    rows = len(numbers) // length
    return numbers[: rows * length].reshape(rows, length).astype(np.int32), codes
