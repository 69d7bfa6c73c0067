"""EM climbs the likelihood, matches a plain NumPy EM and two moments of the data, and survives
collapse.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

import jaxcollapse as jc

TRUTH = jc.GaussianMixture.params(weights=[0.6, 0.4], means=[-1.0, 1.5], variances=[0.5, 1.2])


def data(size=60, weighted=True):
    rng = np.random.default_rng(3)
    x = (
        np.where(rng.random(size) < 0.6, rng.normal(-1, 0.7, size), rng.normal(1.5, 1.1, size))
        + 0.3
    )
    return x, rng.uniform(0.2, 2.0, size) if weighted else np.ones(size)


def likelihood(params, x, weights):
    log_weights, means, variances = (
        np.asarray(params.log_weights),
        np.asarray(params.means),
        np.exp(params.log_variances),
    )
    parts = (
        log_weights
        - logsumexp(log_weights)
        + stats.norm.logpdf(x[:, None], means, np.sqrt(variances))
    )
    return np.sum(weights * logsumexp(parts, axis=1))


def plain_em(x, weights, steps):
    """Textbook EM from the truth as the fit starts it: moved and scaled to the sample's mean and
    variance.
    """
    mean, variance = (
        np.average(x, weights=weights),
        np.average((x - np.average(x, weights=weights)) ** 2, weights=weights),
    )
    scale = np.sqrt(variance / 2.28)
    share, m, v = (
        np.array([0.6, 0.4]),
        mean + scale * np.array([-1.0, 1.5]),
        scale**2 * np.array([0.5, 1.2]),
    )
    for _ in range(steps):
        responsibility = share * stats.norm.pdf(x[:, None], m, np.sqrt(v))
        responsibility *= (weights / responsibility.sum(axis=1))[:, None]
        mass = responsibility.sum(axis=0)
        m = x @ responsibility / mass
        v = (responsibility * (x[:, None] - m) ** 2).sum(axis=0) / mass
        share = mass / mass.sum()
    return share, m, v


def fit(steps, weighted=True):
    x, weights = data(weighted=weighted)
    samples = jc.Samples(jnp.asarray(x, float), jnp.asarray(weights, float))
    return (
        jc.GaussianMixture(steps=steps).fit(None, samples, jax.tree.map(jnp.asarray, TRUTH)),
        x,
        weights,
    )


def test_the_fit_is_the_textbook_em():
    fitted, x, weights = fit(7)
    start = np.array([-1.0, 1.5]) @ [0.6, 0.4]
    np.testing.assert_allclose(start, 0.0, atol=1e-12)
    for ours, theirs in zip(
        (fitted.weights, fitted.means, np.exp(fitted.log_variances)),
        plain_em(x, weights, 7),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4)


def test_the_likelihood_climbs():
    values = [likelihood(*fit(steps)) for steps in (1, 2, 4, 8, 16)]
    assert np.all(np.diff(values) > 0)


@pytest.mark.parametrize("steps", [1, 5])
def test_two_moments_match_after_any_number_of_steps(steps):
    fitted, x, weights = fit(steps)
    mean = np.average(x, weights=weights)
    np.testing.assert_allclose(fitted.mean, mean, rtol=1e-4)
    np.testing.assert_allclose(
        np.exp(fitted.log_variance), np.average((x - mean) ** 2, weights=weights), rtol=1e-4
    )


def test_a_collapsed_mixture_is_a_state_not_an_error(key):
    recursion = jc.Recursion(jc.GaussianMixture(), jc.Replace(), truth=TRUTH, n=4)
    run = jc.simulate(key, recursion, generations=60, replicas=50)
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(run.params))


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (
            lambda: jc.GaussianMixture.params([0.6, 0.5], [0.0, 1.0], [1.0, 1.0]),
            "weights must sum to 1",
        ),
        (
            lambda: jc.GaussianMixture.params([0.6, 0.4], [0.0, 1.0], [1.0, 0.0]),
            r"variances must lie in \(0, inf\)",
        ),
        (lambda: jc.GaussianMixture.params([0.6, 0.4], [0.0], [1.0, 1.0]), "must have one shape"),
        (lambda: jc.GaussianMixture(floor=0.0), r"GaussianMixture\.floor must lie in \(0, 1\)"),
        (lambda: jc.GaussianMixture(steps=0), r"GaussianMixture\.steps must be an integer"),
        (lambda: jc.GaussianMixture(starts=0), r"GaussianMixture\.starts must be an integer"),
    ],
)
def test_refused_by_name(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()


def test_the_likeliest_of_several_starts_is_no_less_likely_than_the_last_model(key):
    z = jnp.asarray(np.random.default_rng(3).normal(size=60) ** 3)
    weights = jnp.full(60, 1 / 60)
    family = jc.GaussianMixture(starts=4)
    last = jax.tree.map(jnp.asarray, family.params([0.5, 0.5], [-4.0, 4.0], [1.0, 1.0]))

    def log_likelihood(model):
        parts = stats.norm.logpdf(z[:, None], model.means, np.exp(0.5 * model.log_variances))
        return float(weights @ logsumexp(np.log(model.weights) + parts, axis=1))

    alone = log_likelihood(family.climbed(last, z, weights, 32))
    best = log_likelihood(family.likeliest(key, last, z, weights))
    assert best >= alone - 1e-6
