"""Data by a short specification such as `words:en` or `csv:PATH:COLUMN`."""

from .dataset import Dataset
from .images import digits, fashion_mnist, mnist
from .text import csv_column, prose, prose_words, text_unigrams, word_frequencies
from .toys import toy

PACKAGED = {
    "digits": digits,
    "mnist": mnist,
    "fashion-mnist": fashion_mnist,
    "prose": prose,
    "prose-words": prose_words,
}


def load(specification: str) -> Dataset:
    """`words:en`, `text:PATH`, `csv:PATH:COLUMN`, `digits`, `mnist`, `fashion-mnist`, `prose`,
    `prose-words` or `toy:NAME`.

    Raises:
        ValueError: the specification is none of these, or the data cannot be read.
    """
    kind, _, rest = specification.partition(":")
    path, _, column = rest.rpartition(":")
    if kind in PACKAGED:
        return PACKAGED[kind]()
    if kind == "words":
        return word_frequencies(rest or "en")
    if kind == "toy":
        return toy(rest)
    if kind == "text" and rest:
        return text_unigrams(rest)
    if kind == "csv" and path:
        return csv_column(path, column)
    known = f"words:LANGUAGE, text:PATH, csv:PATH:COLUMN, {', '.join(PACKAGED)} or toy:NAME"
    raise ValueError(f"data must be {known}, got {specification!r}")
