"""Conjugate priors of every quadratic variance function: mean and spread by integrating their
distribution functions.
"""

import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.space.examples import example_truth
from jaxcollapse.theory.means.stationary import conjugate_prior
from jaxcollapse.theory.variance_function import VarianceFunction

FAMILIES = [
    jc.NormalMean(1.7),
    jc.Bernoulli(),
    jc.Binomial(3),
    jc.Poisson(),
    jc.Gamma(2.5),
    jc.NegativeBinomial(3.0),
    jc.HyperbolicSecant(2),
]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: type(family).__name__)
def test_the_prior_has_the_mean_and_the_variance_that_the_variance_function_gives(family):
    truth = example_truth(family)
    mean = float(np.exp(truth.log_mean) if hasattr(truth, "log_mean") else truth.mean)
    v0, v1, v2 = (float(v) for v in family.variance_function)
    n0, start = 40.0, v0 + mean * (v1 + v2 * mean)
    spread = start / (n0 - v2)
    x = mean + np.sqrt(spread) * np.linspace(-12, 40, 200_001)
    cdf = np.asarray(conjugate_prior(mean, n0, VarianceFunction(v0, v1, v2)).cdf(x))
    mass, middle = np.diff(cdf), 0.5 * (x[1:] + x[:-1])
    np.testing.assert_allclose(mass.sum(), 1, atol=1e-6)
    np.testing.assert_allclose(mass @ middle, mean, rtol=1e-4)
    np.testing.assert_allclose(mass @ (middle - mean) ** 2, spread, rtol=2e-3)
