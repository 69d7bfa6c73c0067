"""The entry point of Hypothesis: `st.from_type(jc.Recursion)` works without importing JAX early.

Hypothesis calls `register` when it is imported. The types of the simulator are registered at once
if it is loaded, else as soon as it is.
"""

import importlib.abc
import importlib.util
import sys

LOADED = "jaxcollapse.recursion"


def register() -> None:
    """Register strategies for the package's records, now or after `jaxcollapse.recursion` loads."""
    if LOADED in sys.modules:
        _register_types()
    elif not any(isinstance(finder, _WhenImported) for finder in sys.meta_path):
        sys.meta_path.insert(0, _WhenImported())


class _WhenImported(importlib.abc.MetaPathFinder):
    """Finds the module once through the other finders, and registers after it has run."""

    def find_spec(self, fullname, path, target=None):
        if fullname != LOADED:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return spec
        run = spec.loader.exec_module

        def run_and_register(module):
            run(module)
            _register_types()

        spec.loader.exec_module = run_and_register
        return spec


def _register_types() -> None:
    from hypothesis import strategies as st

    from .families.base import AbstractFamily
    from .recursion import Recursion
    from .workflows import AbstractWorkflow

    for kind in (Recursion, *_below(AbstractFamily), *_below(AbstractWorkflow)):
        st.register_type_strategy(kind, _resolved)


def _below(base: type) -> list[type]:
    """A class and every class below it, abstract ones included."""
    return [base, *(each for child in base.__subclasses__() for each in _below(child))]


def _resolved(asked: type):
    from .testing.strategies import resolve

    return resolve(asked)
