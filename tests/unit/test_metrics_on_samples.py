"""Metrics on samples against independent implementations, on ordinary data, ties and far origins.

Every entry of `COMPARISONS` is a function of two samples. The references use NumPy float64, SciPy
and scikit-learn and share no code with the package.
"""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import NearestNeighbors

import jaxcollapse as jc
from jaxcollapse.metrics import comparisons
from jaxcollapse.numerics.eigen import symmetric_eigenvalues

K = comparisons.NEIGHBORS


def _width(x, y):
    for gaps in (cdist(y, y, "sqeuclidean"), cdist(x, y, "sqeuclidean")):
        if np.any(gaps > 0):
            return np.median(gaps[gaps > 0])
    return 1.0


def mmd(x, y):
    gamma = 1 / _width(x, y)
    m, n = len(x), len(y)
    within_x, within_y = rbf_kernel(x, gamma=gamma), rbf_kernel(y, gamma=gamma)
    mean_x = (within_x.sum() - np.trace(within_x)) / (m * (m - 1))
    mean_y = (within_y.sum() - np.trace(within_y)) / (n * (n - 1))
    return mean_x + mean_y - 2 * rbf_kernel(x, y, gamma=gamma).mean()


def energy(x, y):
    m, n = len(x), len(y)
    within = cdist(x, x).sum() / (m * (m - 1)) + cdist(y, y).sum() / (n * (n - 1))
    return 2 * cdist(x, y).mean() - within


def frechet(x, y):
    a, b = np.atleast_2d(np.cov(x.T)), np.atleast_2d(np.cov(y.T))
    values = np.linalg.eigvals(a @ b)
    overlap = np.sum(np.sqrt(np.maximum(values.real, 0)))
    return np.sum((x.mean(0) - y.mean(0)) ** 2) + np.trace(a + b) - 2 * overlap


def _neighborhoods(y):
    """Radius of each row by scikit-learn; its own distance counts as the first."""
    found = NearestNeighbors(n_neighbors=K + 1).fit(y).kneighbors(y)[0][:, K]
    return found * (1 + 1e-9)


def precision(x, y):
    return np.mean(np.any(cdist(x, y) <= _neighborhoods(y)[None], axis=1))


def recall(x, y):
    return precision(y, x)


def density(x, y):
    radius = _neighborhoods(y)[None]
    held = np.sum(cdist(y, y) <= radius, axis=0) - 1
    return np.mean(np.sum((cdist(x, y) <= radius) / held[None], axis=1))


def coverage(x, y):
    return np.mean(np.any(cdist(x, y) <= _neighborhoods(y)[None], axis=0))


def vendi(x, y):
    kernel = np.exp(-cdist(x, x, "sqeuclidean") / (0.1 * _width(x, y))) / len(x)
    return 1 / np.sum(np.linalg.eigvalsh(kernel) ** 2)


COMPARISONS = {
    "mmd": (comparisons.maximum_mean_discrepancy, mmd, 0),
    "energy": (comparisons.energy, energy, 1),
    "frechet": (comparisons.frechet_distance, frechet, 2),
    "precision": (comparisons.fidelity, precision, 0),
    "recall": (comparisons.recalled, recall, 0),
    "density": (comparisons.crowding, density, 0),
    "coverage": (comparisons.covered, coverage, 0),
    "vendi": (comparisons.effective_number, vendi, 0),
}
RNG = np.random.default_rng(11)
DATA = {
    "normal": (RNG.normal(size=(64, 2)), RNG.normal(0.3, 1.2, size=(64, 2))),
    "Poisson": (RNG.poisson(1.0, size=(64, 1)), RNG.poisson(1.3, size=(64, 1))),
    "Bernoulli": (RNG.integers(0, 2, (64, 1)), 1 * (RNG.uniform(size=(64, 1)) < 0.8)),
    "zero-inflated": (RNG.poisson(3.0, (64, 2)) * RNG.integers(0, 2, (64, 1)),) * 2,
    "one point": (np.ones((64, 1)), np.ones((64, 1))),
    "against one point": (RNG.normal(size=(64, 1)), np.ones((64, 1))),
}


