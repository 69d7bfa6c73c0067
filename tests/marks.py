"""Marks of parameters."""

import pytest


def further(*values) -> list:
    """Parameters on which `.ci/run` repeats a test that README's command runs on others."""
    several = (value if isinstance(value, tuple) else (value,) for value in values)
    return [pytest.param(*each, marks=pytest.mark.thorough) for each in several]


def first(values) -> list:
    """The first parameter for README's command, the others for `.ci/run`."""
    one, *others = values
    return [one, *further(*others)]
