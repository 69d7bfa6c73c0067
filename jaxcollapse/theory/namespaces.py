"""Where a law is evaluated: one body, four number systems. NumPy float64, JAX, SymPy and mpmath
share these names.

`product(term, first, last)` multiplies `term(k)` for k from `first` to `last`, one for every entry
of an array of
ends; the empty product is 1. `total` sums likewise. `entry(sizes, k)` is the k-th of a schedule,
counted from 1.
"""

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np


def _cumulative(xp, accumulate, empty, term: Callable, first: int, last):
    """Cumulate `term` along k on a leading axis and read it off at `last`. Both are indices,
    concrete under `jit` too.
    """
    ends = np.asarray(last).astype(int)
    shape = np.broadcast_shapes(ends.shape, np.shape(term(np.asarray(float(first)))))
    k = np.arange(first, int(ends.max(initial=first)) + 1, dtype=float)
    terms = xp.broadcast_to(xp.asarray(term(k.reshape(-1, *(1,) * len(shape)))), (len(k), *shape))
    table = xp.concatenate([xp.full((1, *shape), empty), accumulate(terms, axis=0)])
    index = np.broadcast_to(np.maximum(ends - first + 1, 0), shape)
    return xp.take_along_axis(table, index[None], 0)[0]


def _array_namespace(xp, special, polygamma) -> SimpleNamespace:
    return SimpleNamespace(
        sqrt=xp.sqrt, exp=xp.exp, log=xp.log, expm1=xp.expm1, log1p=xp.log1p, sin=xp.sin, sinh=xp.sinh, pi=np.pi,
        arctan=xp.arctan, where=xp.where, maximum=xp.maximum, abs=xp.abs, gammaln=special.gammaln,
        digamma=special.digamma, polygamma=polygamma, sum=xp.sum,
        product=lambda term, first, last: _cumulative(xp, xp.cumprod, 1.0, term, first, last),
        total=lambda term, first, last: _cumulative(xp, xp.cumsum, 0.0, term, first, last),
        entry=lambda values, k: xp.take(xp.asarray(values), np.asarray(k).astype(int) - 1, mode="clip"),
    )  # fmt: skip


@cache
def numpy_namespace() -> Any:
    """Float64 on the host: what `predict` uses."""
    from scipy import special

    return _array_namespace(np, special, special.polygamma)


@cache
def jax_namespace() -> Any:
    """JAX arrays, differentiable in every symbol that is not an index."""
    import jax.numpy as jnp
    from jax.scipy import special

    return _array_namespace(jnp, special, special.polygamma)


@cache
def sympy_namespace() -> Any:
    """Exact symbols: formulas in LaTeX, limits, series."""
    import sympy as sp

    def bounded(operator, term, first, last):
        k = sp.Symbol("k", integer=True, positive=True)
        return operator(term(k), (k, first, last))

    return SimpleNamespace(
        sqrt=sp.sqrt, exp=sp.exp, log=sp.log, expm1=lambda x: sp.exp(x) - 1, log1p=lambda x: sp.log(1 + x),
        sin=sp.sin, sinh=sp.sinh, pi=sp.pi, arctan=sp.atan, maximum=sp.Max, abs=sp.Abs,
        where=lambda c, a, b: sp.Piecewise((a, c), (b, True)), gammaln=sp.loggamma, digamma=sp.digamma,
        polygamma=sp.polygamma, sum=lambda x: sp.Function("sum")(x),
        product=lambda term, first, last: bounded(sp.Product, term, first, last),
        total=lambda term, first, last: bounded(sp.Sum, term, first, last),
        entry=lambda values, k: sp.Indexed(sp.IndexedBase(str(values)), k),
    )  # fmt: skip


@cache
def mpmath_namespace() -> Any:
    """Arbitrary precision, at the working precision of mpmath."""
    import mpmath as mp

    def folded(operator, start, term, first, last):
        result = mp.mpf(start)
        for k in range(first, int(last) + 1):
            result = operator(result, term(mp.mpf(k)))
        return result

    return SimpleNamespace(
        sqrt=mp.sqrt, exp=mp.exp, log=mp.log, expm1=mp.expm1, log1p=mp.log1p, sin=mp.sin, sinh=mp.sinh, pi=mp.pi,
        arctan=mp.atan, maximum=max, abs=abs, where=lambda c, a, b: a if c else b, gammaln=mp.loggamma,
        digamma=mp.digamma, polygamma=mp.polygamma, sum=mp.fsum,
        product=lambda term, first, last: folded(lambda a, b: a * b, 1, term, first, last),
        total=lambda term, first, last: folded(lambda a, b: a + b, 0, term, first, last),
        entry=lambda values, k: mp.mpf(values[int(k) - 1]),
    )  # fmt: skip
