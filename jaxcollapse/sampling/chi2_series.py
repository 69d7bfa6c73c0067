r"""The series of the quantile map of $\log(\chi^2_\nu/\nu)$: a table that ships with the package.

The table is fitted by `fitted` and printed by `printed`, into `chi2_series.json`. It is read
instead of fitted, because a fit takes 0.2 s of every process that draws one Gaussian model,
and because every machine then draws from the same polynomials to the last bit.
"""

import json
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np

# Normals from 32-bit words end at 6.7 standard deviations, so the series need not reach farther.
REACH = 6.8
# Each region has its degree in z and its order in dof^-1/2. Near one degree of freedom the map is
# far from linear and needs degree 40; from 32 on degree 9 is enough. A test holds the error to the
# tolerance.
SWITCH = 5.0
SMOOTH = 32.0


class Region(NamedTuple):
    """Degrees of freedom that share one series, its degree in z and its order in dof^-1/2."""

    name: str
    low: float
    high: float
    degree: int
    order: int


FEW = Region("few", 1.0, SWITCH, 40, 14)
MORE = Region("more", SWITCH, 1e6, 20, 12)
MANY = Region("many", SMOOTH, 1e6, 9, 7)


@cache
def series() -> dict[str, np.ndarray]:
    """Return the shipped coefficients of every region, shape (degree + 1, order + 1).

    They are in Chebyshev polynomials of dof^-1/2; for `FEW` also of z, else in powers of z.
    """
    file = resources.files("jaxcollapse.sampling") / "chi2_series.json"
    tables = json.loads(file.read_text(encoding="utf-8"))
    return {name: np.asarray(table) for name, table in tables.items()}


def quantile_map(z, dof):
    r"""Return $\log(F_\nu^{-1}(\Phi(z))/\nu)$ in float64 by SciPy, accurate for $\nu\le10^6$."""
    from scipy.special import gammainccinv, gammaincinv, ndtr

    half = np.asarray(dof, float) / 2
    # Each tail by its own inverse: the probability of the other one rounds to one.
    lower, upper = gammaincinv(half, ndtr(z)), gammainccinv(half, ndtr(-np.asarray(z)))
    return np.log(np.where(np.asarray(z) < 0, lower, upper) / half)


def fitted(region: Region) -> np.ndarray:
    """Fit the series of a region, as the table holds it."""
    from numpy.polynomial import chebyshev

    def nodes(count):
        return np.cos(np.pi * (np.arange(count) + 0.5) / count)

    # Least squares at several times more Chebyshev nodes than coefficients: nearly the minimax fit.
    z, u = nodes(4 * region.degree), nodes(3 * region.order)
    left, right = region.high**-0.5, region.low**-0.5
    h = left + (right - left) * (u + 1) / 2
    # Divided by h: the map vanishes like h for many degrees of freedom, and its relative error
    # counts.
    values = quantile_map(REACH * z[:, None], h[None, :] ** -2.0) / h
    along_z = np.linalg.lstsq(chebyshev.chebvander(z, region.degree), values, rcond=None)[0]
    found = np.linalg.lstsq(chebyshev.chebvander(u, region.order), along_z.T, rcond=None)[0].T
    # Powers take fewer operations than Clenshaw's recurrence, and are stable in single precision
    # where the coefficients are small.
    return found if region is FEW else np.apply_along_axis(chebyshev.cheb2poly, 0, found)


def printed() -> str:
    """Return the table as it ships."""
    return json.dumps({each.name: fitted(each).tolist() for each in (FEW, MORE, MANY)}, indent=0)
