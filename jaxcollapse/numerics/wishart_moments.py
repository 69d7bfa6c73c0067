r"""Expectations of eigenvalue sums of a real Wishart matrix, exact at every finite size.

The eigenvalues of $W\sim\mathrm{Wishart}_d(n, I)$ have density proportional to
$\prod_i x_i^{(n-d-1)/2}e^{-x_i/2}\prod_{i<j}|x_i-x_j|$. De Bruijn's formula makes $E\prod_i f(x_i)$
a Pfaffian of double integrals; its derivative at $f=1$ is $E\sum_i h(x_i)$. Integrals are
Gauss-Legendre quadrature in $\sqrt x$, in float64.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.polynomial import legendre

NODES = 320
MOST = 10
REACH = 9.0


def expected_trace(h: Callable, d: int, n: int) -> float:
    r"""$E\,\mathrm{tr}\,h(\hat\Sigma)$ with $n\hat\Sigma\sim\mathrm{Wishart}_d(n, I)$.

    With n < d the sum is over the n positive eigenvalues.

    Args:
        h: a function of arrays of eigenvalues of $\hat\Sigma$.
        d: dimension.
        n: degrees of freedom, other than d.

    Raises:
        ValueError: the smaller of d and n exceeds 10, where cancellation in the Pfaffian would
            leave fewer than seven digits.

    References:
        de Bruijn, J. Indian Math. Soc. 19:133 (1955); James, Ann. Math. Stat. 35:475 (1964) for the
        density.
    """
    small, large = min(int(d), int(n)), max(int(d), int(n))
    if small > MOST or small == large:
        raise ValueError(
            f"the smaller of d and n must be at most {MOST} and differ from the larger, "
            f"got d={d} and n={n}"
        )
    x, weights, cumulate = _quadrature(small, large)
    basis = _basis(x, weights, small, large)
    values = np.asarray(h(x / n), float)
    matrix, derivative = (
        _bordered(basis, cumulate, weights),
        _bordered(basis, cumulate, weights, values),
    )
    return float(0.5 * np.trace(np.linalg.solve(matrix, derivative)))


@cache
def _legendre():
    """Gauss-Legendre nodes and weights on [-1, 1], and the matrix of integrals up to a node."""
    u, w = legendre.leggauss(NODES)
    values = legendre.legvander(u, NODES)
    degrees = np.arange(NODES)
    integrals = np.empty((NODES, NODES))
    integrals[:, 0] = u + 1
    integrals[:, 1:] = (values[:, 2:] - values[:, :-2]) / (2 * degrees[1:] + 1)
    return u, w, integrals @ ((2 * degrees[:, None] + 1) / 2 * values[:, :-1].T * w[None, :])


def _quadrature(d, n):
    """Nodes and weights on the eigenvalues' range, and the matrix of integrals up to a node."""
    middle, half = np.sqrt(n), np.sqrt(d) + REACH
    low, high = max(middle - half, 0.0), middle + half
    u, w, cumulate = _legendre()
    root = low + (high - low) * (u + 1) / 2
    jacobian = (high - low) * root
    return root**2, w * jacobian, cumulate * jacobian[None, :]


def _basis(x, weights, d, n):
    """Orthonormal functions that span polynomials below degree d times the weight, (d, nodes)."""
    log_weight = (n - d - 1) / 2 * np.log(x) - x / 2
    weight = np.exp(0.5 * (log_weight - log_weight.max()))
    polynomials = legendre.legvander(2 * (x - x.min()) / (x.max() - x.min()) - 1, d - 1)
    scale = np.sqrt(weights)[:, None]
    orthonormal = np.linalg.qr(scale * weight[:, None] * polynomials)[0] / scale
    return (orthonormal * weight[:, None]).T


def _bordered(basis, cumulate, weights, h=None):
    r"""The skew matrix $\iint\mathrm{sgn}(y-x)\phi_j(x)\phi_k(y)$, or its derivative along h.

    In odd dimension it is bordered.
    """
    weighed = [basis] if h is None else [basis * h, basis]
    below = [each @ cumulate.T for each in weighed]
    inner = [
        (basis if h is None else basis * factor) * weights
        for factor in ((h, 1.0)[::-1] if h is not None else (1.0,))
    ]
    half = np.asarray(sum(left @ right.T for left, right in zip(below, inner, strict=True)))
    skew = half - half.T
    if len(basis) % 2 == 0:
        return skew
    border = (basis if h is None else basis * h) @ weights
    return np.block([[skew, border[:, None]], [-border[None, :], np.zeros((1, 1))]])
