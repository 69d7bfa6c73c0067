"""Figures: a paper's picture from one command, with its data, the theory through it, and the
paper's numbers beside ours.
"""

import importlib
import pkgutil

# Every module of the package is imported, because a module registers its figures on import.
_MODULES = [each.name for each in pkgutil.iter_modules(__path__)]
for _name in _MODULES:
    importlib.import_module(f".{_name}", __name__)

from .registry import Figure, Result, figure, figures  # noqa: E402

__all__ = ["Figure", "Result", "figure", "figures"]
