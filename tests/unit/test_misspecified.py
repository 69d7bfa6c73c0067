"""Normal fits of sources that are not normal: divergences, moments, and what the class costs."""

import numpy as np
import pytest
import scipy

import jaxcollapse as jc
from jaxcollapse.theory.gaussian.misspecified import divergence_of_projection

MIXTURE = jc.MixtureSource([0.7, 0.3], [0.0, 3.0], [1.0, 0.4])
SOURCES = (jc.LaplaceSource(), jc.UniformSource(), MIXTURE)
TRUTH = jc.MisspecifiedGaussian.params(0.7, 1.7)


def recursion_of(source, **fields):
    family = jc.MisspecifiedGaussian(source, **fields)
    return jc.Recursion(family, jc.Replace(), truth=TRUTH, n=40)


@pytest.mark.parametrize("source", SOURCES, ids=lambda each: type(each).__name__)
def test_a_source_is_standardized_and_knows_its_density_and_distribution(source, key):
    z, weights = (np.asarray(each, float) for each in source.points())
    moments = [weights @ z**power for power in range(5)]
    np.testing.assert_allclose(moments[:3], [1, 0, 1], atol=1e-6)
    np.testing.assert_allclose(moments[4] - 3, source.excess_kurtosis, atol=1e-5)
    x = np.asarray(source.standard(key, 4000), float)
    assert scipy.stats.kstest(x, lambda x: np.asarray(source.distribution(x))).pvalue > 1e-4
    edges = np.linspace(-1.7, 1.7, 2001)
    density = np.exp(np.asarray(source.log_density(edges), float))
    inside = np.diff(np.asarray(source.distribution(edges[[0, -1]]), float))[0]
    assert abs(scipy.integrate.simpson(density, x=edges) - inside) < 1e-5


def test_divergences_of_the_projection_are_known():
    normal = 0.5 * np.log(2 * np.pi * np.e)
    laplace, uniform = 1 + 0.5 * np.log(2), np.log(2 * np.sqrt(3))
    for source, entropy in zip(SOURCES, (laplace, uniform), strict=False):
        found = divergence_of_projection(jc.MisspecifiedGaussian(source))
        assert abs(found - (normal - entropy)) < 1e-6


def test_the_class_costs_once_and_samples_cost_in_every_fit(key):
    """The theorem of Pythagoras, replica by replica."""
    recursion = recursion_of(MIXTURE)
    metrics = [jc.kl_reverse, jc.w2, jc.metrics.list_metrics()["mean"], jc.log_variance]
    run = jc.simulate(key, recursion, generations=3, replicas=16, observe=metrics)
    found = {name: np.asarray(values, float)[:, 1:] for name, values in run.observed.items()}
    ratio = np.exp(-found["log-variance"])
    rest = 0.5 * (ratio - 1 - np.log(ratio) + (found["mean"] - 0.7) ** 2 * ratio / 1.7)
    paid = divergence_of_projection(recursion.family)
    np.testing.assert_allclose(found["kl-reverse"], paid + rest, rtol=1e-3)
    spread = np.sqrt(1.7) * (np.exp(0.5 * found["log-variance"]) - 1)
    assert np.all(found["w2"] > (found["mean"] - 0.7) ** 2 + spread**2)


def test_the_source_moved_and_scaled_leaves_nothing_of_expressivity(key):
    how = {"generations": 2, "replicas": 1, "carrier": "population", "observe": jc.kl_reverse}
    costs = {}
    for flexible in (False, True):
        recursion = recursion_of(jc.LaplaceSource(), flexible=flexible)
        run = jc.simulate(key, recursion, **how)
        costs[flexible] = np.asarray(run.observed["kl-reverse"])[0]
    paid = divergence_of_projection(recursion.family)
    np.testing.assert_allclose(costs[False], [0, paid, paid], atol=1e-4)
    np.testing.assert_allclose(costs[True], 0, atol=1e-5)


@pytest.mark.thorough
def test_a_source_is_decomposed_and_infinite_errors_are_refused(key):
    how = {"t": [1, 3], "key": key, "replicas": 256}
    found = jc.decompose(jc.E(jc.kl_reverse), recursion_of(jc.LaplaceSource()), **how)
    assert found.sources == ("statistical", "expressivity")
    np.testing.assert_allclose(found.floor.value, 0, atol=1e-9)
    assert found.expressivity.value[0] > 10 * found.expressivity.error[0]
    with pytest.raises(ValueError, match="must be finite in every combination"):
        jc.decompose(jc.E(jc.kl_reverse), recursion_of(jc.UniformSource()), **how)
