"""Splits of an error add up, and agree with the laws where there are some."""

import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.analysis import splits


def gaussian(workflow=None, n=10):
    truth = jc.Gaussian.params(0.3, 1.7)
    return jc.Recursion(jc.Gaussian(), workflow or jc.Replace(), truth=truth, n=n)


def assert_adds_up(found, whole):
    added = sum(each.value for each in found.parts.values())
    np.testing.assert_allclose(added, found.total.value, atol=1e-12)
    np.testing.assert_allclose(found.total.value, whole, rtol=1e-5, atol=1e-7)


@pytest.fixture(scope="module")
def run():
    import jax

    return jc.simulate(jax.random.key(0), gaussian(), generations=4, replicas=512)


def test_bias_and_variance(run):
    found = splits.bias_and_variance(run, lambda params: params.mean)
    assert_adds_up(found, np.mean((np.asarray(run.params.mean, float) - 0.3) ** 2, axis=0))
    assert np.all(np.abs(found.parts["bias"].value) <= 5 * found.parts["bias"].error + 1e-12)
    law = jc.predict(jc.E(jc.mean_error), gaussian(), t=np.arange(5))
    spread = found.parts["variance"]
    assert np.all(np.abs(spread.value - law) <= 5 * spread.error + 1e-12)


@pytest.mark.parametrize("name", ["kl", "w2"])
def test_mean_and_covariance(run, name):
    metric = jc.metrics.list_metrics()[name]
    found = splits.mean_and_covariance(run, metric)
    assert_adds_up(found, np.mean(np.asarray(run.values(metric), float), axis=0))
    assert np.all(found.parts["mean"].value >= 0)
    assert np.all(found.parts["covariance"].value >= -1e-6)


@pytest.mark.parametrize(
    ("workflow", "fresh"),
    [
        (jc.Replace(), 0),
        (jc.Accumulate(), 0),
        (jc.Anchor(), 0),
        (jc.Discount(np.array(0.5)), 0),
        (jc.Refresh(), 6),
    ],
    ids=lambda value: type(value).__name__,
)
def test_origins_sum_to_the_law_of_the_mean(workflow, fresh):
    family = jc.NormalMean()
    recursion = jc.Recursion(family, workflow, truth=family.params(0.0), n=10, fresh=fresh)
    for t in (1, 2, 5):
        law = float(jc.predict(jc.E(jc.mean_error), recursion, t=t))
        assert abs(splits.origins(recursion, t).sum() - law) < 1e-9 * max(law, 1)


@pytest.mark.parametrize(
    ("workflow", "fresh"), [(jc.Replace(), 0), (jc.Accumulate(), 0), (jc.Refresh(), 6)], ids=str
)
def test_origins_of_frequencies_and_variances_sum_to_their_laws(workflow, fresh):
    """The noise of a data set falls with the variance of the model that it comes from."""
    categories = jc.Categorical.params([0.5, 0.3, 0.15, 0.05])
    unit = 1 - sum(each**2 for each in (0.5, 0.3, 0.15, 0.05))
    normal = jc.Gaussian(ddof=0)
    for family, truth, metric, scale in (
        (jc.Categorical(), categories, jc.squared_distance, unit),
        (jc.Bernoulli(), jc.Bernoulli().params(0.3), jc.mean_error, 0.21),
        (normal, normal.params(0.3, 1.7), jc.mean_error, 1.7),
    ):
        recursion = jc.Recursion(family, workflow, truth=truth, n=10, fresh=fresh)
        for t in (1, 2, 5):
            law = float(jc.predict(jc.E(metric), recursion, t=t))
            assert abs(scale * splits.origins(recursion, t).sum() - law) < 1e-6 * law


