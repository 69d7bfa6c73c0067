r"""Binomial counts with traced n and p, exact in law in single precision for n below $2^{24}$.

The proposal is a normal variate, bent by the skewness of the law and rounded down. It is accepted
with probability $f/(c\,g)$, where $f$ is the law, $g$ the density of the proposal and $c = 1 +
0.62/\sigma$. A lower bound of that ratio accepts nearly all proposals without evaluating it (a
squeeze). Two kinds of lanes are left: a share of about $1.3/\sigma$ whose ratio must be evaluated,
and lanes of small variance, which search from zero. Under `vmap` both are gathered into a short
array and finished there, so that a batch does not wait for its slowest lane. Every attempt has
words of its own, so a draw has the same bits whatever runs beside it.
"""

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_batching import custom_vmap

from .._keys import check_seed, check_typed_key, threefry2x32, word_pair
from ..arguments import checked
from ..domains import PROBABILITY, Real, Whole
from ..numerics.precision import is_double
from .compaction import finished
from .normal import box_muller, fine_uniform, open_uniform, polar
from .rejection import deviance, remainder, sequential_search

TRIALS = Whole(0, 2**24 - 1)
# Found numerically. `test_samplers.py` checks on a grid of n and p that the proposal dominates the
# law and that the squeeze lies below the ratio. Below this variance neither is claimed.
LEAST_VARIANCE = 10.0
STRETCH, EXCESS = 0.2, 0.62
QUICK = (0.95, 0.36)
# Bits of the first block that bound the acceptance uniform; see `_variates`.
_COARSE = 10
# Marks of unfinished lanes. They share an array with the counts, which are never negative.
_REJECTED, _SMALL = -1.0, -2.0


@checked(key=check_typed_key, n=TRIALS, p=PROBABILITY)
def binomial(key, n, p):
    r"""Draw one $\mathrm{Binomial}(n, p)$ variate as int32.

    Where $np(1-p) < 10$ the survival function is searched from zero; elsewhere a bent normal is
    accepted or rejected. Words of 32 bits keep the normal within 6.8 standard deviations; the law
    has a probability below $10^{-10}$ outside.

    Args:
        key: a typed key.
        n: number of trials, $0 \le n < 2^{24}$, may be traced.
        p: success probability in [0, 1], may be traced.
    """
    return successes(key, n, p).astype(jnp.int32)


@checked(seed=check_seed, n=TRIALS, p=PROBABILITY)
def binomial_of_seed(seed, n, p):
    """Draw as `binomial` does, from two words of a key and two of a counter.

    Nothing else may use the block of words that the counter names.
    """
    return successes_of_seed(seed, n, p).astype(jnp.int32)


@checked(key=check_typed_key, n=Real(0.0), p=PROBABILITY)
def successes(key, n, p):
    """Draw the number of successes as a float, for more trials than 32-bit integers hold."""
    # Bare words: building a typed key for every draw stacks two arrays, about 10 ns per draw.
    return successes_of_seed((*word_pair(key), jnp.uint32(0), jnp.uint32(0)), n, p)


@checked(seed=check_seed, n=Real(0.0), p=PROBABILITY)
def successes_of_seed(seed, n, p):
    """Draw as `successes` does, from two words of a key and two of a counter."""
    dtype = jnp.result_type(float)
    return _one(
        *(jnp.asarray(word, jnp.uint32) for word in seed),
        jnp.asarray(n).astype(dtype),
        jnp.asarray(p).astype(dtype),
    )


# `jax.vmap` would batch the while loops so that all lanes run until the last one is done. The
# custom rule hands the lanes to `_lanes` as one array, which compacts the unfinished ones.
@custom_vmap
def _one(*lane):
    return _lanes(*(x[None] for x in lane))[0]


@custom_vmap
def _many(*lanes):
    return _lanes(*lanes)


@_one.def_vmap
def _(size, batched, *arguments):
    return _many(*_filled(size, batched, arguments)), True


@_many.def_vmap
def _(size, batched, *arguments):
    lanes = [x.reshape(-1) for x in _filled(size, batched, arguments)]
    return _many(*lanes).reshape(size, -1), True


def _filled(size, batched, arguments):
    """Return every argument with the leading axis of the batch."""
    return [
        x if b else jnp.broadcast_to(x, (size, *x.shape))
        for x, b in zip(arguments, batched, strict=True)
    ]


