"""Laws at a far generation answer, or say by name how far they reach, within seconds.

All of them: `pytest -m slow tests/unit/test_far_times.py`.
"""

import time

import numpy as np
import pytest
from tried import symbols_at

import jaxcollapse as jc

FAR, SECONDS = 10**9, 5.0
MOVING = [law.name for law in jc.laws() if "t" in law.parameters]
# These took 20 to 50 seconds for numbers that t has no part in.
ONCE_SLOW = (
    "blended-regression-replace-excess-risk",
    "damped-gaussian-replace-log-variance",
    "linear-regression-cold-replace-excess-risk",
    "linear-regression-warm-replace-excess-risk",
)


def answered(name):
    """What a law gives far away: a number, or the names in its refusal."""
    law = jc.law_named(name)
    symbols = symbols_at(law) | {"t": FAR} | ({"x": 1.0} if "x" in law.parameters else {})
    start = time.process_time()
    try:
        value = np.asarray(law(**symbols), float)
    except ValueError as problem:
        found = str(problem)
        assert any(each in found for each in ("t of law", "t must", "t at most", "t=1"))
    else:
        assert not np.isnan(value).any()
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize("name", ONCE_SLOW)
def test_a_law_that_was_slow_answers_far_away(name):
    answered(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", MOVING)
def test_a_law_answers_far_away(name):
    answered(name)
