"""Texts: word frequencies of a language or a text, windows of a text."""

import importlib.util
import re
import unicodedata
from collections import Counter
from importlib import metadata
from pathlib import Path

import numpy as np

from .._names import known
from ..arguments import check_is_path, checked
from ..domains import Integer
from .cells import decoded
from .dataset import Dataset, file_hash
from .packages import read_packaged


def word_frequencies(language: str = "en") -> Dataset:
    """Probabilities of the words of a language, from the large list of `wordfreq`.

    English has 321,180 words.

    Raises:
        ValueError: there is no large list for the language, or its file is damaged.
    """
    import wordfreq

    known(language, sorted(wordfreq.available_languages("large")), "language")
    root = importlib.util.find_spec("wordfreq").submodule_search_locations[0]  # pyright: ignore
    file = Path(root) / "data" / f"large_{language}.msgpack.gz"
    read = lambda path: wordfreq.get_frequency_dict(language, wordlist="large")
    table = read_packaged(f"words:{language}", file, read)
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


@checked(path=check_is_path, language=str)
def text_unigrams(path, language: str | None = None) -> Dataset:
    """Frequencies of the words of a text, lower case.

    Characters are in their composed form (NFC), so that an accent is the same whether it is part of
    its letter or follows it.

    Args:
        path: a text file in UTF-8, or in an encoding that its first bytes name.
        language: a code such as `en`, `hi` or `th`, for words as `wordfreq` splits them. Without
            it, words are runs of letters with their marks, numbers, and emoji one by one. Chinese,
            Japanese and Korean need more packages; Thai is split at its spaces either way.

    Raises:
        ValueError: the file cannot be read or holds no word, or `wordfreq` cannot split words of
            the language here.

    Example:
        >>> import jaxcollapse as jc, tempfile, pathlib
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "hindi.txt"
        ...     _ = path.write_text("नमस्ते दुनिया, नमस्ते!", encoding="utf-8")
        ...     jc.text_unigrams(path).labels
        ('नमस्ते', 'दुनिया')
    """
    text = unicodedata.normalize("NFC", _read(path))
    counts = Counter(_words(text) if language is None else _words_of(text, language))
    if len(counts) < 2:
        raise ValueError(
            f"data file must hold at least two different words, got {len(counts)} in {str(path)!r}"
        )
    weights = np.fromiter(counts.values(), float)
    note = f"{sum(counts.values())} words, {len(counts)} different ones"
    return Dataset(
        f"text:{path}",
        weights / weights.sum(),
        tuple(counts),
        Path(path).name,
        file_hash(path),
        "the user's",
        note=note,
    )


# A word keeps its marks, the joiners between letters, and apostrophes inside; an emoji keeps its
# modifiers and what it is joined to; two letters of regions are one flag.
WORD = (
    r"[\p{L}\p{N}_][\p{L}\p{M}\p{N}_\u200c\u200d]*(?:['’][\p{L}\p{M}]+)*"
    r"|\p{Regional_Indicator}{2}"
    r"|\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f]*"
    r"(?:\u200d\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f]*)*"
)


def _words(text: str) -> list[str]:
    import regex

    return regex.findall(WORD, text.lower())


def _words_of(text: str, language: str) -> list[str]:
    """Words as `wordfreq` splits them for a language."""
    import langcodes
    from wordfreq import tokens

    if not langcodes.tag_is_valid(language):
        raise ValueError(f"language must be a code such as en, hi or zh, got {language!r}")
    try:
        words = tokens.tokenize(text, language, include_punctuation=False)
    except ImportError as problem:
        reason = " ".join(str(problem).split())
        raise ValueError(f"language {language!r} needs another package: {reason}") from None
    return [unicodedata.normalize("NFC", word) for word in words]


def _read(path) -> str:
    text = decoded(Path(path), None, fallback=False)[0]
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


@checked(vocabulary=Integer(2, 2**20))
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
    letters = prose()
    tokens = re.findall(r"\w+|[^\w\s]", letters.values.astype(np.uint8).tobytes().decode().lower())
    symbols = ("<rare>", *(word for word, _ in Counter(tokens).most_common(vocabulary - 1)))
    numbers = {word: number for number, word in enumerate(symbols)}
    values = np.array([numbers.get(word, 0) for word in tokens], np.int32)
    return Dataset(
        "prose-words", values, None, letters.file, letters.sha256, letters.license, symbols=symbols
    )


@checked(text=Dataset)
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
    Integer(1, len(text.values)).check_one("length", length)
    codes, numbers = np.unique(text.values, return_inverse=True)
    rows = len(numbers) // length
    return numbers[: rows * length].reshape(rows, length).astype(np.int32), codes
