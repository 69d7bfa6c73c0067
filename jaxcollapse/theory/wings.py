"""Which module of the theory declares which laws, read from the sources without importing them.

A declaration is a call `law("name", Family, ...)`. A placeholder of an f-string name stands for
anything, and a family that is not written as a class may be any family, so that the modules found
are always enough, if sometimes more than needed.

So that a wing loads fast its modules write `import scipy`, which loads `scipy.stats` and other
submodules on first use; `scipy.stats` alone takes 0.3 s.
"""

import importlib
import pkgutil
import re
from collections.abc import Set
from functools import cache
from typing import NamedTuple

DECLARED = re.compile(
    r"""\blaw\(\s*(?P<f>f?)(["'])(?P<name>.+?)\2"""
    r"""(?:\s*,\s*(?:family\s*=\s*)?(?P<family>[\w.]+\b)(?!\s*=))?"""
)
PLACEHOLDER = re.compile(r"\{[^}]*\}")


class Declaration(NamedTuple):
    """One law as its module declares it: a pattern of its name, and the family as it is written."""

    module: str
    name: re.Pattern
    family: str | None


def shipped(module: str | None) -> bool:
    """Whether a module is one of the package's own theory."""
    return module is not None and module.startswith(f"{__package__}.")


@cache
def modules() -> tuple[str, ...]:
    """Names of all modules of the wings, found by walking the package."""
    return tuple(_sources())


def declaring(name: str) -> list[str]:
    """Modules that may declare a law of this name."""
    return _unique(each.module for each in declarations() if each.name.fullmatch(name))


def about(families: Set[str]) -> list[str]:
    """Modules that may declare laws of one of these families, given by the names of classes."""
    return _unique(
        each.module
        for each in declarations()
        if each.family in families or (each.family and not each.family[0].isupper())
    )


@cache
def declarations() -> tuple[Declaration, ...]:
    """Every declaration of a law in the sources of the wings."""
    return tuple(
        Declaration(module, _pattern(found["name"], bool(found["f"])), found["family"])
        for module, source in _sources().items()
        for found in DECLARED.finditer(source)
    )


@cache
def _sources() -> dict[str, str]:
    """Source of every module in the wings by its full name; empty where only bytecode is there."""
    found = {}
    path = importlib.import_module(__package__).__path__
    for wing in (each for each in pkgutil.iter_modules(path) if each.ispkg):
        prefix = f"{__package__}.{wing.name}"
        inside = importlib.import_module(prefix).__path__
        for module in pkgutil.walk_packages(inside, f"{prefix}."):
            loader = module.module_finder.find_spec(module.name).loader
            found[module.name] = loader.get_source(module.name) or ""
    return found


def _pattern(name: str, formatted: bool) -> re.Pattern:
    fixed = PLACEHOLDER.split(name) if formatted else [name]
    return re.compile(".*".join(re.escape(each) for each in fixed))


def _unique(names) -> list[str]:
    return list(dict.fromkeys(names))
