"""Notes on a formula: its source, its proof, its hypotheses, its cases and its rivals.

Each note is a decorator between `law`, which collects them, and the formula.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..arguments import check_all, check_callable, checked
from .proofs import Proof
from .subjects import Subject
from .variance_function import with_coefficients

NOTES = "__law_notes__"


def _texts(name: str, values) -> None:
    check_all(name, values, str)


def _cases(name: str, values) -> None:
    later = len(values) == 1 and callable(values[0])
    if not later:
        check_all(name, values, tuple, Mapping, Subject)


@checked(cite=_texts, tag=str)
def source(*cite: str, tag: str = ""):
    """The source of a law.

    Args:
        cite: keys of the bibliography; "derived" where no prior statement is known.
        tag: tag of the statement in the catalogue of results.
    """
    return _noted(cite=cite, tag=tag)


@checked(evidence=Proof)
def proof(evidence: Proof):
    """What a law rests on besides its source and simulations.

    Args:
        evidence: `Coq("File.theorem")`, `Certified`, `Derivation` or `Enumeration` with the name of
            its test.
    """
    return _noted(proof=evidence)


@checked(when=check_callable, where=Mapping, assuming=Mapping)
def holds(*, when: Callable | None = None, where: Mapping | None = None, assuming=None):
    """The hypotheses of a law.

    Args:
        when: predicate on the recursion, for hypotheses that its types do not express.
        where: domain of each symbol that is narrower than its usual one.
        assuming: hypotheses that tie symbols together, such as `SPARE_ROWS` for n > d + 1.
    """
    given = {"when": when, "where": where, "assuming": assuming}
    return _noted(**{name: value for name, value in given.items() if value is not None})


@checked(at=_cases, draw=check_callable)
def tried(*at, draw: Callable | None = None):
    """The cases at which a law is tried.

    Args:
        at: configurations as `(recursion, generations)`, derived from the law's types unless
            given, or one function that returns them, called when they are needed; mappings of
            symbols for identities and for laws with a `draw`.
        draw: simulation of a statement that is not about a trajectory,
            `(key, replicas, **symbols) -> (replicas, ...)`.
    """
    made_later = len(at) == 1 and inspect.isfunction(at[0])
    return _noted(at=Subject(at[0]) if made_later else at, draw=draw)


@checked(name=str, formula=check_callable)
def rival(name: str, formula: Callable | None = None, /, **instead):
    """A nearby wrong formula, which the data must reject.

    Args:
        name: what is wrong with it.
        formula: the wrong formula, `(xp, **symbols)`; the law's own unless given. It takes the
            symbols that it names.
        instead: other values of some symbols: numbers, or functions of symbols (and of `xp`), such
            as `n=lambda n: n - 1`.

    Raises:
        ValueError: neither a formula nor a replaced symbol is given.
    """
    if formula is None and not instead:
        raise ValueError(f"rival {name!r} needs a formula or replaced symbols")

    def note(body):
        wrong = with_coefficients(formula or body)
        return rivals({name: _replaced(wrong, instead) if instead else wrong})(body)

    return note


def rivals(formulas: Mapping[str, Callable]):
    """Several rivals at once, by name."""

    def note(body):
        known = getattr(body, NOTES, {}).get("rivals", {})
        flat = {name: with_coefficients(formula) for name, formula in formulas.items()}
        return _noted(rivals={**flat, **known})(body)

    return note


def notes_of(body: Callable) -> dict[str, Any]:
    """Return the notes on a formula."""
    return dict(getattr(body, NOTES, {}))


def _noted(**notes):
    def note(body):
        setattr(body, NOTES, {**getattr(body, NOTES, {}), **notes})
        return body

    return note


def _replaced(formula: Callable, changes: Mapping[str, Any]) -> Callable:
    """The same formula with some of its symbols replaced."""
    parameters = dict(inspect.signature(formula).parameters)
    if unknown := changes.keys() - parameters.keys():
        raise ValueError(
            f"{formula.__name__} has no symbol {', '.join(sorted(unknown))} to replace"
        )
    defaults = {name: e.default for name, e in parameters.items() if e.default is not e.empty}
    read = {
        name: list(inspect.signature(change).parameters)
        for name, change in changes.items()
        if callable(change)
    }

    def wrong(xp, **symbols):
        known = {"xp": xp, **defaults, **symbols}
        own = {name: value for name, value in symbols.items() if name in parameters}
        for name, change in changes.items():
            own[name] = change(*(known[each] for each in read[name])) if name in read else change
        return formula(xp, **own)

    # A rival takes what its formula takes, less what is fixed, and whatever its replacements read.
    wanted = [each for name, each in parameters.items() if name not in changes]
    named = {each.name for each in wanted}
    extra = dict.fromkeys(each for names in read.values() for each in names if each not in named)
    keyword = inspect.Parameter.KEYWORD_ONLY
    wrong.__signature__ = inspect.Signature(  # pyright: ignore[reportFunctionMemberAccess]
        [each.replace(kind=keyword) if i else each for i, each in enumerate(wanted)]
        + [inspect.Parameter(name, keyword) for name in extra]
    )
    return wrong
