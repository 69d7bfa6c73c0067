"""The command line. Heavy imports wait until a command runs."""

# ruff: noqa: F401

from . import decompose, listing, predict, refute, reproduce, simulate, sweep, verify, watch
from .app import app, main

__all__ = ["app", "main"]
