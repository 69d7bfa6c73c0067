"""Metrics on samples, for any family that can be sampled: distances, fidelity and diversity.

Model and truth are each sampled under a fixed key, the same for every model. So a metric is a fixed
function of a model, and generations, workflows and replicas are compared under common random
numbers. A scalar observation counts as a vector of length one.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import xlogy

from ..domains import POSITIVE, Integer
from ..families import AbstractFamily
from ..numerics.eigen import symmetric_eigen
from .base import REGISTRY, Metric, unlisted
from .parametrized import SIZE, parametrized

NEIGHBORS = 5
# Replicas that evaluate a metric side by side at the usual size: each holds tables of size x size
# distances, and many lanes would leave the cache.
LANES = 8


def drawn(family, model, size: int, stream: int):
    """Return observations of a model as rows, shape (size, numbers), under a fixed key.

    A label is not part of the rows.
    """
    x = family.features_of(family.sample(jax.random.key(stream), model, size))
    return x.reshape(size, -1)


def on_samples(name: str, summary: str, compare: Callable, size: int = SIZE) -> Metric:
    """Register a metric `compare(x, y)` of model samples x and true samples y.

    Both have shape (size, numbers). If a metric with the same name and code exists, it is returned.
    So values that the comparison closes over belong in the name. Other code replaces the metric.

    Example:
        >>> import jax.numpy as jnp, jaxcollapse as jc
        >>> gap = lambda x, y: jnp.linalg.norm(x.mean(0) - y.mean(0))
        >>> spread = jc.on_samples("mean-gap", "distance of means", gap)
        >>> truth = jc.Gaussian.params(0.0, 1.0)
        >>> bool(spread(jc.Gaussian(), jc.Gaussian.params(3.0, 1.0), truth) > 2)
        True
    """
    found = compared(name, summary, compare, size)
    name, formula = found.name, found.formulas.dispatch(AbstractFamily)
    known = REGISTRY[name].formulas.dispatch(AbstractFamily) if name in REGISTRY else None
    if not isinstance(known, Compared) or _code(known.compare) != _code(formula.compare):
        REGISTRY[name] = found
    return REGISTRY[name]


def compared(name: str, summary: str, compare: Callable, size: int = SIZE) -> Metric:
    """Make a metric as `on_samples` does, without registering it."""
    Integer(NEIGHBORS + 2, 2**20).check("size", size)
    found = unlisted(
        name if size == SIZE else f"{name}-{size}", summary, max(1, LANES * SIZE // size)
    )
    found.of(AbstractFamily)(Compared(compare, size))
    return found


@dataclass(frozen=True)
class Compared:
    """The formula of a metric on samples."""

    compare: Callable
    size: int

    def __call__(self, family, params, truth):
        return self.compare(drawn(family, params, self.size, 1), drawn(family, truth, self.size, 2))


def _code(function):
    """Return the code of a function, or the function itself if it has none."""
    return getattr(function, "__code__", function)


def squared_distances(x, y):
    """Return the squared distances between rows, shape (len(x), len(y))."""
    square = (
        jnp.sum(jnp.square(x), axis=1)[:, None]
        + jnp.sum(jnp.square(y), axis=1)[None, :]
        - 2 * x @ y.T
    )
    # The expanded square can be slightly negative by cancellation, and its root would be NaN.
    return jnp.maximum(square, 0.0)


def _off_diagonal_mean(matrix):
    """Return the mean of the entries off the diagonal, which makes the estimates unbiased."""
    size = matrix.shape[0]
    return (jnp.sum(matrix) - jnp.trace(matrix)) / (size * (size - 1))


def maximum_mean_discrepancy(x, y):
    r"""Return the unbiased $\mathrm{MMD}^2$ with a Gaussian kernel.

    The squared width of the kernel is the median squared distance of the truth.

    References:
        Gretton et al., JMLR 13:723 (2012), lemma 6.
    """
    width = jnp.median(squared_distances(y, y))

    def kernel(a, b):
        return jnp.exp(-squared_distances(a, b) / width)

    return (
        _off_diagonal_mean(kernel(x, x))
        + _off_diagonal_mean(kernel(y, y))
        - 2 * jnp.mean(kernel(x, y))
    )


def energy(x, y):
    """Return $2E|X-Y|-E|X-X'|-E|Y-Y'|$, unbiased.

    References:
        Székely and Rizzo, J. Stat. Plan. Inference 143:1249 (2013).
    """
    within = sum(_off_diagonal_mean(jnp.sqrt(squared_distances(each, each))) for each in (x, y))
    return 2 * jnp.mean(jnp.sqrt(squared_distances(x, y))) - within


def frechet_distance(x, y):
    r"""Return the squared 2-Wasserstein distance between fitted Gaussians.

    $\|\mu_x-\mu_y\|^2+\mathrm{tr}(S_x+S_y-2(S_x^{1/2}S_yS_x^{1/2})^{1/2})$.

    References:
        Heusel et al., arXiv 1706.08500.
    """
    means, covariances = zip(
        *((each.mean(axis=0), _covariance(each)) for each in (x, y)), strict=True
    )
    # Eigenvalues relative to the truth's scale, by Jacobi rotations: LAPACK calls from several
    # threads deadlock.
    scale = jnp.trace(covariances[1])
    values, axes = symmetric_eigen(covariances[0] / scale)
    root = (axes * jnp.sqrt(jnp.maximum(values, 0.0))[None, :]) @ axes.T
    cross = symmetric_eigen(root @ (covariances[1] / scale) @ root)[0]
    overlap = jnp.sum(jnp.sqrt(jnp.maximum(cross, 0.0)))
    gap = jnp.sum(jnp.square(means[0] - means[1]))
    return gap + jnp.trace(covariances[0]) + scale - 2 * scale * overlap


def _covariance(x):
    centered = x - x.mean(axis=0, keepdims=True)
    return centered.T @ centered / (x.shape[0] - 1)


def _radius(x):
    """Return the squared distance of each row to its k-th neighbor among the others."""
    # Index k and not k - 1: a row's nearest neighbor in this table is itself.
    return jnp.sort(squared_distances(x, x), axis=1)[:, NEIGHBORS]


def reached(x, y):
    """Return one for each row of x that is within reach of the rows of y, else zero.

    Within reach means no farther from some row of y than that row's k-th neighbor.
    """
    return jnp.any(squared_distances(x, y) <= _radius(y)[None, :], axis=1).astype(x.dtype)


def fidelity(x, y):
    """Return the precision: the share of generated observations within reach of the true ones.

    References:
        Kynkäänniemi et al., arXiv 1904.06991.
    """
    return jnp.mean(reached(x, y))


def reach(x, y):
    """Return the recall: the share of true observations within reach of the generated ones.

    This is the precision with the roles exchanged.
    """
    return fidelity(y, x)


def thickness(x, y):
    """Return the density: the number of true neighborhoods around a generated observation, over k.

    References:
        Naeem et al., arXiv 2002.09797.
    """
    return (
        jnp.mean(jnp.sum((squared_distances(x, y) <= _radius(y)[None, :]).astype(x.dtype), axis=1))
        / NEIGHBORS
    )


def spread(x, y):
    """Return the coverage: the share of true neighborhoods that hold a generated observation.

    References:
        Naeem et al., arXiv 2002.09797.
    """
    return jnp.mean(jnp.any(squared_distances(x, y) <= _radius(y)[None, :], axis=0).astype(x.dtype))


def effective_number(x, y):
    r"""Return the Vendi score of order 2, $1/\|K/m\|_F^2$, with the kernel width of the truth.

    It is the effective number of different observations in the sample.

    References:
        Pasarkar and Dieng, arXiv 2310.12952; order 1 in Friedman and Dieng, arXiv 2210.02410.
    """
    return x.shape[0] ** 2 / jnp.sum(jnp.square(_similarity(x, y)))


def _similarity(x, y):
    """Return the kernel matrix of the generated observations."""
    # A tenth of the median squared distance: wider kernels call all observations of the truth
    # alike.
    return jnp.exp(-squared_distances(x, x) / (0.1 * jnp.median(squared_distances(y, y))))


@parametrized("vendi-order-{order}", order=POSITIVE)
def vendi_of_order(name: str, order: float, size: int = SIZE) -> Metric:
    r"""Vendi score of order q, $(\sum_i\lambda_i^q)^{1/(1-q)}$ over eigenvalues of $K/m$.

    Its limit at order 1 is $e^{H(\lambda)}$.

    Args:
        order: q above 0; small orders count rare observations for more.
        size: observations drawn, m.

    Raises:
        ValueError: an order that is not positive.

    Example:
        >>> import jaxcollapse as jc
        >>> truth = jc.Gaussian.params(0.0, 1.0)
        >>> narrow, family = jc.Gaussian.params(0.0, 0.01), jc.Gaussian()
        >>> score = jc.vendi_of_order(1.0, size=64)
        >>> bool(score(family, narrow, truth) < 0.5 * score(family, truth, truth))
        True

    References:
        Friedman and Dieng, arXiv 2210.02410; Pasarkar and Dieng, arXiv 2310.12952.
    """

    def formula(x, y):
        values = jnp.maximum(jnp.linalg.eigvalsh(_similarity(x, y) / x.shape[0]), 0.0)
        if order == 1:
            return jnp.exp(-jnp.sum(xlogy(values, values)))
        return jnp.sum(values**order) ** (1 / (1 - order))

    return compared(name, f"Vendi score of order {order:g}", formula, size)


mmd = on_samples("mmd", "squared maximum mean discrepancy to the truth", maximum_mean_discrepancy)
energy_distance = on_samples("energy-distance", "energy distance to the truth", energy)
frechet = on_samples("frechet", "Fréchet distance of the observations themselves", frechet_distance)
precision = on_samples("precision", "share of generated observations near true ones", fidelity)
recall = on_samples("recall", "share of true observations near generated ones", reach)
density = on_samples(
    "density", "true neighborhoods around a generated observation, over k", thickness
)
coverage = on_samples(
    "coverage", "share of true neighborhoods that hold a generated observation", spread
)
vendi = on_samples(
    "vendi", "Vendi score of order 2: effective number of different observations", effective_number
)


def through(features, of: Metric, compare: Callable, size: int = SIZE) -> Metric:
    """Return a metric on features: `compare` after `features`, a function of rows with a `name`."""
    return on_samples(
        f"{of.name}@{features.name}",
        f"{of.summary}, of {features.name}",
        _composed(compare, features),
        size,
    )


def _composed(compare, features):
    """Return the comparison of the features of both samples."""
    return lambda x, y: compare(features(x), features(y))


def mode_shares(centers, size: int = 1024) -> Metric:
    """Return a metric: the share of the samples nearest to each center, a vector."""
    centers = np.asarray(centers, np.float32)

    def shares(x, y):
        nearest = jnp.argmin(squared_distances(x, jnp.asarray(centers)), axis=1)
        return jnp.mean(jax.nn.one_hot(nearest, len(centers)), axis=0)

    # The name must identify the centers, since metrics are known by their names.
    digest = hashlib.sha256(centers.tobytes()).hexdigest()[:8]
    return on_samples(f"mode-shares-{digest}", "share of the samples at each mode", shares, size)
