"""Bare kernels: the shortest program that makes the same draws and the same sums, with no
recursion, records or provenance.

They say what the public API costs on top. Each factory returns a call that runs `generations` of
`replicas` on every core.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
from jax import lax

from jaxcollapse._keys import threefry2x32
from jaxcollapse.engine.programs import WIDE
from jaxcollapse.sampling import log_chi2_from_normal
from jaxcollapse.sampling.binomial import binomial_of_seed
from jaxcollapse.sampling.normal import box_muller

LANES = 1 << 13
CIPHER = 0, 1


def _over_tiles(begin, step, shown, generations: int, replicas: int):
    @lambda run: jax.jit(run, compiler_options=WIDE)
    def tile(first):
        lanes = first + jnp.arange(LANES, dtype=jnp.uint32)
        cipher = tuple(map(jnp.uint32, CIPHER))

        def one(state, t):
            values = shown(state)
            return step(state, cipher, t, lanes), [
                (jnp.sum(value), jnp.sum(value * value)) for value in values
            ]

        return lax.scan(one, begin(), jnp.arange(1, generations + 1, dtype=jnp.uint32))[1]

    def run():
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(
                pool.map(
                    lambda first: jax.block_until_ready(tile(first)), range(0, replicas, LANES)
                )
            )

    return run


def gaussian(n: int, generations: int, replicas: int):
    """Mean and log-variance in one complex number; both moments are summed every generation."""
    freedom = jnp.float32(n - 1)

    def step(state, cipher, t, lanes):
        z, y = box_muller(*threefry2x32(cipher, t, lanes))
        mean = state.real + jnp.exp(0.5 * state.imag) * z * jnp.float32(n**-0.5)
        return lax.complex(mean, state.imag + log_chi2_from_normal(y, freedom) - jnp.log(freedom))

    return _over_tiles(
        lambda: jnp.zeros(LANES, jnp.complex64),
        step,
        lambda state: (state.real, jnp.exp(state.imag)),
        generations,
        replicas,
    )


def two_types(n: int, generations: int, replicas: int):
    """A binomial count a generation; the share is summed every generation."""
    draw = jax.vmap(
        lambda cipher, t, lane, share: binomial_of_seed((*cipher, t, lane), n, share),
        in_axes=(None, None, 0, 0),
    )

    def step(share, cipher, t, lanes):
        return draw(cipher, t, lanes, share).astype(jnp.float32) / n

    return _over_tiles(
        lambda: jnp.full(LANES, 0.5, jnp.float32),
        step,
        lambda share: (share,),
        generations,
        replicas,
    )
