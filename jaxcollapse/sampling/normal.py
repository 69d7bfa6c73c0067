r"""Uniform and normal variates that fuse into their consumer: one threefry block makes two normals.
"""

import math

import jax
import jax.numpy as jnp
from jax import lax

from .._keys import RandomStream, words

_SIN = (-0.6459640975, 0.0796926262, -0.0046817541, 0.0001604411)
_LOG = (
    0.070376836292, -0.11514610310, 0.11676998740, -0.12420140846, 0.14249322787,
    -0.16668057665, 0.20000714765, -0.24999993993, 0.33333331174,
)  # fmt: skip
_ROOT_HALF = 0x3F3504F3
_COS = (-1.2337005501, 0.2536695079, -0.0208634807, 0.0009192603)


def open_uniform(word):
    r"""A float in $(0, 1]$ from a 32-bit word, $(w + \frac12) 2^{-32}$: relative accuracy is kept
    near zero.
    """
    return word.astype(jnp.float32) * jnp.float32(2.0**-32) + jnp.float32(2.0**-33)


def fine_uniform(high, low):
    r"""A float64 in (0, 1) from two 32-bit words, of which the second gives 21 bits."""
    return (
        high.astype(jnp.float64) * 2.0**21 + (low >> jnp.uint32(11)).astype(jnp.float64) + 0.5
    ) * 2.0**-53


def uniforms(key, count: int):
    """`count` uniforms in (0, 1] of the default float type, 32 or 53 random bits each."""
    if jnp.result_type(float) == jnp.float32:
        return open_uniform(words(key, count))
    drawn = words(key, 2 * count)
    return fine_uniform(drawn[:count], drawn[count:])


def _log(u):
    """Logarithm of positive normal floats by exponent and mantissa: a short polynomial, relative
    error below 2e-7.
    """
    bits = lax.bitcast_convert_type(u, jnp.int32)
    exponent = (bits - jnp.int32(_ROOT_HALF)) >> jnp.int32(23)
    x = lax.bitcast_convert_type(bits - (exponent << jnp.int32(23)), jnp.float32) - 1
    series = jnp.float32(_LOG[0])
    for coefficient in _LOG[1:]:
        series = series * x + jnp.float32(coefficient)
    return exponent.astype(jnp.float32) * jnp.float32(math.log(2)) + (
        x + x * x * (x * series - jnp.float32(0.5))
    )


def _quarter_turns(word):
    """Sine and cosine of the angle 2 pi w / 2^32, by quadrant and two short polynomials (error
    below 2e-7).
    """
    quadrant = (word + jnp.uint32(1 << 29)) >> jnp.uint32(30)
    offset = (word - (quadrant << jnp.uint32(30))).astype(jnp.int32)
    y = offset.astype(jnp.float32) * jnp.float32(2.0**-30)
    y2 = y * y
    sine, cosine = jnp.float32(_SIN[3]), jnp.float32(_COS[3])
    for s, c in zip(_SIN[2::-1], _COS[2::-1], strict=True):
        sine, cosine = sine * y2 + jnp.float32(s), cosine * y2 + jnp.float32(c)
    sine = y * (jnp.float32(math.pi / 2) + y2 * sine)
    cosine = 1 + y2 * cosine
    odd = (quadrant & jnp.uint32(1)) == 1
    sine, cosine = jnp.where(odd, cosine, sine), jnp.where(odd, -sine, cosine)
    flip = jnp.where((quadrant & jnp.uint32(2)) == 2, jnp.float32(-1), jnp.float32(1))
    return flip * sine, flip * cosine


@jax.jit
def box_muller(first, second):
    """Two independent standard normals from two words; tails reach 6.7 standard deviations."""
    radius = jnp.sqrt(-2 * _log(open_uniform(first)))
    sine, cosine = _quarter_turns(second)
    return radius * cosine, radius * sine


def polar(u, v):
    r"""Two independent standard normals from two uniforms: radius $\sqrt{-2\log u}$ at the angle
    $2\pi v$.
    """
    radius, angle = jnp.sqrt(-2 * jnp.log(u)), 2 * jnp.pi * v
    return radius * jnp.cos(angle), radius * jnp.sin(angle)


def _complex_normal(first, second):
    return lax.complex(*box_muller(first, second))


def complex_normals(source: RandomStream, count: int):
    r"""`count` pairs of independent standard normals, each pair one complex number $\sqrt{-2\log
    u}\,e^{2\pi i v}$.

    One array of numbers is one result to compute: a compiler that works out every result by itself
    draws the words once.
    """
    if jnp.result_type(float) == jnp.float32:
        return source.map_blocks(_complex_normal, count)
    u = uniforms(source.key, 2 * count)
    return lax.complex(*polar(u[:count], u[count:]))


def normal(key, shape=()):
    """Independent standard normals of the default float type (Box and Muller, Ann. Math. Stat.
    29:610, 1958).
    """
    count = math.prod(shape)
    half = (count + 1) // 2
    if jnp.result_type(float) == jnp.float32:
        drawn = words(key, 2 * half)
        z = jnp.concatenate(box_muller(drawn[:half], drawn[half:]))
    else:
        u = uniforms(key, 2 * half)
        z = jnp.concatenate(polar(u[:half], u[half:]))
    return z[:count].reshape(shape)
