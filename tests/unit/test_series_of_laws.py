"""Laws of a series: those of any number are found by name and by quantity, and few are listed."""

import jax
import numpy as np
import pytest

import jaxcollapse as jc

FAMILY = jc.GroupedLabels(forgetting=0.3)
RATES = [0.6, 0.5, 0.75], [0.1, 0.2, 0.3]
TRUTH = FAMILY.params([0.5, 0.25, 0.25], [0.5, 0.4, 0.4], *RATES)
RECURSION = jc.Recursion(FAMILY, jc.Replace(), truth=TRUTH, n=12)
T = np.arange(1, 9)


def test_labelings_of_three_groups_share_what_is_absorbed():
    each = [jc.predict(jc.P(jc.labeled_as(k)), RECURSION, t=T) for k in range(8)]
    np.testing.assert_allclose(sum(each), jc.predict(jc.P(jc.labeling_absorbed), RECURSION, t=T))
    assert min(one[-1] for one in each) > 0


@pytest.mark.parametrize("metric", [jc.informedness, jc.selection_rate])
def test_a_law_of_a_later_group_is_that_of_the_first_one(metric):
    order = [2, 1, 0]
    swapped = FAMILY.params(
        [0.25, 0.25, 0.5], [0.4, 0.4, 0.5], *([rates[i] for i in order] for rates in RATES)
    )
    other = jc.Recursion(FAMILY, jc.Replace(), truth=swapped, n=12)
    np.testing.assert_allclose(
        jc.predict(jc.E(metric(2)), RECURSION, t=T), jc.predict(jc.E(metric(0)), other, t=T)
    )


def test_laws_that_were_asked_for_are_found_by_name_and_not_listed():
    listed = {each.name for each in jc.laws()}
    name = "grouped-labels-replace-labeling-13"
    assert jc.law_named(name).quantity == jc.P(jc.labeled_as(13))
    assert jc.law_named(f"{name}-limit").family is jc.GroupedLabels
    assert {each.name for each in jc.laws()} == listed
    assert name not in listed
    assert "grouped-labels-replace-labeling-3" in listed


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: jc.law_named("grouped-labels-replace-labelling-13"), "is unknown; did you mean"),
        (lambda: jc.law_named("grouped-labels-replace-labeling-999999999"), "is unknown"),
        (lambda: jc.predict(jc.P(jc.labeled_as(8)), RECURSION, t=1), r"labeling must .* \[0, 7\]"),
        (lambda: simulated(jc.labeled_as(8)), r"labeling of labeled-as-8 must .* \[0, 7\], got 8"),
        (lambda: simulated(jc.informedness(3)), r"group of informedness-3 must .* \[0, 2\], got 3"),
    ],
)
def test_groups_that_are_not_there_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def simulated(metric):
    return jc.simulate(jax.random.key(0), RECURSION, generations=2, replicas=2, observe=metric)
