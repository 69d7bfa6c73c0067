"""Likelihoods against SciPy and against the variance function, cumulative sums against the loop
they stand for.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import jaxcollapse as jc
from jaxcollapse.space.examples import example_truth

QUADRATIC = [
    f()
    for f in jc.list_families().values()
    if f.__module__.startswith("jaxcollapse.") and issubclass(f, jc.AbstractQVF)
]


def evidence_of(family, values):
    return family.statistics(
        jc.Samples(jnp.asarray(values), jnp.ones(len(values))), example_truth(family)
    )


@pytest.mark.parametrize("family", QUADRATIC, ids=lambda f: type(f).__name__)
def test_the_score_of_a_quadratic_family_is_the_deviation_over_the_variance_function(family):
    truth, values = example_truth(family), [0.6, 0.2, 0.9]
    evidence = evidence_of(family, values)
    mean = float(truth.mean if hasattr(truth, "mean") else np.exp(truth.log_mean))
    score = jax.grad(lambda m: jc.log_likelihood(family, family.params(m), evidence))(
        jnp.asarray(mean)
    )
    expected = (sum(values) - 3 * mean) / float(family.variance_of(mean))
    np.testing.assert_allclose(score, expected, rtol=2e-4, atol=1e-4)


def test_likelihood_ratios_agree_with_scipy():
    x = [0.3, -1.2, 2.0, 0.1]
    gaussian = jc.Gaussian()
    ratio = [
        jc.log_likelihood(gaussian, jc.Gaussian.params(*p), evidence_of(gaussian, x))
        for p in ((0.5, 2.0), (-0.2, 0.7))
    ]
    expected = (
        stats.norm(0.5, math.sqrt(2)).logpdf(x).sum()
        - stats.norm(-0.2, math.sqrt(0.7)).logpdf(x).sum()
    )
    np.testing.assert_allclose(ratio[0] - ratio[1], expected, rtol=1e-5)
    p = [0.5, 0.2, 0.2, 0.05, 0.05]
    categorical = jc.Categorical()
    value = jc.log_likelihood(
        categorical, jc.Categorical.params(p), evidence_of(categorical, np.array([0, 0, 3, 1]))
    )
    np.testing.assert_allclose(value, np.log([p[0], p[0], p[3], p[1]]).sum(), rtol=1e-6)


def test_cumulative_sums_are_the_loop(key):
    scores = np.asarray(jax.random.normal(key, (3, 50)))
    expected, state = np.zeros((3, 50)), np.zeros(3)
    for t in range(50):
        state = np.maximum(0, state + scores[:, t] - 0.3)
        expected[:, t] = state
    np.testing.assert_allclose(jc.cusum(scores, 0.3), expected, atol=1e-12)


def test_crossings_alarms_and_their_median():
    paths = np.array([[0.0, 1.0, 3.0, 0.0], [0.0, 0.5, 0.9, 0.2], [2.0, 0.0, 0.0, 9.0]])
    np.testing.assert_array_equal(jc.first_crossings(paths, 1.0), [1, np.inf, 0])
    np.testing.assert_array_equal(jc.first_alarms(paths, math.exp(-2.5)), [2, np.inf, 3])
    assert jc.median_alarm(np.array([2, np.inf, 3])) == 3
    assert jc.median_alarm(np.array([np.inf, np.inf, 3])) == np.inf


def test_levels_keep_their_run_length():
    level = jc.cusum_level(run_length=200, allowance=0.4)
    np.testing.assert_allclose(jc.cusum_run_length(level, -0.4), 200, rtol=1e-7)
    np.testing.assert_allclose(jc.cusum_run_length(1e-6, 0.0), 2.0, rtol=1e-3)


def test_self_evidence_starts_at_nothing_and_reads_single_replicas(key):
    recursion = jc.Recursion(
        jc.Categorical(), jc.Replace(), truth=example_truth(jc.Categorical()), n=9
    )
    whole = jc.simulate(key, recursion, generations=3, replicas=4)
    part = jc.simulate(key, recursion, generations=3, replicas=range(2, 4))
    evidence = jc.self_evidence(key, whole, outputs=9)
    assert evidence.shape == (4, 4)
    np.testing.assert_array_equal(evidence[:, 0], 0)
    np.testing.assert_allclose(evidence[2:], jc.self_evidence(key, part, outputs=9), rtol=1e-5)


def test_bad_input_is_named(key):
    recursion = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(), n=9)
    run = jc.simulate(key, recursion, generations=2, replicas=1, observe=jc.variance)
    with pytest.raises(ValueError, match="must keep its parameters"):
        jc.self_evidence(key, run, outputs=9)
    with pytest.raises(ValueError, match="outputs must be an integer"):
        jc.self_evidence(key, run, outputs=0)
    with pytest.raises(ValueError, match=r"alpha must lie in \(0, 1\), got 1.5"):
        jc.first_alarms(np.zeros((1, 3)), 1.5)
    with pytest.raises(ValueError, match="at least 2 replicas"):
        jc.standardized_decline(run, jc.variance)
    with pytest.raises(ValueError, match=r"run_length must lie in \[2, 1e\+06\], got 1"):
        jc.cusum_level(run_length=1, allowance=0.5)
    with pytest.raises(ValueError, match="not defined for int"):
        jc.log_likelihood(3, None, None)
