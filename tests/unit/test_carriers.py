"""Carriers say why they cannot run a recursion, and the error of `simulate` is their answer."""

import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.engine.carriers.choice import CARRIERS, carrier_for

STOPS = np.array([1, 11, 21], np.int32)


def bernoulli(n=20, workflow=None):
    truth = jc.Bernoulli().params(0.3)
    return jc.Recursion(jc.Bernoulli(), workflow or jc.Replace(), truth=truth, n=n)


def two_categories(n):
    return jc.Recursion(
        jc.Categorical(), jc.Replace(), truth=jc.Categorical.params([0.3, 0.7]), n=n
    )


@pytest.mark.parametrize(
    ("recursion", "name", "stops", "message"),
    [
        (bernoulli(3000), "skeleton", STOPS, "n of at most 2048 for Bernoulli, got 3000"),
        (two_categories(1 << 21), "skeleton", STOPS, "n of at most 1048576 for Categorical"),
        (bernoulli(), "skeleton", None, "`at` to hold two or more equally spaced"),
        (bernoulli(workflow=jc.Accumulate()), "skeleton", STOPS, "needs Replace"),
        (bernoulli(), "limit", None, "'population' or 'tilted' for Bernoulli, got 'limit'"),
    ],
)
def test_a_named_carrier_refuses_in_its_own_words(recursion, name, stops, message):
    with pytest.raises(ValueError, match=message):
        carrier_for(recursion, 21, name, stops)
    objections = [c.why_not(recursion, stops) for c in CARRIERS if c.name == name]
    assert all(objections)


@pytest.mark.parametrize("n", [30, 600, 3000])
def test_the_automatic_carrier_is_the_first_without_an_objection(n):
    recursion = bernoulli(n)
    chosen = next(c for c in CARRIERS if c.why_not(recursion, None) is None)
    assert type(carrier_for(recursion, 5)) is chosen


@pytest.mark.thorough
def test_a_skeleton_leaps_from_counts_where_samples_are_large(key):
    n, p = 65, 0.3
    run = jc.simulate(
        key, two_categories(n), generations=21, replicas=1 << 13, at=STOPS, carrier="skeleton"
    )
    found = jc.E(jc.heterozygosity)(run)
    expected = 2 * p * (1 - p) * (1 - 1 / n) ** np.array([0, *STOPS])
    assert np.all(np.abs(found.value - expected) <= 6 * found.error + 1e-6)
    assert np.all(np.asarray(run.params.weights)[:, 1:].sum(-1) == n)
