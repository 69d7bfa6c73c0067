"""Panels: a true law agrees, a wrong one differs, and a mean on rare replicas is not resolved."""

import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.figures.panels import (
    draw_curve,
    draw_panel,
    panel,
    panel_of_law,
    panel_of_values,
    tabulated,
)
from jaxcollapse.quantities.estimates import most_skewness
from jaxcollapse.quantities.significance import allowed_sigmas

T = np.arange(3)


@pytest.fixture(scope="module")
def values():
    return np.random.default_rng(0).normal([0.0, 1.0, 2.0], [0.0, 1.0, 1.0], size=(4000, 3))


def test_a_true_law_agrees_and_a_wrong_one_differs(values):
    right = panel_of_values("mean", T, values, T.astype(float)).row()
    wrong = panel_of_values("mean", T, values, [0.0, 1.0, 2.2]).row(reported=2.1)
    assert (right.verdict, right.law, right.reported) == ("agrees", 2.0, None)
    assert (wrong.verdict, wrong.reported) == ("differs at t=2", 2.1)
    assert wrong.p < 1e-7 < right.p


def test_a_point_is_judged_alone(values):
    shown = panel_of_values("mean", T, values, [0.0, 1.0, 2.2])
    assert shown.row(t=1).verdict == "agrees"
    assert shown.row(t=1).what == "mean, t=1"


def test_a_mean_on_replicas_rarer_than_there_are_is_not_resolved():
    heavy = np.exp(4 * np.random.default_rng(1).normal(size=(4000, 1)))
    row = panel_of_values("mean", [1], heavy, [np.exp(8.0)]).row()
    assert row.simulated < np.exp(8.0)
    assert (row.p, row.verdict) == (None, "not resolved")


def test_few_replicas_are_judged_by_student_s_law():
    few = np.array([[0.0], [1.0], [2.0]])
    row = panel_of_values("mean", [1], few, [9.0]).row()
    assert row.verdict == "agrees"
    assert 0.001 < row.p < 0.05


def test_the_skewness_that_hides_every_deviation_is_that_of_the_edgeworth_bound():
    z = np.linspace(0.0, 40.0, 100_001)
    for entries in (1, 100):
        allowed = allowed_sigmas(entries)
        s = most_skewness(allowed)
        np.testing.assert_allclose((z**2 / 2 - s * z**3 / 3).max(), allowed**2 / 2, rtol=1e-6)


def test_a_root_mean_square_has_the_error_of_its_square(values):
    shown = panel_of_values("square", T, values**2, [0.0, 2.0, 5.0]).root()
    np.testing.assert_allclose(shown.law, np.sqrt([0.0, 2.0, 5.0]))
    assert shown.error[0] == 0.0
    assert shown.row().verdict == "agrees"


def test_a_panel_asks_predict_for_its_law_and_goes_on_without_a_run(key):
    recursion = jc.Recursion(
        jc.Gaussian(ddof=0), jc.AccumulateSubsample(), truth=jc.Gaussian.params(0.0, 1.0), n=10
    )
    run = jc.simulate(key, recursion, generations=2, replicas=256, observe=jc.variance)
    shown = panel(run, jc.E(jc.variance), t=[0, 1, 2, 5])
    np.testing.assert_allclose(
        shown.law, jc.predict(jc.E(jc.variance), recursion, np.array(shown.t))
    )
    assert np.isnan(shown.simulated).tolist() == [False, False, False, True]
    assert np.isnan(panel(run, jc.Quantile(jc.variance, 0.3)).law).all()


def test_panels_are_tabulated_by_their_coordinates(values):
    panels = [
        panel_of_values("mean", T, values, T.astype(float), {"n": 10}),
        panel_of_law("mean", [2, 7], [2.0, 7.0], {"n": 20}),
    ]
    data = tabulated(panels)
    assert dict(data.sizes) == {"n": 2, "t": 4}
    assert float(data.law.sel(n=20, t=7)) == 7.0
    assert np.isnan(data.simulated.sel(n=20)).all()
    assert np.isfinite(data.simulated.sel(n=10, t=2))


def hollow_and_filled(axis):
    """The places of the hollow dots and of the filled ones that have errors."""
    dots = {"w": [], "C1": []}
    for bars in axis.containers:
        dots[bars.lines[0].get_markerfacecolor()] += list(bars.lines[0].get_xdata())
    return dots["w"], dots["C1"]


@pytest.mark.parametrize("draw", [draw_curve, draw_panel])
def test_a_dot_is_hollow_where_its_error_cannot_be_trusted(draw):
    from matplotlib.figure import Figure

    light, heavy = np.random.default_rng(1).normal(size=(2, 4000))
    values = np.stack([np.zeros(4000), light, np.exp(4 * heavy)], axis=1)
    law = [0.0, 0.0, np.exp(8.0)] if draw is draw_panel else None
    axis = Figure().subplots()
    draw(axis, tabulated([panel_of_values("mean", T, values, law)]), "C1")
    assert hollow_and_filled(axis) == ([2], [0, 1])
