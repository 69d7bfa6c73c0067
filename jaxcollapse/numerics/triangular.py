r"""Symmetric matrices as $M\,\mathrm{diag}(e^{2s})M^\top$: products and scales never underflow.

M is unit lower triangular and kept as the vector `below` of its strictly lower part, row by row. A
singular direction has $s=-\infty$ and an identity column.
"""

import math

import jax.numpy as jnp
import numpy as np
from jax import lax

from .precision import precise_product

UNROLLED = 12


def lower_indices(d: int):
    """Rows and columns of the strictly lower part, row by row."""
    return np.tril_indices(d, -1)


def dimension_of(below) -> int:
    """The d of a vector of d (d - 1) / 2 entries; no entries mean d = 1."""
    return (1 + math.isqrt(1 + 8 * below.shape[0])) // 2


def unit_lower(below):
    """The matrix with unit diagonal whose strictly lower part is `below`, shape (d, d)."""
    xp = np if isinstance(below, np.ndarray) else jnp
    d = dimension_of(below)
    place = np.zeros((d, d), int)
    place[lower_indices(d)] = np.arange(below.shape[0])
    full = below[place] if d > 1 else xp.zeros((1, 1), below.dtype)
    return xp.where(np.tri(d, k=-1, dtype=bool), full, xp.eye(d, dtype=below.dtype))


def ldl_product(log_diagonal, below):
    r"""The matrix $M\,\mathrm{diag}(e^{2s})M^\top$."""
    factor = unit_lower(below) * jnp.exp(log_diagonal)[None, :]
    return precise_product(factor, factor.T)


