"""Watching runs: what is drawn of their models, and no alarm where nothing is learned anew."""

import jax
import numpy as np
import pytest
from scipy import stats

import jaxcollapse as jc
from jaxcollapse import nets

MISTAKE = 1e-7


@pytest.mark.parametrize("family", [jc.Gaussian(), jc.Labeled()])
def test_a_run_is_watched(family, key):
    r = jc.Recursion(family, jc.Replace(), truth=jc.example_truth(family), n=60)
    run = jc.simulate(key, r, generations=4, replicas=2)
    stream = jc.stream_of_run(jax.random.key(1), run, outputs=50, replica=1)
    assert stream.generations == 4
    watched = jc.watch(run, key=jax.random.key(1), outputs=50, replica=1)
    assert all(np.isfinite(each.log_evidence).all() for each in watched.signs.values())
    assert bool(watched.groups) == isinstance(family, jc.AbstractGrouped)


def frozen(family, truth, n, replicas):
    """A run whose generator and classifier are those of fit 1 for ever."""
    parts = jc.Each(jc.Frozen(), jc.Frozen())
    recursion = jc.Recursion(family, parts, truth=truth, n=n)
    return jc.simulate(jax.random.key(2), recursion, generations=5, replicas=replicas)


def alarms(run, alpha, outputs):
    """Streams in which all signs together, and a group, raise an alarm."""
    found = [
        jc.watch(run, alpha=alpha, key=jax.random.key(3 + each), outputs=outputs, replica=each)
        for each in range(run.replicas)
    ]
    groups = [min(group.alarm for group in each.groups.values()) for each in found]
    return sum(np.isfinite(each.first_alarm) for each in found), int(np.isfinite(groups).sum())


def test_a_labeler_that_does_not_change_raises_no_alarm():
    """Fits of 60 items are far from the truth, and stay where they are."""
    family = jc.Labeled()
    run = frozen(family, jc.example_truth(family), 60, 40)
    for count in alarms(run, 0.02, 500):
        assert stats.binom.sf(count - 1, 40, 0.02) > MISTAKE


@pytest.mark.thorough
def test_a_net_that_does_not_change_raises_no_alarm():
    training = nets.Training(steps=60)
    pair = nets.GroupedNet(
        nets.VAE(4, hidden=8, latent=2, likelihood=nets.Noise(), training=training),
        nets.Classifier(4, classes=2, hidden=4, training=training),
    )
    family = jc.Labeled(pair, nets.Classifier(4, classes=2, hidden=4, training=training))
    rng = np.random.default_rng(0)
    group, label = rng.integers(0, 2, (2, 900))
    features = rng.normal(size=(900, 4)) + 2 * group[:, None] + np.outer(label, [1, 0, 1, 0])
    rows = np.column_stack([features, group, label]).astype(np.float32)
    run = frozen(family, pair.data(rows[300:], held_out=rows[:300]), 256, 4)
    stream = jc.stream_of_run(jax.random.key(0), run, outputs=200)
    assert 0.05 < np.mean(stream.labeled[0][0] != stream.labeled[0][1]) < 0.5
    assert alarms(run, 1e-3, 200) == (0, 0)


def test_categories_are_watched_as_words(key):
    family, shares = jc.Categorical(), 1 / np.arange(1, 101)
    r = jc.Recursion(family, jc.Replace(), truth=family.params(shares / shares.sum()), n=50)
    run = jc.simulate(key, r, generations=12, replicas=1)
    watched = jc.watch(run, key=jax.random.key(1), outputs=200)
    assert set(watched.signs) == {"perplexity", "vocabulary"}
    assert np.isfinite(watched.first_alarm)
    family = jc.OpenVocabulary(0.1)
    r = jc.Recursion(family, jc.Replace(), truth=jc.example_truth(family), n=20)
    run = jc.simulate(key, r, generations=2, replicas=1)
    words = jc.stream_of_run(jax.random.key(1), run, outputs=50).values
    assert all(each.dtype.kind == "U" and each.ndim == 1 for each in words)
    assert len(np.unique(words[2])) > 1


def test_a_run_needs_a_key_and_parameters(key):
    r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(), n=9)
    run = jc.simulate(key, r, generations=2, replicas=1, observe=jc.variance)
    with pytest.raises(ValueError, match="key must be given"):
        jc.watch(run)
    with pytest.raises(ValueError, match="run must keep its parameters"):
        jc.watch(run, key=key)
