"""Data by a short specification such as `words:en` or `table:PATH:COLUMN`."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .._names import check_name, known
from .classes import breast_cancer
from .dataset import Dataset
from .groups import colored_mnist, loans, recidivism
from .images import digits, fashion_mnist, mnist
from .tables import table_column
from .text import prose, prose_words, text_unigrams, word_frequencies
from .toys import toy

PACKAGED: dict[str, Callable[[], Dataset]] = {
    "digits": digits,
    "mnist": mnist,
    "fashion-mnist": fashion_mnist,
    "colored-mnist": colored_mnist,
    "breast-cancer": breast_cancer,
    "loans": loans,
    "recidivism": recidivism,
    "prose": prose,
    "prose-words": prose_words,
}
KINDS = ("words", "text", "table", "toy", *PACKAGED)
OPTIONS = {
    "text": ("language",),
    "table": (
        "categories", "weights", "groups", "missing", "decimal", "thousands", "delimiter",
        "encoding", "comment", "header", "sheet",
    ),
}  # fmt: skip
WORDS = {"yes": True, "no": False, "point": ".", "comma": ",", "space": " ", "none": ""}
MARKED = ("decimal", "thousands")


def load(specification: str) -> Dataset:
    """Load a data set by its specification.

    Args:
        specification: `words:LANGUAGE`, `text:PATH`, `table:PATH:COLUMN`, `toy:NAME`, or the name
            of packaged data, such as `digits`; `listing("data")` has them all. A text or a table
            may end in options as `text_unigrams` and `table_column` take them:
            `table:PATH:COLUMN?decimal=comma&missing=-&categories=yes`.

    Raises:
        ValueError: the specification is none of these, or the data cannot be read.
    """
    check_name(specification, "data")
    kind, _, rest = specification.partition(":")
    known(kind, KINDS, "data")
    if kind in PACKAGED:
        if rest:
            raise ValueError(f"data {kind} takes nothing after its name, got {specification!r}")
        return PACKAGED[kind]()
    if kind == "words":
        return word_frequencies(rest or "en")
    if kind == "toy":
        return toy(rest)
    rest, options = _options(kind, rest)
    if kind == "text" and rest:
        return text_unigrams(rest, **options)
    if kind == "table" and ":" in rest:
        return table_column(*_path_and_column(rest), **options)
    raise ValueError(f"data must be text:PATH or table:PATH:COLUMN, got {specification!r}")


def is_specification(text: str) -> bool:
    """Whether a text names data, and not parameters such as `mean=0;variance=1`."""
    return text.partition(":")[0] in KINDS


def _options(kind: str, rest: str) -> tuple[str, dict[str, Any]]:
    """What stands before the options, and the options; a ? may also be part of a name."""
    names = "|".join(OPTIONS[kind])
    found = re.fullmatch(rf"(.*?)\?((?:{names})=[^&]*(?:&\w+=[^&]*)*)", rest, re.S)
    if found is None:
        return rest, {}
    options: dict[str, Any] = {}
    for each in found[2].split("&"):
        name, _, value = each.partition("=")
        known(name, OPTIONS[kind], f"option of {kind}")
        if name in ("categories", "header"):
            options[name] = WORDS[known(value, ("yes", "no"), name)]
        elif name in MARKED:
            options[name] = WORDS.get(value, value)
        else:
            options[name] = value.split(",") if name == "missing" else value
    return found[1], options


def _path_and_column(text: str) -> tuple[str, str]:
    """The path and the column of `PATH:COLUMN`, where both may hold colons."""
    places = [match.start() for match in re.finditer(":", text)]
    for place in places:
        if Path(text[:place]).is_file():
            return text[:place], text[place + 1 :]
    return text[: places[-1]], text[places[-1] + 1 :]
