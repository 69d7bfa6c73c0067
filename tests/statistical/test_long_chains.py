"""Long chains: what single precision does to a logarithm after 100,000 generations, and exponents
after a million.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from marks import further

import jaxcollapse as jc
from jaxcollapse._keys import RandomStream, Stream, fold_in
from jaxcollapse.quantities.significance import allowed_sigmas
from jaxcollapse.sampling import log_chi2_from_normal

REPLICAS = 16


def summed_in_double(key, family, n, generations, options):
    """Log-variances of a Gaussian chain from the words that the loop draws, its small numbers
    summed in float64.
    """
    keys = jax.vmap(lambda i: fold_in(key, i))(jnp.arange(REPLICAS, dtype=jnp.uint32))
    freedom = jnp.float32(n - 1)

    @partial(jax.jit, compiler_options=options)
    def logarithms(times):
        def one(key, t):
            return log_chi2_from_normal(
                family.innovations(RandomStream(key, t, Stream.DATA), None).imag, freedom
            )

        return jax.vmap(lambda t: jax.vmap(lambda k: one(k, t))(keys))(times)

    found = np.asarray(logarithms(jnp.arange(1, generations + 1, dtype=jnp.int32)), np.float64)
    return found.sum(axis=0) - generations * np.log(n - float(family.ddof))


@pytest.mark.parametrize("ddof", [1.0, *further(0.0)])
def test_a_chain_of_logarithms_does_not_drift_in_single_precision(ddof, key, optimized):
    """Every generation rounds once, at random: the error is a random walk with steps of a last
    place over the root of 12.

    Constants such as the logarithm of n are single numbers, off by at most 2e-7.
    """
    family, n, generations = jc.Gaussian(ddof), 20, 100_000
    recursion = jc.Recursion(family, jc.Replace(), truth=jc.Gaussian.params(), n=n)
    run = jc.simulate(
        key,
        recursion,
        generations=generations,
        replicas=REPLICAS,
        observe=jc.log_variance,
        at=[generations],
    )
    single = np.asarray(run.values(jc.log_variance), float)[:, 1]
    exact = summed_in_double(key, family, n, generations, optimized)
    level = np.linspace(0, exact.mean(), 1000).astype(np.float32)
    walk = np.sqrt(generations * np.mean(np.square(np.spacing(level), dtype=float)) / 12)
    constants = 2e-7 * generations
    assert np.max(np.abs(single - exact)) < allowed_sigmas(REPLICAS, 1e-7) * walk + constants < 0.5


@pytest.mark.slow
@pytest.mark.usefixtures("optimized")
def test_a_million_generations_have_the_lyapunov_exponents_of_the_law(key):
    """The diagonal of the factor grows by half the mean log chi-square a generation; below it
    everything stays finite.
    """
    from scipy.special import digamma, polygamma

    d, n, generations = 3, 20, 1_000_000
    truth = jc.MultivariateGaussian.params(
        np.zeros(d), [[2.0, 0.3, 0.1], [0.3, 1.0, -0.2], [0.1, -0.2, 0.5]]
    )
    recursion = jc.Recursion(jc.MultivariateGaussian(), jc.Replace(), truth=truth, n=n)
    run = jc.simulate(key, recursion, generations=generations, replicas=REPLICAS, at=[generations])
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(run.params))
    grown = np.asarray(run.params.log_diagonal, float)
    assert np.all(2 * grown[:, 1].max(axis=1) / np.log(10) < -1000)
    freedom = n - 1 - np.arange(d)
    exponents = 0.5 * (digamma(freedom / 2) + np.log(2 / (n - 1)))
    error = 0.5 * np.sqrt(polygamma(1, freedom / 2) / (generations * REPLICAS))
    found = np.mean(grown[:, 1] - grown[:, 0], axis=0) / generations
    allowed = allowed_sigmas(d, 1e-7)
    assert np.all(np.abs(found - exponents) < allowed * error)
    told_from_the_mean_square = np.abs(exponents - 0.5 * np.log(freedom / (n - 1)))
    assert np.all(allowed * error < 0.5 * told_from_the_mean_square)