def test_words_of_n_grams_that_are_lost_rare_or_common(key):
    """The truth has a higher order than the fits: its words are those of the fits."""
    truth = jc.NGram(3).params(np.array([[0.9, 0.1], [0.5, 0.5], [0.3, 0.7], [0.05, 0.95]]))
    recursion = jc.Recursion(jc.NGram(2), jc.Replace(), truth=truth, n=12)
    run = jc.simulate(key, recursion, generations=3, replicas=64)
    shares = splits.shares_of(run)
    assert shares.shape == (64, 4, 4)
    np.testing.assert_allclose(shares[0, 0], truth.weights.reshape(-1, 4).sum(axis=0))
    # A text of n words starts in a word of the last model, so its counts are right in the mean.
    assert np.all(np.abs(shares[:, 1].mean(axis=0) - shares[0, 0]) < 0.15)
    found = splits.by_frequency(run, tail=0.2)
    assert_adds_up(found, np.mean(np.sum((shares - shares[:, :1]) ** 2, axis=-1), axis=0))
    assert found.parts["lost"].value[3] > 0
    spread = splits.bias_and_variance(run, lambda params: shares)
    np.testing.assert_allclose(spread.total.value, found.total.value)


@pytest.mark.thorough
def test_symbols_of_a_language_model_are_split(key):
    from jaxcollapse import nets

    training = nets.Training(steps=30, batch=8)
    family = nets.LanguageModel(6, length=4, width=8, training=training)
    texts = np.random.default_rng(0).choice(6, size=(60, 4), p=[0.5, 0.3, 0.1, 0.05, 0.05, 0])
    recursion = jc.Recursion(family, jc.Replace(), truth=family.data(texts), n=40)
    run = jc.simulate(key, recursion, generations=2, replicas=3)
    shares = splits.shares_of(run, 256)
    np.testing.assert_allclose(shares[0, 0], np.bincount(texts.ravel(), minlength=6) / 240)
    np.testing.assert_allclose(shares.sum(axis=-1), 1)
    found = splits.by_frequency(run, size=256)
    assert_adds_up(found, np.mean(np.sum((shares - shares[:, :1]) ** 2, axis=-1), axis=0))


def test_categories_that_are_lost_rare_or_common(key):
    truth = jc.Categorical.params([0.5, 0.3, 0.15, 0.03, 0.02])
    recursion = jc.Recursion(jc.Categorical(), jc.Replace(), truth=truth, n=12)
    run = jc.simulate(key, recursion, generations=3, replicas=64)
    found = splits.by_frequency(run)
    assert_adds_up(found, np.mean(np.asarray(run.values(jc.squared_distance), float), axis=0))
    assert found.parts["lost"].value[3] > 0
    assert found.parts["lost"].value[0] == 0


def test_wrong_labels_by_group(key):
    family = jc.GroupedLabels(forgetting=np.array(0.2))
    truth = family.params([0.7, 0.3], base_rates=[0.6, 0.3])
    recursion = jc.Recursion(family, jc.Replace(), truth=truth, n=40)
    run = jc.simulate(key, recursion, generations=3, replicas=32)
    overall = jc.metrics.list_metrics()["overall-accuracy"]
    found = splits.by_group(run)
    assert set(found.parts) == {"group 0", "group 1"}
    assert_adds_up(found, 1 - np.mean(np.asarray(run.values(overall), float), axis=0))


def test_refused_by_name(run):
    with pytest.raises(ValueError, match="metric must be kl or w2, got variance"):
        splits.mean_and_covariance(run, jc.variance)
    with pytest.raises(ValueError, match="family with groups, got Gaussian"):
        splits.by_group(run)
    with pytest.raises(ValueError, match="tail"):
        splits.by_frequency(run, 2.0)
    with pytest.raises(ValueError, match="family with categories, words or symbols, got Gaussian"):
        splits.by_frequency(run)
    with pytest.raises(ValueError, match="fits that are means of their data"):
        splits.origins(gaussian(), 2)
    with pytest.raises(ValueError, match="t must be"):
        splits.origins(gaussian(), 0)
