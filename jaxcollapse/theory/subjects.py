"""What laws are about: the names of the simulator, loaded when a law needs them.

A formula reads NumPy alone, and importing JAX, Equinox and the families takes a second of
processor time. So the modules of the wings import families, workflows, metrics and quantities from
here. Where the simulator is loaded already, a name is the thing itself. Where it is not, a name is
a `Subject`: it records what is called on it while a wing is read, and becomes the thing when the
law is asked what it is about.

The stub `subjects.pyi` tells type checkers that every name is the thing itself.
"""

import importlib
import re
import sys
from collections.abc import Callable
from contextlib import contextmanager
from functools import cache
from importlib import resources
from types import ModuleType
from typing import Any, Generic, TypeVar

PACKAGE = __package__.partition(".")[0]
MODULES = {"jax": "jax", "jnp": "jax.numpy"}
ROOM = re.compile(r"^from \.\.(\S+) import (.+)", re.MULTILINE)
SIMULATOR = f"{PACKAGE}.engine.simulate"
T = TypeVar("T")
_reading = False
_given_out = False


def __getattr__(name: str) -> Any:
    global _given_out
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if SIMULATOR in sys.modules:
        return _found(name)
    _given_out = True
    return Subject(lambda: _found(name))


def _settle():
    """Load the simulator and put it in the place of subjects among the names of the wings."""
    global _given_out
    if not _given_out:
        return
    importlib.import_module(SIMULATOR)
    _given_out = False
    for module in [each for name, each in sys.modules.items() if name.startswith(__package__)]:
        for name, each in list(vars(module).items()):
            if isinstance(each, Subject):
                setattr(module, name, value(each))


@cache
def _found(name: str) -> Any:
    """The thing of a name: a module, or a name in one of the rooms that the stub lists."""
    if name in MODULES:
        return importlib.import_module(MODULES[name])
    stub = resources.files(__package__).joinpath("subjects.pyi").read_text(encoding="utf-8")
    for room, shown in ROOM.findall(stub):
        # Nets need flax: that room is opened for its own names alone.
        if shown != "*" and name not in re.findall(r"\w+", shown):
            continue
        here = vars(importlib.import_module(f"{PACKAGE}.{room}"))
        # `families.categorical` is a module there, and `categorical` is a sampler elsewhere.
        if name in here and not isinstance(here[name], ModuleType):
            return here[name]
    raise AttributeError(f"no room of the simulator has the name {name!r}")


class Subject:
    """A name of the simulator, or calls on such names, whose value is made once, when needed."""

    def __init__(self, make: Callable[[], Any]):
        self._made = cache(lambda: _made(make))

    def __call__(self, *args, **keywords):
        return self._then(lambda own: own(*value(args), **value(keywords)))

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._then(lambda own: getattr(own, name))

    def __gt__(self, other):
        return self._then(lambda own: own > value(other))

    def __lt__(self, other):
        return self._then(lambda own: own < value(other))

    def __pow__(self, exponent):
        return self._then(lambda own: own ** value(exponent))

    def __instancecheck__(self, instance) -> bool:
        return isinstance(instance, self._made())

    def _then(self, step: Callable[[Any], Any]):
        later = Subject(lambda: step(self._made()))
        return later if _reading else value(later)


def value(recorded: Any) -> Any:
    """The thing itself, for a subject and for those in tuples, lists and dictionaries."""
    if isinstance(recorded, Subject):
        return recorded._made()
    if type(recorded) in (tuple, list):
        return type(recorded)(value(each) for each in recorded)
    if isinstance(recorded, dict):
        return {name: value(each) for name, each in recorded.items()}
    return recorded


@contextmanager
def reading(wing: bool = True):
    """While a wing is read, calls on subjects are recorded and carried out later."""
    global _reading
    before, _reading = _reading, wing
    try:
        yield
    finally:
        _reading = before


def _made(make: Callable[[], Any]) -> Any:
    with reading(False):
        _settle()
        return value(make())


class Late(Generic[T]):
    """A field of a dataclass that may be given as a subject and is read as the thing itself."""

    def __init__(self, **default: Any):
        self.default = default

    def __set_name__(self, owner, name: str):
        self.name = f"_{name}"

    def __get__(self, instance, owner=None) -> T:
        if instance is not None:
            # What is asked for may be a function that reads the names of its module.
            _settle()
            return value(vars(instance)[self.name])
        if self.default:
            return self.default["default"]
        # A dataclass takes an attribute that its class lacks for a field without a default.
        raise AttributeError(self.name)

    def __set__(self, instance, given: T):
        vars(instance)[self.name] = given
