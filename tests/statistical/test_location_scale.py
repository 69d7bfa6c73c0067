"""Extremes: drawn statistics agree in law with drawn samples, pooled evidence with pooled data."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marks import first
from scipy import stats

import jaxcollapse as jc
from jaxcollapse.quantities.significance import FALSE_ALARM

REPLICAS = 1 << 13
TRUTHS = [
    (jc.Uniform(), jc.Uniform.params(1.7)),
    (jc.ShiftedExponential(0.5), jc.ShiftedExponential.params(0.7, 1.3)),
]


@pytest.mark.parametrize(("family", "truth"), TRUTHS, ids=["uniform", "shifted-exponential"])
@pytest.mark.parametrize(
    "workflow", first([jc.Accumulate(), jc.Discount(0.5)]), ids=["accumulate", "discount"]
)
def test_statistics_and_samples_agree_in_law(family, truth, workflow, key):
    recursion = jc.Recursion(family, workflow, truth=truth, n=5)
    observe = (jc.log_variance, jc.mean)
    runs = [
        jc.simulate(
            key, recursion, generations=4, replicas=REPLICAS, carrier=carrier, observe=observe
        )
        for carrier in ("statistics", "samples")
    ]
    for metric in observe:
        pair = [np.asarray(run.observed[metric.name][:, -1], float) for run in runs]
        assert stats.ks_2samp(*pair).pvalue > FALSE_ALARM


@given(st.floats(-2, 2), st.floats(0.1, 5), st.integers(1, 9))
def test_extremes_pool_like_the_data(shift, weight, size):
    rng = np.random.default_rng(size)
    x, y = rng.uniform(0.5, 2.0, size=8), rng.uniform(0.5, 2.0, size=size) + shift
    family, truth = TRUTHS[1]
    one = family.statistics(jc.Samples(jnp.asarray(x), jnp.ones(8)), truth)
    two = family.statistics(jc.Samples(jnp.asarray(y), jnp.ones(size)), truth)
    pooled = one + weight * two
    weights, both = np.r_[np.ones(8), np.full(size, weight)], np.r_[x, y]
    np.testing.assert_allclose(pooled.minimum, both.min(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        np.exp(pooled.log_excess), np.sum(weights * (both - both.min())), rtol=1e-4
    )
    np.testing.assert_allclose((0 * two + one).minimum, x.min(), rtol=1e-6)


def test_a_scaled_maximum_is_the_same_maximum_unless_it_is_absent():
    one, two = (
        jc.Maximum(jnp.asarray(3.0), jnp.asarray(0.2)),
        jc.Maximum(jnp.asarray(4.0), jnp.asarray(0.9)),
    )
    assert float((one + 0.1 * two).log_maximum) == pytest.approx(0.9)
    assert float((one + 0.0 * two).log_maximum) == pytest.approx(0.2)


@pytest.mark.parametrize(("family", "truth"), TRUTHS, ids=["uniform", "shifted-exponential"])
def test_collapsed_extremes_are_states_not_errors(family, truth, key):
    run = jc.simulate(
        key, jc.Recursion(family, jc.Replace(), truth=truth, n=2), generations=300, replicas=3
    )
    assert np.all(np.isfinite(run.values(jc.log_variance)))


@pytest.mark.parametrize("family", [jc.Laplace(), jc.Logistic()], ids=["laplace", "logistic"])
def test_standard_draws_have_their_declared_moments(family, key):
    """Errors from the eighth moments of these laws, below 2^8 for the fourth power."""
    x = np.asarray(family.standard(key, 1 << 20), float)
    allowed = stats.norm.isf(FALSE_ALARM / 6)
    for power, moment in ((1, 0.0), (2, 1.0), (4, 3 + family.excess_kurtosis)):
        values = x**power
        assert abs(values.mean() - moment) < allowed * values.std() / np.sqrt(len(x))


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: jc.Uniform.params(-1.0), r"scale must lie in \(0, inf\), got -1"),
        (lambda: jc.ShiftedExponential.params(0.0, 0.0), r"scale must lie in \(0, inf\), got 0"),
        (lambda: jc.Laplace(ddof=2), r"Laplace\.ddof must lie in \[0, 1\]"),
    ],
)
def test_refused_by_name(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()
