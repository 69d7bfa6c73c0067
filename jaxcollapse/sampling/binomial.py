r"""Binomial counts with traced n and p, exact in law in single precision for n below $2^{24}$."""

import jax.numpy as jnp

from .._keys import fold_in
from .normal import uniforms
from .rejection import deviance, sequential_search, stirling, transformed_rejection

_LARGE = 10.0


def binomial(key, n, p):
    r"""One draw of $\mathrm{Binomial}(n, p)$ as int32.

    Sequential search of the survival function where $n\min(p,1-p) < 10$, transformed rejection elsewhere.

    Args:
        key: a typed key.
        n: number of trials, $0 \le n < 2^{24}$, may be traced.
        p: success probability in [0, 1], may be traced.
    """
    dtype = jnp.result_type(float)
    n, p = jnp.asarray(n).astype(dtype), jnp.asarray(p).astype(dtype)
    swapped = p > 0.5
    q = jnp.where(swapped, 1 - p, p)
    large = n * q >= _LARGE
    few = _search(fold_in(key, 0), n, q, ~large & (n > 0) & (q > 0))
    many = _rejection(fold_in(key, 1), jnp.where(large, n, 100.0), jnp.where(large, q, 0.3), large)
    count = jnp.where(large, many, few)
    return jnp.where(swapped, n - count, count).astype(jnp.int32)


def _search(key, n, p, active):
    p = jnp.where(active, p, 0.1)
    log_none = n * jnp.log1p(-p)
    odds = p / (1 - p)
    first = n * odds * jnp.exp(log_none)
    u = uniforms(key, 1)[0]
    count = sequential_search(u, -jnp.expm1(log_none), first, lambda k: (n - k) / (k + 1) * odds, active)
    return jnp.minimum(count, n)


def _rejection(key, n, p, active):
    q = 1 - p
    mean = n * p
    correction = _product_error(n, p, mean)
    spq = jnp.sqrt(mean * q)
    b = 1.15 + 2.53 * spq
    a = -0.0873 + 0.0248 * b + 0.01 * p
    mode = jnp.floor(mean + p)
    at_mode = (mode - mean) - correction
    log_hat = jnp.log((2.83 + 5.1 / b) * spq)

    def log_mass(offset):
        k, distance = mode + offset, at_mode + offset
        inside = (k >= 0) & (k <= n)
        mass = -stirling(k) - stirling(n - k) - deviance(k, distance, mean) - deviance(n - k, -distance, n - mean)
        return jnp.where(inside, mass, -jnp.inf)

    top = log_mass(jnp.zeros_like(n))
    center = 0.5 - at_mode
    drawn = transformed_rejection(
        key, (a, b), center, log_hat, 0.92 - 4.2 / b, lambda offset: log_mass(offset) - top, active
    )
    return mode + drawn


def _product_error(n, p, product):
    """The rounding error of `product` as n times p, by splitting both factors (Dekker 1971)."""
    scale = 4097.0 if n.dtype == jnp.float32 else 134217729.0

    def split(x):
        high = x * scale - (x * scale - x)
        return high, x - high

    n1, n0 = split(n)
    p1, p0 = split(p)
    return ((n1 * p1 - product) + n1 * p0 + n0 * p1) + n0 * p0
