"""Results do not depend on unit and origin: a run is made in the frame of its truth.

What is left to show is that the frame of a moved and scaled recursion is the same, number by
number, and that every metric says rightly how its value changes.
"""

import math

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marks import every_third

import jaxcollapse as jc
from jaxcollapse.engine.frames import frame_of, seen_from
from jaxcollapse.engine.plan import Plan
from jaxcollapse.families import Frame
from jaxcollapse.metrics.base import REGISTRY
from jaxcollapse.metrics.samples import Compared
from jaxcollapse.space.examples import example_truth

# Other tests register metrics of their own; these are the ones that the package ships.
SHIPPED = tuple(REGISTRY.values())
FAMILIES = {
    "gaussian": jc.Gaussian(),
    "damped-gaussian": jc.DampedGaussian(0.4),
    "laplace": jc.Laplace(),
    "logistic": jc.Logistic(),
    "median-location": jc.MedianLocation(),
    "mixture": jc.GaussianMixture(),
    "normal-mean": jc.NormalMean(1.3),
    "remembering-mean": jc.RememberingMean(known_variance=1.3),
    "debiased-mean": jc.DebiasedMean(known_variance=1.3),
    "shifted-exponential": jc.ShiftedExponential(),
    "multivariate-gaussian": jc.MultivariateGaussian(),
    "probabilistic-pca": jc.ProbabilisticPCA(),
    "kernel-density": jc.KernelDensity(),
    "kernel-density-scott": jc.KernelDensity(bandwidth=jc.Scott()),
    "uniform": jc.Uniform(),
    "exponential": jc.Exponential(),
    "gamma": jc.Gamma(),
    "regression": jc.LinearRegression(noise=0.7),
    "averaged-regression": jc.AveragedRegression(noise=0.7),
    "blended-regression": jc.BlendedRegression(noise=0.7),
    "regression-risk": jc.RegressionRisk(noise=0.7),
}
# Their data have no origin that can be moved.
SCALED = "uniform exponential gamma regression averaged blended"
EPS = np.finfo(float).eps


def moved(name: str, offset: float, log_unit: float):
    """A recursion of data that are scaled, and moved by `offset` units."""
    family = FAMILIES[name]
    origin = 0.0 if name.split("-")[0] in SCALED.split() else offset * math.exp(log_unit)
    back = Frame(origin, log_unit, back=True)
    truth = example_truth(family).seen_from(back)
    return jc.Recursion(family.in_frame(back), jc.Replace(), truth=truth, n=12)


def framed(recursion):
    """The leaves of a recursion in its frame, and the frame."""
    frame = frame_of(recursion)
    assert frame is not None
    seen = seen_from(recursion, frame)
    return [np.asarray(leaf, float) for leaf in jax.tree.leaves((seen.family, seen.truth))], frame


@pytest.mark.parametrize("name", FAMILIES)
@given(st.floats(-30, 30), st.floats(-12, 12), st.sampled_from([-1, 1]))
def test_a_frame_does_not_depend_on_unit_and_origin(name, decades, reach, side):
    offset = side * 10.0**reach if abs(decades) > 6 else side * 10.0 ** abs(reach) * 20
    unit = math.log(10) * decades
    if name.split("-")[0] in SCALED.split() or name == "regression-risk":
        unit = math.copysign(max(abs(unit), 14.0), unit)
    standard, frame = framed(moved(name, 0.0, 60.0))
    seen, other = framed(moved(name, offset, unit))
    # The moved truth itself is rounded in double precision.
    rounding = 8 * EPS * (1 + abs(offset))
    for a, b in zip(standard, seen, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-12, atol=rounding)
    assert other.log_unit - frame.log_unit == pytest.approx(unit - 60.0, abs=rounding + 1e-13)


def test_runs_of_one_frame_have_the_same_bits():
    run = {"generations": 3, "replicas": 2}
    observed = [jc.mean, jc.mean_error, jc.variance, jc.kl, jc.w2, jc.mean > 1.7e9]
    standard = simulated(0.0, 1e60, **run)
    for mean, variance in ((1.7e9, 29.0**2), (1e12, 1.0), (3e42, 1e60), (1e-28, 1e-60)):
        other = simulated(mean, variance, **run)
        for a, b in zip(*map(jax.tree.leaves, (standard.framed, other.framed)), strict=True):
            np.testing.assert_array_equal(a, b)
        unit = math.sqrt(variance)
        moves = (other.params.mean - mean) / unit
        np.testing.assert_allclose(
            moves, standard.framed.mean, atol=4 * EPS * max(1.0, mean / unit)
        )
        np.testing.assert_allclose(other.values(jc.mean_error), variance * moves**2, rtol=1e-2)
        assert np.array_equal(other.values(jc.kl), standard.values(jc.kl))
    watched = simulated(1.7e9, 29.0**2, observe=observed, **run)
    np.testing.assert_array_equal(
        watched.observed["mean>1.7e+09"], watched.observed["mean"] > 1.7e9
    )
    assert watched.observed["mean-error"][:, -1].min() > 0


