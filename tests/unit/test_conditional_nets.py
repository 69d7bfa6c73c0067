"""Nets that are told the class: what they learn of the classes, what they are asked for, and what
metrics look at.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from marks import first

import jaxcollapse as jc
from jaxcollapse import testing
from jaxcollapse.evidence import Samples
from jaxcollapse.metrics.samples import drawn

nets = jc.nets
SHARES = np.array([0.5, 0.3, 0.2])
LABELS = np.repeat([0, 1, 2], [10, 6, 4])
VALUES = np.random.default_rng(5).uniform(size=(20, 2)).astype(np.float32)
N = 8


def small(condition, steps=1, batch=1, features=2):
    training = nets.Training(steps=steps, batch=batch)
    return nets.VAE(features, hidden=2, latent=1, condition=condition, training=training)


def recursion(condition, labels=LABELS):
    family = small(condition)
    return jc.Recursion(
        family, jc.Replace(), truth=family.data(VALUES, labels=labels, replacement=True), n=N
    )


def shares(key, replicas, condition, generations=6):
    run = jc.simulate(
        key,
        recursion(condition),
        generations=generations,
        replicas=replicas,
        observe=nets.label_shares,
    )
    return run.values(nets.label_shares)


@pytest.mark.thorough
def test_shares_of_classes_are_a_wright_fisher_chain():
    times = np.arange(1, 7)
    law = jc.law_named("categorical-replace-heterozygosity")
    expected = np.array([law(n=N, t=int(t), p=SHARES) for t in times], float)
    start = 1 - np.sum(SHARES**2)
    rivals = {
        "one fit late": start * (1 - 1 / N) ** (times - 1.0),
        "nothing is lost": np.full(6, start),
        "unbiased counts": start * (1 - 1 / (N - 1)) ** times,
    }

    def heterozygosities(key, replicas):
        return 1 - np.sum(shares(key, replicas, nets.ByClass(3))[:, 1:] ** 2, axis=-1)

    testing.assert_expectation(
        heterozygosities, expected, rivals=rivals, resolution=0.1, false_alarm=1e-7
    )


@pytest.mark.thorough
def test_a_class_that_is_lost_never_returns(key):
    seen = shares(key, 256, nets.ByClass(3))
    lost = seen == 0
    assert lost[:, -1].any(axis=-1).mean() > 0.5
    assert np.all(lost[:, 1:-1] <= lost[:, 2:])
    np.testing.assert_allclose(seen[:, 0], np.broadcast_to(SHARES, (256, 3)), atol=1e-6)


def test_descent_leaves_the_shares_alone_and_moves_all_else(key):
    training = nets.Training(steps=4, batch=8, start=nets.Warm())
    family = nets.VAE(2, hidden=2, latent=1, condition=nets.ByClass(3), training=training)
    samples = Samples(
        family.observations(family.data(VALUES, labels=LABELS)), jnp.linspace(0.0, 2.0, 20)
    )

    @jax.jit
    def fitted(key):
        after = family.fit(key, samples, family.unfitted(family.initial(key)))
        return after, family.shares(after), family.settled(family.initial(key), samples)

    after, shares, settled = fitted(key)
    expected = np.bincount(LABELS, weights=np.linspace(0, 2, 20)) / 20
    np.testing.assert_allclose(shares, expected, rtol=1e-5)
    assert np.isfinite(after.loss)
    assert np.all((after.weights != settled).sum() > 0.5 * family.weights)


SIDES = (np.arange(256) % 4 == 0).astype(int)
NOISE = np.random.default_rng(1).normal(size=(256, 1)).astype(np.float32) * 0.4
FAR = NOISE + np.where(SIDES, 3.0, -3.0)[:, None].astype(np.float32)
FAST = nets.Training(steps=400, batch=32, learning_rate=1e-2)
PLAYED = nets.Training(steps=600, batch=32, learning_rate=3e-3, decay=0.5)
TOLD = {
    "vae": nets.VAE(
        1, hidden=8, latent=1, likelihood=nets.Noise(), condition=nets.Balanced(2), training=FAST
    ),
    "gan": nets.GAN(1, hidden=8, latent=2, condition=nets.Balanced(2), training=PLAYED),
}


@pytest.mark.parametrize("name", first(TOLD))
def test_what_is_made_goes_with_its_label_and_is_balanced(key, name):
    family = TOLD[name]
    samples = Samples(family.observations(family.data(FAR, labels=SIDES)), jnp.ones(256))

    @jax.jit
    def fitted(key):
        params = family.fit(key, samples, family.unfitted(family.initial(key)))
        return family.shares(params), family.sample(key, params, 511)

    seen, made = fitted(key)
    np.testing.assert_allclose(seen, [0.75, 0.25], rtol=1e-6)
    assert sorted(np.bincount(np.asarray(made[:, 1], int))) == [255, 256]
    assert np.mean((made[:, 0] > 0) == made[:, 1]) > 0.9


def test_metrics_look_at_features_alone():
    family = TOLD["vae"]
    truth = family.data(FAR, labels=SIDES)
    assert drawn(family, truth, 32, 1).shape == (32, 1)
    shares = jc.mode_shares([[-3.0], [3.0]], size=256)(family, truth, truth)
    np.testing.assert_allclose(shares, [0.75, 0.25], atol=1e-6)


@pytest.mark.thorough
def test_a_convolutional_net_is_told_the_class_too(key):
    images = np.random.default_rng(0).uniform(size=(24, 16)).astype(np.float32)
    labels = np.arange(24) % 3
    training = nets.Training(steps=2, batch=8)
    family = nets.ConvVAE(4, channels=2, latent=2, condition=nets.ByClass(3), training=training)
    held_out = np.concatenate([images, labels[:, None]], axis=1).astype(np.float32)
    truth = family.data(images, labels=labels, held_out=held_out)
    samples = Samples(jnp.asarray(held_out), jnp.ones(24))

    @jax.jit
    def fitted(key):
        params = family.fit(key, samples, family.unfitted(family.initial(key)))
        measured = [
            each(family, params, truth)
            for each in (nets.label_shares, nets.held_out_elbo, nets.reconstruction_error)
        ]
        return family.sample(key, params, 5), *measured

    made, seen, elbo, error = fitted(key)
    assert made.shape == (5, 17)
    np.testing.assert_allclose(seen, np.full(3, 1 / 3), rtol=1e-6)
    assert np.isfinite(elbo)
    assert 0 < error < 1


def test_an_unconditional_net_leaves_labels_out(key):
    family = small(nets.Unconditional())
    assert family.event == (2,)
    assert family.sample(key, family.data(VALUES, labels=LABELS), 5).shape == (5, 2)


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: nets.ByClass(1), r"ByClass\.classes must be an integer in \[2, 10000\], got 1"),
        (lambda: recursion(nets.ByClass(3), labels=None), "labels of the data must be given"),
        (lambda: recursion(nets.Balanced(2)), r"labels must be an integer in \[0, 1\]"),
        (
            lambda: shares(jax.random.key(0), 1, nets.Unconditional()),
            "label-shares needs a net that is told the class",
        ),
    ],
)
def test_refused_by_name(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()


def test_held_out_rows_need_their_label():
    family = small(nets.ByClass(3))
    truth = family.data(VALUES, labels=LABELS, held_out=VALUES)
    with pytest.raises(ValueError, match=r"observations of VAE must have shape \(3,\), got \(2,\)"):
        nets.held_out_elbo(family, truth, truth)
