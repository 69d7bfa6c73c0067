r"""Transformed rejection and inversion for counts.

The acceptance ratio is evaluated in Loader's deviance form, $\log f(k) = -L(k) - D(k)$ with $L$ the
Stirling remainder and $D$ the deviance from the mean. No terms of the size of n cancel, so single
precision stays exact in law up to $n = 2^{24}$.

References:
    Hörmann, J. Stat. Comput. Simul. 46:101 (1993); Insurance Math. Econ. 12:39 (1993).
"""

import math
from functools import cache

import jax.numpy as jnp
import numpy as np
from jax import lax

from .._keys import fold_in
from .normal import uniforms

# Below 16 the remainder comes from a table: the asymptotic series is not accurate there.
_SMALL = 16


def _stirling_table(count: int):
    """Return log k! - (k log k - k) for the first integers, in float64."""
    from scipy.special import gammaln, xlogy

    k = np.arange(count, dtype=float)
    return gammaln(k + 1) - xlogy(k, k) + k


def _remainder_polynomial():
    r"""Fit k times the remainder by a polynomial in 1/k.

    The error is below 1e-13 of the remainder at all whole $k \ge 1$.
    """
    # For large k the difference of log-gammas cancels, so the asymptotic series gives the values.
    few, many = np.arange(1.0, 33.0), 2.0 ** np.arange(6, 30)
    exact = few * (_stirling_table(33)[1:] - 0.5 * np.log(2 * np.pi * few))
    series = 1 / 12 - (1 / 360 - 1 / (1260 * many**2)) / many**2
    fit = np.polynomial.Chebyshev.fit(1 / np.r_[few, many], np.r_[exact, series], 9, domain=[0, 1])
    return fit.convert(kind=np.polynomial.Polynomial).coef


# Both are computed on first use, because importing SciPy's special functions takes 0.2 s.
@cache
def _small_table() -> tuple:
    return tuple(_stirling_table(_SMALL))


@cache
def _remainder_coefficients() -> tuple[float, ...]:
    return tuple(map(float, _remainder_polynomial()))


_REMAINDER_AT_ZERO = -0.5 * math.log(2 * math.pi)


def stirling(k):
    r"""Return $\log k! - (k\log k - k)$ for non-negative k."""
    k = jnp.maximum(k, 0.0)
    large = jnp.maximum(k, float(_SMALL))
    square = large * large
    series = (1 / 12 - (1 / 360 - 1 / (1260 * square)) / square) / large
    small = jnp.asarray(_small_table(), k.dtype)[jnp.minimum(k, _SMALL - 1).astype(jnp.int32)]
    return jnp.where(k < _SMALL, small, 0.5 * jnp.log(2 * jnp.pi * large) + series)


def remainder(k):
    r"""Return $\log k! - (k\log k - k) - \frac12\log(2\pi\max(k, 1))$, which vanishes for large k.

    It needs no table and therefore no gather, so it vectorizes.
    """
    inverse = 1 / jnp.maximum(k, 1.0)
    coefficients = _remainder_coefficients()
    product = jnp.full_like(inverse, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        product = product * inverse + coefficient
    return jnp.where(k > 0, product * inverse, _REMAINDER_AT_ZERO)


def deviance(x, distance, mean):
    r"""Return $x\log(x/M) + M - x$ for $x = M + d \ge 0$, accurate for small $d$ (Loader 2000)."""
    x = jnp.maximum(x, 0.0)
    v = distance / (x + mean)
    v2 = v * v
    series = 1 / 3 + v2 * (1 / 5 + v2 * (1 / 7 + v2 * (1 / 9 + v2 / 11)))
    # Loader's series: for x near M the direct formula is a difference of nearly equal numbers.
    near = distance * v + 2 * x * v * v2 * series
    far = jnp.where(x > 0, x * jnp.log(jnp.where(x > 0, x, 1.0) / mean), 0.0) - distance
    # Below 0.15 the five terms of the series reach single precision.
    return jnp.where(jnp.abs(v) < 0.15, near, far)


def transformed_rejection(key, spread, center, log_hat, squeeze, log_ratio, active):
    """Draw an integer offset from a mode by the table-mountain hat.

    Args:
        key: each attempt folds in its number.
        spread: `(a, b)` of the hat.
        center: location of the hat relative to the mode.
        log_hat: logarithm of the hat's height over the mode's probability.
        squeeze: `v_r`; a proposal in the flat part with v below it is accepted at once.
        log_ratio: log probability of an offset relative to the mode, minus infinity outside the
            support.
        active: whether this draw is wanted at all.
    """
    a, b = spread

    def propose(state):
        attempt, _, _ = state
        first, v = uniforms(fold_in(key, attempt), 2)
        u = first - 0.5
        edge = 0.5 - jnp.abs(u)
        # The uniform can be exactly one, where the hat has its pole.
        edge = jnp.maximum(edge, 1e-12)
        offset = jnp.floor((2 * a / edge + b) * u + center)
        quick = (edge >= 0.07) & (v <= squeeze)
        height = jnp.log(v) + log_hat - jnp.log(a / (edge * edge) + b)
        return attempt + 1, offset, quick | (height <= log_ratio(offset))

    start = (jnp.uint32(0), jnp.zeros_like(center), jnp.logical_not(active))
    return lax.while_loop(lambda state: jnp.logical_not(state[2]), propose, start)[1]


def sequential_search(u, at_least_one, first, ratio, active):
    r"""Return the largest k with $P(X \ge k) > u$: inversion by the survival function.

    Relative accuracy is kept at small u.

    Args:
        u: uniform in (0, 1].
        at_least_one: $P(X \ge 1)$.
        first: $P(X = 1)$.
        ratio: function of k giving $P(X = k+1)/P(X = k)$.
        active: whether this draw is wanted at all.
    """

    def step(state):
        k, survival, mass = state
        return k + 1, survival - mass, mass * ratio(k + 1)

    start = (jnp.zeros_like(u), jnp.where(active, at_least_one, 0.0), first)
    # A mass that underflows ends the search, since the survival function no longer falls.
    return lax.while_loop(lambda state: (u <= state[1]) & (state[2] > 0), step, start)[0]
