"""The linear VAE at its optimum: stationary, no worse than training, probabilistic PCA, laws."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from commanding import run as command
from marks import every_third

import jaxcollapse as jc
from jaxcollapse import nets
from jaxcollapse.analysis.oracles import Absent, oracles_of

# Features, codes and observations: fewer observations than features, q = d - 1, more codes than d.
SHAPES = ((3, 1, 64), (6, 2, 5), (4, 3, 30), (3, 5, 20), (1, 1, 9))


def rows_of(d, n, seed=0):
    rng = np.random.default_rng(seed)
    turned = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return (rng.normal(size=(n, d)) * np.linspace(2.0, 0.7, d) @ turned + 1.0).astype(np.float32)


def optimal(d, q):
    return nets.LinearVAE(d, latent=q, training=nets.Optimum())


def fitted(family, rows, weights=None):
    weights = jnp.ones(len(rows)) if weights is None else jnp.asarray(weights, jnp.float32)
    data, samples = family.data(rows), jc.Samples(jnp.asarray(rows), weights)
    return jax.jit(lambda key: family.fit(key, samples, data))(jax.random.key(0))


@pytest.mark.parametrize(("d", "q", "n"), every_third(SHAPES))
def test_the_closed_form_is_stationary_and_is_probabilistic_pca(d, q, n):
    rows, family = rows_of(d, n), optimal(d, q)
    net = fitted(family, rows)

    @jax.jit
    def value_and_slope(weights):
        loss = lambda w: family.loss(family.module_from(w), jnp.asarray(rows), None)
        return jax.value_and_grad(loss)(weights)

    loss, slope = value_and_slope(net.weights)
    np.testing.assert_allclose(loss, net.loss, rtol=1e-5, atol=1e-5)
    assert np.max(np.abs(slope)) < 1e-3
    # A hundredth of a step away the slope is no longer negligible: the tolerance can fail.
    assert np.max(np.abs(value_and_slope(net.weights + 0.01)[1])) > 3e-3
    samples = jc.Samples(jnp.asarray(rows), jnp.ones(n))
    start = jc.ProbabilisticPCA.params(np.zeros(d), np.eye(d))
    pca = jax.jit(lambda key: jc.ProbabilisticPCA(q).fit(key, samples, start))(jax.random.key(0))
    np.testing.assert_allclose(family.covariance(net), pca.covariance, atol=3e-5)
    np.testing.assert_allclose(family.module_of(net).decode.bias[...], pca.mean, atol=1e-6)


@pytest.mark.thorough
@pytest.mark.parametrize(("d", "q", "n"), [(3, 1, 64), (6, 2, 5), (4, 3, 30)])
def test_no_long_training_ends_below_the_closed_form(d, q, n):
    rows, best = rows_of(d, n), optimal(d, q)
    training = nets.Training(steps=2000, batch=n, learning_rate=0.03, anneal=0.01)
    trained = fitted(replace(best, training=training), rows)
    net = fitted(best, rows)
    loss = jax.jit(lambda w: best.loss(best.module_from(w), jnp.asarray(rows), None))
    assert float(loss(net.weights)) <= float(loss(trained.weights)) + 1e-4
    assert float(loss(trained.weights)) < float(loss(net.weights)) + 0.05


def test_weights_count_observations_and_absent_ones_do_not():
    rows, family = rows_of(3, 12), optimal(3, 1)
    counted = fitted(family, np.concatenate([rows, rows[:4]]))
    weights = np.concatenate([2 * np.ones(4), np.ones(8), np.zeros(3)])
    weighed = fitted(family, np.concatenate([rows, rows[:3] + 9]), weights)
    for one in (family.covariance, lambda net: family.module_of(net).decode.bias[...]):
        np.testing.assert_allclose(one(weighed), one(counted), atol=2e-5)
    np.testing.assert_allclose(weighed.loss, counted.loss, rtol=1e-5)


@pytest.mark.parametrize("different", [1, 2, 3])
def test_observations_without_a_greatest_likelihood_keep_their_trace(different):
    rows, family = rows_of(4, 8)[np.arange(8) % different], optimal(4, 2)
    net = fitted(family, rows)
    assert np.isfinite(net.loss)
    trace = np.var(rows.astype(float), axis=0).sum()
    np.testing.assert_allclose(np.trace(family.covariance(net)), trace, rtol=1e-5, atol=1e-6)


def recursion_of(training, workflow=None, replacement=True, n=8):
    family = nets.LinearVAE(3, latent=1, training=training)
    truth = family.data(rows_of(3, 40), replacement=replacement)
    return jc.Recursion(family, workflow or jc.Replace(), truth=truth, n=n)


def test_predict_finds_the_laws_of_the_optimum():
    r, t = recursion_of(nets.Optimum()), np.arange(4)
    trace = np.var(rows_of(3, 40).astype(float), axis=0).sum()
    kept = (7 / 8) ** t
    np.testing.assert_allclose(jc.predict(jc.E(jc.trace_ratio), r, t), kept)
    np.testing.assert_allclose(jc.predict(jc.E(jc.mean_error), r, t), trace * (1 - kept), rtol=1e-6)
    pooled = jc.predict(jc.E(jc.trace_ratio), replace(r, workflow=jc.Accumulate()), t)
    np.testing.assert_allclose(pooled[:3], [1, 7 / 8, 7 / 8 * (1 - 1 / 32)])


@pytest.mark.parametrize(
    "r",
    [recursion_of(nets.Training(batch=8)), recursion_of(nets.Optimum(), replacement=False)],
    ids=["adam", "without replacement"],
)
def test_the_laws_are_refused_where_they_do_not_hold(r):
    needs = r"needs training=nets\.Optimum\(\) and data with replacement=True"
    with pytest.raises(LookupError, match=f"linear-vae-replace-trace-ratio {needs}"):
        jc.predict(jc.E(jc.trace_ratio), r, 1)
    with pytest.raises(ValueError, match=needs):
        jc.law_named("linear-vae-replace-mean-error").of(r, 1)


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: nets.VAE(3, training=nets.Optimum()), r"VAE\.training must be of type Training"),
        (lambda: nets.GAN(3, training=nets.Optimum()), r"GAN\.training must be of type Training"),
        (lambda: nets.LinearVAE(3, training=3), r"LinearVAE\.training must be of type Training or"),
        (lambda: nets.Optimum(lanes=0), r"Optimum\.lanes must be an integer in \[1"),
        (lambda: recursion_of(nets.Optimum(), n=2), r"n must be at least 3 for LinearVAE, got 2"),
    ],
)
def test_refused_by_name(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()


def test_the_oracle_of_training_is_the_closed_form():
    r = recursion_of(nets.Training(steps=6, batch=8))
    oracle = oracles_of(r)["approximation"]
    assert oracle.why == "it has a closed form"
    assert oracle.weaker is None
    assert isinstance(oracle.change(r).family.training, nets.Optimum)
    few = recursion_of(nets.Training(steps=6, batch=3), n=3)
    assert oracles_of(few)["approximation"].weaker is not None
    assert isinstance(oracles_of(recursion_of(nets.Optimum()))["approximation"], Absent)


@pytest.mark.thorough
def test_a_decomposition_certifies_the_closed_form_by_its_gradient(key):
    r = recursion_of(nets.Training(steps=6, batch=8))
    oracles = {"approximation": oracles_of(r)["approximation"]}
    how = {"oracles": oracles, "key": key, "replicas": 4, "t": [1, 2]}
    certificate = jc.decompose(jc.E(jc.mean_error), r, **how).certificates["approximation"]
    assert certificate.met
    assert certificate.gradient is not None
    assert "it has a closed form" in str(certificate)


def test_the_command_line_knows_both_trainings(monkeypatch, capsys):
    begin = ["predict", "E(trace_ratio)", "--truth", "digits", "--n", "80", "--t", "1"]
    for training, status in (("optimum", 2), ("(training:steps=4)", 2)):
        family = f"linear-vae:features=64;training={training}"
        code, shown = command(monkeypatch, capsys, *begin, "--family", family)
        assert code == status
        assert "needs training=nets.Optimum() and data with replacement=True" in shown.err
