"""Marks of parameters on which a test is repeated."""

import pytest


def further(*values) -> list:
    """Parameters on which `.ci/run` repeats a test that README's command runs on others.

    `.ci/run` takes a third of all such parameters, chosen by the commit; `pytest -m thorough` takes
    every one.
    """
    several = (value if isinstance(value, tuple) else (value,) for value in values)
    marks = pytest.mark.thorough, pytest.mark.repeated
    return [pytest.param(*each, marks=marks) for each in several]


def first(values) -> list:
    """The first parameter for README's command, the others for `.ci/run`."""
    one, *others = values
    return [one, *further(*others)]


def every_third(values) -> list:
    """One parameter of three in a row for README's command, the others for `.ci/run`."""
    return [further(value)[0] if number % 3 else value for number, value in enumerate(values)]
