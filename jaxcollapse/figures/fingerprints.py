"""Fingerprints of pictures: a digest of the code of this room that computes and draws a figure.

The whole module of the figure counts, and of other modules in the room what it uses, directly or
through what it uses. The registry, which serves all figures alike, does not count.
"""

import ast
import hashlib
import importlib
import inspect
from functools import cache
from typing import NamedTuple

SERVES_ALL = f"{__package__}.registry"


class Place(NamedTuple):
    """A name in a module."""

    module: str
    name: str


class Parts(NamedTuple):
    """What a module defines, as source and as the places that this uses, and what it imports."""

    code: dict[str, str]
    uses: dict[str, set[Place]]
    imported: set[Place]


def fingerprint_of_code(module: str) -> str:
    """Return the digest of the code of a figure, given the name of its module."""
    own = inspect.getsource(importlib.import_module(module))
    waiting, reached = set(_parts(module).imported), set()
    while waiting:
        reached |= waiting
        used = (_parts(at.module).uses.get(at.name, set()) for at in waiting)
        waiting = set().union(*used) - reached
    code = [own, *(_parts(at.module).code.get(at.name, "") for at in sorted(reached))]
    return hashlib.sha256("".join(code).encode()).hexdigest()[:16]


@cache
def _parts(module: str) -> Parts:
    text = inspect.getsource(importlib.import_module(module))
    tree, lines = ast.parse(text), text.splitlines(keepends=True)
    inside = module.startswith(f"{__package__}.")
    imports = dict(pair for node in tree.body if inside for pair in _imports(node))
    defined = {name: node for node in tree.body for name in _names(node)}
    here = {name: Place(module, name) for name in defined} | imports
    code, uses = {}, {}
    for name, node in defined.items():
        decorators = [each.lineno for each in getattr(node, "decorator_list", [])]
        code[name] = "".join(lines[min([node.lineno, *decorators]) - 1 : node.end_lineno])
        found = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        uses[name] = {here[each] for each in found & here.keys()}
    return Parts(code, uses, set(imports.values()))


def _imports(node):
    """The names that a statement imports from the room, with their places."""
    if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
        module = f"{__package__}.{node.module}"
        if module != SERVES_ALL:
            for each in node.names:
                yield each.asname or each.name, Place(module, each.name)


def _names(node):
    """The names that a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    for target in [*getattr(node, "targets", []), getattr(node, "target", None)]:
        if isinstance(target, ast.Name):
            yield target.id
