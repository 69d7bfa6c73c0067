r"""Binomial counts with traced n and p, exact in law in single precision for n below $2^{24}$.

A normal variate, bent by the skewness and rounded down, proposes; it is accepted with probability $f/(c\,g)$, where $f$ is the
law, $g$ the density of the proposal and $c = 1 + 0.62/\sigma$. Nearly all are taken by a bound of that ratio, without
evaluating it. Under `vmap` the lanes that need a closer look, 1.3 in $\sigma$, and those of small variance, which search
from zero, are gathered into a short array and finished there, so that nobody waits for the unluckiest lane. Every attempt has
words of its own: a draw keeps its bits in any company.
"""


import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_batching import custom_vmap

from .._keys import threefry2x32, word_pair
from .labels import running_total
from .normal import box_muller, open_uniform
from .rejection import deviance, remainder, sequential_search

LEAST_VARIANCE = 10.0
STRETCH, EXCESS = 0.2, 0.62
QUICK = (0.95, 0.36)
_FEW_LANES = 256
_DECIDING = 16


def binomial(key, n, p):
    r"""One draw of $\mathrm{Binomial}(n, p)$ as int32.

    Sequential search of the survival function where $np(1-p) < 10$, rejection from a bent normal elsewhere. Words of 32 bits
    keep the normal within 6.8 standard deviations: what lies beyond has a probability below $10^{-10}$.

    Args:
        key: a typed key.
        n: number of trials, $0 \le n < 2^{24}$, may be traced.
        p: success probability in [0, 1], may be traced.
    """
    return binomial_of_words(word_pair(key), n, p)


def binomial_of_words(pair, n, p):
    """The same from the two words of a key, which nothing else may use: bare words are never laid side by side as a key."""
    dtype = jnp.result_type(float)
    first, second = pair
    return _one(first, second, jnp.asarray(n).astype(dtype), jnp.asarray(p).astype(dtype))


@custom_vmap
def _one(first, second, n, p):
    return _lanes(*(x[None] for x in (first, second, n, p)))[0]


@custom_vmap
def _many(first, second, n, p):
    return _lanes(first, second, n, p)


@_one.def_vmap
def _(size, batched, *arguments):
    return _many(*_filled(size, batched, arguments)), True


@_many.def_vmap
def _(size, batched, *arguments):
    return _many(*(x.reshape(-1) for x in _filled(size, batched, arguments))).reshape(size, -1), True


def _filled(size, batched, arguments):
    """Every argument with its leading axis."""
    return [x if b else jnp.broadcast_to(x, (size, *x.shape)) for x, b in zip(arguments, batched, strict=True)]


