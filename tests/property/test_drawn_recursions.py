"""Drawn recursions are those that `simulate` takes, and a refused one names its cure."""

import jax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jaxcollapse as jc
from jaxcollapse.engine.plan import Plan
from jaxcollapse.testing.strategies import GENERATIONS


@settings(max_examples=30)
@given(st.from_type(jc.Recursion))
def test_every_drawn_recursion_has_a_plan(recursion):
    plan = Plan.of(jax.random.key(0), recursion, GENERATIONS, 1, "auto", None, None)
    assert plan.generations == GENERATIONS


@pytest.mark.parametrize("kind", [jc.MutatingCategorical, jc.SmoothedCategorical])
def test_a_source_of_other_categories_is_refused(kind):
    family = kind(source=[0.5, 0.3, 0.2])
    truth = jc.Categorical.params([0.5, 0.5])
    with pytest.raises(ValueError, match=rf"shape \(3,\) like {kind.__name__}.source, got \(2,\)"):
        jc.Recursion(family, jc.Replace(), truth=truth, n=9)


def test_a_verifier_on_a_net_names_its_cure():
    family = jc.nets.LinearVAE(2)
    truth = family.data([[0.0, 1.0], [1.0, 0.0]] * 40)
    judge, n = jc.Within(0.0, 1.0), family.minimum_size

    def verified(**how):
        rule = jc.Verify(judge, **how)
        return jc.Recursion(family, jc.Replace(), truth=truth, n=2 * n, selection=rule)

    with pytest.raises(ValueError, match=f"to Verify, got {2 * n}, .* keep 2: give it least={n}"):
        verified()
    assert verified(least=n).selection.least == n