def _lanes(*lanes):
    """Draw independently, one variate per lane."""
    # Binomial(n, p) is n minus Binomial(n, 1 - p), so only p up to 1/2 is drawn: the squeeze and
    # the search are tuned for it.
    *seed, n, p = lanes
    lanes = *seed, n, jnp.minimum(p, 1 - p)
    drawn = finished(_accepted, lanes, _quick(*_block(lanes)), _REJECTED, n.shape[0] // 64)
    # Lanes of small variance occur near absorption; elsewhere the branch skips the search.
    drawn = lax.cond(
        jnp.any(drawn == _SMALL),
        lambda: finished(_searched, lanes, drawn, _SMALL, n.shape[0] // 16),
        lambda: drawn,
    )
    return jnp.where(p > 0.5, n - drawn, drawn)


def _block(lanes):
    """Replace the seed of each lane by its block of two words.

    The words are computed again wherever they are used. Storing them would cost more memory traffic
    than the generator costs arithmetic.
    """
    k0, k1, high, low, n, p = lanes
    first, second = threefry2x32((k0, k1), high, low)
    return first, second, n, p


def _variance(n, p):
    return n * p * (1 - p)


def _quick(first, second, n, p):
    """Accept the first proposal by the squeeze, or mark why a lane is not finished.

    The result is zero where n p is zero.
    """
    z, most = _variates(first, second)
    spread, _, _, offset, whole = _proposal(n, p, z)
    small = _variance(n, p) < LEAST_VARIANCE
    # The squeeze bounds the acceptance ratio from below for all n and p, so neither deviances nor
    # remainders are evaluated here.
    taken = most <= 1 - (QUICK[0] + QUICK[1] * z * z) / spread
    drawn = jnp.where(small, _SMALL, jnp.where(taken, whole + offset, _REJECTED))
    return jnp.where(n * p > 0, drawn, 0.0)


def _variates(first, second):
    """Return a standard normal, and an upper bound of an independent uniform.

    The bound exceeds the uniform by less than 2^-10.
    """
    if jnp.result_type(float) == jnp.float32:
        # In single precision one block is enough for a whole attempt: the ten low bits of the angle
        # are given up to the acceptance uniform. The angle gets the middle of what they leave. The
        # other bits of the uniform are drawn only where they decide, in `_exactly`.
        low = jnp.uint32((1 << _COARSE) - 1)
        z, _ = box_muller(first, (second & ~low) | jnp.uint32(1 << (_COARSE - 1)))
        return z, (second & low).astype(jnp.float32) * 2.0**-_COARSE + 2.0**-_COARSE
    u, w, v = (
        fine_uniform(*threefry2x32((first, second), jnp.uint32(1), jnp.uint32(i))) for i in range(3)
    )
    return polar(u, w)[0], v


def _exactly(first, second, most):
    """Return the uniform that `most` bounds."""
    # In double precision `_variates` returns all bits of the uniform.
    if jnp.result_type(float) != jnp.float32:
        return most
    rest, _ = threefry2x32((first, second), jnp.uint32(1), jnp.uint32(0))
    return (most - 2.0**-_COARSE) + open_uniform(rest) * 2.0**-_COARSE


def _proposal(n, p, z):
    """Return what the proposal from the normal z consists of.

    Counts are kept as offsets from the whole part of the mean, because differences of numbers of
    the size of n would lose all their digits in single precision.

    Returns:
        Spread of the law, slope of the proposal, fraction of the mean, offset of the proposed
        count, and the whole part of the mean.
    """
    mean = n * p
    whole = jnp.floor(mean)
    spread = jnp.sqrt(jnp.maximum(_variance(n, p), LEAST_VARIANCE))
    # A Cornish–Fisher quadratic: (1 - 2 p) / (6 sigma) matches the skewness of the binomial law.
    stretch, bend = spread + STRETCH, (1 - 2 * p) / (6 * spread)
    fraction = (mean - whole) + _product_error(n, p, mean)
    return (
        spread,
        stretch * (1 + 2 * bend * z),
        fraction,
        jnp.floor(fraction + 0.5 + stretch * (z + bend * (z * z - 1))),
        whole,
    )


def _attempted(first, second, n, p):
    """Return the count of one attempt, or minus one where it is rejected."""
    z, most = _variates(first, second)
    spread, slope, fraction, offset, whole = _proposal(n, p, z)
    k, distance, mean = whole + offset, offset - fraction, n * p
    inside = (k >= 0) & (k <= n)
    k = jnp.clip(k, 0, n)
    # The law over the density of the proposal, in Loader's deviance form, so that nothing cancels.
    exponent = 0.5 * z * z - deviance(k, distance, mean) - deviance(n - k, -distance, n - mean)
    exponent = exponent + remainder(n) - remainder(k) - remainder(n - k)
    height = slope / (1 + EXCESS / spread) * jnp.sqrt(n / jnp.maximum(k, 1) / jnp.maximum(n - k, 1))
    accepted = _exactly(first, second, most) <= height * jnp.exp(exponent)
    return jnp.where(inside & accepted, k, -1.0)


def _accepted(lanes, active):
    """Repeat attempts until every active lane has a count."""
    first, second, n, p = _block(lanes)

    def again(state):
        attempt, words, drawn = state
        drawn = jnp.where(drawn < 0, _attempted(words[0], words[1], n, p), drawn)
        # Later attempts take blocks that the lane's own first block is the key of, so a draw does
        # not depend on how often other lanes were rejected.
        return attempt + 1, threefry2x32((first, second), jnp.uint32(0), attempt), drawn

    start = jnp.uint32(2), (first, second), jnp.where(active, -1.0, 0.0).astype(n.dtype)
    return lax.while_loop(lambda state: jnp.any(state[2] < 0), again, start)[2]


def _searched(lanes, active):
    """Draw counts by inversion of the survival function."""
    first, second, n, p = _block(lanes)
    # A harmless p for the lanes that are absent: their loop must end at once and make no NaN.
    p = jnp.where(active, p, 0.1)
    log_none = n * jnp.log1p(-p)
    odds = p / (1 - p)
    double = is_double()
    u = fine_uniform(first, second) if double else open_uniform(first)

    def count(u, n, odds, log_none, active):
        chances = -jnp.expm1(log_none), n * odds * jnp.exp(log_none)
        return sequential_search(u, *chances, lambda k: (n - k) / (k + 1) * odds, active)

    return jnp.minimum(jax.vmap(count)(u, n, odds, log_none, active), n)


def _product_error(n, p, product):
    """Return the rounding error of `product` as n times p by splitting both (Dekker 1971).

    A fused multiply-add would give it in one operation, but XLA offers none that is guaranteed.
    """
    # 2^12 + 1 and 2^27 + 1: they split 24 and 53 bits of mantissa in halves.
    scale = 4097.0 if n.dtype == jnp.float32 else 134217729.0

    def split(x):
        high = x * scale - (x * scale - x)
        return high, x - high

    n1, n0 = split(n)
    p1, p0 = split(p)
    return ((n1 * p1 - product) + n1 * p0 + n0 * p1) + n0 * p0
