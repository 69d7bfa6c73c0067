"""Metrics are told apart by their formulas, so that no compiled program serves a formula that it
was not compiled for.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from marks import first

import jaxcollapse as jc

RECURSION = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(1.0, 1.0), n=10)


def run(key, observe=None):
    return jc.simulate(key, RECURSION, generations=2, replicas=4, observe=observe)


def constant(value):
    return jc.Metric(
        "constant", "a constant", lambda family, params, truth: value + 0.0 * params.mean
    )


@pytest.mark.parametrize(
    "derive", first([lambda m: m, lambda m: m**2, lambda m: m > 1.5, lambda m: (m < 1.5) ** 3])
)
def test_one_name_and_two_formulas_are_two_metrics(key, derive):
    one, two = derive(constant(1.0)), derive(constant(2.0))
    assert one != two
    assert one.name == two.name
    params, truth = RECURSION.truth, RECURSION.truth
    for each in (one, two):
        expected = np.full((4, 3), float(each(RECURSION.family, params, truth)))
        np.testing.assert_array_equal(run(key, each).values(each), expected)
        np.testing.assert_array_equal(run(key).values(each), expected)
        np.testing.assert_array_equal(
            jc.estimate(key, RECURSION, jc.E(each), generations=2, replicas=4).value, expected[0]
        )


def test_what_is_derived_in_the_same_way_is_the_same():
    assert (jc.variance > 0.5) == (jc.variance > 0.5)
    assert hash(jc.variance**2 < 3.0) == hash(jc.variance**2 < 3.0)
    assert jc.P(jc.variance > 0.5) == jc.P(jc.variance > 0.5)
    assert (jc.variance > 0.5) != (jc.mean > 0.5)
    assert (jc.variance > 0.5) != (jc.variance < 0.5)
    assert jc.variance**2 != jc.variance**3


def test_a_formula_registered_again_is_the_one_that_runs(key):
    level = jc.metric("level", "a formula that changes")
    for value in (1.0, 2.0):
        level.of(jc.Gaussian)(lambda family, params, truth, value=value: value + 0.0 * params.mean)
        for derived, expected in (
            (level, value),
            (level**2, value**2),
            (level > 1.5, float(value > 1.5)),
        ):
            np.testing.assert_array_equal(
                run(key, derived).values(derived), np.full((4, 3), expected)
            )
            np.testing.assert_array_equal(run(key).values(derived), np.full((4, 3), expected))


def test_a_comparison_of_samples_of_other_code_takes_the_name_over(key):
    first = jc.on_samples("gap", "distance of means", lambda x, y: jnp.abs(x.mean() - y.mean()), 16)
    second = jc.on_samples("gap", "sum of means", lambda x, y: x.mean() + y.mean(), 16)
    assert first != second
    assert not np.allclose(run(key, first).values(first), run(key, second).values(second))
    assert jc.vendi_of_order(3.0) == jc.vendi_of_order(3.0)


def test_two_metrics_of_one_name_cannot_be_observed_together(key):
    with pytest.raises(
        ValueError,
        match=r"observe must not hold different metrics of one name, got two named 'constant'",
    ):
        run(key, [constant(1.0), constant(2.0)])
    with pytest.raises(ValueError, match="two named 'constant'"):
        jc.estimate(
            key, RECURSION, [jc.E(constant(1.0)), jc.E(constant(2.0))], generations=2, replicas=4
        )


def test_nothing_is_compiled_again_for_the_same_metric(key):
    from jaxcollapse.engine import loop

    run(key, [jc.variance, jc.w2 > 0.25])
    before = loop.tile._cache_size() + loop.wide_tile._cache_size()
    run(jax.random.key(1), [jc.variance, jc.w2 > 0.25])
    assert loop.tile._cache_size() + loop.wide_tile._cache_size() == before
