"""Eigenvalues of symmetric matrices in plain array operations: lanes of replicas work together.

No program of the package calls LAPACK on the device. XLA's CPU backend runs a batched LAPACK call
inside the thread pool that it also waits for, so two calls in one program can wait for each other
for ever (jaxlib 0.10.2: `kl`, `kl_reverse` and `effective_rank` at d = 8).
"""

import jax.numpy as jnp
import numpy as np
from jax import lax

SWEEPS = 8


def symmetric_eigen(matrix):
    """Eigenvalues in rising order, and eigenvectors as columns, as `jnp.linalg.eigh`.

    Args:
        matrix: symmetric, shape (d, d), scaled to entries near one: rotations are chosen in its
            precision.
    """
    matrix = jnp.asarray(matrix)
    d = matrix.shape[-1]
    pairs = np.array([(p, q) for p in range(d) for q in range(p + 1, d)], np.int32).reshape(-1, 2)

    def rotate(index, carry):
        a, axes = carry
        p, q = jnp.asarray(pairs)[index % len(pairs)]
        off = a[p, q]
        theta = (a[q, q] - a[p, p]) / jnp.where(off == 0, 1.0, 2 * off)
        tangent = jnp.where(theta >= 0, 1.0, -1.0) / (jnp.abs(theta) + jnp.sqrt(1 + theta * theta))
        tangent = jnp.where((off == 0) | ~jnp.isfinite(theta), 0.0, tangent)
        cosine = 1 / jnp.sqrt(1 + tangent * tangent)
        sine = tangent * cosine

        def rows(m):
            return m.at[p].set(cosine * m[p] - sine * m[q]).at[q].set(sine * m[p] + cosine * m[q])

        return rows(rows(a).T).T, rows(axes)

    count = SWEEPS * len(pairs)
    start = (matrix, jnp.eye(d, dtype=matrix.dtype))
    a, axes = lax.fori_loop(0, count, rotate, start) if count else start
    values = jnp.diagonal(a)
    order = jnp.argsort(values)
    return values[order], axes[order].T


def symmetric_eigenvalues(matrix):
    """Eigenvalues in rising order, as `jnp.linalg.eigvalsh`, to rounding error of the largest.

    Householder reflections make the matrix tridiagonal; bisection on Sturm sequences finds all
    eigenvalues side by side (Golub and Van Loan, Matrix Computations, 2013, sections 8.3 and 8.4).

    Args:
        matrix: symmetric, shape (d, d).

    Example:
        >>> import jax.numpy as jnp
        >>> symmetric_eigenvalues(jnp.array([[2.0, 1.0], [1.0, 2.0]])).round(4).tolist()
        [1.0, 3.0]
    """
    matrix = jnp.asarray(matrix)
    scale = jnp.max(jnp.abs(matrix))
    scale = jnp.where(scale > 0, scale, 1.0)
    return scale * _by_bisection(*_tridiagonal(matrix / scale))


def _tridiagonal(matrix):
    """Diagonal and subdiagonal of a tridiagonal matrix with the same eigenvalues."""
    d = matrix.shape[0]
    rows = jnp.arange(d)

    def reflect(k, a):
        below = jnp.where(rows > k, a[:, k], 0.0)
        length = jnp.sqrt(jnp.sum(jnp.square(below)))
        head = below[k + 1]
        # The sign that adds to the head avoids cancellation.
        normal = below + jnp.where(rows == k + 1, jnp.where(head < 0, -length, length), 0.0)
        size = jnp.sum(jnp.square(normal))
        normal = normal / jnp.sqrt(jnp.where(size > 0, size, 1.0))
        image = a @ normal
        image = image - jnp.dot(normal, image) * normal
        return a - 2 * (normal[:, None] * image[None, :] + image[:, None] * normal[None, :])

    a = lax.fori_loop(0, d - 2, reflect, matrix) if d > 2 else matrix
    return jnp.diagonal(a), jnp.diagonal(a, -1)


def _by_bisection(diagonal, beside):
    """All eigenvalues of a tridiagonal matrix, each in an interval that is halved."""
    d = diagonal.shape[0]
    tiny = jnp.finfo(diagonal.dtype).tiny
    squares = jnp.pad(jnp.square(beside), (1, 0))
    reach = jnp.pad(jnp.abs(beside), (1, 0)) + jnp.pad(jnp.abs(beside), (0, 1))
    low = jnp.full(d, jnp.min(diagonal - reach))
    high = jnp.full(d, jnp.max(diagonal + reach))

    def halve(_, bounds):
        low, high = bounds
        middle = 0.5 * (low + high)

        def pivot(carry, row):
            previous, below = carry
            entry, square = row
            value = entry - middle - square / previous
            value = jnp.where(jnp.abs(value) < tiny, -tiny, value)
            return (value, below + (value < 0)), None

        start = jnp.ones(d, diagonal.dtype), jnp.zeros(d, jnp.int32)
        (_, below), _ = lax.scan(pivot, start, (diagonal, squares))
        reached = below > jnp.arange(d)
        return jnp.where(reached, low, middle), jnp.where(reached, middle, high)

    # One halving per bit of the mantissa, and some for the width of the starting interval.
    halvings = jnp.finfo(diagonal.dtype).nmant + 8
    low, high = lax.fori_loop(0, halvings, halve, (low, high))
    return 0.5 * (low + high)
