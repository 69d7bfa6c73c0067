"""GANs and language models: each generator against what it should be, on cases small enough to
know.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse._keys import fold_in
from jaxcollapse.engine import loop
from jaxcollapse.metrics.texts import different_rows, grams
from jaxcollapse.sampling import normal

GAMES = [jc.nets.NonSaturating(0.5), jc.nets.Wasserstein(2.0)]


def gan(game, **changes):
    return jc.nets.GAN(
        2, hidden=4, latent=2, game=game, training=jc.nets.Training(steps=3, batch=8, **changes)
    )


@pytest.mark.parametrize("game", GAMES, ids=lambda game: type(game).__name__)
def test_each_player_descends_its_own_loss(game, key):
    family = gan(game)
    weights, batch = eqx.filter_jit(family.initial)(key), jax.random.normal(key, (8, 2))
    slope = jax.jit(jax.grad(lambda w: family.loss(family.module_from(w), batch, key)))(weights)
    generator = np.asarray(jc.nets.GAN(2, hidden=4, latent=2, pace=0.25).paces) == 0.25
    assert 0 < generator.sum() < len(generator)

    def of_generator(w):
        frozen, module = family.module_from(weights), family.module_from(w)
        return game.generator(frozen.score(module.generate(normal(fold_in(key, 0), (8, 2)))))

    alone = jax.jit(jax.grad(of_generator))(weights)
    np.testing.assert_allclose(slope[generator], alone[generator], rtol=1e-4, atol=1e-7)
    np.testing.assert_array_equal(alone[~generator], 0)
    assert np.abs(slope[~generator]).max() > 0


def test_penalties_of_a_linear_critic_are_known(key):
    direction, real, fake = jnp.asarray([3.0, 4.0]), jnp.zeros((8, 2)), jnp.zeros((8, 2))
    score = lambda x: x @ direction
    np.testing.assert_allclose(
        GAMES[0].critic(score, real, fake, key), 2 * np.log(2) + 0.5 * 0.5 * 25, rtol=1e-5
    )
    np.testing.assert_allclose(GAMES[1].critic(score, real, fake, key), 2.0 * 16, rtol=1e-5)
    steep = lambda x: jnp.sqrt(jnp.abs(x[:, 0]))
    np.testing.assert_allclose(
        jc.nets.NonSaturating(0.0).critic(steep, real, fake, key), 2 * np.log(2), rtol=1e-5
    )
    assert not np.isfinite(jc.nets.NonSaturating(1.0).critic(steep, real, fake, key))


def language_model(decoding=None, **changes):
    training = jc.nets.Training(
        **{"steps": 200, "batch": 32, "learning_rate": 0.02, "lanes": 2, **changes}
    )
    return jc.nets.LanguageModel(
        4, length=6, width=8, heads=2, decoding=decoding or jc.nets.Ancestral(), training=training
    )


def test_one_symbol_at_a_time_is_the_whole_window_at_once(key):
    family = language_model()
    symbols = jnp.asarray([[4, 1, 3, 0, 2, 2], [4, 0, 0, 1, 3, 1]])

    @jax.jit
    def logits_of(key):
        module = family.module_from(family.initial(key))
        past, steps = module.nothing(2), []
        for position in range(6):
            logits, past = module(symbols[:, position : position + 1], past, position)
            steps.append(logits[:, 0])
        whole, changed = (
            module(each, module.nothing(2), 0)[0] for each in (symbols, symbols.at[:, 3].set(1))
        )
        return jnp.stack(steps, axis=1), whole, changed

    one_at_a_time, whole, changed = logits_of(key)
    np.testing.assert_allclose(one_at_a_time, whole, atol=1e-5)
    np.testing.assert_allclose(changed[:, :3], whole[:, :3], atol=1e-6)
    assert np.abs(changed[:, 3:] - whole[:, 3:]).max() > 1e-3


def test_decoding_keeps_what_it_says():
    logits = jnp.log(jnp.asarray([0.5, 0.05, 0.3, 0.15]))
    kept = lambda decoding: np.flatnonzero(np.isfinite(decoding(logits))).tolist()
    assert kept(jc.nets.Truncated(top_k=2)) == [0, 2]
    assert kept(jc.nets.Truncated(top_p=0.85)) == [0, 2, 3]
    assert kept(jc.nets.Truncated(top_p=0.4)) == [0]
    assert kept(jc.nets.Truncated()) == [0, 1, 2, 3]
    squared = np.array([0.25, 0.0025, 0.09, 0.0225]) / 0.365
    np.testing.assert_allclose(jax.nn.softmax(jc.nets.Sharpened(0.5)(logits)), squared, rtol=1e-5)


@pytest.mark.thorough
def test_a_language_model_learns_its_language_and_temperatures_do_not_compile(key):
    rng = np.random.default_rng(0)
    starts = rng.choice(4, 256, p=[0.4, 0.3, 0.2, 0.1])
    text = ((starts[:, None] + np.arange(6)) % 4).astype(np.int32)

    def run(temperature):
        family = language_model(jc.nets.Sharpened(temperature))
        setting = jc.Recursion(
            family, jc.Replace(), truth=family.data(text[64:], held_out=text[:64]), n=128
        )
        observed = (jc.nets.held_out_loss, jc.distinct(2), jc.repetition(2), jc.survival())
        return jc.simulate(key, setting, generations=2, replicas=2, observe=observed)

    warm = run(1.0)
    entropy = -np.sum(np.array([0.4, 0.3, 0.2, 0.1]) * np.log([0.4, 0.3, 0.2, 0.1])) / 6
    assert np.all(np.abs(warm.values(jc.nets.held_out_loss)[:, 1] - entropy) < 0.08)
    compiled = loop.tile._cache_size() + loop.wide_tile._cache_size()
    cold = run(0.05)
    assert loop.tile._cache_size() + loop.wide_tile._cache_size() == compiled
    assert np.all(cold.values(jc.survival())[:, 2] == 1)
    assert np.all(cold.values(jc.distinct(2))[:, 2] <= warm.values(jc.distinct(2))[:, 2])


@pytest.mark.thorough
def test_a_language_model_learns_words(key):
    text = jc.prose_words(32)
    windows = np.asarray(text.values[: 6 * 400]).reshape(400, 6)
    training = jc.nets.Training(steps=80, batch=32, learning_rate=0.02, lanes=2)
    family = jc.nets.LanguageModel(len(text.symbols), length=6, width=8, training=training)
    truth = family.data(windows[80:], held_out=windows[:80])
    samples = jc.Samples(jnp.asarray(truth.values), jnp.ones(320))

    @jax.jit
    def fitted(key):
        fresh = family.unfitted(family.initial(key))
        params = family.fit(key, samples, fresh)
        surprises = [jc.nets.held_out_surprise(family, each, truth) for each in (fresh, params)]
        return (
            *surprises,
            jc.nets.held_out_loss(family, params, truth),
            family.sample(key, params, 64),
        )

    before, after, loss, made = fitted(key)
    assert after.shape == (80,)
    assert np.all(np.diff(after) >= 0)
    np.testing.assert_allclose(after.mean(), loss, rtol=1e-5)
    counts = np.bincount(truth.values.ravel(), minlength=32) + 1.0
    unigram = -np.mean(np.log(counts / counts.sum())[truth.held_out])
    assert unigram < np.log(32) < before.mean()
    assert after.mean() < unigram
    assert made.min() >= 0
    assert made.max() < 32
    with pytest.raises(ValueError, match="held-out-surprise needs observations"):
        jc.nets.held_out_surprise(
            family, family.unfitted(family.initial(key)), family.data(windows)
        )


def test_text_metrics_count():
    rows = jnp.asarray([[0, 1, 0, 1, 0, 1], [2, 2, 2, 2, 2, 2]])
    assert different_rows(grams(rows, 2)) == 3
    family = language_model()
    truth = family.data(np.asarray(rows, np.int32))
    value = jc.repetition(2)(family, truth, truth)
    np.testing.assert_allclose(value, (3 / 5 + 4 / 5) / 2, atol=0.01)
    with pytest.raises(ValueError, match="width must be a multiple of heads = 3"):
        jc.nets.LanguageModel(4, width=8, heads=3)
