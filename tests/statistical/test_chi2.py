"""The quantile polynomial of log chi-square beside rejection, which is exact in law, and its
certified bound.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jaxcollapse import sampling
from jaxcollapse._keys import fold_in
from jaxcollapse.quantities.significance import FALSE_ALARM
from jaxcollapse.sampling.chi2 import log_mean_square_from_normal
from jaxcollapse.sampling.chi2_series import FEW, MANY, MORE, fitted, quantile_map, series

DRAWS = 1 << 16
EDGES = (1.0, 1.7, 4.99, 5.0, 9.0, 31.9, 32.0, 40.0, 99.0, 1e3, 1e6)


@partial(jax.jit, static_argnums=0)
def drawn(sampler, key, dof):
    return jax.vmap(lambda i: sampler(fold_in(key, i), dof))(jnp.arange(DRAWS, dtype=jnp.uint32))


@pytest.mark.parametrize("dof", [0.6, 1.0, 2.5, 9.0, 99.0, 1e4])
def test_rejection_and_the_polynomial_draw_one_law(dof, key):
    exact = np.asarray(drawn(sampling.log_chi2_by_rejection, key, jnp.float32(dof)), float)
    assert stats.kstest(np.exp(exact), stats.chi2(float(np.float32(dof))).cdf).pvalue > FALSE_ALARM
    if dof >= 1:
        quick = np.asarray(drawn(sampling.log_chi2, fold_in(key, 1), jnp.float32(dof)), float)
        assert stats.ks_2samp(exact, quick).pvalue > FALSE_ALARM
    wrong = np.asarray(
        drawn(sampling.log_chi2_by_rejection, key, jnp.float32(dof + 0.15 * max(dof, 1.0) ** 0.5)),
        float,
    )
    assert stats.kstest(np.exp(wrong), stats.chi2(dof).cdf).pvalue < FALSE_ALARM, (
        "the draws see a tenth of a standard deviation"
    )


def test_the_polynomial_keeps_its_bound_at_the_edges_of_its_regions():
    z = np.linspace(-6.8, 6.8, 801)
    with jax.enable_x64(True):
        mapped = jax.jit(jax.vmap(log_mean_square_from_normal, in_axes=(0, None)))
        for dof in EDGES:
            found = np.asarray(mapped(jnp.asarray(z), jnp.float64(dof)))
            assert np.max(np.abs(found - quantile_map(z, dof))) < sampling.LOG_CHI2_TOLERANCE


def test_single_precision_moves_the_polynomial_by_a_few_last_places():
    z = np.linspace(-6.8, 6.8, 801).astype(np.float32)
    mapped = jax.jit(jax.vmap(log_mean_square_from_normal, in_axes=(0, None)))
    for dof in EDGES:
        exact = quantile_map(z.astype(float), float(np.float32(dof)))
        error = np.abs(np.asarray(mapped(jnp.asarray(z), jnp.float32(dof)), float) - exact)
        assert np.max(error) < sampling.LOG_CHI2_TOLERANCE + 8 * np.spacing(
            np.float32(np.max(np.abs(exact)))
        )


@pytest.mark.parametrize("region", [FEW, MORE, MANY], ids=lambda each: each.name)
def test_the_shipped_series_is_the_fitted_one(region):
    shipped, found = series()[region.name], fitted(region)
    assert shipped.shape == found.shape == (region.degree + 1, region.order + 1)
    # Other libraries of linear algebra round otherwise.
    np.testing.assert_allclose(shipped, found, rtol=1e-6, atol=1e-9)
