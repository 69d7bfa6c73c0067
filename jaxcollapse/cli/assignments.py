"""Values as the command line writes them: numbers, lists and records. Imports no NumPy."""

import re
from typing import Any


def written(text: str):
    """A record as a flag writes it: `discount:rate=0.5`, `verify:judge=(within:radius=2)`."""
    name, colon, fields = text.partition(":")
    if not colon:
        return text
    return {"name": name, **assignments(re.split(r";(?![^(]*\))", fields))}


def assignments(texts) -> dict[str, Any]:
    """Values by name from `n=100`, `p=0.5,0.3,0.2` or `judge=(within:radius=2)`."""
    found = {}
    for text in texts:
        name, _, value = text.partition("=")
        found[name.strip()] = _value(value.strip(), text)
    return found


def _value(value: str, text: str):
    if value.startswith("(") and value.endswith(")"):
        return written(value[1:-1])
    try:
        parts = [_number(part) for part in value.split(",")]
    except ValueError:
        raise ValueError(f"a symbol must look like n=100 or p=0.5,0.3,0.2, got {text!r}") from None
    return parts if "," in value else parts[0]


def _number(text: str):
    return int(text) if text.strip().lstrip("+-").isdigit() else float(text)
