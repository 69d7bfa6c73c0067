"""Laws of the Gaussian's variance against SciPy where one factor is left."""

import numpy as np
import pytest
from scipy.stats import chi2

import jaxcollapse as jc

X = np.linspace(-6.0, 2.0, 401)


@pytest.mark.parametrize("n", [2, 3, 12])
@pytest.mark.parametrize("ddof", [0, 1])
@pytest.mark.parametrize(
    "name", ["gaussian-replace-log-variance-law", "gaussian-accumulate-log-variance-law"]
)
def test_one_fit_has_a_scaled_chi_square(name, n, ddof):
    values = jc.law_named(name).body(np, X, n, 1, ddof)
    np.testing.assert_allclose(values, chi2.cdf(np.exp(X) * (n - ddof), n - 1), atol=2e-4)


def test_the_law_says_what_survival_says():
    survival = jc.law_named("gaussian-replace-survival")(
        n=9, t=5, threshold=0.6, ddof=1, variance=1.0
    )
    value = jc.law_named("gaussian-replace-log-variance-law").body(
        np, np.array([2 * np.log(0.6)]), 9, 5, 1
    )
    np.testing.assert_allclose(1 - value, survival, atol=1e-4)
