"""What there is: names with a sentence each, of everything that a recursion or a command takes."""

import inspect
import re
from collections.abc import Callable, Mapping

from ._names import known
from .data import table_column, text_unigrams, toy, word_frequencies
from .data.load import PACKAGED
from .decoding import AbstractDecoding
from .families import kebab, list_families
from .figures import list_figures
from .metrics import list_metrics
from .metrics.parametrized import PATTERNS
from .records import concrete_subclasses
from .selection import AbstractSelection
from .theory import laws
from .workflows import list_workflows


def _sentence(documented) -> str:
    """The first sentence of a docstring, without the marks of formulas and code."""
    paragraph = " ".join((inspect.getdoc(documented) or "").partition("\n\n")[0].split())
    first = re.split(r"(?<=[.:])\s+(?=[A-Z])", paragraph)[0]
    return first.replace("$", "").replace("`", "")


def _documented(entries: Mapping) -> dict[str, str]:
    return {name: _sentence(each) for name, each in entries.items()}


def _below(base: type) -> dict[str, str]:
    return _documented({kebab(kind): kind for kind in concrete_subclasses(base)})


def _metrics() -> dict[str, str]:
    plain = {name: each.summary for name, each in list_metrics().items()}
    return plain | {each.shown: _sentence(each.make) for each in PATTERNS.values()}


def _data() -> dict[str, str]:
    files = {"text:PATH": text_unigrams, "table:PATH:COLUMN": table_column}
    named = {"words:LANGUAGE": word_frequencies, "toy:NAME": toy}
    return _documented(files | named | PACKAGED)


def _laws() -> dict[str, str]:
    return {each.name: each.summary for each in sorted(laws(), key=subject_of)}


def subject_of(law) -> str:
    """The subject of a law: the wing of the theory that it stands in."""
    return law.body.__module__.split(".")[2 if law.body.__module__.count(".") > 1 else -1]


SUBJECTS: dict[str, Callable[[], dict[str, str]]] = {
    "families": lambda: _documented(list_families()),
    "workflows": lambda: _documented(list_workflows()),
    "selections": lambda: _below(AbstractSelection),
    "decodings": lambda: _below(AbstractDecoding),
    "metrics": _metrics,
    "data": _data,
    "figures": lambda: {name: each.summary for name, each in list_figures().items()},
    "laws": _laws,
}


def listing(what: str) -> dict[str, str]:
    """Return what there is of a kind, with a sentence each.

    Args:
        what: `families`, `workflows`, `selections`, `decodings`, `metrics`, `data`, `figures` or
            `laws`; laws are sorted by subject.

    Raises:
        ValueError: another kind; the message offers the nearest.

    Example:
        >>> import jaxcollapse as jc
        >>> jc.listing("workflows")["accumulate"]
        'Keep all data, real and generated, and train on all.'
    """
    return SUBJECTS[known(str(what), SUBJECTS, "what")]()
