"""Interrupts that Python would drop."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer, main_thread

AGAIN_AFTER = 0.05  # seconds


@contextmanager
def interrupts() -> Iterator[None]:
    """Send an interrupt again that was dropped.

    Python drops the exceptions of callbacks of its garbage collector, of weak references and of
    `__del__`. A signal that arrives during a collection raises `KeyboardInterrupt` in the callback
    that JAX has there, so Ctrl-C would be lost.
    """
    before, pending = sys.unraisablehook, []

    def hook(dropped) -> None:
        if not issubclass(dropped.exc_type, KeyboardInterrupt):
            return before(dropped)
        # At once, the signal would raise in this hook, and be dropped too.
        pending.append(Timer(AGAIN_AFTER, _interrupt))
        pending[-1].start()

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before
        for timer in pending:
            timer.cancel()


def _interrupt() -> None:
    """Interrupt the main thread, which may be waiting."""
    ident = main_thread().ident
    if ident is not None:
        signal.pthread_kill(ident, signal.SIGINT)