def ldl_factor(matrix):
    r"""Factor a positive semi-definite matrix; pivots below rounding error are singular directions.

    Returns:
        `(log_diagonal, below)`.
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

    start = (matrix, jnp.zeros((d, d), matrix.dtype), jnp.zeros(d, matrix.dtype))
    _, lower, pivots = lax.fori_loop(0, d, eliminate, start)
    return 0.5 * jnp.log(pivots), lower[lower_indices(d)]


def lower_times_vector(below, x):
    """M x; trailing axes of both are carried along."""
    d = x.shape[0]
    if d > UNROLLED:
        return jnp.einsum(
            "ij...,j...->i...", lower_triangle(d, below, 1.0), x, precision=lax.Precision.HIGHEST
        )
    place = _places(d)
    return jnp.stack(
        [sum((below[place[i, k]] * x[k] for k in range(i)), start=x[i]) for i in range(d)]
    )


def squared_norm(pivots, below):
    r"""The trace of $M\,\mathrm{diag}(p)M^\top$; trailing axes of both are carried along."""
    d = pivots.shape[0]
    if d > UNROLLED:
        columns = lower_indices(d)[1]
        return jnp.sum(pivots, axis=0) + jnp.sum(jnp.square(below) * pivots[columns], axis=0)
    place = _places(d)
    lengths = (
        sum((jnp.square(below[place[i, j]]) for i in range(j + 1, d)), start=1.0) for j in range(d)
    )
    return sum(pivots[j] * length for j, length in enumerate(lengths))


def ldl_times_lower(log_diagonal, below, log_scale, lower):
    r"""Factor of $L A A^\top L^\top$ from $L = M e^{s}$ and $A$ lower triangular with diagonal
    $e^{a}$: $s' - s$ and $M'$.

    $s' = s + a$ and $M' = M U$ with $U_{kj} = e^{s_k - s_j} A_{kj} / A_{jj}$, so ratios are formed
    before products.

    Args:
        log_diagonal: $s$, shape (d,).
        below: strictly lower part of $M$.
        log_scale: $a$, the logarithms of A's diagonal, shape (d,); minus infinity for a dead
            column.
        lower: strictly lower part of A.

    Where a singular direction of L comes before a live one, A's columns are rotated, so that the
    live ones take what A spreads from it. Trailing axes of all four are carried along.
    """
    d = log_diagonal.shape[0]
    if d == 1:
        return log_scale, below
    dead = jnp.broadcast_to(
        jnp.isneginf(log_diagonal), jnp.broadcast_shapes(log_diagonal.shape, log_scale.shape)
    )
    log_scale = jnp.broadcast_to(log_scale, dead.shape)

    def product(log_scale, lower):
        grown = log_diagonal + log_scale
        divisor = jnp.where(jnp.isfinite(grown), grown, jnp.inf)
        # Row by row, so that a ratio is made in the kernel that subtracts the logarithms.
        ratios = [jnp.exp(log_diagonal[i : i + 1] - divisor[:i]) for i in range(1, d)]
        return log_scale, _unit_product(d, below, ratios, lower)

    # The rare branch holds the whole product: a branch that hands its inputs on copies them.
    def repaired(log_scale, lower):
        return product(*_without_rows(dead, log_scale, lower))

    return lax.cond(jnp.any(dead[:-1] & ~dead[1:]), repaired, product, log_scale, lower)


def _without_rows(dead, log_scale, lower):
    """The factor of A A^T after the dead rows of A are struck out: (log diagonal, below)."""
    d = dead.shape[0]
    factor = jnp.where(
        dead[:, None] | jnp.isneginf(log_scale)[None],
        0.0,
        lower_triangle(d, lower, jnp.exp(log_scale)),
    )

    def rotate(at, factor):
        j, k = at // d, at % d
        near, far = factor[k, k], factor[k, j]
        length = jnp.sqrt(jnp.square(near) + jnp.square(far))
        turned = dead[j] & (k > j) & (length > 0)
        safe = jnp.where(turned, length, 1.0)
        cosine, sine = (
            jnp.where(turned, near / safe, 1.0)[None],
            jnp.where(turned, far / safe, 0.0)[None],
        )
        left, right = factor[:, j], factor[:, k]
        return (
            factor.at[:, j]
            .set(cosine * left - sine * right)
            .at[:, k]
            .set(jnp.where(j == k, left, cosine * right + sine * left))
        )

    factor = lax.fori_loop(0, d * d, rotate, factor)
    return jnp.log(factor[np.arange(d), np.arange(d)]), factor[lower_indices(d)]


def _unit_product(d, left, ratios, right):
    """Strictly lower part of the product of two unit lower triangular matrices.

    The second is given as `ratios` by row times `right`.
    """
    if d > UNROLLED:
        factors = (
            lower_triangle(d, left, 1.0),
            lower_triangle(d, jnp.concatenate(ratios) * right, 1.0),
        )
        return jnp.einsum("ik...,kj...->ij...", *factors, precision=lax.Precision.HIGHEST)[
            lower_indices(d)
        ]
    place = _places(d)

    def entry(i, j):
        second = {k: ratios[k - 1][j] * right[place[k, j]] for k in range(j + 1, i + 1)}
        return sum(
            (left[place[i, k]] * second[k] for k in range(j + 1, i)),
            start=left[place[i, j]] + second[i],
        )

    return jnp.stack([entry(i, j) for i, j in zip(*lower_indices(d), strict=True)])


def lower_triangle(d, below, diagonal):
    """The lower triangular matrix of a strictly lower part and a diagonal, trailing axes kept."""
    full = jnp.zeros((d, d, *below.shape[1:]), below.dtype).at[lower_indices(d)].set(below)
    return full.at[np.arange(d), np.arange(d)].set(diagonal)


def _places(d: int) -> dict[tuple[int, int], int]:
    return {(int(i), int(j)): at for at, (i, j) in enumerate(zip(*lower_indices(d), strict=True))}


def nuclear_norm(matrix, steps: int = 36):
    r"""Sum of the singular values, $\mathrm{tr}\,U^\top A$, U the polar factor.

    Newton and Schulz find U by matrix products alone. Each step multiplies small singular values by
    3/2, so those below $10^{-6}$ of the largest count for less than they are.
    """
    size = jnp.sqrt(jnp.sum(jnp.square(matrix)))
    start = matrix / jnp.where(size > 0, size, 1.0)

    def step(_, x):
        return 1.5 * x - 0.5 * precise_product(x, precise_product(x.T, x))

    return jnp.sum(lax.fori_loop(0, steps, step, start) * matrix)
