"""Samplers by goodness of fit in a few regimes, certified tables, and lineages against forward
labels bit for bit.
"""

import importlib
import pkgutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import benchmarks
from benchmarks.goodness import FALSE_ALARM, check, regimes
from jaxcollapse import sampling
from jaxcollapse._keys import fold_in
from jaxcollapse.numerics import wright_fisher
from jaxcollapse.sampling.alias import alias_table, implied_law
from jaxcollapse.sampling.lineages import forward_founders, traced_founders
from jaxcollapse.sampling.subset import distinct_ranks

WRONG = ("binomial with p off by 1 %", "chi2 with one degree too many")
FAST = ("alias table", "subset", "hypergeometric, thinned", "lineages, founders left", *WRONG)


@pytest.mark.parametrize(
    "regime", [r for r in regimes() if r.sampler in FAST], ids=lambda r: f"{r.sampler} {r.where}"
)
def test_a_sampler_fits_its_law_and_a_wrong_one_does_not(regime):
    assert check(regime, 1 << 14, FALSE_ALARM / 20).passed


@pytest.mark.parametrize(("n", "steps"), [(1, 1), (2, 1), (7, 3), (100, 1), (100, 50)])
def test_the_bound_of_an_alias_table_is_what_its_cells_draw(n, steps):
    table, half = alias_table(n, steps), n // 2 + 1
    exact = np.linalg.matrix_power(wright_fisher.transition_matrix(n), steps)[:half]
    law = implied_law(table)
    assert 0.5 * np.abs(law - exact).sum(axis=1).max() <= table.bound + 1e-12
    np.testing.assert_array_equal(law @ np.arange(n + 1), np.arange(half))


@pytest.mark.parametrize(
    ("n", "capacity", "steps"), [(1, 1, 5), (7, 8, 1), (30, 32, 40), (30, 32, 400)]
)
def test_backward_is_forward_bit_for_bit(n, capacity, steps, key):
    def both(i):
        own = fold_in(key, i)
        forward = forward_founders(own, n, steps, capacity)
        sizes = (
            jnp.zeros(capacity, jnp.int32)
            .at[forward]
            .add((jnp.arange(capacity) < n).astype(jnp.int32))
        )
        return sizes, traced_founders(own, n, steps, capacity)

    forward, backward = jax.jit(jax.vmap(both))(jnp.arange(20))
    np.testing.assert_array_equal(forward, backward)


def test_benchmarks_are_in_step_with_the_package():
    names = {each.name for each in pkgutil.iter_modules(benchmarks.__path__)} - {"torch_yardstick"}
    for name in names:
        importlib.import_module(f"benchmarks.{name}")
    work = importlib.import_module("benchmarks.kernels")
    for make in (work.gaussian, work.two_types):
        assert np.all(np.isfinite(np.ravel(jax.tree.leaves(make(100, 2, work.LANES)()))))


@pytest.mark.thorough
def test_a_binomial_keeps_its_bits_in_any_company(key, optimized):
    draw = jax.vmap(
        lambda i: sampling.binomial(fold_in(key, i), 1000, jnp.where(i % 3 == 0, 0.004, 0.3))
    )
    together = jax.jit(draw, compiler_options=optimized)(jnp.arange(3000))
    np.testing.assert_array_equal(together[:100], draw(jnp.arange(100)))


@pytest.mark.parametrize(
    ("population", "n"), [(1, 1), (64, 64), (50, 60), (100, 51), (100, 0), (2**30, 64)]
)
def test_a_subset_has_distinct_ascending_ranks_below_its_population(population, n, key):
    draw = jax.jit(jax.vmap(lambda i: distinct_ranks(fold_in(key, i), population, n, 64)))
    ranks = np.asarray(draw(jnp.arange(50)))[:, : min(n, population)]
    assert np.all(np.diff(ranks, axis=1, prepend=-1) > 0)
    assert np.all(ranks < population)


@pytest.mark.parametrize("categories", [1, 2, 3, 17, 50])
def test_counts_split_down_a_tree_add_up_and_keep_to_the_weights(categories, key):
    weights = jnp.arange(categories) % 3
    weights = weights.at[0].set(1)
    counts = np.asarray(jax.jit(lambda: sampling.by_binomials(key, 10**4, weights))())
    assert counts.sum() == 10**4
    assert np.all((counts > 0) == (np.asarray(weights) > 0))


@pytest.mark.parametrize("p", [0.5, 0.2, 0.01, 1e-4])
@pytest.mark.parametrize("variance", [10.0, 30.0, 900.0, 2e5])
def test_the_bent_normal_dominates_the_binomial_and_its_bound_is_below_the_ratio(variance, p):
    binomial = importlib.import_module("jaxcollapse.sampling.binomial")
    n = int(min(np.ceil(variance / (p * (1 - p))), 2**24 - 1))
    spread = np.sqrt(n * p * (1 - p))
    z = np.linspace(-6.8, 6.8, 100_001)
    bend, stretch = (1 - 2 * p) / (6 * spread), spread + binomial.STRETCH
    count = np.floor(n * p + 0.5 + stretch * (z + bend * (z * z - 1)))
    hat = (1 + binomial.EXCESS / spread) * stats.norm.pdf(z) / (stretch * (1 + 2 * bend * z))
    ratio = stats.binom.pmf(count, n, p) / hat
    assert spread**2 < binomial.LEAST_VARIANCE or ratio.max() <= 1
    assert np.all(ratio >= 1 - (binomial.QUICK[0] + binomial.QUICK[1] * z * z) / spread)
