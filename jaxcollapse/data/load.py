"""Data by a short specification such as `words:en` or `csv:PATH:COLUMN`."""

from .dataset import Dataset
from .text import csv_column, text_unigrams, word_frequencies


def load(specification: str) -> Dataset:
    """`words:en`, `text:PATH`, `csv:PATH:COLUMN`, `digits`, `mnist`, `fashion-mnist`, `prose`,
    `prose-words` or `toy:NAME`.
    """
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
