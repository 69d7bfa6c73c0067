r"""Positive systems of a few unknowns, in operations that vectorize over replicas."""

import jax.numpy as jnp
import numpy as np
from jax import lax


def triangular_root(matrix):
    r"""Lower triangular R with $R R^\top$ the matrix; singular directions are zero columns."""
    d = matrix.shape[-1]
    floor = d * jnp.finfo(matrix.dtype).eps * jnp.diagonal(matrix)
    rows = jnp.arange(d)

    def eliminate(j, carry):
        remainder, root = carry
        pivot = remainder[j, j]
        alive = pivot > floor[j]
        column = jnp.where(
            alive & (rows >= j), remainder[:, j] / jnp.sqrt(jnp.where(alive, pivot, 1.0)), 0.0
        )
        return remainder - column[:, None] * column[None, :], root.at[:, j].set(column)

    return lax.fori_loop(0, d, eliminate, (matrix, jnp.zeros_like(matrix)))[1]


def solve_positive(matrix, vector):
    """Solve a positive-definite or triangular system by elimination."""

    def eliminate(j, rows):
        row = rows[j] / rows[j, j]
        return (rows - rows[:, j][:, None] * row[None, :]).at[j].set(row)

    return lax.fori_loop(
        0, len(vector), eliminate, jnp.concatenate([matrix, vector[:, None]], axis=1)
    )[:, -1]


def solve_unit_lower(lower, right):
    """Solve L x = b by forward substitution, for L with unit diagonal.

    Args:
        lower: unit lower triangular, shape (d, d).
        right: shape (d,) or (d, columns).

    Example:
        >>> import jax.numpy as jnp
        >>> solve_unit_lower(jnp.array([[1.0, 0.0], [2.0, 1.0]]), jnp.array([1.0, 5.0])).tolist()
        [1.0, 3.0]
    """
    d = lower.shape[0]
    strictly = jnp.where(np.tri(d, k=-1, dtype=bool), lower, 0.0)

    def substitute(j, x):
        if x.ndim == 1:
            return x - strictly[:, j] * x[j]
        return x - strictly[:, j][:, None] * x[j][None, :]

    return lax.fori_loop(0, d - 1, substitute, right) if d > 1 else right


def solve_shortest(matrix, vector, tolerance=1e-5):
    """The shortest solution of a consistent semi-definite system.

    Conjugate gradients from zero keep to the range of the matrix. They stop where the residual, or
    the curvature along a direction, is rounding error: below `tolerance` of its start.
    """
    flat = tolerance * jnp.trace(matrix)

    def step(_, state):
        solution, residual, direction = state
        square, image = residual @ residual, matrix @ direction
        curvature = direction @ image
        going = (square > tolerance**2 * (vector @ vector)) & (
            curvature > flat * (direction @ direction)
        )
        length = jnp.where(going, square / jnp.where(going, curvature, 1.0), 0.0)
        left = residual - length * image
        turned = left + left @ left / jnp.where(going, square, 1.0) * direction
        return solution + length * direction, left, jnp.where(going, turned, direction)

    return lax.fori_loop(0, 2 * len(vector), step, (jnp.zeros_like(vector), vector, vector))[0]