def _lanes(first, second, n, p):
    """Independent draws, one a lane."""
    q = jnp.minimum(p, 1 - p)
    lanes = first, second, n, q
    drawn = _quick(*lanes)
    finish = _finished if n.shape[0] < _FEW_LANES else _gathered(_second_look, n.shape[0] // 16)
    count = finish(lanes, drawn)
    return jnp.where(p > 0.5, n - count, count).astype(jnp.int32)


def _variance(n, p):
    return n * p * (1 - p)


def _quick(first, second, n, p):
    """The first proposal where it is taken unseen, nothing where nothing can come, else minus one."""
    z, v = _variates(first, second, jnp.uint32(1))
    spread, _, _, offset, whole = _proposal(n, p, z)
    count = whole + offset
    taken = (v <= 1 - (QUICK[0] + QUICK[1] * z * z) / spread) & (_variance(n, p) >= LEAST_VARIANCE)
    return jnp.where(n * p > 0, jnp.where(taken, count, -1.0), 0.0)


def _variates(first, second, attempt):
    """A standard normal and a uniform from two blocks of words."""
    if jnp.result_type(float) == jnp.float32:
        z, _ = box_muller(*threefry2x32((first, second), jnp.uint32(0), attempt))
        return z, open_uniform(threefry2x32((first, second), jnp.uint32(1), attempt)[0])
    u, w, v = (_fine_uniform(threefry2x32((first, second), jnp.uint32(i), attempt)) for i in range(3))
    return jnp.sqrt(-2 * jnp.log(u)) * jnp.cos(2 * jnp.pi * w), v


def _fine_uniform(words):
    high, low = words
    return (high.astype(jnp.float64) * 2.0**21 + (low >> jnp.uint32(11)).astype(jnp.float64) + 0.5) * 2.0**-53


def _proposal(n, p, z):
    """Spread of the law, stretch and slope of the proposal, its count as an offset from the whole part of the mean."""
    mean = n * p
    whole = jnp.floor(mean)
    spread = jnp.sqrt(jnp.maximum(_variance(n, p), LEAST_VARIANCE))
    stretch, bend = spread + STRETCH, (1 - 2 * p) / (6 * spread)
    fraction = (mean - whole) + _product_error(n, p, mean)
    return spread, stretch * (1 + 2 * bend * z), fraction, jnp.floor(fraction + 0.5 + stretch * (z + bend * (z * z - 1))), whole


def _attempted(first, second, n, p, attempt):
    """The count of one attempt, or minus one where it is rejected."""
    z, v = _variates(first, second, attempt)
    spread, slope, fraction, offset, whole = _proposal(n, p, z)
    k, distance, mean = whole + offset, offset - fraction, n * p
    inside = (k >= 0) & (k <= n)
    k = jnp.clip(k, 0, n)
    exponent = 0.5 * z * z - deviance(k, distance, mean) - deviance(n - k, -distance, n - mean)
    exponent = exponent + remainder(n) - remainder(k) - remainder(n - k)
    height = slope / (1 + EXCESS / spread) * jnp.sqrt(n / jnp.maximum(k, 1) / jnp.maximum(n - k, 1))
    return jnp.where(inside & (v <= height * jnp.exp(exponent)), k, -1.0)


def _finished(lanes, drawn, attempt=1):
    """Try until no lane is without a count."""
    first, second, n, p = lanes
    small = (drawn < 0) & (_variance(n, p) < LEAST_VARIANCE)
    drawn = jnp.where(small, _searched(first, second, n, p, small), drawn)

    def again(state):
        attempt, drawn = state
        return attempt + 1, jnp.where(drawn < 0, _attempted(first, second, n, p, attempt), drawn)

    return lax.while_loop(lambda state: jnp.any(state[1] < 0), again, (jnp.uint32(attempt), drawn))[1]


def _searched(first, second, n, p, active):
    """Counts from the survival function."""
    p = jnp.where(active, p, 0.1)
    log_none = n * jnp.log1p(-p)
    odds = p / (1 - p)
    _, u = _variates(first, second, jnp.uint32(0))

    def count(u, n, odds, log_none, active):
        chances = -jnp.expm1(log_none), n * odds * jnp.exp(log_none)
        return sequential_search(u, *chances, lambda k: (n - k) / (k + 1) * odds, active)

    return jnp.minimum(jax.vmap(count)(u, n, odds, log_none, active), n)


def _second_look(lanes, drawn):
    """The first attempt examined, and the rest in a still shorter array."""
    first, second, n, p = lanes
    examined = (drawn < 0) & (_variance(n, p) >= LEAST_VARIANCE)
    drawn = jnp.where(examined, _attempted(first, second, n, p, jnp.uint32(1)), drawn)
    return _gathered(lambda lanes, drawn: _finished(lanes, drawn, 2), max(n.shape[0] // 8, _DECIDING))(lanes, drawn)


def _gathered(finish, room: int):
    """Finish the lanes that are without a count, `room` at a time, in arrays of that length."""

    def all_of(lanes, drawn):
        def some(drawn):
            rank = running_total((drawn < 0).astype(jnp.int32))
            lane = jnp.searchsorted(rank, jnp.arange(1, room + 1, dtype=jnp.int32)).astype(jnp.int32)
            taken = [x.at[lane].get(mode="clip") for x in lanes]
            missing = jnp.where(lane < drawn.shape[0], -1.0, 0.0).astype(drawn.dtype)
            return drawn.at[lane].set(finish(taken, missing), mode="drop")

        return lax.while_loop(lambda drawn: jnp.any(drawn < 0), some, drawn)

    return all_of


def _product_error(n, p, product):
    """The rounding error of `product` as n times p, by splitting both factors (Dekker 1971)."""
    scale = 4097.0 if n.dtype == jnp.float32 else 134217729.0

    def split(x):
        high = x * scale - (x * scale - x)
        return high, x - high

    n1, n0 = split(n)
    p1, p0 = split(p)
    return ((n1 * p1 - product) + n1 * p0 + n0 * p1) + n0 * p0
