"""The audit as a page that readers see."""

from collections import Counter
from itertools import groupby

from ..references import reference
from .corrections import Correction, corrections
from .records import FAULTS, WORDINGS, Check, Statement, statements

HEAD = """# Statements of the literature, audited

Statements that do not reproduce as printed, or are looser or narrower than they are quoted. Every
number of a statement is computed at each build of this page, from laws that are themselves tested
against simulation. `jaxcollapse audit` prints the same numbers, and `jaxcollapse audit --verify`
simulates the deciding laws again. [Corrections](#corrections) of targets and catalogue entries are
at the end.
"""
WORDING = """*Read* means that the words were seen in the paper, its abstract or its code;
*second-hand* that another source quotes them; *recalled* that they were written from memory, so
that the paper may not have them.
"""
CORRECTIONS = """(corrections)=
## Corrections

Targets, entries of catalogues and earlier versions of ours that did not reproduce as given. They
were found by simulation; their numbers are not computed again at each build.
"""


def audited_statements() -> str:
    """The audit as a page of Markdown: statements with the numbers of their checks, corrections."""
    listed = statements()
    lines = [HEAD, _counts(listed), "", WORDING]
    for subject, group in groupby(listed, key=lambda each: each.subject):
        lines += [f"## {subject.capitalize()}", ""]
        for each in group:
            lines += _entry(each, each.check())
    lines.append(CORRECTIONS)
    for each in corrections():
        lines += _correction(each)
    return "\n".join(lines)


def _correction(each: Correction) -> list[str]:
    laws = f" Laws: {_links(each.laws)}." if each.laws else ""
    title = f"### {each.subject[0].upper()}{each.subject[1:]}"
    return [title, "", f"> {each.given}", "", f"{each.found}{laws}", ""]


def _links(laws: tuple[str, ...]) -> str:
    return ", ".join(f"[`{name}`](#law-{name})" for name in laws)


def _counts(listed: list[Statement]) -> str:
    faults, wordings = (
        Counter(each.fault for each in listed),
        Counter(each.wording for each in listed),
    )
    by_fault = ", ".join(
        f"{faults[fault]} {_of_many(fault, faults[fault])}" for fault in FAULTS if faults[fault]
    )
    by_wording = ", ".join(
        f"{wordings[wording]} {wording}" for wording in WORDINGS if wordings[wording]
    )
    return f"{len(listed)} statements: {by_fault}. Wording: {by_wording}."


def _of_many(fault: str, count: int) -> str:
    return fault.replace("does", "do") if count > 1 else fault


def _entry(each: Statement, found: Check) -> list[str]:
    table = [f"| {name} | {value:.6g} |" for name, value in found.numbers.items()]
    decided = f"Decided by {_links(each.laws)}"
    return [
        f"({each.name})=",
        f"### {each.name}",
        "",
        f"{reference(each.cite)}",
        "",
        f"> {each.statement} *({each.wording})*",
        "",
        f"**{each.fault.capitalize()}.** {each.finding}",
        "",
        "| number | value |",
        "|---|---|",
        *table,
        "",
        f"{decided}." if found.holds else f"{decided}; **the check fails**.",
        "",
    ]
