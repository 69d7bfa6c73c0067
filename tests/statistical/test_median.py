"""The median as an estimator of location: what it is on weighted samples, its exact variance,
universality.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import beta

import jaxcollapse as jc
from jaxcollapse.families.median import weighted_median
from jaxcollapse.literature import catalogue
from jaxcollapse.theory.gaussian.equivariant import median_variance
from jaxcollapse.verification import verify_law


@pytest.mark.parametrize("size", [1, 2, 5, 8])
def test_the_median_leaves_absent_observations_out(size):
    values = np.random.default_rng(size).normal(size=9)
    present = np.arange(9) < size
    found = weighted_median(jnp.asarray(values), jnp.asarray(present.astype(float)))
    np.testing.assert_allclose(found, np.median(values[:size]), rtol=1e-6)


def test_weights_count_as_copies():
    found = weighted_median(jnp.array([3.0, 1.0, 2.0, 8.0]), jnp.array([1.0, 2.0, 3.0, 4.0]))
    np.testing.assert_allclose(found, np.median([3, 1, 1, 2, 2, 2, 8, 8, 8, 8]))


def test_medians_move_and_stretch_with_the_data(key):
    family = jc.MedianLocation(jc.Logistic())
    runs = [
        jc.simulate(
            key,
            jc.Recursion(family, jc.Accumulate(), truth=family.params(*truth), n=6),
            generations=4,
            replicas=5,
        )
        for truth in ((0.0, 1.0), (0.7, 2.25))
    ]
    standard, moved = (np.asarray(run.params.mean) for run in runs)
    np.testing.assert_allclose(moved, 0.7 + 1.5 * standard, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [jc.Laplace(), jc.Logistic()], ids=["laplace", "logistic"])
def test_quantiles_have_variance_one_and_invert_the_draws(shape, key):
    u = (np.arange(1 << 16) + 0.5) / (1 << 16)
    np.testing.assert_allclose(np.mean(shape.quantile(u) ** 2), 1.0, rtol=2e-3)
    drawn = np.asarray(shape.standard(key, 1 << 16))
    for level in (0.1, 0.5, 0.7):
        below = np.mean(drawn < shape.quantile(np.asarray(level)))
        assert abs(below - level) < 5.4 * np.sqrt(level * (1 - level) / len(drawn))


def test_the_variance_of_a_median_is_that_of_its_order_statistics():
    shape = jc.Logistic()
    middle = beta(5, 5).expect(lambda u: shape.quantile(u) ** 2)
    np.testing.assert_allclose(median_variance(shape, 9), middle, rtol=1e-8)
    rng = np.random.default_rng(0)
    squares = np.median(shape.quantile(rng.uniform(size=(1 << 16, 8))), axis=1) ** 2
    assert abs(squares.mean() - median_variance(shape, 8)) < 5.4 * squares.std() / np.sqrt(
        len(squares)
    )


def test_discarded_medians_pass_their_verdict_and_count_as_coverage(key):
    law = jc.law_named("median-location-replace-mean-error")
    verdict = verify_law(key, law, quick=True)
    assert verdict.passed, verdict.worst
    entry = next(each for each in catalogue.entries() if each.tag == "R16")
    assert entry.status == "shipped"
    assert {law.name, "median-location-accumulate-mean-error"} <= set(entry.laws)


def test_refused_by_name():
    family = jc.MedianLocation()
    with pytest.raises(ValueError, match=r"variance must lie in \(0, inf\), got 0"):
        family.params(0.0, 0.0)
    recursion = jc.Recursion(family, jc.Replace(), truth=family.params(), n=9)
    with pytest.raises(ValueError, match="carrier must be 'auto', 'samples' or 'population'"):
        jc.simulate(jax.random.key(0), recursion, generations=2, replicas=1, carrier="statistics")
    with pytest.raises(
        ValueError, match="n of law median-location-replace-mean-error must be an integer in"
    ):
        jc.law_named("median-location-replace-mean-error")(
            shape=jc.Laplace(), n=2, t=1, variance=1.0
        )
