"""A training that diverges is marked, inherited and reported, and has no value in any metric."""

import numpy as np
import pytest

import jaxcollapse as jc

WILD = jc.nets.Training(steps=6, batch=16, lanes=4, learning_rate=1e6)
PIXELS = np.random.default_rng(3).uniform(size=(48, 2)).astype(np.float32)
TOKENS = np.random.default_rng(4).integers(0, 3, (48, 4))
# These need more than a net and its data.
ABOUT_CLASSES = ("label-shares",)


@pytest.mark.thorough
def test_every_metric_of_a_diverged_net_is_absent(key):
    family = jc.nets.VAE(2, hidden=4, latent=1, training=WILD)
    truth = family.data(PIXELS, held_out=PIXELS[:16])
    metrics = [
        each
        for each in jc.list_metrics().values()
        if each.applies_to(type(family)) and each.name not in ABOUT_CLASSES
    ]
    assert {"precision", "coverage", "density", "vendi", "mmd"} < {each.name for each in metrics}
    r = jc.Recursion(family, jc.Replace(), truth=truth, n=32)
    run = jc.simulate(key, r, generations=1, replicas=2, observe=metrics)
    marked = run.observed.pop("diverged")
    np.testing.assert_array_equal(marked, [[0, 1]] * 2)
    for name, values in run.observed.items():
        assert np.isnan(values[:, 1]).all(), name


@pytest.mark.thorough
def test_descendants_of_a_diverged_net_are_marked_and_all_are_left_out(key):
    family = jc.nets.LanguageModel(3, length=4, width=4, training=WILD)
    r = jc.Recursion(family, jc.Replace(), truth=family.data(TOKENS), n=32)
    measured = (jc.nets.diverged, jc.nets.training_loss)
    run = jc.simulate(key, r, generations=3, replicas=8, observe=measured)
    marked = run.values(jc.nets.diverged)
    # Some fits diverge and some do not; those that do have no sound descendant.
    assert 0 < marked[:, 1].sum() < 8
    assert np.all(np.diff(marked, axis=1) >= 0)
    absent = np.isnan(run.values(jc.nets.training_loss))
    np.testing.assert_array_equal(absent[:, 1:], marked[:, 1:])
    # A generation in which every net has diverged tells no replica from another.
    lost = int(absent[:, ~absent.all(axis=0)].any(axis=1).sum())
    with pytest.warns(RuntimeWarning) as told:
        assert jc.E(jc.nets.training_loss)(run).replicas == 8 - lost
    assert f"{lost} of 8 replicas have no" in str(told[0].message)
