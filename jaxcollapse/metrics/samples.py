r"""Metrics on samples, for any family that can be sampled: distance to the truth, fidelity and
diversity.

Model and truth are each sampled under a key of their own that is the same for every model, so that
a metric is a fixed function of a model and two generations, workflows or replicas are compared
under common random numbers. A scalar observation counts as a vector of one.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import xlogy

from ..domains import POSITIVE, Integer
from ..families import AbstractFamily
from ..numerics.eigen import symmetric_eigenvalues
from ..numerics.solve import triangular_root
from ..numerics.triangular import nuclear_norm
from .base import REGISTRY, Metric, unlisted
from .parametrized import SIZE, parametrized

NEIGHBORS = 5
COORDINATES = 16
LANES = 8


def drawn(family, model, size: int, stream: int):
    """Observations of a model as rows, shape (size, numbers), under a fixed key; a label is no part
    of them.
    """
    x = family.features_of(family.sample(jax.random.key(stream), model, size))
    return x.reshape(size, -1)


def on_samples(name: str, summary: str, compare: Callable, size: int = SIZE) -> Metric:
    """Register a metric `compare(x, y)` of model samples x and true samples y, each of shape (size,
    numbers).

    A comparison of the same name and code is the metric that there is, so values that it closes
    over belong in the name; other code takes the name over.

    Example:
        >>> import jax.numpy as jnp, jaxcollapse as jc
        >>> def gap(x, y):
        ...     return jnp.linalg.norm(x.mean(0) - y.mean(0))
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
    """`on_samples` without registering the metric."""
    Integer(NEIGHBORS + 2, 2**20).check("size", size)
    found = unlisted(
        name if size == SIZE else f"{name}-{size}", summary, max(1, LANES * SIZE // size)
    )
    found.of(AbstractFamily)(Compared(compare, size))
    return found


@dataclass(frozen=True)
class Compared:
    """The formula of a metric on samples; NaN where a sample is not finite, as a diverged net's."""

    compare: Callable
    size: int

    def __call__(self, family, params, truth):
        x, y = drawn(family, params, self.size, 1), drawn(family, truth, self.size, 2)
        finite = jnp.all(jnp.isfinite(x)) & jnp.all(jnp.isfinite(y))
        return jnp.where(finite, self.compare(x, y), jnp.nan)


def _code(function):
    return getattr(function, "__code__", function)


def squared_distances(x, y):
    """Between rows, shape (len(x), len(y)); exactly zero for equal rows, whatever their origin.

    Differences are squared coordinate by coordinate: the expansion into squared lengths and
    products cancels where the origin is far.
    """

    def with_coordinates(total, columns):
        gaps = [a[:, None] - b[None, :] for a, b in zip(*columns, strict=True)]
        return total + sum(gap * gap for gap in gaps), None

    # Sixteen coordinates per pass, so that the table of distances is read and written less often.
    rest = -x.shape[1] % COORDINATES if x.shape[1] > COORDINATES else 0
    block = min(COORDINATES, x.shape[1])
    columns = tuple(
        jnp.pad(each.T, ((0, rest), (0, 0))).reshape(-1, block, len(each)) for each in (x, y)
    )
    start = jnp.zeros((x.shape[0], y.shape[0]), x.dtype)
    return lax.scan(with_coordinates, start, columns)[0]


def _in_units_of(y, *samples):
    """Samples divided by a power of two near the spread of the true ones y, and that power.

    A power of two divides without rounding, so that distances which tie still tie.
    """
    spread = jnp.max(jnp.abs(y - y[:1]))
    spread = jnp.where(spread > 0, spread, jnp.max(jnp.abs(samples[0] - y[:1])))
    unit = jnp.ldexp(jnp.ones((), y.dtype), jnp.frexp(jnp.where(spread > 0, spread, 1.0))[1] - 1)
    return *(each / unit for each in samples), unit


def _median_width(x, y):
    """The median squared distance between different true observations.

    Pairs that tie are left out: in counts and labels more than half of the pairs may, and a width
    of zero compares nothing. Where all true ones tie, distances to the generated ones take their
    place, and 1 where those are zero too.
    """

    def median(distances):
        return jnp.nanmedian(jnp.where(distances > 0, distances, jnp.nan))

    width, other = median(squared_distances(y, y)), median(squared_distances(x, y[:1]))
    width = jnp.where(jnp.isfinite(width), width, other)
    return jnp.where(jnp.isfinite(width), width, 1.0)


def _off_diagonal_mean(matrix):
    size = matrix.shape[0]
    return (jnp.sum(matrix) - jnp.trace(matrix)) / (size * (size - 1))


def maximum_mean_discrepancy(x, y):
    r"""Unbiased $\mathrm{MMD}^2$ with a Gaussian kernel $e^{-\|a-b\|^2/w}$.

    The width w is the median squared distance between different true observations. The value does
    not depend on origin and unit.

    References:
        Gretton et al., JMLR 13:723 (2012), lemma 6.
    """
    x, y, _ = _in_units_of(y, x, y)
    width = _median_width(x, y)

    def kernel(a, b):
        return jnp.exp(-squared_distances(a, b) / width)

    within = _off_diagonal_mean(kernel(x, x)) + _off_diagonal_mean(kernel(y, y))
    return within - 2 * jnp.mean(kernel(x, y))


def energy(x, y):
    r"""$2E|X-Y|-E|X-X'|-E|Y-Y'|$, unbiased, in the unit of the data.

    References:
        Székely and Rizzo, J. Stat. Plan. Inference 143:1249 (2013).
    """
    x, y, scale = _in_units_of(y, x, y)
    within = sum(_off_diagonal_mean(jnp.sqrt(squared_distances(each, each))) for each in (x, y))
    return scale * (2 * jnp.mean(jnp.sqrt(squared_distances(x, y))) - within)


def frechet_distance(x, y):
    r"""Squared 2-Wasserstein distance between fitted Gaussians, in the squared unit of the data:
    $\|\mu_x-\mu_y\|^2+\mathrm{tr}(S_x+S_y-2(S_x^{1/2}S_yS_x^{1/2})^{1/2})$.

    The last trace is the nuclear norm of $R_x^\top R_y$ for any roots $S=RR^\top$: triangular
    ones, or the centered samples themselves where there are fewer of them than dimensions.

    References:
        Heusel et al., arXiv 1706.08500.
    """
    x, y, scale = _in_units_of(y, x - y[:1], y - y[:1])
    gap = jnp.sum(jnp.square(x.mean(axis=0) - y.mean(axis=0)))
    a, b = ((each - each.mean(axis=0, keepdims=True)) for each in (x, y))
    rows, d = x.shape
    spread = (jnp.sum(jnp.square(a)) + jnp.sum(jnp.square(b))) / (rows - 1)
    if d < rows:
        a, b = (triangular_root(_product(each.T, each)).T for each in (a, b))
    overlap = nuclear_norm(_product(a, b.T)) / (rows - 1)
    return (gap + jnp.maximum(spread - 2 * overlap, 0.0)) * scale**2


def _product(a, b):
    return jnp.matmul(a, b, precision=lax.Precision.HIGHEST)


def _reach(y):
    """Squared distance of each row to its k-th neighbor among the others."""
    return jnp.sort(squared_distances(y, y), axis=1)[:, NEIGHBORS]


def _neighbors(x, y):
    """Which rows of x lie in the neighborhood of each row of y, and how many rows of y do."""
    x, y, _ = _in_units_of(y, x, y)
    reach = _reach(y)[None, :]
    own = jnp.sum(squared_distances(y, y) <= reach, axis=0) - 1
    return squared_distances(x, y) <= reach, own


def reached(x, y):
    """Whether each row of x lies in the neighborhood of a row of y, as one or zero.

    A neighborhood reaches to the k-th neighbor among the other rows of y, that distance included:
    where k others tie with a row, it holds what ties.
    """
    return jnp.any(_neighbors(x, y)[0], axis=1).astype(x.dtype)


def fidelity(x, y):
    """Precision: share of generated observations in the neighborhood of a true one.

    References:
        Kynkäänniemi et al., arXiv 1904.06991.
    """
    return jnp.mean(reached(x, y))


def recalled(x, y):
    """Recall: share of true observations in the neighborhood of a generated one.

    References:
        Kynkäänniemi et al., arXiv 1904.06991.
    """
    return fidelity(y, x)


def crowding(x, y):
    """Density: true neighborhoods around a generated observation, each over the number of other
    true observations that it holds: k, or more where observations tie.

    References:
        Naeem et al., arXiv 2002.09797, where no observations tie.
    """
    inside, own = _neighbors(x, y)
    return jnp.mean(jnp.sum(inside / own[None, :], axis=1))


def covered(x, y):
    """Coverage: share of true observations whose neighborhood holds a generated one.

    References:
        Naeem et al., arXiv 2002.09797.
    """
    return jnp.mean(jnp.any(_neighbors(x, y)[0], axis=0).astype(x.dtype))


def effective_number(x, y):
    r"""Vendi score of order 2, $1/\|K/m\|_F^2$: how many different observations the sample is
    worth, at the truth's kernel width.

    References:
        Pasarkar and Dieng, arXiv 2310.12952; order 1 in Friedman and Dieng, arXiv 2210.02410.
    """
    return x.shape[0] ** 2 / jnp.sum(jnp.square(_similarity(x, y)))


def _similarity(x, y):
    x, y, _ = _in_units_of(y, x, y)
    return jnp.exp(-squared_distances(x, x) / (0.1 * _median_width(x, y)))


@parametrized("vendi-order-{order}", order=POSITIVE)
def vendi_of_order(name: str, order: float, size: int = SIZE) -> Metric:
    r"""Vendi score of order q, $(\sum_i\lambda_i^q)^{1/(1-q)}$ over eigenvalues of $K/m$; its limit
    at order 1 is $e^{H(\lambda)}$.

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
        values = jnp.maximum(symmetric_eigenvalues(_similarity(x, y) / x.shape[0]), 0.0)
        if order == 1:
            return jnp.exp(-jnp.sum(xlogy(values, values)))
        return jnp.sum(values**order) ** (1 / (1 - order))

    return compared(name, f"Vendi score of order {order:g}", formula, size)


mmd = on_samples("mmd", "squared maximum mean discrepancy to the truth", maximum_mean_discrepancy)
energy_distance = on_samples("energy-distance", "energy distance to the truth", energy)
frechet = on_samples("frechet", "Fréchet distance of the observations themselves", frechet_distance)
precision = on_samples("precision", "share of generated observations near true ones", fidelity)
recall = on_samples("recall", "share of true observations near generated ones", recalled)
density = on_samples(
    "density", "true neighborhoods around a generated observation, over their size", crowding
)
coverage = on_samples(
    "coverage", "share of true neighborhoods that hold a generated observation", covered
)
vendi = on_samples(
    "vendi", "Vendi score of order 2: effective number of different observations", effective_number
)


def through(features, of: Metric, compare: Callable, size: int = SIZE) -> Metric:
    """A metric on features: `compare` after `features`, a function of rows with a `name`."""
    return on_samples(
        f"{of.name}@{features.name}",
        f"{of.summary}, of {features.name}",
        _composed(compare, features),
        size,
    )


def _composed(compare, features):
    return lambda x, y: compare(features(x), features(y))


def mode_shares(centers, size: int = 1024) -> Metric:
    """Share of the samples nearest to each center, a vector: the mode histogram."""
    centers = np.asarray(centers, np.float32)

    def shares(x, y):
        nearest = jnp.argmin(squared_distances(x, jnp.asarray(centers)), axis=1)
        return jnp.mean(jax.nn.one_hot(nearest, len(centers)), axis=0)

    digest = hashlib.sha256(centers.tobytes()).hexdigest()[:8]
    return on_samples(f"mode-shares-{digest}", "share of the samples at each mode", shares, size)
