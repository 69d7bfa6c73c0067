"""A law does not speak of a configuration for which it does not hold, however it is asked."""

import jax
import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.theory.cases import default_cases
from jaxcollapse.theory.hypotheses import check_holds

EIGHT = np.ones(8, int)


def recursion(family, workflow, n, **sizes):
    truth = jc.space.examples.example_truth(family)
    return jc.Recursion(family, workflow, truth=truth, n=n, **sizes)


BROKEN = {
    "qvf-accumulate-scheduled-mean-error-bound": (
        recursion(jc.Exponential(), jc.Accumulate(), EIGHT),
        "assumes v2 = 0, got v2=1",
    ),
    "gaussian-replace-mean-tail": (
        recursion(jc.Gaussian(ddof=0), jc.Replace(), 8),
        "does not hold for",
    ),
    "gaussian-replace-variance": (
        recursion(jc.Gaussian(), jc.Accumulate(), 8),
        "does not hold for",
    ),
    "regression-replace-excess-risk": (
        recursion(jc.LinearRegression(), jc.Replace(), 4),
        "assumes",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_law_is_not_evaluated_where_it_does_not_hold(name):
    law, (r, problem) = jc.law_named(name), BROKEN[name]
    assert not law.holds_for(r)
    with pytest.raises(ValueError, match=f"{name} {problem}"):
        law.of(r, 3)
    with pytest.raises(ValueError, match=f"{name} {problem}"):
        jc.verify_law(jax.random.key(0), law, cases=[(r, 3)])


@pytest.mark.parametrize("law", jc.laws(), ids=lambda law: law.name)
def test_a_law_may_be_asked_at_its_own_cases(law):
    if law.family is not None and law.workflow is not None:
        for own, _ in default_cases(law):
            check_holds(law, own)
