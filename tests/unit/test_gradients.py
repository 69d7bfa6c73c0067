"""Gradients that fits leave: against differentiation, at optima and before them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.special import logsumexp
from jax.scipy.stats import norm

import jaxcollapse as jc
from jaxcollapse import nets
from jaxcollapse.analysis.certificates import Certificate
from jaxcollapse.engine.carriers.gradients import SQUARED_GRADIENT
from jaxcollapse.engine.plan import Plan
from jaxcollapse.engine.simulate import gathered
from jaxcollapse.evidence import Samples, Sums
from jaxcollapse.families.gradients import squared_gradient


def test_a_gradient_of_a_mixture_is_that_of_its_likelihood():
    family = jc.GaussianMixture()
    model = jax.tree.map(jnp.asarray, family.params([0.6, 0.4], [-1.0, 1.5], [0.5, 1.2]))
    x = jnp.asarray(np.random.default_rng(0).normal(size=40))
    scales = jnp.exp(0.5 * model.log_variances)

    def log_likelihood(parameters, one):
        logits, moved, log_variances = parameters
        densities = norm.logpdf(one, moved * scales, jnp.exp(0.5 * log_variances))
        return logsumexp(jax.nn.log_softmax(logits) + densities)

    # Means in units of their components, as the measure has them.
    at = jnp.stack([model.log_weights, model.means / scales, model.log_variances])
    each = jax.vmap(jax.grad(log_likelihood), (None, 0))(at, x).reshape(40, -1)
    expected = jnp.sum(jnp.mean(each, 0) ** 2) / jnp.sum((each / 40) ** 2)
    found = squared_gradient(family, Samples(x, jnp.ones(40)), model)
    np.testing.assert_allclose(found, expected, rtol=1e-3)


def test_a_gradient_of_logistic_regression_is_that_of_its_likelihood():
    family = jc.LogisticRegression()
    rows, weights = family.design.matrix, jnp.array([0.4, 0.8, -0.5])
    trials, ones = jnp.full(len(rows), 5.0), jnp.arange(1.0, 1 + len(rows))
    labels = jnp.concatenate([(jnp.arange(5) < k).astype(float) for k in ones])
    x = jnp.repeat(rows, 5, axis=0)

    def log_likelihood(w, x, y):
        return y * jax.nn.log_sigmoid(x @ w) + (1 - y) * jax.nn.log_sigmoid(-x @ w)

    each = jax.vmap(jax.grad(log_likelihood), (None, 0, 0))(weights, x, labels)
    expected = jnp.sum(jnp.sum(each, 0) ** 2) / jnp.sum(each**2)
    evidence = Sums(jnp.float32(len(x)), jnp.stack([trials, ones]))
    model = family.params(weights)
    np.testing.assert_allclose(squared_gradient(family, evidence, model), expected, rtol=1e-4)
    assert squared_gradient(family, evidence, family.estimate(evidence)) < 1e-8


@pytest.fixture(scope="module")
def descents():
    """A plan, and the record of the plan that also measures."""
    family = jc.LinearRegression(estimator=jc.ColdDescent(3, 0.3), noise=0.5)
    truth = family.params([1.0, -0.5, 0.3])
    recursion = jc.Recursion(family, jc.Replace(), truth=truth, n=12)
    plan = Plan.of(jax.random.key(0), recursion, 3, 32, "auto", (jc.excess_risk,), None)
    return plan, gathered(plan.measuring_gradients())


def test_measuring_changes_no_draw(descents):
    plan, measured = descents
    np.testing.assert_allclose(gathered(plan)["excess-risk"], measured["excess-risk"], rtol=1e-5)


def test_descent_that_stops_early_leaves_a_gradient(descents):
    assert np.all(descents[1][SQUARED_GRADIENT][1:].mean(axis=1) > 0.05)


def branched(plan):
    """The record of a plan whose every generation is fitted once more, as it is, and measured."""
    return gathered(plan.branching(plan.recursion, "auto").measuring_gradients())


def check_branches(plan):
    """A branch that changes nothing has the gradients and the values of the run."""
    alone, branch = gathered(plan.measuring_gradients()), branched(plan)
    assert set(alone) == set(branch)
    for name in alone:
        np.testing.assert_allclose(branch[name], alone[name], rtol=2e-3, atol=1e-5)
    assert np.any(alone[SQUARED_GRADIENT][1:] > 1e-3)


def test_a_branch_that_changes_nothing_leaves_the_gradient_of_the_run(descents):
    check_branches(descents[0])


@pytest.mark.thorough
def test_a_branch_of_samples_leaves_the_gradient_of_the_run(key):
    family = jc.GaussianMixture(steps=2)
    truth = family.params([0.6, 0.4], [-1.0, 1.5], [0.5, 1.2])
    recursion = jc.Recursion(family, jc.Accumulate(), truth=truth, n=24)
    check_branches(Plan.of(key, recursion, 3, 8, "auto", (jc.variance,), None))


@pytest.mark.thorough
def test_a_branch_of_a_net_leaves_the_gradient_of_the_run(key):
    values = np.random.default_rng(0).uniform(size=(60, 4)).astype(np.float32)
    family = nets.VAE(4, hidden=4, latent=1, training=nets.Training(steps=6, batch=8))
    recursion = jc.Recursion(family, jc.Replace(), truth=family.data(values), n=16)
    check_branches(Plan.of(key, recursion, 2, 2, "auto", (nets.training_loss,), None))


@pytest.mark.thorough
def test_one_shot_certificates_have_the_gradient_of_their_fits(key, descents):
    recursion, how = descents[0].recursion, {"t": [1, 3], "key": key, "replicas": 64}
    single = jc.decompose(jc.E(jc.excess_risk), recursion, kind="one-shot", **how)
    usual = jc.decompose(jc.E(jc.excess_risk), recursion, **how)
    for parts in (single, usual):
        assert parts.certificates["approximation"].gradient is not None
        assert parts.converged


def test_a_certificate_with_a_gradient_says_whether_it_is_met():
    oracle = Certificate("approximation", "more steps", "half give the same")
    flat, steep = (oracle.with_gradient(np.full((4, 2), x)) for x in (1e-4, 0.25))
    assert flat.met
    assert not steep.met
    assert str(flat).endswith("(converged: gradient 0.01 of its standard error)")
    assert str(steep).endswith("(NOT CONVERGED: gradient 0.5 of its standard error)")


@pytest.mark.thorough
def test_a_gradient_of_a_net_falls_as_it_trains(key):
    values = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)

    def left(rate):
        training = nets.Training(steps=2000, batch=16, learning_rate=rate, anneal=0.0)
        family = nets.VAE(4, hidden=8, latent=2, likelihood=nets.Noise(), training=training)
        recursion = jc.Recursion(family, jc.Replace(), truth=family.data(values), n=100)
        plan = Plan.of(key, recursion, 2, 4, "auto", (nets.training_loss,), None)
        return np.mean(gathered(plan.measuring_gradients())[SQUARED_GRADIENT][1:])

    assert left(1e-3) < 0.3 * left(1e-5)
