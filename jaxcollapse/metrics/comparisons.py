"""Comparisons of two samples: generated rows x against true rows y.

Every comparison is finite where observations tie, does not depend on the origin of the data, and
scales with their unit.
"""

import jax.numpy as jnp
from jax import lax

from ..numerics.precision import precise_product
from ..numerics.solve import triangular_root
from ..numerics.triangular import nuclear_norm

NEIGHBORS = 5
# Coordinates per pass over the table of distances, which is then read and written less often.
COORDINATES = 16


def squared_distances(x, y):
    """Return the squared distances between rows, shape (len(x), len(y)), zero for equal rows.

    Differences are squared coordinate by coordinate: the expansion into squared lengths and
    products cancels where the origin is far.
    """

    def with_coordinates(total, columns):
        gaps = [a[:, None] - b[None, :] for a, b in zip(*columns, strict=True)]
        return total + sum(gap * gap for gap in gaps), None

    rest = -x.shape[1] % COORDINATES if x.shape[1] > COORDINATES else 0
    block = min(COORDINATES, x.shape[1])
    columns = tuple(
        jnp.pad(each.T, ((0, rest), (0, 0))).reshape(-1, block, len(each)) for each in (x, y)
    )
    start = jnp.zeros((x.shape[0], y.shape[0]), x.dtype)
    return lax.scan(with_coordinates, start, columns)[0]


def _in_units_of(y, *samples):
    """Return samples divided by a power of two near the spread of the true ones, and the power.

    A power of two divides without rounding, so that distances which tie still tie.
    """
    spread = jnp.max(jnp.abs(y - y[:1]))
    spread = jnp.where(spread > 0, spread, jnp.max(jnp.abs(samples[0] - y[:1])))
    unit = jnp.ldexp(jnp.ones((), y.dtype), jnp.frexp(jnp.where(spread > 0, spread, 1.0))[1] - 1)
    return *(each / unit for each in samples), unit


def _median_width(within, x, y):
    """Return the median squared distance between different true observations.

    `within` are the squared distances among the true ones.

    Pairs that tie are left out: in counts and labels more than half of the pairs may, and a width
    of zero compares nothing. Where all true ones tie, distances to the generated ones take their
    place, and 1 where those are zero too.
    """

    def median(distances):
        return jnp.nanmedian(jnp.where(distances > 0, distances, jnp.nan))

    width, other = median(within), median(squared_distances(x, y[:1]))
    width = jnp.where(jnp.isfinite(width), width, other)
    return jnp.where(jnp.isfinite(width), width, 1.0)


def _off_diagonal_mean(matrix):
    """Return the mean of the entries off the diagonal, which makes the estimates unbiased."""
    size = matrix.shape[0]
    return (jnp.sum(matrix) - jnp.trace(matrix)) / (size * (size - 1))


def maximum_mean_discrepancy(x, y):
    r"""Return the unbiased $\mathrm{MMD}^2$ with a Gaussian kernel $e^{-\|a-b\|^2/w}$.

    The width w is the median squared distance between different true observations. The value does
    not depend on origin and unit.

    References:
        Gretton et al., JMLR 13:723 (2012), lemma 6.
    """
    x, y, _ = _in_units_of(y, x, y)
    true = squared_distances(y, y)
    width = _median_width(true, x, y)

    def kernel(distances):
        return jnp.exp(-distances / width)

    made, between = kernel(squared_distances(x, x)), kernel(squared_distances(x, y))
    within = _off_diagonal_mean(made) + _off_diagonal_mean(kernel(true))
    return within - 2 * jnp.mean(between)


def energy(x, y):
    """Return $2E|X-Y|-E|X-X'|-E|Y-Y'|$, unbiased, in the unit of the data.

    References:
        Székely and Rizzo, J. Stat. Plan. Inference 143:1249 (2013).
    """
    x, y, scale = _in_units_of(y, x, y)
    within = sum(_off_diagonal_mean(jnp.sqrt(squared_distances(each, each))) for each in (x, y))
    return scale * (2 * jnp.mean(jnp.sqrt(squared_distances(x, y))) - within)


def frechet_distance(x, y):
    r"""Return the squared 2-Wasserstein distance between fitted Gaussians, in squared units.

    It is $\|\mu_x-\mu_y\|^2+\mathrm{tr}(S_x+S_y-2(S_x^{1/2}S_yS_x^{1/2})^{1/2})$.

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
        a, b = (triangular_root(precise_product(each.T, each)).T for each in (a, b))
    overlap = nuclear_norm(precise_product(a, b.T)) / (rows - 1)
    return (gap + jnp.maximum(spread - 2 * overlap, 0.0)) * scale**2


def _neighbors(x, y):
    """Which rows of x lie in the neighborhood of each row of y, and how many rows of y do."""
    x, y, _ = _in_units_of(y, x, y)
    within = squared_distances(y, y)
    # A row is its own first neighbor, at distance zero.
    reach = jnp.sort(within, axis=1)[:, NEIGHBORS][None, :]
    own = jnp.sum(within <= reach, axis=0) - 1
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
    r"""Return the Vendi score of order 2, $1/\|K/m\|_F^2$, with the kernel width of the truth.

    It is the effective number of different observations in the sample.

    References:
        Pasarkar and Dieng, arXiv 2310.12952; order 1 in Friedman and Dieng, arXiv 2210.02410.
    """
    return x.shape[0] ** 2 / jnp.sum(jnp.square(similarity(x, y)))


def similarity(x, y):
    x, y, _ = _in_units_of(y, x, y)
    return jnp.exp(-squared_distances(x, x) / (0.1 * _median_width(squared_distances(y, y), x, y)))
