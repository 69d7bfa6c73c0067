"""Counts beyond 2^24 and beyond 32-bit integers keep their law, or are refused before a run."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marks import first

import jaxcollapse as jc
from jaxcollapse.engine.counts import check_counts
from jaxcollapse.verification import allowed_sigmas

REPLICAS = 4096
SIZES = st.floats(-3, 20), st.integers(1, 2**24 - 1)
LARGE = {
    "binomial-trials": (jc.Binomial(trials=2**20), 2.0**19, 4000),
    "binomial-sizes": (jc.Binomial(trials=1000), 400.0, 5_000_000),
    "Poisson-mean": (jc.Poisson(), 1e9, 100),
    "Poisson-sizes": (jc.Poisson(), 3000.0, 1_000_000),
    "Poisson-limit": (jc.Poisson(), 2.5e9, 100),
    "binomial-limit": (jc.Binomial(trials=2**20), 2.0**19, 2**17),
    "negative-binomial": (jc.NegativeBinomial(size=3.0), 1e9, 1000),
}


@pytest.mark.parametrize("case", first(LARGE))
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
        return check_counts(recursion, generations, range(1), pooled=True)
    with pytest.raises(ValueError, match=r"pool of Accumulate must hold at most 2147483647"):
        jc.simulate(jax.random.key(0), recursion, generations=generations, replicas=1)


GAUSSIAN, POISSON = jc.Gaussian(), jc.Poisson()
UNIT = jc.Gaussian.params(0.0, 1.0)
REFUSED = {
    "noise of Poisson": (POISSON, POISSON.params(1e15), jc.Replace(), 100, 5),
    "noise of binomial": (b := jc.Binomial(trials=2**20), b.params(1e6), jc.Replace(), 2**23, 5),
    "noise of gamma": (g := jc.Gamma(shape=1e14), g.params(3.0), jc.Replace(), 100, 5),
    "range": (POISSON, POISSON.params(1e37), jc.Replace(), 100, 5),
    "pooled noise": (POISSON, POISSON.params(1e9), jc.Accumulate(), 100, 2000),
    "pooled batches": (GAUSSIAN, UNIT, jc.Accumulate(), 10, 10**6),
    "pooled batches of counts": (bb := jc.Bernoulli(), bb.params(0.3), jc.Accumulate(), 1, 10**8),
}


@pytest.mark.parametrize("case", REFUSED)
def test_counts_beyond_single_precision_are_refused(case):
    family, truth, workflow, n, generations = REFUSED[case]
    recursion = jc.Recursion(family, workflow, truth=truth, n=n)
    message = "leave the noise of a generation|in single precision, got"
    with pytest.raises(ValueError, match=message):
        check_counts(recursion, generations, range(1), pooled=True)


def test_a_schedule_that_grows_late_is_walked_to_its_end():
    sizes = np.where(np.arange(400) < 100, 10, 16_000_000)
    truth = jc.Categorical.params([0.5, 0.3, 0.2])
    recursion = jc.Recursion(jc.Categorical(), jc.Accumulate(), truth=truth, n=sizes)
    with pytest.raises(ValueError, match="pool of Accumulate must hold at most 2147483647"):
        check_counts(recursion, 400, range(1), pooled=True)
    check_counts(recursion, 200, range(1), pooled=True)


def test_other_counts_have_ranges():
    recursion = jc.Recursion(GAUSSIAN, jc.Replace(), truth=UNIT, n=10)
    run = {"generations": 2, "replicas": range(2**32 - 1, 2**32 + 1)}
    with pytest.raises(ValueError, match="replicas must be below 4294967296, got 4294967297"):
        jc.simulate(jax.random.key(0), recursion, **run)
    with pytest.raises(ValueError, match=r"fresh must be an integer in \[0, 16777215\]"):
        jc.Recursion(GAUSSIAN, jc.Refresh(), truth=UNIT, n=10, fresh=2**24)
    few = jc.simulate(jax.random.key(0), recursion, generations=2, replicas=1)
    with pytest.raises(ValueError, match=r"outputs must be an integer in \[1, 16777215\]"):
        jc.self_evidence(jax.random.key(0), few, outputs=2**24)


@given(st.sampled_from([POISSON, jc.NegativeBinomial(3.0), jc.Binomial(trials=2**20)]), *SIZES)
def test_what_is_accepted_is_not_drowned_in_rounding(family, magnitude, n):
    """One draw of what is accepted: rounding adds at most a thousandth to its variance."""
    high = family.mean_domain.high
    mean = min(10.0**magnitude, 0.9 * high)
    recursion = jc.Recursion(family, jc.Replace(), truth=family.params(mean), n=n)
    try:
        check_counts(recursion, 3, range(1), pooled=True)
    except ValueError:
        return
    grid = float(np.spacing(np.float32(n * mean)))
    if n * mean > 2**24:
        assert grid**2 / 12 <= n * float(family.variance_of(mean)) / 1000
