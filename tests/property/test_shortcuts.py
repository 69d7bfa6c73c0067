"""Shortcuts that keep a statistic never meet a rule that sees more than this statistic."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.engine.carriers.choice import carrier_for
from jaxcollapse.engine.carriers.samples import Sampled
from jaxcollapse.evidence import Samples

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
def test_shared_inputs_are_the_rows_of_the_real_data(kind):
    """A run on samples relabels the inputs that it drew, not others of their Gram matrix."""
    family = kind(design=jc.SharedDesign())
    truth, key = family.params([0.8, -0.5, 1.1]), jax.random.key(0)
    sample = jax.jit(lambda key, model: family.sample(key, model, 12))
    fit = jax.jit(lambda *given: family.fit(*given))
    real = Samples(sample(key, truth), jnp.ones(12))
    model = fit(key, real, truth)
    for t in range(3):
        drawn = sample(jax.random.fold_in(key, t), model)
        np.testing.assert_array_equal(drawn[:, :-1], real.values[:, :-1])
        model = fit(key, Samples(drawn, jnp.ones(12)), model)
    shown = getattr(family.canonical(model), "model", family.canonical(model))
    gram = real.values[:, :-1].T @ real.values[:, :-1]
    np.testing.assert_allclose(shown.inputs, gram, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("rule", RULES)
def test_rules_that_see_rows_of_shared_inputs_draw_samples(rule):
    family = jc.LinearRegression(design=jc.SharedDesign())
    r = recursion(family, jc.Replace(), selection=RULES[rule])
    with pytest.raises(ValueError, match="cannot select observations of LinearRegression"):
        carrier_for(r, 3, "statistics")
    if rule in ("verify", "detect", "subsample"):
        assert isinstance(carrier_for(r, 3), Sampled)


@pytest.mark.parametrize("workflow", POOLS, ids=str)
def test_pools_that_choose_rows_draw_samples(workflow):
    assert isinstance(carrier_for(recursion(jc.LinearRegression(), workflow), 3), Sampled)


@pytest.mark.thorough
def test_subsampled_pools_of_shared_inputs_are_those_of_the_literature(key):
    """Excess risk of 32 weights after 10 fits to 100 pooled labels: 1.71 is published."""
    family, d = jc.LinearRegression(jc.SharedDesign()), 32
    truth = family.params(np.full(d, d**-0.5))
    r = jc.Recursion(family, jc.AccumulateSubsample(), truth=truth, n=100)
    run = jc.simulate(key, r, generations=10, replicas=200, observe=jc.excess_risk, at=[10])
    found = jc.E(jc.excess_risk)(run)
    assert abs(found.value[-1] - 1.71) <= 4 * found.error[-1]
    assert found.error[-1] < 0.06


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
