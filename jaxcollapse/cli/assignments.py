"""Values as the command line writes them: numbers, lists and records. Imports no NumPy."""

import re
from typing import Any


def written(text: str):
    """A record as a flag writes it: `discount:rate=0.5`, `verify:judge=(within:radius=2)`.

    A field that is a record without fields is a word: `misspecified-gaussian:source=laplace`.
    Several records stand in a row: `composed:steps=(temperature:temperature=0.9),(top-k:k=2)`.
    """
    name, colon, fields = text.partition(":")
    if not colon:
        return text
    return {"name": name, **assignments(_split(fields, ";"), words=True)}


def _split(text: str, separator: str) -> list[str]:
    """The parts between separators that stand outside parentheses."""
    parts, depth = [""], 0
    for each in text:
        depth += (each == "(") - (each == ")")
        if each == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += each
    return parts


def assignments(texts, words: bool = False) -> dict[str, Any]:
    """Values by name from `n=100`, `p=0.5,0.3,0.2` or `judge=(within:radius=2)`.

    With `words` a value may be the name of a record.
    """
    found = {}
    for text in texts:
        name, value = (each.strip() for each in text.partition("=")[::2])
        is_word = words and re.fullmatch(r"[a-z][a-z0-9-]*", value)
        named = is_word and value not in ("nan", "inf", "infinity")
        found[name] = value if named else _value(value, text)
    return found


def _value(value: str, text: str):
    if value.startswith("(") and value.endswith(")"):
        records = [written(each.strip()[1:-1]) for each in _split(value, ",")]
        return records if len(records) > 1 else records[0]
    try:
        parts = [_number(part) for part in value.split(",")]
    except ValueError:
        raise ValueError(f"a symbol must look like n=100 or p=0.5,0.3,0.2, got {text!r}") from None
    return parts if "," in value else parts[0]


def _number(text: str):
    return int(text) if text.strip().lstrip("+-").isdigit() else float(text)
