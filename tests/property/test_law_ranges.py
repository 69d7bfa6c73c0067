"""Every law, at the edges of its declared ranges, has a value or refuses with a clear error.

All pairs of edges and large numbers of all laws: `pytest -m slow tests/property/test_law_ranges.py
-s`, which prints the counts.
"""

import resource
import signal
from collections import Counter
from contextlib import contextmanager

import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.testing.points import points_of

SECONDS = 20.0
MEMORY = 4 << 30


@contextmanager
def limited():
    """A limit of time, and of memory beyond what the process holds, for one point."""

    def late(*_):
        raise TimeoutError(f"took longer than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def little_memory():
    """A refusal must come before an array is made that a laptop cannot hold."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as file:
        held = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def outcome(law, point) -> str:
    """How a law answers: "value", "infinite", "undefined" (it says so) or "refused" (a range)."""
    try:
        with limited():
            value = np.asarray(law(**point), float)
    except ValueError as problem:
        if law.name not in str(problem):
            raise
        return "undefined" if "no value" in str(problem) else "refused"
    assert not np.any(np.isnan(value)), "nan"
    return "value" if np.all(np.isfinite(value)) else "infinite"


def answers(laws, **how) -> Counter:
    counts, failures = Counter(), []
    for law in laws:
        for point in points_of(law, **how):
            try:
                counts[outcome(law, point)] += 1
            except Exception as problem:
                failures.append(f"{law.name} at {point}: {type(problem).__name__} {problem}"[:400])
    print(dict(counts), "of", counts.total() + len(failures), "points; failures:", len(failures))
    assert not failures, "\n".join(failures)
    return counts


@pytest.mark.thorough
def test_every_law_has_a_value_or_refuses_at_every_edge(little_memory):
    counts = answers(jc.laws())
    assert counts["value"] > 5 * counts["undefined"]


@pytest.mark.slow
def test_every_law_has_a_value_or_refuses_at_every_pair_of_edges(little_memory):
    answers(jc.laws(), together=2, large=True)
