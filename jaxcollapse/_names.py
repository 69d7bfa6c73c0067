"""Look a name up among those that are known; an unknown one is refused with the nearest."""

import difflib


def known(name: str, names, what: str) -> str:
    """Return `name` if it is one of `names`, else raise a `ValueError` offering the nearest."""
    if name in names:
        return name
    near = difflib.get_close_matches(name, list(names), n=3, cutoff=0.4)
    hint = (
        f"did you mean {', '.join(near)}?"
        if near
        else f"known are {', '.join(list(names)[:12])}{', …' * (len(names) > 12)}"
    )
    raise ValueError(f"{what} {name!r} is unknown; {hint}")
