"""The command line. Heavy imports wait until a command runs."""

from . import decompose, listing, predict, refute, reproduce, simulate, sweep, verify, watch  # noqa: F401
from .app import app, main

__all__ = ["app", "main"]
