r"""Log chi-square and log gamma variates with a traced shape parameter.

The quantile map $z \mapsto \log(F_\nu^{-1}(\Phi(z))/\nu)$ is a smooth function of z and
$\nu^{-1/2}$. It is tabulated once as a two-dimensional Chebyshev series. So a draw is one normal
and a short polynomial, without rejection, and the degrees of freedom stay traced: a change of n
does not compile again. The error of the map is at most `LOG_CHI2_TOLERANCE` for $|z|\le6.8$ and
$1\le\nu\le10^6$, so the law that is drawn is within $10^{-6}\sqrt{\nu/4\pi}$ of the exact one in
Kolmogorov's distance. `log_chi2_by_rejection` is the reference without an approximation.
"""

import jax
import jax.numpy as jnp
from jax import lax

from .._keys import check_typed_key, fold_in
from ..arguments import arrays, checked
from ..domains import POSITIVE, REAL, Real
from .chi2_series import FEW, MANY, MORE, REACH, SMOOTH, SWITCH, Region, series
from .normal import normal, uniforms

LOG_CHI2_TOLERANCE = 1e-6


def _coefficients(region: Region, dof, dtype):
    """Return coefficients along z at given degrees of freedom, shape (degree + 1, *dof.shape)."""
    table = series()[region.name]
    left, right = region.high**-0.5, region.low**-0.5
    h = lax.rsqrt(dof)
    u = 2 * (h - left) / (right - left) - 1
    terms = [jnp.ones_like(u), u]
    for _ in range(region.order - 1):
        terms.append(2 * u * terms[-1] - terms[-2])
    columns = jnp.asarray(table, dtype).reshape(*table.shape, *(1,) * jnp.ndim(h))
    return h[None] * sum(columns[:, k] * term[None] for k, term in enumerate(terms))


def _few(z, dof):
    """Evaluate the long series of few degrees of freedom by Clenshaw's recurrence."""
    # Clipped to the region of the series: `where` picks the value afterwards, but both are
    # computed.
    coefficients = _coefficients(FEW, jnp.clip(dof, 1.0, SWITCH), z.dtype)
    x = 2 * z / REACH
    # Powers of z would cancel catastrophically at degree 40; Clenshaw's recurrence does not.
    ahead, last = jnp.zeros_like(z), jnp.zeros_like(z)
    for j in range(FEW.degree, 0, -1):
        ahead, last = coefficients[j] + x * ahead - last, ahead
    return coefficients[0] + 0.5 * x * ahead - last


def _horner(region: Region, z, dof):
    """Evaluate the short series of more degrees of freedom by Horner's rule."""
    coefficients = _coefficients(region, jnp.maximum(dof, region.low), z.dtype)
    x = z / REACH
    value = coefficients[-1]
    for j in range(region.degree - 1, -1, -1):
        value = value * x + coefficients[j]
    return value


@checked(z=arrays(REAL), dof=arrays(Real(1.0)))
def log_chi2_from_normal(z, dof):
    r"""Turn a standard normal into $\log\chi^2_\nu$ by the quantile map."""
    z = jnp.asarray(z)
    return log_mean_square_from_normal(z, dof) + jnp.log(jnp.asarray(dof, z.dtype))


# A program of its own, so that JAX traces the polynomial once per shape instead of at every use.
# The XLA compiler inlines it: the bits stay the same.
@jax.jit
def log_mean_square_from_normal(z, dof):
    r"""Turn a standard normal into $\log(\chi^2_\nu/\nu)$ by the quantile map.

    Args:
        z: standard normals, any shape of at most one axis.
        dof: degrees of freedom $\nu \ge 1$, of the same shape, may be traced and need not be
            integers.
    """
    dof = jnp.asarray(dof, z.dtype)

    def many(z, dof):
        return _horner(MANY, z, dof)

    def more(z, dof):
        return jnp.where(dof < SMOOTH, _horner(MORE, z, dof), many(z, dof))

    def few(z, dof):
        return jnp.where(dof < SWITCH, _few(z, dof), more(z, dof))

    # A branch, not only `where`: with all degrees of freedom above 32, the usual case, neither of
    # the longer series is evaluated. The least of a batch decides, so that a branch stays a branch
    # where `dof` is shared by all lanes.
    least = jnp.min(dof)
    regime = (least < SMOOTH).astype(jnp.int32) + (least < SWITCH).astype(jnp.int32)
    return lax.switch(regime, (many, more, few), z, dof)


@checked(key=check_typed_key, dof=Real(1.0))
def log_chi2(key, dof):
    r"""Draw one $\log\chi^2_\nu$ variate, $\nu \ge 1$."""
    return log_chi2_from_normal(normal(key), dof)


@checked(key=check_typed_key, dof=POSITIVE)
def log_chi2_by_rejection(key, dof):
    r"""Draw one $\log\chi^2_\nu$ variate, $\nu>0$, exactly.

    This is the reference for `log_chi2`, several times slower. With $a=\nu/2$ (plus one if below
    one), $d=a-\frac13$ and $v=(1+x/\sqrt{9d})^3$ for a normal x, $dv$ is a gamma variate if $\log u
    < x^2/2 + d(1 - v + \log v)$.

    References:
        Marsaglia, Tsang, ACM Trans. Math. Softw. 26:363 (2000).
    """
    shape = 0.5 * jnp.asarray(dof, jnp.result_type(float))
    d = jnp.where(shape < 1, shape + 1, shape) - 1 / 3

    def propose(state):
        attempt, _, _ = state
        own = fold_in(key, attempt)
        x = normal(fold_in(own, 0))
        t = x / jnp.sqrt(9 * d)
        root = jnp.log1p(jnp.maximum(t, -0.999999))
        # The published condition, expanded: 1 - v + log v as written cancels for large d.
        margin = 0.5 * x * x + d * (3 * (root - t) - t * t * (3 + t))
        accepted = (t > -0.999999) & (jnp.log(uniforms(fold_in(own, 1), 1)[0]) < margin)
        return attempt + 1, 3 * root, accepted

    _, log_v, _ = lax.while_loop(
        lambda state: ~state[2],
        propose,
        (jnp.uint32(1), jnp.zeros_like(d), jnp.zeros_like(d, bool)),
    )
    # A gamma variate of shape a < 1 is one of shape a + 1 times u^(1/a).
    boost = jnp.where(
        shape < 1, jnp.log(uniforms(fold_in(key, 0), 1)[0]) / jnp.minimum(shape, 1), 0.0
    )
    return jnp.log(2 * d) + log_v + boost


@checked(key=check_typed_key, shape=POSITIVE)
def log_gamma(key, shape):
    r"""Draw the logarithm of a gamma variate of shape $a > 0$ and scale 1.

    It is $\chi^2_{2a}/2$; for $a < \frac12$, outside the range of the quantile map, JAX's sampler
    by rejection is used.
    """
    shape = jnp.asarray(shape, jnp.result_type(float))
    return lax.cond(
        shape < 0.5,
        lambda: jax.random.loggamma(key, jnp.minimum(shape, 0.5)),
        lambda: log_chi2(key, jnp.maximum(2 * shape, 1.0)) - jnp.log(2.0).astype(shape.dtype),
    )
