"""Kernel density estimates: bandwidths against SciPy, kernels against their moments, edges and
refusals.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import jaxcollapse as jc
from jaxcollapse.families.kernel import KernelParams

POINTS = np.random.default_rng(4).normal(size=(9, 2)) @ np.array([[2.0, 0.0], [1.0, 0.5]])
WEIGHTS = np.array([1.0, 2.0, 1.0, 0.5, 1.0, 3.0, 1.0, 1.0, 0.25])


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: jc.KernelDensity.params([]), r"points must have shape \(size,\) or \(size, d\)"),
        (lambda: jc.KernelDensity.params([1.0, np.nan]), "points must lie in"),
        (lambda: jc.KernelDensity.params([1.0, 2.0], [1.0, -1.0]), "weights must lie in"),
        (lambda: jc.KernelDensity.params([1.0, 2.0], [0.0, 0.0]), "not all zero"),
        (lambda: jc.KernelDensity.params([1.0, 2.0], [1.0]), "one per point"),
        (lambda: jc.KernelDensity.params([1.0], width=-0.1), r"width must lie in \[0, inf\)"),
        (lambda: jc.FixedBandwidth(-1.0), r"FixedBandwidth\.width must lie in \[0, inf\), got -1"),
        (
            lambda: jc.mean(jc.KernelDensity(), jc.KernelDensity.params(POINTS), None),
            "take mean_error in 2 dimensions",
        ),
    ],
)
def test_refused_by_name(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()


@pytest.mark.parametrize("points", [POINTS, POINTS[:, 0]], ids=["plane", "line"])
@pytest.mark.parametrize("bandwidth", [jc.Scott(), jc.Silverman()], ids=["scott", "silverman"])
def test_bandwidths_are_those_of_scipy(points, bandwidth):
    samples = jc.Samples(jnp.asarray(points), jnp.asarray(WEIGHTS))
    root = jc.KernelDensity(bandwidth=bandwidth).fit(None, samples, None).root
    reference = stats.gaussian_kde(points.T, type(bandwidth).__name__.lower(), WEIGHTS)
    np.testing.assert_allclose(root @ root.T, reference.covariance, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_the_top_hat_fills_its_ball(d, key):
    noise = np.asarray(jc.TopHat().noise(key, 4096, d))
    radius = np.sqrt((noise**2).sum(axis=1))
    assert radius.max() <= 1 + 1e-6
    assert stats.kstest(radius**d, "uniform").pvalue > 1e-7
    spread = np.sqrt(4096) * (noise.mean(axis=0)) / np.sqrt(jc.TopHat().variance(d))
    assert np.max(np.abs(spread)) < 6


def test_collapsed_clouds_are_states_not_errors(key):
    still = KernelParams(jnp.full((6, 3), 2.0), jnp.ones(6), jnp.zeros((3, 3)))
    for bandwidth in (jc.Silverman(), jc.FixedBandwidth(0.0)):
        family = jc.KernelDensity(bandwidth=bandwidth)
        refit = jax.jit(
            lambda model, f=family: f.fit(
                None, jc.Samples(f.sample(key, model, 4), jnp.ones(4)), model
            )
        )
        again = refit(still)
        np.testing.assert_array_equal(again.root, np.zeros((3, 3)))
        np.testing.assert_array_equal(again.points, np.full((4, 3), 2.0))
        assert float(jc.fixed(family, again, still)) == 1


def test_a_singular_cloud_is_blurred_only_along_itself(key):
    line = np.outer(np.arange(5.0), [1.0, 2.0, -1.0])
    family = jc.KernelDensity(bandwidth=jc.Silverman())
    refit = jax.jit(
        lambda x: family.sample(key, family.fit(None, jc.Samples(x, jnp.ones(5)), None), 50)
    )
    drawn = np.asarray(refit(jnp.asarray(line)))
    np.testing.assert_allclose(drawn[:, 1], 2 * drawn[:, 0], atol=1e-4)
    np.testing.assert_allclose(drawn[:, 2], -drawn[:, 0], atol=1e-4)


def test_accumulation_keeps_every_point_and_weight_zero_is_absent(key):
    family = jc.KernelDensity(jc.TopHat(), jc.FixedBandwidth(0.2))
    truth = family.params(np.r_[np.zeros(8), np.ones(24)], width=0.1)
    recursion = jc.Recursion(family, jc.Accumulate(), truth=truth, n=5)
    kept = jc.Metric(
        "kept", "points of the model", lambda family, params, truth: jnp.sum(params.weights > 0)
    )
    run = jc.simulate(key, recursion, generations=4, replicas=3, observe=kept)
    np.testing.assert_array_equal(run.values(kept), np.tile([32, 5, 10, 15, 20], (3, 1)))
    absent = family.params([0.0, 100.0, 1.0], [1.0, 0.0, 1.0])
    assert np.asarray(jax.jit(lambda model: family.sample(key, model, 64))(absent)).max() < 2


def test_two_points_are_enough(key):
    family = jc.KernelDensity(bandwidth=jc.Silverman())
    recursion = jc.Recursion(family, jc.Replace(), truth=family.params([0.0, 1.0], width=0.1), n=2)
    values = jc.simulate(key, recursion, generations=30, replicas=4, observe=jc.variance).values(
        jc.variance
    )
    assert np.all(np.isfinite(values))
