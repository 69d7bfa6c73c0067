"""What the figures of nets rest on: codes of held-out data, a bias in sampling, fits that are
shown.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcollapse as jc

IMAGES = np.random.default_rng(0).uniform(size=(48, 6)).astype(np.float32)


@pytest.mark.thorough
def test_mean_codes_are_the_encoder_s_and_the_truth_has_none(key):
    family = jc.nets.VAE(
        6, hidden=8, latent=2, training=jc.nets.Training(steps=3, batch=8, lanes=2)
    )
    truth = family.data(IMAGES[8:], held_out=IMAGES[:8])
    run = jc.simulate(
        key, jc.Recursion(family, jc.Replace(), truth=truth, n=16), generations=2, replicas=2
    )
    codes = np.asarray(run.values(jc.nets.mean_codes))
    last = jax.tree.map(lambda leaf: jnp.asarray(leaf[1, 2]), run.params)
    np.testing.assert_allclose(codes[1, 2], family.module_of(last).encode(IMAGES[:8])[0], atol=1e-5)
    assert np.isnan(codes[:, 0]).all()
    assert np.isfinite(codes[:, 1:]).all()


def test_a_bias_in_sampling_scales_the_noise_and_not_the_training(key):
    families = [
        jc.nets.GAN(6, hidden=8, latent=3, sampling_bias=bias) for bias in (1.0, 0.25, 1e-12)
    ]

    @jax.jit
    def generated(key):
        module = families[0].module_from(families[0].initial(key))
        return [family.generate(module, key, 64) for family in families]

    module = families[0].module_from(families[0].initial(key))
    whole, narrow, none = map(np.asarray, generated(key))
    assert 0 < narrow.var(axis=0).sum() < 0.5 * whole.var(axis=0).sum()
    np.testing.assert_allclose(none, np.broadcast_to(none[:1], none.shape), atol=1e-4)
    batch = jnp.asarray(IMAGES)
    np.testing.assert_allclose(
        families[0].loss(module, batch, key), families[1].loss(module, batch, key)
    )
