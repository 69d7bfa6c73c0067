"""The audit as a page that readers see."""

from collections import Counter
from itertools import groupby

from ..references import reference
from .records import FAULTS, WORDINGS, Check, Statement, statements


def audited_statements() -> str:
    """The audit as a page of Markdown, with the numbers of every check."""
    listed = statements()
    lines = [
        "# Statements of the literature, audited", "",
        "Statements that do not reproduce as printed, or are looser or narrower than they are quoted. Every number is",
        "evaluated at each build of this page, from laws that are themselves tested against simulation; the same numbers",
        "are printed by `jaxcollapse audit`, and `jaxcollapse audit --verify` simulates the deciding laws again.", "",
        _counts(listed), "",
        "*Read* is said of words seen in the paper, its abstract or its code; *second-hand*, of words that another source",
        "quotes; *recalled*, of words written from memory, which the paper may not have.", "",
    ]  # fmt: skip
    for subject, group in groupby(listed, key=lambda each: each.subject):
        lines += [f"## {subject.capitalize()}", ""]
        for each in group:
            lines += _entry(each, each.check())
    return "\n".join(lines)


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
    laws = ", ".join(f"[`{name}`](#law-{name})" for name in each.laws)
    table = [f"| {name} | {value:.6g} |" for name, value in found.numbers.items()]
    return [
        f"({each.name})=", f"### {each.name}", "", f"{reference(each.cite)}", "",
        f"> {each.statement} *({each.wording})*", "",
        f"**{each.fault.capitalize()}.** {each.finding}", "",
        "| number | value |", "|---|---|", *table, "",
        f"Decided by {laws}{'.' if found.holds else '; **the check fails**.'}", "",
    ]  # fmt: skip
