"""The command line. Heavy imports wait until a command runs."""

from . import (  # noqa: F401
    decompose,
    listing,
    predict,
    refute,
    reproduce,
    simulate,
    sweep,
    verify,
    watch,
)
from .app import app, main

__all__ = ["app", "main"]
