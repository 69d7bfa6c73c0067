"""Coverage of the catalogue of results: what is shipped follows from the tags of the registered
laws.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ..theory.kinds import Asymptotic, Identity
from ..theory.law import Law
from ..theory.registry import laws

LEGEND = """The catalogue is a list of statements on recursive training, collected from papers
and derived by us; each has a tag. An entry is *shipped* if laws carry its tag, *replaced* if
another entry says the same, *refused* if it is no law or did not pass, and *not yet* otherwise.
The table is generated from the tags of the registered laws.
"""


@dataclass(frozen=True)
class Entry:
    """One entry of the catalogue, with its fate; `reason` says why it has no law of its own."""

    tag: str
    section: str
    statement: str
    laws: tuple[str, ...]
    reason: str = ""
    refused: bool = False

    @property
    def status(self) -> str:
        """ "shipped", "replaced", "refused" or "not yet"."""
        if self.laws:
            return "shipped"
        if not self.reason:
            return "not yet"
        return "refused" if self.refused else "replaced"


@cache
def _data() -> dict:
    return tomllib.loads(
        resources.files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8")
    )


def entries() -> list[Entry]:
    """Every entry of the catalogue, in order.

    Example:
        >>> from jaxcollapse.literature.catalogue import entries
        >>> next(each.laws for each in entries() if each.tag == "WF-CHI2")
        ('categorical-replace-chi-square',)
    """
    data, carried = _data(), _by_tag()
    return [
        Entry(
            tag, section, statement, tuple(law.name for law in carried.get(tag, ())),
            data["refused"].get(tag) or data["replaced"].get(tag, ""), tag in data["refused"],
        )
        for section, statements in data["sections"].items()
        for tag, statement in statements.items()
    ]  # fmt: skip


def unlisted() -> dict[str, list[str]]:
    """Tags that laws carry and the catalogue does not list, with the laws that carry them."""
    known = {entry.tag for entry in entries()}
    return {
        tag: [law.name for law in found]
        for tag, found in _by_tag().items()
        if tag and tag not in known
    }


def orphans() -> list[str]:
    """Tags with a reason for having no law that are no entries of the catalogue."""
    data = _data()
    known = {tag for statements in data["sections"].values() for tag in statements}
    return [tag for tag in (*data["replaced"], *data["refused"]) if tag not in known]


def _by_tag() -> dict[str, list[Law]]:
    found: dict[str, list[Law]] = {}
    for law in laws():
        found.setdefault(law.tag, []).append(law)
    return found


def alone() -> list[str]:
    """Laws that nothing independent of their formula is compared with: no simulation of a
    recursion or by a `draw`, no second computation, no exact law that they are the limit of.

    Example:
        >>> alone()
        []
    """
    return [each.name for each in laws() if not _compared(each)]


def _compared(law: Law) -> bool:
    if isinstance(law.kind, Identity) or (isinstance(law.kind, Asymptotic) and law.kind.of):
        return True
    return law.draw is not None or (law.family is not None and law.quantity is not None)


def _companions() -> list[str]:
    """What the page says of laws without an independent companion."""
    names = ", ".join(f"[`{name}`](#law-{name})" for name in alone())
    found = f"Laws without one: {names}." if names else "No law is without one."
    return [
        "## Laws without an independent companion",
        "",
        "A companion is a simulation, a second computation of the same number, or an exact law "
        f"whose limit is meant. {found}",
        "",
    ]


def coverage() -> str:
    """The coverage table as Markdown."""
    listed = entries()
    counts = {
        status: sum(entry.status == status for entry in listed)
        for status in ("shipped", "replaced", "refused", "not yet")
    }
    lines = ["# Coverage of the catalogue", "", LEGEND]
    lines += [
        ", ".join(f"{count} {status}" for status, count in counts.items())
        + f", of {len(listed)} entries.",
        "",
    ]
    for section in dict.fromkeys(entry.section for entry in listed):
        lines += [
            f"## {section.capitalize()}",
            "",
            "| entry | states | status | laws, or why none |",
            "|---|---|---|---|",
        ]
        for entry in (each for each in listed if each.section == section):
            what = ", ".join(f"[`{name}`](#law-{name})" for name in entry.laws) or entry.reason
            lines.append(f"| {entry.tag} | {entry.statement} | {entry.status} | {what} |")
        lines.append("")
    return "\n".join([*lines, *_companions()])
