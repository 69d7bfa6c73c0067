"""Poisson and negative binomial counts with traced parameters."""

import jax.numpy as jnp

from .._keys import check_typed_key, fold_in
from ..arguments import checked
from ..domains import POSITIVE, Real
from .chi2 import log_gamma
from .normal import uniforms
from .rejection import deviance, sequential_search, stirling, transformed_rejection

# Hörmann's algorithm PTRS is stated for rates from 10 on.
_LARGE = 10.0


@checked(key=check_typed_key, rate=Real(0.0))
def poisson(key, rate):
    r"""Draw one $\mathrm{Poisson}(\lambda)$ variate, a whole number as a float: no rate overflows.

    The law is exact in single precision: above $2^{24}$ whole numbers are those that it holds.
    """
    rate = jnp.asarray(rate).astype(jnp.result_type(float))
    large = rate >= _LARGE
    # Both branches are computed under `vmap`: harmless parameters keep the unused one finite.
    small_rate = jnp.where(large, 1.0, rate)
    few = sequential_search(
        uniforms(fold_in(key, 0), 1)[0],
        -jnp.expm1(-small_rate),
        small_rate * jnp.exp(-small_rate),
        lambda k: small_rate / (k + 1),
        ~large & (rate > 0),
    )
    many = _rejection(fold_in(key, 1), jnp.where(large, rate, 30.0), large)
    return jnp.where(large, many, few)


def _rejection(key, rate, active):
    # The constants below are those of PTRS (Hörmann 1993, Insurance Math. Econ. 12:39).
    root = jnp.sqrt(rate)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    mode = jnp.floor(rate)

    def log_mass(offset):
        k = mode + offset
        mass = -stirling(k) - deviance(k, (mode - rate) + offset, rate)
        return jnp.where(k >= 0, mass, -jnp.inf)

    log_hat = jnp.log(1.1239 + 1.1328 / (b - 3.4))
    center = (rate - mode) + 0.43
    drawn = transformed_rejection(
        key, (a, b), center, log_hat, 0.9277 - 3.6224 / (b - 2), log_mass, active
    )
    return mode + drawn


@checked(key=check_typed_key, size=POSITIVE, mean=Real(0.0))
def negative_binomial(key, size, mean):
    r"""Draw one variate with variance $\mu + \mu^2/r$, real size $r > 0$.

    It is Poisson with rate $\mu\,\Gamma(r)/r$ for a gamma variate $\Gamma(r)$.
    """
    size = jnp.asarray(size).astype(jnp.result_type(float))
    rate = jnp.exp(log_gamma(fold_in(key, 0), size) - jnp.log(size)) * mean
    return poisson(fold_in(key, 1), rate)
