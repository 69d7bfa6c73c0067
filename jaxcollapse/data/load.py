"""Data by a short specification such as `words:en` or `csv:PATH:COLUMN`."""

from .._names import known
from .dataset import Dataset
from .images import digits, fashion_mnist, mnist
from .tables import breast_cancer
from .text import csv_column, prose, prose_words, text_unigrams, word_frequencies
from .toys import toy

PACKAGED = {
    "digits": digits,
    "mnist": mnist,
    "fashion-mnist": fashion_mnist,
    "breast-cancer": breast_cancer,
    "prose": prose,
    "prose-words": prose_words,
}


KINDS = ("words", "text", "csv", "toy", *PACKAGED)


def load(specification: str) -> Dataset:
    """Load a data set by its specification.

    Args:
        specification: `words:LANGUAGE`, `text:PATH`, `csv:PATH:COLUMN`, `toy:NAME`, or the name of
            packaged data: `digits`, `mnist`, `fashion-mnist`, `breast-cancer`, `prose` or
            `prose-words`.

    Raises:
        ValueError: the specification is none of these, or the data cannot be read.
    """
    kind, _, rest = specification.partition(":")
    path, _, column = rest.rpartition(":")
    known(kind, KINDS, "data")
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
    raise ValueError(f"data must be text:PATH or csv:PATH:COLUMN, got {specification!r}")
