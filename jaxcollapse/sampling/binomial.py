r"""Binomial counts with traced n and p, exact in law in single precision for n below $2^{24}$.

One draw is transformed rejection, attempt by attempt, or sequential search where the mean is small. Under `vmap` the lanes
whose first attempt needs a closer look, about one in five, are gathered into a short array and finished there, so that
nobody waits for the unluckiest lane and logarithms are taken for few. Every attempt has words of its own: a draw keeps its
bits in any company.
"""

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_batching import custom_vmap

from .._keys import fold_in, word_pair
from .normal import open_uniform, uniforms
from .rejection import deviance, sequential_search, stirling

_LARGE = 10.0
_FEW_LANES = 256


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
    return _lone(str(jax.random.key_impl(key)), jax.random.key_data(key), n, p)


def _lone(impl, key, n, p):
    @custom_vmap
    def one(key, n, p):
        return _lanes(impl, key[None], n[None], p[None])[0]

    @custom_vmap
    def many(key, n, p):
        return _lanes(impl, key, n, p)

    @one.def_vmap
    def _(size, batched, *arguments):
        return many(*_filled(size, batched, arguments)), True

    @many.def_vmap
    def _(size, batched, *arguments):
        flat = (x.reshape(-1, *x.shape[2:]) for x in _filled(size, batched, arguments))
        return many(*flat).reshape(size, -1), True

    return one(key, n, p)


def _filled(size, batched, arguments):
    """Every argument with its leading axis."""
    return [x if b else jnp.broadcast_to(x, (size, *x.shape)) for x, b in zip(arguments, batched, strict=True)]


def _lanes(impl, key, n, p):
    """Independent draws, one a lane."""
    key = jax.random.wrap_key_data(key, impl=impl)
    swapped = p > 0.5
    q = jnp.where(swapped, 1 - p, p)
    large = n * q >= _LARGE
    few = _search(key, n, q, ~large & (n > 0) & (q > 0))
    many = _rejection(key, jnp.where(large, n, 100.0), jnp.where(large, q, 0.3), large)
    count = jnp.where(large, many, few)
    return jnp.where(swapped, n - count, count).astype(jnp.int32)


def _search(key, n, p, active):
    p = jnp.where(active, p, 0.1)
    log_none = n * jnp.log1p(-p)
    odds = p / (1 - p)
    first = n * odds * jnp.exp(log_none)
    u, _ = jax.vmap(_pair)(jax.vmap(lambda k: fold_in(k, 0))(key))

    def count(u, n, odds, some, first, active):
        return sequential_search(u, some, first, lambda k: (n - k) / (k + 1) * odds, active)

    return jnp.minimum(jax.vmap(count)(u, n, odds, -jnp.expm1(log_none), first, active), n)


def _pair(key):
    """Two uniforms of the default float type from a key made by `fold_in`."""
    if jnp.result_type(float) == jnp.float32:
        first, second = word_pair(key)
        return open_uniform(first), open_uniform(second)
    return tuple(uniforms(key, 2))


def _proposal(key, attempt, n, p):
    """The proposal of one attempt: its count relative to the mode, its height over the hat, and whether to take it unseen."""
    first, v = jax.vmap(lambda k, i: _pair(fold_in(k, i)))(key, attempt)
    spread = jnp.sqrt(n * p * (1 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    u = first - 0.5
    edge = jnp.maximum(0.5 - jnp.abs(u), 1e-12)
    offset = jnp.floor((2 * a / edge + b) * u + (0.5 - _at_mode(n, p)[1]))
    quick = (edge >= 0.07) & (v <= 0.92 - 4.2 / b)
    return offset, (v, (2.83 + 5.1 / b) * spread / (a / (edge * edge) + b)), quick


def _at_mode(n, p):
    """The mode and its distance from the mean, which is n times p without rounding."""
    mean = n * p
    mode = jnp.floor(mean + p)
    return mode, (mode - mean) - _product_error(n, p, mean)


def _accepted(offset, height, n, p):
    """Whether a proposal lies under the law."""
    mean = n * p
    mode, at_mode = _at_mode(n, p)

    def log_mass(offset):
        k, distance = mode + offset, at_mode + offset
        inside = (k >= 0) & (k <= n)
        mass = -stirling(k) - stirling(n - k) - deviance(k, distance, mean) - deviance(n - k, -distance, n - mean)
        return jnp.where(inside, mass, -jnp.inf)

    v, hat = height
    return jnp.log(v) + jnp.log(hat) <= log_mass(offset) - log_mass(jnp.zeros_like(offset))


def _attempts(key, n, p, offset, attempt, pending):
    """Try until no lane is pending."""

    def again(state):
        offset, attempt, pending = state
        proposed, height, quick = _proposal(key, attempt, n, p)
        taken = pending & (quick | _accepted(proposed, height, n, p))
        return jnp.where(taken, proposed, offset), attempt + 1, pending & ~taken

    return lax.while_loop(lambda state: jnp.any(state[2]), again, (offset, attempt, pending))[0]


def _rejection(key, n, p, active):
    attempt = jnp.ones(n.shape, jnp.uint32)
    offset, _, quick = _proposal(key, attempt, n, p)
    pending = active & ~quick
    mode, _ = _at_mode(n, p)
    if n.shape[0] < _FEW_LANES:
        return mode + _attempts(key, n, p, offset, attempt, pending)
    return mode + _gathered(_second_look, n.shape[0] // 4, key, n, p, offset, attempt, pending)


def _second_look(key, n, p, offset, attempt, pending):
    """The first attempt examined, one more for those that fail, and the rest in a still shorter array."""
    for _ in range(2):
        proposed, height, quick = _proposal(key, attempt, n, p)
        taken = pending & (quick | _accepted(proposed, height, n, p))
        offset, pending, attempt = jnp.where(taken, proposed, offset), pending & ~taken, attempt + 1
    return _gathered(_attempts, n.shape[0] // 8, key, n, p, offset, attempt, pending)


def _gathered(finish, room: int, key, n, p, offset, attempt, pending):
    """Finish the pending lanes, `room` at a time, in arrays of that length."""
    lanes = n.shape[0]

    def some(state):
        offset, pending = state
        rank = jnp.cumsum(pending.astype(jnp.int32))
        slot = jnp.where(pending & (rank <= room), rank - 1, room)
        lane = jnp.full(room, lanes, jnp.int32).at[slot].set(jnp.arange(lanes, dtype=jnp.int32), mode="drop")
        taken = [x.at[lane].get(mode="clip") for x in (key, n, p, offset, attempt)]
        done = finish(*taken, lane < lanes)
        return offset.at[lane].set(done, mode="drop"), pending & (rank > room)

    return lax.while_loop(lambda state: jnp.any(state[1]), some, (offset, pending))[0]


def _product_error(n, p, product):
    """The rounding error of `product` as n times p, by splitting both factors (Dekker 1971)."""
    scale = 4097.0 if n.dtype == jnp.float32 else 134217729.0

    def split(x):
        high = x * scale - (x * scale - x)
        return high, x - high

    n1, n0 = split(n)
    p1, p0 = split(p)
    return ((n1 * p1 - product) + n1 * p0 + n0 * p1) + n0 * p0
