"""Eigenvalues of small symmetric matrices by Jacobi rotations, vectorized over replicas.

No library is called: LAPACK's batched routines wait for the thread pool that runs them, and two
tiles that meet there on two cores wait for ever.
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
