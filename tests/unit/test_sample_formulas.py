"""Metrics on samples and loaders of data against independent computations on small inputs."""

import gzip
from collections import Counter

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.distance import cdist

import jaxcollapse as jc
from jaxcollapse.metrics.comparisons import reached
from jaxcollapse.metrics.texts import _bleu


@pytest.mark.parametrize("order", [0.5, 1.0, 3.0])
def test_vendi_score_is_the_entropy_of_the_kernel(order):
    family, narrow, truth = (
        jc.Gaussian(),
        jc.Gaussian.params(0.0, 0.2),
        jc.Gaussian.params(0.0, 1.0),
    )
    from jaxcollapse.metrics.samples import drawn

    x, y = (
        np.asarray(drawn(family, model, 32, stream), float)
        for model, stream in ((narrow, 1), (truth, 2))
    )
    apart = cdist(y, y, "sqeuclidean")
    kernel = np.exp(-cdist(x, x, "sqeuclidean") / (0.1 * np.median(apart[apart > 0])))
    values = np.maximum(np.linalg.eigvalsh(kernel / 32), 1e-30)
    plain = (
        np.exp(-np.sum(values * np.log(values)))
        if order == 1
        else np.sum(values**order) ** (1 / (1 - order))
    )
    tolerance = 0.15 if order < 1 else 1e-3
    found = eqx.filter_jit(jc.vendi_of_order(order, 32))(family, narrow, truth)
    np.testing.assert_allclose(found, plain, rtol=tolerance)


def test_self_bleu_is_counted():
    rows = np.array([[0, 1, 0, 1, 2], [0, 1, 2, 2, 2], [0, 1, 0, 0, 2]])
    scores = []
    for i in range(3):
        shares = []
        for n in (1, 2):
            counts = [Counter(tuple(r[p : p + n]) for p in range(6 - n)) for r in rows]
            clipped = sum(
                min(c, max(counts[j][g] for j in range(3) if j != i)) for g, c in counts[i].items()
            )
            shares.append(clipped / (6 - n))
        scores.append(np.sqrt(np.prod(shares)))
    np.testing.assert_allclose(_bleu(2)(jnp.asarray(rows), None), np.mean(scores), rtol=1e-5)


def test_self_bleu_of_a_family_is_that_of_its_windows():
    rows = np.random.default_rng(4).integers(0, 3, size=(12, 5)).astype(np.int32)
    family = jc.nets.LanguageModel(3, length=5, width=4)
    truth = family.data(rows)
    value = eqx.filter_jit(jc.self_bleu(2, size=12))(family, truth, truth)
    np.testing.assert_allclose(value, _bleu(2)(jnp.asarray(rows), None), rtol=1e-5)
    assert 0.2 < value < 1
    with pytest.raises(ValueError, match=r"order must be an integer in \[1, 8\], got 9"):
        jc.self_bleu(9)


def test_a_classifier_counts_classes_and_recalls_those_that_are_made(key):
    rng = np.random.default_rng(6)
    centers = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    labels = np.arange(96) % 3
    points = (centers[labels] + 0.3 * rng.normal(size=(96, 2))).astype(np.float32)
    training = jc.nets.Training(steps=120, batch=32, learning_rate=0.02)
    trained = jc.nets.Classifier(2, 3, hidden=8, width=4, training=training).train(
        key, points, labels
    )
    assert trained.accuracy(points, labels) == 1
    family = jc.nets.VAE(2, likelihood=jc.nets.Noise())
    truth, lost = family.data(points), family.data(points[labels != 2])
    shares, recall, entropy = (
        eqx.filter_jit(metric)(family, lost, truth)
        for metric in (trained.histogram(64), trained.recall(64), trained.entropy(64))
    )
    np.testing.assert_allclose(shares, [0.5, 0.5, 0.0], atol=1e-6)
    np.testing.assert_allclose(entropy, np.log(2), rtol=1e-5)
    assert np.all(recall[:2] > 0.9)
    assert recall[2] == 0
    np.testing.assert_allclose(
        eqx.filter_jit(trained.recall(64))(family, truth, truth), 1, atol=0.1
    )


def test_reach_is_by_neighbors():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(40, 2)), rng.normal(1.0, 0.5, size=(30, 2))
    radius = np.sort(cdist(y, y), axis=1)[:, 5]
    plain = np.any(cdist(x, y) <= radius[None], axis=1)
    np.testing.assert_array_equal(
        reached(jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32)), plain
    )


def test_fashion_is_read_from_idx_files_or_refused(tmp_path):
    for part, count in (("train", 3), ("t10k", 2)):
        pixels = np.arange(count * 784, dtype=np.uint8)
        heads = [
            bytes([0, 0, 8, axes]) + np.array(shape, ">i4").tobytes()
            for axes, shape in ((3, (count, 28, 28)), (1, (count,)))
        ]
        (tmp_path / f"{part}-images-idx3-ubyte.gz").write_bytes(
            gzip.compress(heads[0] + pixels.tobytes())
        )
        (tmp_path / f"{part}-labels-idx1-ubyte.gz").write_bytes(
            gzip.compress(heads[1] + bytes(range(count)))
        )
    found = jc.fashion_mnist(tmp_path)
    assert found.values.shape == (5, 784)
    np.testing.assert_allclose(found.values[3, :300] * 255, np.arange(300) % 256, atol=1e-3)
    np.testing.assert_array_equal(found.targets, [0, 1, 2, 0, 1])
    with pytest.raises(ValueError, match="apt install dataset-fashion-mnist"):
        jc.fashion_mnist(tmp_path / "absent")


def test_metrics_on_held_out_data(key):
    images = np.random.default_rng(3).uniform(size=(24, 6)).astype(np.float32)
    family = jc.nets.VAE(6, hidden=4, latent=2)
    truth, params = (
        family.data(images[8:], held_out=images[:8]),
        jax.jit(lambda key: family.unfitted(family.initial(key)))(key),
    )
    module = family.module_of(params)
    shown = 1 / (1 + np.exp(-np.asarray(module.decode(module.encode(images[:8])[0]))))
    np.testing.assert_allclose(
        jc.nets.reconstruction_error(family, params, truth),
        np.mean((shown - images[:8]) ** 2),
        rtol=1e-4,
    )
    assert jc.nets.held_out_elbo(family, params, truth) == -jc.nets.held_out_loss(
        family, params, truth
    )
    with pytest.raises(ValueError, match="reconstruction-error needs observations"):
        jc.nets.reconstruction_error(family, params, family.data(images))
