"""Parts of a decomposition sum to its total, whatever the values; interventions agree with closed
forms.
"""

import math

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jaxcollapse as jc
from jaxcollapse.analysis.combinations import with_sources
from jaxcollapse.analysis.oracles import oracles_of
from jaxcollapse.verification import allowed_sigmas

SOURCES = ("statistical", "expressivity", "approximation")
SUBSETS = [frozenset(s for i, s in enumerate(SOURCES) if mask >> i & 1) for mask in range(8)]
ERRORS = st.lists(st.floats(-5, 5), min_size=16, max_size=16)


def of(table):
    return jc.Decomposition(
        SOURCES, {on: np.reshape(table[2 * i : 2 * i + 2], (2, 1)) for i, on in enumerate(SUBSETS)}
    )


def regression():
    family = jc.LinearRegression(estimator=jc.Features(2, jc.ColdDescent(3, 0.3)), noise=0.5)
    return jc.Recursion(family, jc.Replace(), truth=family.params([1.0, -0.5, 0.3]), n=12)


@given(ERRORS)
def test_parts_sum_to_the_total(table):
    found = of(table)
    whole = found.total.value - found.floor.value
    np.testing.assert_allclose(sum(found.part(s).value for s in SOURCES), whole, atol=1e-12)
    np.testing.assert_allclose(
        found.statistical.value + found.expressivity.value + found.approximation.value,
        whole,
        atol=1e-12,
    )
    np.testing.assert_allclose(
        sum(e.value for e in found.increments(*reversed(SOURCES)).values()), whole, atol=1e-12
    )
    np.testing.assert_allclose(
        sum(found.interaction(*on).value for on in SUBSETS), found.total.value, atol=1e-12
    )


@given(ERRORS)
def test_shapley_parts_share_interactions_equally_and_lie_in_their_order_range(table):
    found = of(table)
    for source in SOURCES:
        shared = sum(found.interaction(*on).value / len(on) for on in SUBSETS if source in on)
        np.testing.assert_allclose(found.part(source).value, shared, atol=1e-12)
        low, high = found.order_range(source)
        assert np.all(low.value - 1e-12 <= found.part(source).value)
        assert np.all(found.part(source).value <= high.value + 1e-12)


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3))
def test_sources_that_only_add_do_not_interact(own):
    amounts = dict(zip(SOURCES, own, strict=True))
    found = jc.Decomposition(
        SOURCES, {on: np.full((1, 1), math.fsum(amounts[s] for s in on)) for on in SUBSETS}
    )
    for source in SOURCES:
        np.testing.assert_allclose(found.part(source).value, amounts[source], atol=1e-12)
        least, largest = found.order_range(source)
        np.testing.assert_allclose(least.value, largest.value, atol=1e-12)
    np.testing.assert_allclose(found.interaction(*SOURCES).value, 0.0, atol=1e-12)


@pytest.mark.thorough
def test_interventions_agree_with_closed_forms(key):
    closed = jc.decompose(jc.E(jc.excess_risk), regression(), t=3)
    simulated = jc.decompose(jc.E(jc.excess_risk), regression(), t=3, key=key, replicas=1 << 12)
    for source in SOURCES:
        part = simulated.part(source)
        assert abs(part.value - closed.part(source).value) < allowed_sigmas(3) * part.error
    assert closed.interaction("expressivity", "statistical").value != 0
    assert closed.total.error == 0


def test_damped_categories_have_no_approximation_error_without_sampling_error():
    family = jc.DampedCategorical([1.0, 1.0, 0.0], 0.6)
    recursion = jc.Recursion(family, jc.Replace(), truth=family.params([0.5, 0.3, 0.2]), n=9)
    found = jc.decompose(jc.E(jc.squared_distance), recursion, t=[1, 5])
    np.testing.assert_allclose(
        found.interaction("approximation", "expressivity").value, 0.0, atol=1e-6
    )
    np.testing.assert_allclose(found.interaction("approximation").value, 0.0, atol=1e-6)
    assert np.all(found.interaction("approximation", "statistical").value < -1e-3)
    assert np.all(found.approximation.value < 0)


def test_oracles_commute_and_touch_their_own_source():
    recursion, oracles = regression(), oracles_of(regression())
    backwards = dict(reversed(oracles.items()))
    for on in SUBSETS:
        one, other = with_sources(recursion, oracles, on), with_sources(recursion, backwards, on)
        assert str(one) == str(other)
    assert isinstance(
        with_sources(recursion, oracles, {"statistical"}).family.estimator, jc.LeastSquares
    )
    assert oracles["statistical"].change(recursion).family is recursion.family
    assert oracles["statistical"].carrier == "population"


@pytest.mark.parametrize(
    ("attempt", "error", "message"),
    [
        (
            lambda: jc.decompose(jc.Var(jc.excess_risk), regression(), t=1),
            ValueError,
            r"quantity must be an expectation",
        ),
        (
            lambda: jc.decompose(jc.E(jc.excess_risk), regression(), t=0),
            ValueError,
            r"t must be an integer in \[1",
        ),
        (
            lambda: jc.decompose(jc.E(jc.excess_risk), regression(), t=1, oracles={}),
            ValueError,
            "must name a source",
        ),
        (
            lambda: jc.decompose(jc.E(jc.parameter_error), regression(), t=1),
            LookupError,
            "no exact law",
        ),
        (
            lambda: of(range(16)).part("luck"),
            ValueError,
            "source must be one of statistical, expressivity, approximation",
        ),
        (lambda: of(range(16)).increments("statistical"), ValueError, "order must name each of"),
    ],
)
def test_refused_by_name(attempt, error, message):
    with pytest.raises(error, match=message):
        attempt()


def test_replicas_give_errors_of_parts():
    rng = np.random.default_rng(1)
    values = {on: rng.normal(size=(400, 1)) + len(on) for on in SUBSETS}
    part = jc.Decomposition(SOURCES, values).part("statistical")
    assert part.replicas == 400
    np.testing.assert_allclose(part.error, 20**-1 * np.sqrt(2 * (2 / 9 + 1 / 36)), rtol=0.2)
    assert jax.tree.leaves(part)