@jax.jit
def compared(x, y):
    return {name: ours(x, y) for name, (ours, *_) in COMPARISONS.items()}


def scores(x, y):
    single = compared(jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32))
    return {name: float(value) for name, value in single.items()}


@pytest.mark.parametrize("data", DATA)
def test_agrees_with_scipy_and_scikit_learn_on_ordinary_data_and_ties(data):
    x, y = (np.asarray(each, float) for each in DATA[data])
    found = scores(x, y)
    for name, (_, reference, _) in COMPARISONS.items():
        size = max(1.0, np.abs(np.concatenate([x, y])).max() ** 2)
        np.testing.assert_allclose(
            found[name], reference(x, y), rtol=2e-4, atol=2e-5 * size, err_msg=name
        )


@pytest.mark.parametrize(
    ("data", "unit"),
    [("normal", 1e-15), ("normal", 1e15), ("Poisson", 2.0**-40), ("Poisson", 2.0**40)],
)
def test_no_score_depends_on_the_unit(data, unit):
    """Counts in units that are powers of two, since others break ties by rounding the data."""
    x, y = (np.asarray(each, float) for each in DATA[data])
    plain, scaled = scores(x, y), scores(unit * x, unit * y)
    for name, (*_, power) in COMPARISONS.items():
        np.testing.assert_allclose(
            scaled[name], plain[name] * unit**power, rtol=1e-3, atol=1e-6 * unit**power
        )


@pytest.mark.parametrize("origin", [1e2, 1e4, 1e6])
def test_no_score_depends_on_the_origin(origin):
    """Data on a grid that single precision holds at every origin, so that nothing is rounded."""
    x, y = (np.round(4 * each) / 4 for each in DATA["normal"])
    plain, moved = scores(x, y), scores(x + origin, y + origin)
    for name in COMPARISONS:
        np.testing.assert_allclose(moved[name], plain[name], rtol=1e-4, atol=1e-5, err_msg=name)


def test_a_sample_of_the_truth_scores_as_the_truth_where_observations_tie():
    x, y = RNG.integers(0, 3, size=(2, 64, 1))
    found = scores(x, y)
    assert found["precision"] == found["recall"] == found["coverage"] == 1
    assert abs(found["density"] - 1) < 0.2


@pytest.mark.parametrize("metric", ["mmd", "precision", "coverage", "density", "vendi", "frechet"])
def test_what_diverged_has_no_score(metric):
    family, truth = jc.Gaussian(), jc.Gaussian.params(0.0, 1.0)
    diverged = dataclasses.replace(truth, mean=jnp.float32(np.nan))
    score = jc.list_metrics()[metric]
    assert np.isnan(score(family, diverged, truth))
    assert np.isnan(score(family, truth, diverged))


@pytest.mark.parametrize("rows", [64, 320])
def test_the_frechet_distance_in_300_dimensions(rows):
    x, y = RNG.normal(size=(rows, 300)), RNG.normal(0.1, 1.1, size=(rows, 300))
    found = float(
        comparisons.frechet_distance(jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32))
    )
    np.testing.assert_allclose(found, frechet(x, y), rtol=2e-3)


@pytest.mark.parametrize("d", [1, 2, 3, 17, 96])
def test_eigenvalues_by_bisection_are_those_of_lapack(d):
    a = RNG.normal(size=(4, d, max(1, d // 2)))
    a = a @ a.transpose(0, 2, 1)
    found = jax.jit(jax.vmap(symmetric_eigenvalues))(jnp.asarray(a, jnp.float32))
    largest = np.abs(a).max() * d
    np.testing.assert_allclose(found, np.linalg.eigvalsh(a), atol=3e-6 * largest)
