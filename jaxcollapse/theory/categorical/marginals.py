r"""Pairs of categories fitted by the product of their marginals.

A product model has independent counts of rows and columns, so that after fit 1 both marginals are
Wright-Fisher chains of their own; fit 1 alone sees the dependence.
"""

import numpy as np

from ..kinds import Identity
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import E, ProductOfMarginals, Recursion, Replace, squared_distance

APART = E(squared_distance)
TABLE = (0.30, 0.05, 0.10, 0.02, 0.23, 0.30)


def _case(table, rows, n, generations=5):
    family = ProductOfMarginals(rows)
    return Recursion(family, Replace(), truth=family.params(list(table)), n=n), generations


def _marginals(p, rows):
    table = np.asarray(p, float).reshape(int(rows), -1)
    return table, table.sum(1), table.sum(0)


def joint_class(xp, n, t, p):
    """The distance of a class with all joint laws: a rival."""
    return (1 - xp.sum(p**2)) * (1 - (1 - 1 / n) ** t)


def independent_start(xp, n, t, p, rows):
    """The distance if fit 1 saw independent pairs: a rival."""
    table, first, second = _marginals(p, rows)
    product = np.outer(first, second)
    apart = np.sum(table**2) - np.sum(product * table) * 2
    squares = _squares(np.sum(first**2), np.sum(second**2), n, t)
    return xp.where(t > 0, apart + squares, 0.0)


def _squares(u, v, n, t):
    """Expected product of two squared norms after t generations of independent chains."""
    kept = (1 - 1 / n) ** t
    return (1 - (1 - u) * kept) * (1 - (1 - v) * kept)


def first_squares(table, first, second, n):
    r"""$E\,\|\hat a\|^2\|\hat b\|^2$ of n pairs, by the ways in which two pairs of draws share
    members.
    """
    u, v = np.sum(first**2), np.sum(second**2)
    both, one = np.sum(table**2), first @ table @ second
    same = n * n + n * n * (n - 1) * (u + v)
    apart = n * (n - 1) * (2 * both + 4 * (n - 2) * one + (n - 2) * (n - 3) * u * v)
    return (same + apart) / n**4


@law("product-of-marginals-replace-squared-distance", ProductOfMarginals, Replace, APART, host=True)
@source("derived", tag="D5")
@holds(when=lambda r: not r.family.dependent)
@tried(_case(TABLE, 2, 7), _case(TABLE, 3, 12))
@rival("joint class", joint_class)
@rival("independent start", independent_start)
def product_distance(xp, n, t, p, rows):
    r"""Expectations of $\hat a\hat b^\top$ keep $M=ab^\top+\frac1n(P-ab^\top)$ of the dependence:
    $\|P\|^2-2\langle P,M\rangle+z_t$, where with $r=1-\frac1n$ the products of squared norms obey
    $z_{t+1}=\frac1{n^2}+\frac rn(x_t+y_t)+r^2z_t$.
    """
    table, first, second = _marginals(p, rows)
    product = np.outer(first, second)
    kept = product + (table - product) / n
    u, v = (1 / n + (1 - 1 / n) * np.sum(each**2) for each in (first, second))
    later = np.maximum(np.asarray(t) - 1, 0)
    # The covariance of the two norms after fit 1 fades by the square of what a fit keeps.
    covariance = first_squares(table, first, second, n) - u * v
    squares = _squares(u, v, n, later) + covariance * (1 - 1 / n) ** (2 * later)
    return xp.where(t > 0, np.sum(table**2) - 2 * np.sum(table * kept) + squares, 0.0)


def _squares_by_draws(table, n):
    """The product of squared norms of all samples of n pairs, weighed by their probabilities."""
    table = np.asarray(table, float)
    cells = np.indices(table.shape).reshape(2, -1).T
    found = 0.0
    for index in np.ndindex(*(len(cells),) * int(n)):
        chance = np.prod([table[tuple(cells[i])] for i in index])
        rows = np.bincount([cells[i][0] for i in index])
        columns = np.bincount([cells[i][1] for i in index])
        found += chance * np.sum(rows**2) * np.sum(columns**2) / n**4
    return float(found)


@law("product-of-marginals-first-squares", kind=Identity(_squares_by_draws))
@source("derived", tag="D5")
@tried({"table": np.array([[0.4, 0.1], [0.2, 0.3]]), "n": 3})
@rival("independent", lambda xp, table, n: _independent_squares(table, n))
def squares_of_fit_one(xp, table, n):
    r"""$n^4E\,\|\hat a\|^2\|\hat b\|^2=n^2+n^2(n-1)(\|a\|^2+\|b\|^2)+n(n-1)\left[2\|P\|^2
    +4(n-2)a^\top Pb+(n-2)(n-3)\|a\|^2\|b\|^2\right]$.
    """
    return first_squares(table, table.sum(1), table.sum(0), n)


def _independent_squares(table, n):
    u, v = (1 / n + (1 - 1 / n) * np.sum(table.sum(axis) ** 2) for axis in (1, 0))
    return u * v