def simulated(mean, variance, **run):
    truth = jc.Gaussian.params(mean, variance)
    r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=truth, n=12)
    return jc.simulate(jax.random.key(3), r, **run)


def test_estimates_are_in_the_unit_of_the_data():
    truth = jc.Gaussian.params(1.7e9, 29.0**2)
    r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=truth, n=12)
    run = {"generations": 3, "replicas": 200}
    quantities = [jc.E(jc.mean), jc.Var(jc.mean), jc.E(jc.variance), jc.Quantile(jc.mean, 0.5)]
    quantities.append(jc.Histogram(jc.mean, 1.7e9 - 40, 1.7e9 + 40, 4))
    stored = jc.simulate(jax.random.key(3), r, observe=[jc.mean, jc.variance], **run)
    for quantity, found in zip(
        quantities, jc.estimate(jax.random.key(3), r, quantities, **run), strict=True
    ):
        np.testing.assert_allclose(found.value, quantity(stored).value, rtol=1e-6, atol=1e-9)


def pairs():
    """Every metric of known unit with a family that it has a formula for."""
    for name, family in FAMILIES.items():
        for metric in SHIPPED:
            formula = metric.formulas.dispatch(type(family))
            if (
                metric.unit
                and metric.applies_to(type(family))
                and not isinstance(formula, Compared)
            ):
                yield name, metric


@pytest.mark.parametrize("name", every_third(FAMILIES))
def test_metrics_say_their_units(name):
    """In double precision, where a moderate frame loses nothing."""
    if name == "remembering-mean":
        return
    family, truth = FAMILIES[name], example_truth(FAMILIES[name])
    scaled = name.split("-")[0] in SCALED.split() or name == "regression-risk"
    frame = Frame(0.0 if scaled else 5.0, math.log(3.0), whole="regression" not in name)
    model = truth.seen_from(Frame(0.0 if scaled else 0.2, math.log(0.8)))
    with jax.enable_x64(True):
        for metric in (each for which, each in pairs() if which == name):
            if metric.name == "in-sample-error":
                continue
            shift, factor = metric.unit.shift_and_factor(frame)
            expected = metric(family, model, truth)
            seen = metric(family.in_frame(frame), *(m.seen_from(frame) for m in (model, truth)))
            np.testing.assert_allclose(
                shift + factor * np.asarray(seen), expected, rtol=1e-9, err_msg=metric.name
            )


@pytest.mark.parametrize("metric", [jc.mmd, jc.energy_distance, jc.frechet, jc.coverage], ids=str)
def test_metrics_on_samples_say_their_units(metric):
    frame = Frame(0.0, 3 * math.log(2.0))
    truth, model = jc.Gaussian.params(0.2, 1.0), jc.Gaussian.params(0.5, 2.0)
    shift, factor = metric.unit.shift_and_factor(frame)
    seen = metric(jc.Gaussian(), model.seen_from(frame), truth.seen_from(frame))
    expected = metric(jc.Gaussian(), model, truth)
    np.testing.assert_allclose(shift + factor * float(seen), float(expected), rtol=1e-4)


def planned(family, truth, observe=None, **parts):
    r = jc.Recursion(family, jc.Replace(), truth=truth, n=12, **parts)
    return Plan.of(jax.random.key(0), r, 2, 3, "auto", observe, None)


def test_rules_are_seen_from_the_frame():
    """A rule of unknown unit keeps the run in the unit of its user."""
    truth = jc.Gaussian.params(1e9, 1e-6)
    near = jc.Top(jc.Closeness(1e9, 1e-3), 0.5)
    rule = planned(jc.Gaussian(), truth, selection=near).recursion.selection
    np.testing.assert_allclose([rule.reward.center, rule.reward.scale], [0.0, 1.0])
    judge = jc.Verify(jc.Within(1e9, 2e-3))
    rule = planned(jc.Gaussian(), truth, selection=judge).recursion.selection
    np.testing.assert_allclose([rule.judge.center, rule.judge.radius], [0.0, 2.0])
    tilt = planned(jc.Gaussian(), truth, decoding=jc.Tilt(jc.Slope(2.0))).recursion.decoding
    np.testing.assert_allclose(tilt.reward.slope, 2e-3)
    unknown = jc.Top(jc.Table([0.0, 1.0]), 0.5)
    assert planned(jc.Gaussian(), truth, selection=unknown).frame is None


def test_numbers_out_of_range_are_refused_by_name():
    far = jc.Gaussian.params(0.0, 1e200)
    with pytest.raises(ValueError, match="metric 'variance\\^4' must lie in the range of double"):
        planned(jc.Gaussian(), far, [jc.variance**4])
    with pytest.raises(ValueError, match=r"Recursion.truth.mean must lie within 3.4e\+38"):
        planned(jc.Poisson(), jc.Poisson().params(1e39))
    with pytest.raises(ValueError, match=r"Recursion.truth.mean must be 0 or at least 1.2e-38"):
        planned(jc.Poisson(), jc.Poisson().params(1e-39))
