"""Infinite data: expected statistics and weighted points are the limits of large samples."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from marks import first

import jaxcollapse as jc
from jaxcollapse.engine.carriers.expectations import expected_statistics, is_registered
from jaxcollapse.engine.carriers.quadrature import weighted_points
from jaxcollapse.families.base import AbstractExponentialFamily, as_float
from jaxcollapse.space.examples import example_truth

LARGE = 1 << 14


def families(function, base):
    found = [kind for kind in jc.list_families().values() if issubclass(kind, base)]
    own = [kind for kind in found if kind.__module__.startswith("jaxcollapse.families")]
    return [kind for kind in own if function.dispatch(kind) is not function.dispatch(object)]


def numbers(model):
    """The numbers of a model in one vector."""
    leaves = jax.tree.leaves(model)
    return np.concatenate([np.ravel(leaf).astype(float) for leaf in leaves])


@pytest.mark.parametrize(
    "kind",
    first(families(expected_statistics, AbstractExponentialFamily)),
    ids=lambda k: k.__name__,
)
def test_expected_statistics_are_those_of_a_large_sample(kind, key):
    family = kind()

    @jax.jit
    def fits(key, truth):
        def fitted(key):
            evidence = family.sample_statistics(key, truth, LARGE, LARGE).reduced()
            return family.canonical(family.revise(evidence, truth))

        exact = family.revise(expected_statistics(family, truth, as_float(LARGE)), truth)
        return jax.vmap(fitted)(jax.random.split(key, 16)), exact

    drawn, exact = fits(key, jax.tree.map(jnp.asarray, example_truth(family)))
    drawn = np.stack([numbers(jax.tree.map(lambda leaf, i=i: leaf[i], drawn)) for i in range(16)])
    spread = drawn.std(axis=0, ddof=1) / 4 + 1e-5
    # What a finite sample is biased by is of order 1/n.
    apart = np.abs(drawn.mean(axis=0) - numbers(exact)) - 20 / LARGE * (1 + np.abs(numbers(exact)))
    assert np.all(apart < 6 * spread), (drawn.mean(axis=0), numbers(exact))


@pytest.mark.parametrize(
    "kind", first(families(weighted_points, jc.families.AbstractFamily)), ids=lambda k: k.__name__
)
def test_weighted_points_are_a_large_sample(kind):
    family = kind()

    @jax.jit
    def points_and_draws(truth):
        model = family.as_fit(truth)
        return weighted_points(family, model), family.sample(jax.random.key(1), model, LARGE)

    truth = jax.tree.map(jnp.asarray, example_truth(family))
    (points, weights), drawn = points_and_draws(truth)
    assert abs(float(weights.sum()) - 1) < 1e-5
    drawn = np.asarray(drawn).reshape(LARGE, -1)
    points = np.asarray(points, float).reshape(len(weights), -1)
    for power in (1, 2):
        expected = np.asarray(weights, float) @ points**power
        spread = (drawn.astype(float) ** power).std(axis=0) / np.sqrt(LARGE)
        assert np.all(np.abs((drawn**power).mean(axis=0) - expected) < 5 * spread + 1e-6)


def test_a_mixture_stays_at_the_truth_with_infinite_data(key):
    family = jc.GaussianMixture(steps=4)
    truth = example_truth(family)
    recursion = jc.Recursion(family, jc.Accumulate(), truth=truth, n=5)
    run = jc.simulate(key, recursion, generations=3, replicas=1, carrier="population")
    np.testing.assert_allclose(run.params.means[0, 3], truth.means, atol=1e-5)
    np.testing.assert_allclose(run.params.log_variances[0, 3], truth.log_variances, atol=1e-4)


@pytest.mark.thorough
def test_an_n_gram_of_lower_order_is_the_projection_of_its_truth(key):
    source = example_truth(jc.NGram(3))
    low = jc.NGram(2)
    recursion = jc.Recursion(low, jc.Replace(), truth=source, n=50)
    exact = jc.simulate(
        key, recursion, generations=2, replicas=1, carrier="population", observe=jc.kl
    )
    joint = np.asarray(source.weights, float).reshape(2, 2, 2)
    rows = joint.sum(0) / joint.sum((0, 2))[:, None]
    pairs = joint.sum(0)
    triples = pairs[:, :, None] * rows[None]
    truth_rows = joint / joint.sum(2, keepdims=True)
    divergence = np.sum(triples * np.log(rows[None] / truth_rows))
    np.testing.assert_allclose(exact.observed["kl"][0, 1:], divergence, rtol=2e-4)
    large = jc.Recursion(low, jc.Replace(), truth=source, n=2000)
    sampled = jc.simulate(key, large, generations=1, replicas=128, observe=jc.entropy_rate)
    entropy = -np.sum(pairs * np.log(rows))
    values = sampled.observed["entropy-rate"][:, 1]
    # The estimated entropy is too small by about 1/n.
    assert abs(values.mean() - entropy) < 5 * values.std() / np.sqrt(128) + 0.001


def test_an_n_gram_of_higher_order_than_its_truth_is_refused():
    with pytest.raises(ValueError, match=r"truth must be of order 3 or more for NGram\(3\)"):
        jc.Recursion(jc.NGram(3), jc.Replace(), truth=example_truth(jc.NGram(2)), n=50)


def test_families_without_a_limit_say_so(key):
    family = jc.OpenVocabulary()
    recursion = jc.Recursion(family, jc.Replace(), truth=example_truth(family), n=9)
    with pytest.raises(ValueError, match="'population' is not defined for OpenVocabulary"):
        jc.simulate(key, recursion, generations=1, replicas=1, carrier="population")
    assert not is_registered(expected_statistics, family)
