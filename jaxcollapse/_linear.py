r"""Symmetric matrices as $M\,\mathrm{diag}(e^{2s})M^\top$: exact under products and scaling, never underflowing.

`M` is unit lower triangular. A singular direction has $s=-\infty$ and an identity column.
"""

import jax.numpy as jnp
from jax import lax


def ldl_product(log_diagonal, unit_lower):
    r"""The matrix $M\,\mathrm{diag}(e^{2s})M^\top$."""
    factor = unit_lower * jnp.exp(log_diagonal)[None, :]
    return factor @ factor.T


def ldl_factor(matrix):
    r"""Factor a positive semi-definite matrix; pivots below rounding error are singular directions.

    Returns:
        `(log_diagonal, unit_lower)`.
    """
    d = matrix.shape[-1]
    floor = d * jnp.finfo(matrix.dtype).eps * jnp.diagonal(matrix)
    rows = jnp.arange(d)

    def eliminate(j, carry):
        remainder, lower, pivots = carry
        pivot, column = remainder[j, j], remainder[:, j]
        alive = pivot > floor[j]
        column = jnp.where(alive & (rows > j), column / jnp.where(alive, pivot, 1.0), 0.0)
        remainder = remainder - jnp.where(alive, pivot, 0.0) * column[:, None] * column[None, :]
        return remainder, lower.at[:, j].add(column), pivots.at[j].set(jnp.where(alive, pivot, 0.0))

    start = (matrix, jnp.eye(d, dtype=matrix.dtype), jnp.zeros(d, matrix.dtype))
    _, lower, pivots = lax.fori_loop(0, d, eliminate, start)
    return 0.5 * jnp.log(pivots), lower


def ldl_times_lower(log_diagonal, unit_lower, log_scale, lower):
    r"""Factor of $L A A^\top L^\top$ from $L = M e^{s}$ and $A$ lower triangular with diagonal $e^{a}$.

    $s' = s + a$ and $M' = M U$ with $U_{kj} = e^{s_k - s_j} A_{kj} / A_{jj}$, so ratios are formed before products.

    Args:
        log_diagonal: $s$, shape (d,).
        unit_lower: $M$, shape (d, d).
        log_scale: $a$, the logarithms of A's diagonal, shape (d,); minus infinity for a dead column.
        lower: A, shape (d, d); only its strictly lower part is read.
    """
    d = log_diagonal.shape[0]
    grown = log_diagonal + log_scale
    alive = jnp.isfinite(grown)
    exponent = log_diagonal[:, None] - jnp.where(alive, grown, 0.0)[None, :]
    below = (jnp.arange(d)[:, None] > jnp.arange(d)[None, :]) & alive[None, :] & jnp.isfinite(exponent)
    ratios = jnp.where(below, jnp.exp(jnp.where(below, exponent, 0.0)) * lower, 0.0)
    return grown, unit_lower + unit_lower @ ratios


def triangular_root(matrix):
    r"""Lower triangular R with $R R^\top$ the matrix, positive semi-definite; singular directions are zero columns."""
    log_diagonal, unit_lower = ldl_factor(matrix)
    return unit_lower * jnp.exp(log_diagonal)[None, :]


def solve_positive(matrix, vector):
    """Solve a positive-definite or triangular system by elimination, in operations that batch into SIMD lanes."""

    def eliminate(j, rows):
        row = rows[j] / rows[j, j]
        return (rows - rows[:, j][:, None] * row[None, :]).at[j].set(row)

    return lax.fori_loop(0, len(vector), eliminate, jnp.concatenate([matrix, vector[:, None]], axis=1))[:, -1]


def solve_shortest(matrix, vector, tolerance=1e-5):
    """The shortest solution of a consistent semi-definite system: conjugate gradients from zero keep to its range.

    They stop where the residual is rounding error, or where the matrix is: below `tolerance` of what they started with.
    """
    flat = tolerance * jnp.trace(matrix)

    def step(_, state):
        solution, residual, direction = state
        square, image = residual @ residual, matrix @ direction
        curvature = direction @ image
        going = (square > tolerance**2 * (vector @ vector)) & (curvature > flat * (direction @ direction))
        length = jnp.where(going, square / jnp.where(going, curvature, 1.0), 0.0)
        left = residual - length * image
        turned = left + left @ left / jnp.where(going, square, 1.0) * direction
        return solution + length * direction, left, jnp.where(going, turned, direction)

    return lax.fori_loop(0, 2 * len(vector), step, (jnp.zeros_like(vector), vector, vector))[0]
