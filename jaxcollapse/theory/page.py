"""The registry as a page that readers see."""

from collections import Counter

from .catalogue import entries
from .registry import Law, laws

ELSEWHERE = "outside the catalogue"


def law_page() -> str:
    """Every law as Markdown, grouped as the catalogue groups its statements, with an anchor for each."""
    section = {entry.tag: entry.section for entry in entries()}
    groups: dict[str, list[Law]] = {name: [] for name in (*dict.fromkeys(section.values()), ELSEWHERE)}
    for each in laws():
        groups[section.get(each.tag, ELSEWHERE)].append(each)
    filled = {name: group for name, group in groups.items() if group}
    contents = ", ".join(f"[{name}](#laws-{_anchor(name)}) ({len(group)})" for name, group in filled.items())
    lines = ["# Laws", "", f"Generated from the registry. {_counts(laws())}", "", contents, ""]
    for name, group in filled.items():
        lines += [f"(laws-{_anchor(name)})=", f"## {name.capitalize()}", "", _counts(group), ""]
        for each in group:
            lines += _entry(each)
    return "\n".join(lines)


def _anchor(name: str) -> str:
    return name.replace(" ", "-")


def _counts(listed: list[Law]) -> str:
    kinds = Counter(type(each.kind).__name__.lower() for each in listed)
    return f"{len(listed)} laws: " + ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) + "."


def _entry(each: Law) -> list[str]:
    tag = [f"entry {each.tag}"] if each.tag else []
    assumed = [f"assumes {statement}" for statement in each.assuming]
    about = [type(each.kind).__name__.lower(), *assumed, *tag, "source " + ", ".join(each.cite)]
    return [f"(law-{each.name})=", f"### `{each.name}`", "", each.summary, "", f"*{'; '.join(about)}*", ""]
