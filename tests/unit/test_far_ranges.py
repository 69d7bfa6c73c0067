"""Laws far from their typical ranges: few ancestors late, mixtures of unlike widths, long runs."""

import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.numerics import coalescent
from jaxcollapse.testing.points import points_of
from jaxcollapse.theory.loops.error_sources import _divergence


@pytest.mark.parametrize("n", [7, 300])
def test_a_leap_of_the_chain_of_ancestors_is_many_steps(n):
    """Every fit asked for is a step at a time; two fits asked for are a leap."""
    p, last = [0.46, 0.27, 0.15, 0.12], 1500
    every = coalescent.expected_support(n, np.arange(last + 1), p)
    leapt = coalescent.expected_support(n, [500, last], p)
    np.testing.assert_allclose(leapt, every[[500, last]], rtol=1e-11)
    assert coalescent.expected_support(n, 2**31 - 1, p) == pytest.approx(1, abs=1e-12)


def test_the_divergence_of_a_mixture_of_unlike_widths_is_exact():
    """A component alone has a closed form; components far apart add their entropies."""
    alone = _divergence(1.0, 2.0, 1e-4, 0.7, 2.0)
    ratio = 1e-8 / 2.0
    assert alone == pytest.approx(0.5 * (ratio - 1 - np.log(ratio) + 1.3**2 / 2), rel=1e-11)
    apart = _divergence(0.3, 1e4, 5.0, 0.0, 1.0)
    entropy = 0.7 * np.log(0.7) + 0.3 * np.log(0.3)
    second = 0.5 * (25 - 1 - np.log(25) + 1e8)
    assert apart == pytest.approx(entropy + 0.3 * second, rel=1e-11)


@pytest.mark.parametrize(
    "name",
    [
        "linear-regression-accumulate-schedule-excess-risk",
        "regression-replace-schedule-excess-risk",
        "linear-regression-ridge-replace-excess-risk",
        "linear-regression-fixed-any-excess-risk",
    ],
)
def test_a_run_that_is_too_long_for_a_sum_is_refused_by_name(name):
    law = jc.law_named(name)
    many = (each for each in points_of(law, large=True) if np.all(each["recursion"].n == 1000))
    point = next(many) | {"t": 2**31 - 1}
    with pytest.raises(ValueError, match=f"(?s){name}.*t must be at most"):
        law(**point)
