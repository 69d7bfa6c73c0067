"""Factors of singular and regular matrices against float64 products."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcollapse.numerics import triangular as _linear


def dead_columns(d):
    """Every set of singular directions, and every number of columns that A has left."""
    return itertools.product(itertools.product((False, True), repeat=d), range(d + 1))


def case(rng, dead, rank):
    """Log diagonal and below of L, logarithms of the diagonal and below of A; columns of A from
    `rank` on are dead.
    """
    d, pairs = len(dead), len(dead) * (len(dead) - 1) // 2
    log_scale = np.where(np.arange(d) < rank, rng.normal(0, 0.5, d), -np.inf)
    return (
        np.where(dead, -np.inf, rng.normal(0, 2, d)),
        rng.normal(0, 1, pairs),
        log_scale,
        rng.normal(0, 1, pairs),
    )


def product(log_diagonal, below, log_scale, lower):
    """L A A^T L^T in float64; a dead column of A is zero."""
    d = len(log_diagonal)
    a = np.diag(np.exp(log_scale))
    a[_linear.lower_indices(d)] = lower
    a[:, np.isneginf(log_scale)] = 0
    factor = _linear.unit_lower(below) @ np.diag(np.exp(log_diagonal)) @ a
    return factor @ factor.T


@pytest.mark.parametrize("d", [2, 3, 4])
def test_factor_of_a_product_has_the_product_whichever_columns_are_singular(d):
    rng = np.random.default_rng(0)
    cases = [case(rng, np.array(dead), rank) for dead, rank in dead_columns(d)]
    together = [jnp.asarray(np.stack(part, axis=-1)) for part in zip(*cases, strict=True)]
    log_scale, below = jax.jit(_linear.ldl_times_lower)(*together)
    log_diagonal = together[0] + log_scale
    for i, each in enumerate(cases):
        want = product(*each)
        found = np.asarray(_linear.ldl_product(log_diagonal[:, i], below[:, i]))
        np.testing.assert_allclose(found, want, atol=1e-5 * max(np.abs(want).max(), 1e-30))


def test_factor_of_a_product_beyond_the_unrolled_sizes_and_without_trailing_axes():
    rng, d = np.random.default_rng(1), _linear.UNROLLED + 2
    dead = np.isin(np.arange(d), (0, 4, 5, d - 1))
    each = case(rng, dead, d - 2)
    log_scale, below = _linear.ldl_times_lower(*map(jnp.asarray, each))
    found = _linear.ldl_product(each[0] + log_scale, below)
    want = product(*each)
    np.testing.assert_allclose(found, want, atol=2e-5 * np.abs(want).max())
