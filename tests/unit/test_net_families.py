"""Families of nets: convolutions against the library's, spectral norm against the singular
values.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.nets.convolutional import interleaved, neighborhoods

IMAGES = np.random.default_rng(3).uniform(size=(48, 64)).astype(np.float32)


@pytest.mark.parametrize("stride", [1, 2])
def test_a_product_with_neighborhoods_is_a_convolution(stride):
    rng = np.random.default_rng(0)
    images, kernel = (
        jnp.asarray(rng.normal(size=shape), jnp.float32) for shape in ((2, 8, 8, 3), (3, 3, 3, 5))
    )
    layout = ("NHWC", "HWIO", "NHWC")
    direct = jax.lax.conv_general_dilated(
        images, kernel, (stride, stride), ((1, 1), (1, 1)), dimension_numbers=layout
    )
    np.testing.assert_allclose(
        neighborhoods(images, stride) @ kernel.reshape(-1, 5), direct, atol=2e-4
    )


def test_interleaving_puts_channels_into_blocks():
    coarse = jnp.arange(2 * 3 * 3 * 8.0).reshape(2, 3, 3, 8)
    fine = np.asarray(interleaved(coarse))
    for i, j, channel in np.ndindex(2, 2, 2):
        np.testing.assert_array_equal(
            fine[:, i::2, j::2, channel], coarse[..., (2 * i + j) * 2 + channel]
        )


@pytest.mark.thorough
def test_a_convolutional_vae_shares_the_bound_and_learns(key):
    training = jc.nets.Training(steps=60, batch=16, learning_rate=1e-2, lanes=2)
    family = jc.nets.ConvVAE(8, channels=2, latent=2, training=training)
    assert type(family).elbo is jc.nets.VAE.elbo
    stripes = np.tile([1.0, 0.0], 32).astype(np.float32)[None] * np.ones((48, 1), np.float32)
    truth = family.data(stripes, held_out=stripes[:8])
    recursion = jc.Recursion(family, jc.Replace(), truth=truth, n=32)
    run = jc.simulate(key, recursion, generations=2, replicas=2, observe=jc.nets.held_out_loss)
    assert np.all(run.values(jc.nets.held_out_loss)[:, 1:] < 0.5 * 64 * np.log(2))


def test_spectral_norm_is_the_largest_singular_value():
    rng = np.random.default_rng(1)
    for shape in ((2, 32), (32, 32), (32, 1)):
        kernel = rng.normal(size=shape).astype(np.float32)
        bounded = np.asarray(jc.nets.Spectral(200)(jnp.asarray(kernel)))
        np.testing.assert_allclose(
            bounded, kernel / np.linalg.svd(kernel, compute_uv=False)[0], rtol=2e-3, atol=1e-6
        )
        rough = np.asarray(jc.nets.Spectral(8)(jnp.asarray(kernel)))
        assert np.linalg.svd(rough, compute_uv=False)[0] < 1.2


@pytest.mark.thorough
def test_a_critic_with_bounded_layers_is_a_contraction(key):
    family = jc.nets.GAN(2, hidden=8, latent=2, bound=jc.nets.Spectral(100))
    module = family.module_from(5 * family.initial(key))
    x, y = jax.random.normal(key, (2, 64, 2))
    slope = np.abs(module.score(x, family.bound) - module.score(y, family.bound)) / np.linalg.norm(
        x - y, axis=1
    )
    assert slope.max() <= 1.001
    assert np.abs(module.score(x) - module.score(y)).max() > 10 * slope.max()
    r = jc.Recursion(
        jc.nets.GAN(
            2,
            hidden=8,
            latent=2,
            bound=jc.nets.Spectral(4),
            training=jc.nets.Training(steps=3, batch=8),
        ),
        jc.Replace(),
        truth=jc.nets.GAN.data(np.asarray(x)),
        n=16,
    )
    assert np.isfinite(jc.simulate(key, r, generations=2, replicas=2).params.loss[:, 1:]).all()


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: jc.nets.ConvVAE(10), r"ConvVAE\.side must be a multiple of 4, got 10"),
        (lambda: jc.nets.ConvVAE(8, latent=0), r"ConvVAE\.latent must be an integer in \[1"),
        (lambda: jc.nets.Spectral(0), r"Spectral\.iterations must be an integer in \[1"),
    ],
)
def test_refused_by_name(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()


def test_no_law_is_about_a_net_and_the_refusal_says_so():
    family = jc.nets.VAE(4)
    truth = family.data(np.zeros((8, 4), np.float32))
    recursion = jc.Recursion(family, jc.Replace(), truth=truth, n=64)
    with pytest.raises(LookupError, match="no law is about vae"):
        jc.predict(jc.E(jc.variance), recursion, t=1)
