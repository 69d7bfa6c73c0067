"""Hidden decline: a group is worse while the whole is not, and is not said to be where it is."""

import json

import numpy as np
import pytest
from scipy import stats

import jaxcollapse as jc

ALPHA, MISTAKE = 1e-3, 1e-7


def items(rng, size, major, minor):
    group = rng.choice(["major", "minor"], size, p=[0.8, 0.2])
    label = rng.integers(0, 2, size)
    right = rng.random(size) < np.where(group == "major", major, minor)
    return label, np.where(right, label, 1 - label), group


def stream(seed, *later, outputs=400):
    """Both groups are right at 0.9 in the reference, then as `later` says by generation."""
    rng = np.random.default_rng(seed)
    columns = [items(rng, 2000, 0.9, 0.9), *(items(rng, outputs, *each) for each in later)]
    return jc.Stream.of_labels(*zip(*columns, strict=True))


def hidden(seed, *later, **sizes):
    return jc.watch(stream(seed, *later, **sizes), alpha=ALPHA).hidden_decline


def test_it_is_one_record():
    found = hidden(0, *[(0.98, 0.6)] * 10)
    assert list(found.groups) == list(found.found) == ["minor"]
    assert found.groups["minor"] == pytest.approx(-0.3, abs=0.05)
    assert found.overall == pytest.approx(0.004, abs=4 * found.error)
    assert found.group_evidence["minor"] > np.log(1 / ALPHA) > found.overall_evidence
    assert 1 <= found.since == found.found["minor"] < found.until == np.inf
    assert json.loads(json.dumps(found.to_dict()))["until"] is None


def test_an_unchanged_whole_is_told_from_one_that_falls():
    """One decline in a hundred is left out where the whole stays: 0.9 of all items are right."""
    streams = 40
    unchanged = sum(hidden(seed, *[(0.95, 0.7)] * 10) is not None for seed in range(streams))
    assert stats.binom.cdf(unchanged, streams, 0.99) > MISTAKE
    for major, minor in ((0.84, 0.6), (0.9, 0.6), (0.6, 0.6)):
        told = [hidden(seed, *[(major, minor)] * 12, outputs=200) for seed in range(streams)]
        assert sum(each is not None for each in told) <= 1, (major, minor)


def test_it_is_hidden_until_the_whole_is_found():
    found = hidden(1, *[(0.98, 0.6)] * 6, *[(0.3, 0.3)] * 6)
    assert found.since < 6 < found.until <= 9
    # Only generations before the alarm of the whole count.
    assert found.groups["minor"] > -0.45


def test_a_group_that_is_found_after_the_whole_is_not_hidden():
    found = hidden(2, *[(0.98, 0.6)] * 6, *[(0.2, 0.6)] * 8)
    assert list(found.groups) == ["minor"]


def test_nothing_is_hidden_where_nothing_is_wrong():
    assert all(hidden(seed, *[(0.9, 0.9)] * 10) is None for seed in range(20))
