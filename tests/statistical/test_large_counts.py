"""Counts beyond 2^24 and beyond 32-bit integers keep their law, or are refused before a run."""

import jax
import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.engine.pools import check_pool
from jaxcollapse.verification import allowed_sigmas

REPLICAS = 4096
LARGE = {
    "binomial-trials": (jc.Binomial(trials=2**20), 2.0**19, 4000),
    "binomial-sizes": (jc.Binomial(trials=1000), 400.0, 5_000_000),
    "Poisson-mean": (jc.Poisson(), 1e9, 100),
    "Poisson-sizes": (jc.Poisson(), 3000.0, 1_000_000),
    "negative-binomial": (jc.NegativeBinomial(size=3.0), 1e9, 1000),
}


@pytest.mark.parametrize("case", LARGE)
def test_a_fit_to_large_counts_has_the_mean_and_the_variance_of_its_law(case, key):
    family, mean, n = LARGE[case]
    recursion = jc.Recursion(family, jc.Replace(), truth=family.params(mean), n=n)
    run = jc.simulate(key, recursion, generations=1, replicas=REPLICAS, observe=jc.mean)
    fits = np.asarray(run.observed["mean"], float)[:, 1]
    v0, v1, v2 = (float(v) for v in family.variance_function)
    variance = (v0 + mean * (v1 + v2 * mean)) / n
    z = (fits.mean() - mean) / np.sqrt(variance / REPLICAS)
    assert abs(z) < allowed_sigmas(2)
    # A sample variance of nearly normal fits has relative error sqrt(2 / R).
    relative = fits.var(ddof=1) / variance - 1
    # Single precision rounds the mean to a grid, whose own variance adds to the fits'.
    grid = np.spacing(np.float32(mean)) ** 2 / 12 / variance
    assert abs(relative) < allowed_sigmas(2) * np.sqrt(2 / REPLICAS) + grid


@pytest.mark.parametrize(
    ("workflow", "generations", "holds"),
    [
        (jc.Accumulate(), 130, True),
        (jc.Accumulate(), 300, False),
        (jc.Window(3), 10**6, True),
        (jc.Anchor(), 10**6, True),
        (jc.Replace(), 10**9, True),
    ],
    ids=str,
)
def test_pools_of_categories_fit_or_are_refused_before_anything_compiles(
    workflow, generations, holds
):
    truth = jc.Categorical.params([0.5, 0.3, 0.2])
    recursion = jc.Recursion(jc.Categorical(), workflow, truth=truth, n=16_000_000)
    if holds:
        return check_pool(recursion, generations)
    with pytest.raises(ValueError, match=r"pool of Accumulate must hold at most 2147483647"):
        jc.simulate(jax.random.key(0), recursion, generations=generations, replicas=1)
