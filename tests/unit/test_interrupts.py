"""Interrupts that arrive where Python drops exceptions."""

import gc
import signal
import subprocess
import sys
import time
import weakref

import pytest
from small_sweeps import opened, planned, run

from jaxcollapse.interrupts import interrupts
from jaxcollapse.sweeps.driver import Driver


class Thing:
    """What a weak reference can point at."""


def in_a_collection(act):
    def callback(phase, about):
        if phase == "stop":
            act()

    gc.callbacks.append(callback)
    try:
        gc.collect()
    finally:
        gc.callbacks.remove(callback)


def in_a_weak_reference(act):
    thing = Thing()
    reference = weakref.ref(thing, lambda gone: act())
    del thing
    return reference


def signaled():
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("dropped", [in_a_collection, in_a_weak_reference])
def test_a_dropped_interrupt_comes_again(dropped, capsys):
    hook = sys.unraisablehook

    def lost():
        with interrupts():
            dropped(signaled)
            time.sleep(60)

    with pytest.raises(KeyboardInterrupt):
        lost()
    assert sys.unraisablehook is hook
    assert capsys.readouterr().err == ""


def test_other_errors_that_python_drops_are_told_as_before(monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    with interrupts():
        in_a_collection(lambda: 1 / 0)
    assert [each.exc_type for each in told] == [ZeroDivisionError]


def test_a_sweep_is_interrupted_in_a_collection(tmp_path, monkeypatch):
    show = Driver._show

    def interrupted(self, now=True):
        if not now:
            monkeypatch.setattr(Driver, "_show", show)
            in_a_collection(signaled)
            time.sleep(60)
        return show(self, now)

    monkeypatch.setattr(Driver, "_show", interrupted)
    report = run(planned(), tmp_path / "a.zarr")
    assert report.interrupted
    assert report.done == int((opened(tmp_path / "a.zarr").state == 1).sum())


COMMAND = """
import gc, signal, sys
from jaxcollapse import progress
from jaxcollapse.cli import main

sent = []

def callback(phase, about):
    if phase == "stop" and progress._OPEN and not sent:
        sent.append(phase)
        signal.raise_signal(signal.SIGINT)

gc.callbacks.append(callback)
sys.argv = ["jaxcollapse", *{words}]
main()
"""


def test_a_command_is_interrupted_in_a_collection():
    """Uninterrupted, it would take an hour."""
    words = ["verify", "--exhaustive"]
    process = subprocess.run(
        [sys.executable, "-c", COMMAND.format(words=words)],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert process.returncode == 130
    assert process.stderr == "jaxcollapse: interrupted; what was finished is kept\n"
