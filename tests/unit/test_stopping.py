"""Early stopping: what is watched is not trained on, what has stopped stays, and the best weights
are kept.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.nets import Patience, Training
from jaxcollapse.verification import allowed_sigmas


def test_watched_rows_are_present_and_not_trained_on(key):
    weights = jnp.asarray([0.0, 2.0, 1.0, 1.0] * 5)
    used, watched = Patience(share=0.25).parted(key, weights, 16)
    assert len(np.unique(watched)) == 4
    assert np.all(weights[watched] > 0)
    np.testing.assert_array_equal(used == 0, (weights == 0) | np.isin(np.arange(20), watched))


def test_every_key_watches_its_own_rows_and_none_more_often_than_another(key):
    weights = jnp.asarray([0.0, 1.0, 2.0, 1.0, 0.5] * 4)
    keys = jax.random.split(key, 4000)
    used, watched = jax.vmap(lambda each: Patience(share=0.25).parted(each, weights, 8))(keys)
    held = (np.asarray(used) == 0) & (np.asarray(weights) > 0)
    np.testing.assert_array_equal(held.sum(axis=1), 4)
    assert all(
        set(rows) == set(np.flatnonzero(row))
        for rows, row in zip(np.asarray(watched)[:200], held[:200], strict=True)
    )
    counts = held.sum(axis=0)[np.asarray(weights) > 0]
    spread = np.sqrt(4000 * 0.25 * 0.75)
    assert np.max(np.abs(counts - 1000)) < allowed_sigmas(16) * spread


def test_each_replica_keeps_the_best_weights_it_had_before_it_stopped():
    losses = np.array([[5, 4, 6, 7, 1, 0], [5, 6, 4, 3, 4, 2], [np.nan] * 6], np.float32)
    stopping = Patience(looks=2, every=2)

    def run(path):
        seen = stopping.begin(jnp.zeros(1))
        for index in range(12):
            seen = stopping.look(
                seen, index, jnp.full((1,), index, float), lambda w, i=index: path[i // 2]
            )
        return stopping.keep(seen, jnp.full((1,), 99.0), jnp.asarray(99.0))

    kept, loss = jax.vmap(run)(jnp.asarray(losses))
    np.testing.assert_array_equal(kept[:, 0], [3, 11, 0])
    np.testing.assert_array_equal(loss, [4, 2, np.inf])


@pytest.mark.thorough
@pytest.mark.usefixtures("optimized")
def test_a_fit_that_overfits_is_stopped_and_one_that_diverges_is_marked(key):
    x = np.random.default_rng(0).normal(size=(96, 6)).astype(np.float32)

    def held_out(stopping, rate=0.02, key=key):
        training = Training(steps=400, batch=16, learning_rate=rate, lanes=8, stopping=stopping)
        family = jc.nets.VAE(6, hidden=64, latent=4, likelihood=jc.nets.Noise(), training=training)
        recursion = jc.Recursion(
            family, jc.Replace(), truth=family.data(x[:32], held_out=x[32:]), n=32
        )
        measured = (jc.nets.held_out_loss, jc.nets.diverged)
        return jc.simulate(key, recursion, generations=1, replicas=64, observe=measured)

    for each in (key, jax.random.key(1), jax.random.key(2)):
        runs = (held_out(rule, key=each) for rule in (jc.nets.Never(), Patience(3, 20, 0.25)))
        plain, stopped = (run.values(jc.nets.held_out_loss)[:, 1] for run in runs)
        gain = plain - stopped
        assert gain.mean() > allowed_sigmas(3) * gain.std(ddof=1) / np.sqrt(len(gain)), (
            gain.mean(),
            gain.std(ddof=1),
        )
    np.testing.assert_array_equal(
        held_out(Patience(3, 20, 0.25), 1e30).values(jc.nets.diverged)[:, 1], 1
    )


def test_refused_by_name():
    with pytest.raises(ValueError, match=r"Patience\.every must lie in \[1, 10\]"):
        Training(steps=10, stopping=Patience(every=11))
    with pytest.raises(ValueError, match=r"Patience\.share must lie in \(0, 1\)"):
        Patience(share=1.0)
