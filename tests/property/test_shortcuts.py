"""Shortcuts that keep a statistic never meet a rule that sees more than this statistic."""

import jax
import pytest

import jaxcollapse as jc
from jaxcollapse.engine.carriers.choice import carrier_for
from jaxcollapse.engine.carriers.samples import Sampled

RULES = {
    "top": jc.Top(jc.Slope(), 0.5),
    "best-of": jc.BestOf(jc.Slope()),
    "prefer": jc.Prefer(jc.Slope()),
    "verify": jc.Verify(jc.Agrees([1.0, 0.5, -0.3]), least=6),
    "detect": jc.Detect(0.3),
    "subsample": jc.Subsample(),
}
POOLS = [jc.AccumulateSubsample(), jc.AccumulateSubsample(replacement=True), jc.Retouch()]
REGRESSIONS = [jc.LinearRegression, jc.BlendedRegression]


def recursion(family, workflow, **parts):
    truth = family.params([0.8, -0.5, 1.1])
    return jc.Recursion(family, workflow, truth=truth, n=12, **parts)


@pytest.mark.parametrize("kind", REGRESSIONS)
@pytest.mark.parametrize("workflow", POOLS, ids=str)
def test_shared_inputs_are_not_drawn_row_by_row(kind, workflow):
    for carrier in ("auto", "samples"):
        with pytest.raises(ValueError, match="SharedDesign remembers the Gram matrix"):
            carrier_for(recursion(kind(design=jc.SharedDesign()), workflow), 3, carrier)
    carrier_for(recursion(kind(), workflow), 3)


@pytest.mark.parametrize("rule", RULES)
def test_shared_inputs_are_not_selected(rule):
    family = jc.LinearRegression(design=jc.SharedDesign())
    with pytest.raises(ValueError, match="SharedDesign remembers the Gram matrix"):
        carrier_for(recursion(family, jc.Replace(), selection=RULES[rule]), 3)


SCORED = [
    (jc.MultivariateGaussian(), jc.Top(jc.Closeness(0.0, 1.0), 0.5)),
    (jc.MultivariateGaussian(), jc.BestOf(jc.Slope())),
    (jc.MultivariateGaussian(), jc.Prefer(jc.Slope())),
    (jc.MultivariateGaussian(), jc.Verify(jc.Within(0.0, 1.0))),
    (jc.LinearRegression(), jc.Top(jc.Slope(), 0.5)),
]


@pytest.mark.parametrize(("family", "rule"), SCORED, ids=str)
def test_a_score_of_vectors_is_refused_by_name(family, rule):
    truth = (
        family.params([0.8, -0.5, 1.1])
        if isinstance(family, jc.LinearRegression)
        else (family.params([0.0, 1.0], [[1.0, 0.0], [0.0, 1.0]]))
    )
    r = jc.Recursion(family, jc.Replace(), truth=truth, n=20, selection=rule)
    with pytest.raises(ValueError, match="must give one number per observation"):
        jc.simulate(jax.random.key(0), r, generations=2, replicas=2)


def test_scores_of_numbers_pass():
    r = jc.Recursion(
        jc.Gaussian(),
        jc.Replace(),
        truth=jc.Gaussian.params(),
        n=20,
        selection=jc.Top(jc.Closeness(0.0, 1.0), 0.5),
    )
    assert isinstance(carrier_for(r, 2), Sampled)
