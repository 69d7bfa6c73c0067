"""The `xp` of a formula: one set of names in four number systems, NumPy, JAX, SymPy and mpmath.

`product(term, first, last)` multiplies `term(k)` for k from `first` to `last`, once for every entry
of an array of ends; the empty product is 1. `total` sums likewise. `entry(sizes, k)` is the k-th
entry of a schedule, counted from 1; `size(p)` is how many there are and `positive(p)` how many of
them are positive. On the host `iterate(step, first, times)` applies a step to a number again and
again; `bordered(border, size)` builds a symmetric matrix from `border(matrix, j)`, the column j
above the diagonal and the entry on it; `mean_square_error` is the recurrence of second moments.
"""

import math
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import scipy

from ..numerics.reach import MOST_TERMS, within, within_steps


def _cumulative(xp, accumulate, empty, term: Callable, first: int, last):
    """Cumulate `term` along k on a leading axis and return the entry at `last`.

    Both ends are indices and stay concrete under `jit`.
    """
    ends = np.asarray(last).astype(int)
    inner = np.shape(term(np.asarray(float(first))))
    terms = int(ends.max(initial=first)) * math.prod(inner)
    within("the number of terms of a sum or product", terms, MOST_TERMS, "they are one array")
    shape = np.broadcast_shapes(ends.shape, inner)
    k = np.arange(first, int(ends.max(initial=first)) + 1, dtype=float)
    # Terms rarely depend on the ends: the table has their shape, and every end reads its row.
    terms = xp.asarray(term(k.reshape(-1, *(1,) * len(inner))))
    terms = xp.broadcast_to(terms, (len(k), *np.broadcast_shapes(terms.shape[1:], inner)))
    table = xp.concatenate([xp.full((1, *terms.shape[1:]), empty), accumulate(terms, axis=0)])
    index = np.broadcast_to(np.maximum(ends - first + 1, 0), shape)
    if inner == ():
        return xp.take(table, index, axis=0)
    return xp.take_along_axis(xp.broadcast_to(table, (len(table), *shape)), index[None], 0)[0]


# NumPy and JAX, SciPy and JAX's SciPy, have these under the same names.
ELEMENTARY = ("sqrt", "exp", "log", "expm1", "log1p", "sin", "sinh", "arctan")
SELECTING = ("where", "maximum", "abs", "sum")
SPECIAL = ("gammaln", "digamma", "polygamma")


def _array_namespace(xp, special) -> SimpleNamespace:
    def entry(values, k):
        return xp.take(xp.asarray(values), np.asarray(k).astype(int) - 1, mode="clip")

    return SimpleNamespace(
        pi=np.pi,
        **{name: getattr(xp, name) for name in ELEMENTARY + SELECTING},
        **{name: getattr(special, name) for name in SPECIAL},
        product=lambda term, first, last: _cumulative(xp, xp.cumprod, 1.0, term, first, last),
        total=lambda term, first, last: _cumulative(xp, xp.cumsum, 0.0, term, first, last),
        entry=entry,
        size=len,
        positive=lambda p: xp.count_nonzero(xp.asarray(p)),
    )


@cache
def numpy_namespace() -> Any:
    """Float64 on the host, which `predict` uses."""
    found = _array_namespace(np, SimpleNamespace(**{name: _from_scipy(name) for name in SPECIAL}))
    found.iterate = _iterated
    found.bordered = _bordered
    found.mean_square_error = _mean_square_error
    return found


def _iterated(step: Callable, first: float, times):
    times = np.maximum(np.asarray(times), 0).astype(int)
    within_steps(int(times.max(initial=0)), 1)
    values = [first]
    for _ in range(int(times.max(initial=0))):
        values.append(step(values[-1]))
    return np.asarray(values)[times]


def _bordered(border: Callable, size: int):
    matrix = np.zeros((size, size))
    for j in range(size):
        column, matrix[j, j] = border(matrix, j)
        matrix[:j, j] = matrix[j, :j] = column
    return matrix


def _mean_square_error(*arguments):
    # The recurrence is written in this number system, so it is imported when it is called.
    from .recurrence import mean_square_error

    return mean_square_error(*arguments)


def _from_scipy(name: str) -> Callable:
    # Looked up at every call: importing SciPy's special functions takes 0.2 s, few laws use them.
    return lambda *arguments: getattr(scipy.special, name)(*arguments)


@cache
def jax_namespace() -> Any:
    """JAX arrays, differentiable in every symbol that is not an index."""
    import jax.numpy as jnp
    from jax.scipy import special

    return _array_namespace(jnp, special)


@cache
def sympy_namespace() -> Any:
    """Exact symbols: formulas in LaTeX, limits, series."""
    import sympy as sp

    def bounded(operator, term, first, last):
        k = sp.Symbol("k", integer=True, positive=True)
        return operator(term(k), (k, first, last))

    same = ("sqrt", "exp", "log", "sin", "sinh", "pi", "digamma", "polygamma")
    return SimpleNamespace(
        **{name: getattr(sp, name) for name in same},
        expm1=lambda x: sp.exp(x) - 1,
        log1p=lambda x: sp.log(1 + x),
        arctan=sp.atan,
        maximum=sp.Max,
        abs=sp.Abs,
        gammaln=sp.loggamma,
        where=lambda c, a, b: sp.Piecewise((a, c), (b, True)),
        sum=lambda x: sp.Function("sum")(x),
        size=lambda x: sp.Function("size")(x),
        positive=lambda x: sp.Function("positive")(x),
        product=lambda term, first, last: bounded(sp.Product, term, first, last),
        total=lambda term, first, last: bounded(sp.Sum, term, first, last),
        entry=lambda values, k: sp.Indexed(sp.IndexedBase(str(values)), k),
    )


@cache
def mpmath_namespace() -> Any:
    """Arbitrary precision, at the working precision of mpmath."""
    import mpmath as mp

    def folded(operator, start, term, first, last):
        result = mp.mpf(start)
        for k in range(first, int(last) + 1):
            result = operator(result, term(mp.mpf(k)))
        return result

    same = ("sqrt", "exp", "log", "expm1", "log1p", "sin", "sinh", "pi", "digamma", "polygamma")
    return SimpleNamespace(
        **{name: getattr(mp, name) for name in same},
        arctan=mp.atan,
        maximum=max,
        abs=abs,
        gammaln=mp.loggamma,
        where=lambda c, a, b: a if c else b,
        sum=mp.fsum,
        size=len,
        positive=lambda p: sum(each > 0 for each in p),
        product=lambda term, first, last: folded(lambda a, b: a * b, 1, term, first, last),
        total=lambda term, first, last: folded(lambda a, b: a + b, 0, term, first, last),
        entry=lambda values, k: mp.mpf(values[int(k) - 1]),
    )
