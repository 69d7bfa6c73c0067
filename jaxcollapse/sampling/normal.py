"""Uniform and normal variates that fuse into their consumer: two normals per threefry block."""

import math

import jax
import jax.numpy as jnp
from jax import lax

from .._keys import RandomStream, check_typed_key, words
from ..arguments import checked
from ..domains import Integer

# Taylor-like coefficients of sin and cos in quarter turns, without the leading term.
_SIN = (-0.6459640975, 0.0796926262, -0.0046817541, 0.0001604411)
_COS = (-1.2337005501, 0.2536695079, -0.0208634807, 0.0009192603)
# The polynomial of `logf` in Cephes (Moshier), for mantissas from sqrt(1/2) to sqrt(2).
_LOG = (0.070376836292, -0.11514610310, 0.11676998740, -0.12420140846, 0.14249322787)
_LOG += (-0.16668057665, 0.20000714765, -0.24999993993, 0.33333331174)
# The bits of the float sqrt(1/2).
_ROOT_HALF = 0x3F3504F3


def open_uniform(word):
    r"""Return a float in $(0, 1]$ from a 32-bit word, $(w + \frac12) 2^{-32}$.

    Relative accuracy is kept near zero, so the logarithm of a uniform is accurate in the tail.
    """
    return word.astype(jnp.float32) * jnp.float32(2.0**-32) + jnp.float32(2.0**-33)


def fine_uniform(high, low):
    """Return a float64 in (0, 1) from two 32-bit words; the second gives 21 bits."""
    return (
        high.astype(jnp.float64) * 2.0**21 + (low >> jnp.uint32(11)).astype(jnp.float64) + 0.5
    ) * 2.0**-53


def uniforms(key, count: int):
    """Return `count` uniforms in (0, 1] of the default float type, of 32 or 53 random bits."""
    if jnp.result_type(float) == jnp.float32:
        return open_uniform(words(key, count))
    drawn = words(key, 2 * count)
    return fine_uniform(drawn[:count], drawn[count:])


def _log(u):
    """Return the logarithm of positive normal floats by exponent and mantissa.

    The relative error is below 2e-7. Zeros, subnormals and infinities, which `jnp.log` handles,
    cannot occur.
    """
    bits = lax.bitcast_convert_type(u, jnp.int32)
    # Subtracting the bits of sqrt(1/2) before the shift centers the mantissa on one, where the
    # polynomial has its smallest error and the logarithm of numbers near one does not cancel.
    exponent = (bits - jnp.int32(_ROOT_HALF)) >> jnp.int32(23)
    x = lax.bitcast_convert_type(bits - (exponent << jnp.int32(23)), jnp.float32) - 1
    series = jnp.float32(_LOG[0])
    for coefficient in _LOG[1:]:
        series = series * x + jnp.float32(coefficient)
    return exponent.astype(jnp.float32) * jnp.float32(math.log(2)) + (
        x + x * x * (x * series - jnp.float32(0.5))
    )


def _quarter_turns(word):
    """Return sine and cosine of the angle 2 pi w / 2^32, by quadrant and two short polynomials.

    The error is below 2e-7. The word is the angle itself, so no range reduction is needed.
    """
    # Rounded to the nearest quarter turn: the offset lies within an eighth of a turn of it.
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


# A program of its own, so that JAX traces it once per shape instead of at every use. The XLA
# compiler inlines it: the bits stay the same.
@jax.jit
def box_muller(first, second):
    """Return two independent standard normals from two words; tails reach 6.7 deviations."""
    radius = jnp.sqrt(-2 * _log(open_uniform(first)))
    sine, cosine = _quarter_turns(second)
    return radius * cosine, radius * sine


def polar(u, v):
    r"""Return two independent standard normals from two uniforms.

    They have radius $\sqrt{-2\log u}$ and angle $2\pi v$.
    """
    radius, angle = jnp.sqrt(-2 * jnp.log(u)), 2 * jnp.pi * v
    return radius * jnp.cos(angle), radius * jnp.sin(angle)


def _complex_normal(first, second):
    return lax.complex(*box_muller(first, second))


@checked(source=RandomStream, count=Integer(1))
def complex_normals(source: RandomStream, count: int):
    r"""Return `count` pairs of standard normals, each pair as $\sqrt{-2\log u}\,e^{2\pi i v}$."""
    if jnp.result_type(float) == jnp.float32:
        # One complex array is one result. XLA computes every result of a fusion separately, so two
        # real arrays would make it draw the words twice.
        return source.map_blocks(_complex_normal, count)
    u = uniforms(source.key, 2 * count)
    return lax.complex(*polar(u[:count], u[count:]))


def _check_shape(name: str, shape) -> None:
    if not isinstance(shape, tuple) or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise ValueError(f"{name} must be a tuple of sizes such as (3,), got {shape!r}")


@checked(key=check_typed_key, shape=_check_shape)
def normal(key, shape=()):
    """Return independent standard normals of the default float type.

    References:
        Box and Muller, Ann. Math. Stat. 29:610 (1958).
    """
    count = math.prod(shape)
    half = (count + 1) // 2
    if jnp.result_type(float) == jnp.float32:
        drawn = words(key, 2 * half)
        # Cosines first, then sines: interleaving the pairs would cost a transposition.
        z = jnp.concatenate(box_muller(drawn[:half], drawn[half:]))
    else:
        u = uniforms(key, 2 * half)
        z = jnp.concatenate(polar(u[:half], u[half:]))
    return z[:count].reshape(shape)
