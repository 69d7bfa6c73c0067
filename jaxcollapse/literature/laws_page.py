"""The registry as a page that readers see."""

from collections import Counter
from typing import get_args

from ..theory.conventions import conventions
from ..theory.kinds import Asymptotic, Bound, Kind
from ..theory.law import Law
from ..theory.proofs import STATUSES
from ..theory.registry import laws
from .catalogue import entries

ELSEWHERE = "outside the catalogue"
LEGEND = """Every law is a function: `jaxcollapse law NAME n=100 t=50`, or
`jc.law_named(NAME)(n=100, t=50)`. Here t counts fits and fit 1 uses real data; n is the number of
observations of a fit, d their dimension; `ddof` is 1 for the unbiased variance and 0 for maximum
likelihood (ML); hats mark estimates, an index 0 the truth. A name reads family, workflow,
quantity; `any` stands for all workflows that pool with fixed weights, `qvf` for families whose
variance is a quadratic function $v_0+v_1m+v_2m^2$ of the mean m. An *entry* is a line of the
[coverage table](coverage.md), a *source* a key of the [bibliography](bibliography.md); *derived*
says that no prior statement is known to us, *classical* that it is in textbooks. What a law
*takes* are the symbols of its function; a law *assumes* hypotheses on them, which every call
checks. The kind says how a law is tested:
"""
SUPPORT = """The last words of an entry are its status, what the law rests on besides simulations
([proofs](how-to/proofs.md)):
"""


def law_page() -> str:
    """Every law as Markdown, grouped as the catalogue groups its statements, with an anchor for
    each.
    """
    section = {entry.tag: entry.section for entry in entries()}
    groups: dict[str, list[Law]] = {
        name: [] for name in (*dict.fromkeys(section.values()), ELSEWHERE)
    }
    for each in laws():
        groups[section.get(each.tag, ELSEWHERE)].append(each)
    filled = {name: group for name, group in groups.items() if group}
    contents = ", ".join(
        f"[{name}](#laws-{_anchor(name)}) ({len(group)})" for name, group in filled.items()
    )
    lines = [
        "# Laws",
        "",
        f"Generated from the registry. {_counts(laws())}",
        "",
        contents,
        "",
        LEGEND,
        *_kinds(),
        "",
        SUPPORT,
        *_statuses(),
        "",
    ]
    for name, group in filled.items():
        lines += [f"(laws-{_anchor(name)})=", f"## {name.capitalize()}", "", _counts(group), ""]
        for each in group:
            lines += _entry(each)
    return "\n".join(lines)


def _kinds() -> list[str]:
    return [
        f"* *{kind.__name__.lower()}*: {(kind.__doc__ or '').split(chr(10))[0]}"
        for kind in get_args(Kind)
    ]


def _statuses() -> list[str]:
    found = Counter(each.status for each in laws())
    return [f"* *{status}* ({found[status]} laws): {words}" for status, words in STATUSES.items()]


def _supported(each: Law) -> str:
    """The status of a law, with the name of what supports it."""
    return each.status if each.proof is None else f"{each.proof.claim} `{each.proof.name}`"


def _anchor(name: str) -> str:
    return name.replace(" ", "-")


def _counts(listed: list[Law]) -> str:
    kinds = Counter(type(each.kind).__name__.lower() for each in listed)
    return (
        f"{len(listed)} laws: "
        + ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        + "."
    )


def _entry(each: Law) -> list[str]:
    tag = [f"entry {each.tag}"] if each.tag else []
    assumed = [f"assumes {statement}" for statement in each.assuming]
    sources = "source " + ", ".join(f"[{key}](#source-{key})" for key in each.cite)
    takes = (
        f"takes {', '.join(f'`{name}`' for name in each.symbols)}"
        if each.symbols
        else "takes nothing"
    )
    about = "; ".join([_claimed(each.kind), takes, *assumed, *tag, sources, _supported(each)])
    statement = " ".join([each.summary, *conventions(each)])
    return [f"(law-{each.name})=", f"### `{each.name}`", "", statement, "", f"*{about}*", ""]


def _power(symbol: str, exponent: float) -> str:
    base = symbol if len(symbol) == 1 else rf"\mathrm{{{symbol.replace('_', ' ')}}}"
    return f"${base}$" if exponent == 1 else f"${base}^{{{exponent:g}}}$"


def _claimed(kind: Kind) -> str:
    """The kind with what its fields add: the side of a bound, the symbol and the order of a limit,
    the law that it is the limit of.
    """
    match kind:
        case Bound(side):
            return f"{side} bound"
        case Asymptotic(symbol, order, of):
            limit = f"asymptotic, with an error of order {_power(symbol, -order)}"
            return limit if of is None else f"{limit}; limit of [`{of}`](#law-{of})"
    return type(kind).__name__.lower()
