r"""Wishart matrices by Bartlett's decomposition.

$W = A A^\top$ with A lower triangular and independent entries.
"""

import jax.numpy as jnp

from .._keys import check_typed_key
from ..arguments import check_numbers, checked
from ..domains import Integer, Real
from .chi2 import log_chi2_from_normal
from .normal import normal


@checked(key=check_typed_key, dof=Real(1.0), d=Integer(1))
def bartlett(key, dof, d: int):
    """Draw the factor of a standard Wishart matrix with `dof` degrees of freedom in `d` dimensions.

    The matrix is singular if dof < d.

    Args:
        key: a typed key.
        dof: degrees of freedom, an integer of at least 1, may be traced.
        d: dimension.

    Returns:
        As `bartlett_from_normals`.
    """
    freedom = jnp.asarray(dof, jnp.result_type(float)) - jnp.arange(d)
    return bartlett_from_normals(normal(key, (d + d * (d - 1) // 2,)), freedom)


@checked(z=check_numbers, freedom=check_numbers)
def bartlett_from_normals(z, freedom):
    r"""Build the factor from d (d + 1) / 2 standard normals and the freedom of each column.

    Column i has freedom $\nu - i$. Trailing axes are carried along.

    Returns:
        Logarithms of the diagonal, $\frac12\log\chi^2_{\nu-i}$, $-\infty$ for columns $i \ge \nu$;
        and the strictly lower part, row by row, of standard normals.

    References:
        Bartlett, Proc. R. Soc. Edinburgh 53:260 (1933); Srivastava, Sankhya A 65:550 (2003) for dof
        < d.
    """
    d = freedom.shape[0]
    # Clamped, because the quantile map is defined from one degree of freedom on; the columns that
    # have none are set to zero afterwards.
    log_squares = log_chi2_from_normal(z[:d], jnp.maximum(freedom, 1.0))
    return jnp.where(freedom >= 1, 0.5 * log_squares, -jnp.inf), z[d:]
