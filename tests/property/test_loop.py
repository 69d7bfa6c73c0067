"""Laws of the loop: prefixes, independence of replicas, mixing matrices, and what a user adds in a
few lines.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marks import first, further

import jaxcollapse as jc
from jaxcollapse.evidence import Samples
from jaxcollapse.quantities.summaries import PowerSums
from jaxcollapse.space.examples import example_truth
from jaxcollapse.verification import verify_law
from jaxcollapse.workflows import linear

FAMILIES = [jc.Gaussian(), *further(jc.Categorical(), jc.Poisson())]


def recursion_of(family, workflow=None, n=7):
    return jc.Recursion(family, workflow or jc.Accumulate(), truth=example_truth(family), n=n)


def leaves(run):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(run.params)]


@pytest.mark.usefixtures("optimized")
@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: type(f).__name__)
def test_a_longer_run_extends_a_shorter_one_bit_for_bit(family, key):
    short = jc.simulate(key, recursion_of(family), generations=3, replicas=5)
    long = jc.simulate(key, recursion_of(family), generations=6, replicas=5)
    for a, b in zip(leaves(short), leaves(long), strict=True):
        np.testing.assert_array_equal(a, b[:, :4])


@pytest.mark.usefixtures("optimized")
@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: type(f).__name__)
def test_a_replica_does_not_depend_on_how_many_run_beside_it(family, key):
    whole = jc.simulate(key, recursion_of(family), generations=3, replicas=2100)
    part = jc.simulate(key, recursion_of(family), generations=3, replicas=range(1020, 1030))
    for a, b in zip(leaves(whole), leaves(part), strict=True):
        np.testing.assert_array_equal(a[1020:1030], b)


def test_values_are_leaves_and_sweep_by_vmap(key):
    def last(n):
        return jc.simulate(
            key, recursion_of(jc.Poisson(), n=n), generations=3, replicas=4
        ).params.mean[:, -1]

    swept = jax.vmap(last)(jnp.array([5, 9]))
    for row, n in zip(swept, (5, 9), strict=True):
        np.testing.assert_allclose(row, last(n), rtol=1e-6)


def test_mixing_matrices_say_what_a_workflow_is():
    np.testing.assert_array_equal(jc.mixing_matrix(jc.Replace(), 4), np.eye(4))
    np.testing.assert_array_equal(jc.mixing_matrix(jc.Accumulate(), 4), np.tril(np.ones((4, 4))))
    anchor = np.eye(4)
    anchor[:, 0] = 1
    np.testing.assert_array_equal(jc.mixing_matrix(jc.Anchor(), 4), anchor)
    discount = np.tril(0.5 ** np.subtract.outer(np.arange(4), np.arange(4)))
    np.testing.assert_allclose(jc.mixing_matrix(jc.Discount(0.5), 4), discount)
    np.testing.assert_array_equal(jc.mixing_matrix(jc.Window(2), 4), np.eye(4) + np.eye(4, k=-1))


def test_a_long_window_is_a_band_and_ends_with_the_run():
    age = np.subtract.outer(np.arange(30), np.arange(30))
    band = (age >= 0) & (age < 12)
    np.testing.assert_array_equal(jc.mixing_matrix(jc.Window(12), 30), band)
    np.testing.assert_array_equal(jc.mixing_matrix(jc.Window(4096), 30), np.tril(np.ones((30, 30))))


@pytest.mark.parametrize("family", [jc.Gaussian(), jc.Uniform(), jc.Categorical()], ids=str)
def test_a_long_window_pools_what_its_terms_sum_to(family, monkeypatch, key):
    """Evidence whose sum is not that of its leaves, such as means or maxima."""
    truth, ones = example_truth(family), jnp.ones(7)
    draw = jax.jit(
        lambda key: family.statistics(Samples(family.sample(key, truth, 7), ones), truth)
    )
    drawn = [draw(jax.random.fold_in(key, t)) for t in range(14)]

    def pooled(unrolled):
        monkeypatch.setattr(linear, "UNROLLED", unrolled)
        window, found = jc.Window(5), []
        pool = window.init(drawn[0].reduced())
        for synthetic in drawn[1:]:
            evidence, pool = window.update(pool, synthetic, None)
            found.append(evidence.reduced())
        return found

    for one, other in zip(pooled(2), pooled(8), strict=True):
        for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-5)


@given(st.integers(2, 40), st.integers(1, 39))
def test_power_sums_merge(size, cut):
    values = np.random.default_rng(size).normal(size=(size + 1, 2)) + 5
    cut = min(cut, size)
    merged, whole = (
        PowerSums.of(values[:cut]).merged(PowerSums.of(values[cut:])),
        PowerSums.of(values),
    )
    for name in ("mean", "second", "third", "fourth"):
        np.testing.assert_allclose(
            getattr(merged, name), getattr(whole, name), rtol=1e-9, atol=1e-9
        )


@given(st.floats(0.1, 3), st.floats(-2, 2), st.floats(0.1, 5))
def test_moments_pool_like_the_data(spread, shift, weight):
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=8) * spread, rng.normal(size=5) + shift
    family, truth = jc.Gaussian(), jc.Gaussian.params()
    one = family.statistics(jc.Samples(jnp.asarray(x), jnp.ones(8)), truth)
    two = family.statistics(jc.Samples(jnp.asarray(y), jnp.full(5, weight)), truth)
    pooled = one + two
    weights, both = np.r_[np.ones(8), np.full(5, weight)], np.r_[x, y]
    mean = np.average(both, weights=weights)
    np.testing.assert_allclose(pooled.mean, mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        np.exp(pooled.log_scatter), np.sum(weights * (both - mean) ** 2), rtol=1e-4
    )


def test_streamed_estimates_equal_stored_ones(key):
    recursion = recursion_of(jc.Poisson())
    run = jc.simulate(key, recursion, generations=3, replicas=999, observe=jc.mean)
    wanted = [jc.E(jc.mean), jc.Quantile(jc.mean, 0.3)]
    for quantity, streamed in zip(
        wanted, jc.estimate(key, recursion, wanted, generations=3, replicas=999), strict=True
    ):
        np.testing.assert_allclose(streamed.value, quantity(run).value, rtol=1e-6)


class EveryOther(jc.AbstractWorkflow):
    """A toy workflow: pool the last data with the real data, each at half weight."""

    def init(self, real):
        return real

    def update(self, pool, synthetic, fresh):
        return 0.5 * pool + 0.5 * synthetic, pool


class Rayleigh(jc.AbstractMeanQVF):
    """A toy family: squared Rayleigh amplitudes, exponential with the mean carried as it is."""

    variance_function = (0.0, 0.0, 1.0)
    mean_domain = jc.Real(0.0, typical=(0.5, 2.0))

    def sample(self, key, params, size):
        return params.mean * jax.random.exponential(key, (size,))

    def total(self, key, mean, n):
        return mean * jax.random.gamma(key, jnp.asarray(n, float))


def test_a_toy_workflow_works_with_everything(key):
    np.testing.assert_allclose(
        jc.mixing_matrix(EveryOther(), 3)[1:], [[0.5, 0.5, 0.0], [0.5, 0.0, 0.5]]
    )
    recursion = recursion_of(jc.Poisson(), EveryOther())
    assert jc.verify(recursion, jc.E(jc.mean_error), generations=4).passed

    def means(n):
        return jc.simulate(
            key, recursion_of(jc.Poisson(), EveryOther(), n), generations=2, replicas=3
        ).params.mean

    assert jax.vmap(means)(jnp.array([4, 8])).shape == (2, 3, 3)


def test_a_toy_family_works_with_everything(key):
    family = Rayleigh()
    recursion = jc.Recursion(family, jc.Replace(), truth=family.params(1.3), n=6)
    for carrier in ("statistics", "samples"):
        assert np.all(
            np.isfinite(
                jc.simulate(key, recursion, generations=3, replicas=4, carrier=carrier).params.mean
            )
        )
    law = jc.law_named("qvf-replace-variance")
    assert verify_law(key, law, cases=[(recursion, 4)]).passed

    def means(n):
        swept = jc.Recursion(family, jc.Replace(), truth=family.params(1.3), n=n)
        return jc.simulate(key, swept, generations=2, replicas=3).params.mean

    assert jax.vmap(means)(jnp.array([4, 8])).shape == (2, 3, 3)


@pytest.mark.parametrize(
    "family",
    first([jc.Categorical(), jc.Gaussian(), jc.Poisson(), jc.Gamma()]),
    ids=lambda f: type(f).__name__,
)
def test_collapsed_states_are_states_not_errors(family, key):
    run = jc.simulate(key, recursion_of(family, jc.Replace(), n=2), generations=400, replicas=3)
    assert all(not np.any(np.isnan(leaf)) for leaf in leaves(run))
