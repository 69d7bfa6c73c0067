r"""Wishart matrices by Bartlett's decomposition: $W = A A^\top$ with A lower triangular and independent entries."""

import jax.numpy as jnp
import numpy as np

from .._keys import fold_in
from .chi2 import log_chi2_from_normal
from .normal import normal


def bartlett(key, dof, d: int):
    r"""Factor of a standard Wishart matrix with `dof` degrees of freedom in `d` dimensions, singular if dof < d.

    Args:
        key: a typed key.
        dof: degrees of freedom, an integer of at least 1, may be traced.
        d: dimension.

    Returns:
        Logarithms of the diagonal, $\frac12\log\chi^2_{\nu-i}$, $-\infty$ for columns $i \ge \nu$; and a matrix
        whose strictly lower part holds standard normals.

    References:
        Bartlett, Proc. R. Soc. Edinburgh 53:260 (1933); Srivastava, Sankhya A 65:550 (2003) for dof < d.
    """
    freedom = jnp.asarray(dof, jnp.result_type(float)) - jnp.arange(d)
    z = normal(fold_in(key, 0), (d + d * (d - 1) // 2,))
    log_squares = log_chi2_from_normal(z[:d], jnp.maximum(freedom, 1.0))
    rows, columns = np.tril_indices(d, -1)
    lower = jnp.zeros((d, d), z.dtype).at[rows, columns].set(z[d:])
    return jnp.where(freedom >= 1, 0.5 * log_squares, -jnp.inf), lower
