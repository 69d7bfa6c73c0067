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
