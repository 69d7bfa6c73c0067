"""Regressions do not depend on units of inputs, and refuse those beyond single precision."""

import jax
import numpy as np
import pytest
from marks import every_third

import jaxcollapse as jc

# Powers of two: results are the same bits after the unit is taken off.
UNITS = [2.0**-40, 2.0**-17, 2.0**23, 2.0**40]
ROWS = np.random.default_rng(0).normal(size=(30, 3)) + np.array([1.0, 0.0, 0.0])
WEIGHTS = np.array([0.4, 0.8, -0.5])


def weights_of(family, units, workflow=None, carrier="auto"):
    r = jc.Recursion(family, workflow or jc.Replace(), truth=family.params(WEIGHTS / units), n=60)
    run = jc.simulate(jax.random.key(1), r, generations=4, replicas=8, carrier=carrier)
    return np.asarray(run.params.weights, float)[:, 1:] * units


def linear(estimator):
    def family(units):
        return jc.LinearRegression(jc.FixedDesign(ROWS * units), estimator, noise=0.3)

    return family


def logistic(units):
    return jc.LogisticRegression(jc.FixedDesign(ROWS * units))


def covariance(units):
    return np.outer(units, units) * np.array([[2.0, 0.3, 0.0], [0.3, 1.0, 0.2], [0.0, 0.2, 0.5]])


DESIGNS = {
    "linear, given rows": linear(jc.LeastSquares()),
    "linear, fresh": lambda u: jc.LinearRegression(jc.GaussianDesign(covariance(u))),
    "linear, shared": lambda u: jc.LinearRegression(jc.SharedDesign(covariance(u))),
    "blended": lambda u: jc.BlendedRegression(0.4, jc.FixedDesign(ROWS * u)),
    "averaged": lambda u: jc.AveragedRegression(jc.GaussianDesign(covariance(u))),
    "logistic": logistic,
}


@pytest.mark.parametrize("name", every_third(DESIGNS))
def test_units_of_single_inputs_do_not_matter(name):
    units = np.array([UNITS[0], 1.0, UNITS[3]])
    plain, scaled = (weights_of(DESIGNS[name](u), u) for u in (np.ones(3), units))
    np.testing.assert_allclose(scaled, plain, rtol=2e-5)


@pytest.mark.parametrize("name", ["linear, given rows", "logistic"])
def test_units_that_are_no_powers_of_two_do_not_matter(name):
    units = np.array([1e-12, 2.54, 1e12])
    plain, scaled = (weights_of(DESIGNS[name](u), u) for u in (np.ones(3), units))
    np.testing.assert_allclose(scaled, plain, rtol=2e-3, atol=2e-3)


def test_the_shortest_weights_depend_on_relative_units_alone():
    family = linear(jc.MinimumNorm())
    plain, scaled = (weights_of(family(u), u) for u in (1.0, UNITS[2]))
    np.testing.assert_allclose(scaled, plain, rtol=2e-5)


@pytest.mark.parametrize(("size", "refused"), [(1e-15, False), (1e-16, True), (1e16, True)])
def test_units_beyond_single_precision_are_refused_by_name(size, refused):
    for make in (
        lambda: jc.FixedDesign(ROWS / np.abs(ROWS).max(axis=0) * size),
        lambda: jc.GaussianDesign(np.eye(3) * size**2),
        lambda: jc.SharedDesign(np.eye(3) * size**2),
    ):
        if refused:
            with pytest.raises(ValueError, match="must have inputs of sizes in"):
                make()
        else:
            make()
