"""Names: registries that are complete when they are asked, and one wording for an unknown name."""

import difflib
import importlib
import pkgutil
import reprlib
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import TypeVar

SHOWN = 12
Entry = TypeVar("Entry")


def nearest(name: str, candidates: Iterable[str]) -> str:
    """The candidates that resemble a name, as the end of a message; some of them if none does.

    Example:
        >>> nearest("varience", ["variance", "mean"])
        'did you mean variance?'
        >>> nearest("q", ["variance", "mean"])
        'known are variance, mean'
    """
    listed = tuple(candidates)
    if near := _close(name, listed):
        return f"did you mean {', '.join(near)}?"
    return f"known are {', '.join(listed[:SHOWN])}{', …' * (len(listed) > SHOWN)}"


# A search among all laws takes 20 ms, and sweeps meet the same refusal many times.
@lru_cache(maxsize=256)
def _close(name: str, listed: tuple[str, ...]) -> list[str]:
    return difflib.get_close_matches(name, listed, n=3, cutoff=0.4)


def unknown(name: str, candidates: Iterable[str], what: str) -> ValueError:
    """The error for a name that is not among the candidates."""
    return ValueError(f"{what} {name!r} is unknown; {nearest(name, candidates)}")


def check_name(name, what: str) -> None:
    """Raise a `ValueError` for a name that is no text."""
    if not isinstance(name, str):
        shown = " ".join(reprlib.repr(name).split())
        raise ValueError(f"{what} must be a name, got {shown}")


def known(name: str, candidates: Iterable[str], what: str) -> str:
    """Return `name` if it is one of `candidates`, else raise a `ValueError` with the nearest."""
    check_name(name, what)
    if name not in candidates:
        raise unknown(name, candidates, what)
    return name


def entry(name: str, registry: Mapping[str, Entry], what: str) -> Entry:
    """The entry of a registry by its name. Raises `ValueError` with the nearest names."""
    return registry[known(name, registry, what)]


@cache
def import_below(package: str) -> None:
    """Import every module of a package, so that all that its modules register is registered."""
    found = importlib.import_module(package)
    for module in pkgutil.walk_packages(found.__path__, f"{package}."):
        importlib.import_module(module.name)
