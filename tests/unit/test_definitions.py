"""Definitions of collapse: what they say of laws, of runs, and of what they do not speak about."""

import matplotlib
import numpy as np
import pytest
from marks import first

import jaxcollapse as jc
from jaxcollapse.analysis.definitions import FALSE_ALARM, page, quantities_of, risk
from jaxcollapse.figures import definitions as figure
from jaxcollapse.quantities.significance import allowed_sigmas

LAST = 24
CATEGORICAL = jc.Categorical.params([0.3, 0.25, 0.2, 0.13, *[0.02] * 6])


def recursion(workflow, n=12, **extra):
    return jc.Recursion(jc.Categorical(), workflow, truth=CATEGORICAL, n=n, **extra)


def laws_of(workflow, fresh=0):
    found = {
        name: each.of_laws(
            *[recursion(workflow, 12 * scale, fresh=fresh * scale) for scale in each.scales],
            generations=LAST,
        )
        for name, each in jc.list_definitions().items()
    }
    return {name: finding.collapsed for name, finding in found.items() if finding is not None}


def test_there_are_eight():
    assert len(jc.list_definitions()) == 8


def test_the_page_shows_each_with_its_statistic_and_threshold():
    for each in jc.list_definitions().values():
        side = "above" if each.rises else "below"
        assert f"| `{each.name}` | {each.summary} | ${each.symbol}$ | {side} " in page()


def test_replacement_collapses_by_every_law_but_divergence():
    found = laws_of(jc.Replace())
    assert found == {
        "catastrophic-risk": True,
        "rising-risk": True,
        "diverging-risk": False,
        "changed-scaling-law": True,
        "collapsing-variance": True,
        "lost-modes": True,
        "lost-tail": True,
    }


def test_accumulation_collapses_by_one_definition_and_fresh_data_by_none():
    accumulated = laws_of(jc.Accumulate())
    assert [name for name, collapsed in accumulated.items() if collapsed] == ["rising-risk"]
    refreshed = laws_of(jc.Refresh(), fresh=12)
    assert refreshed
    assert not any(refreshed.values())


def test_real_data_that_do_not_grow_with_n_change_the_scaling_law():
    scaling = jc.list_definitions()["changed-scaling-law"]
    fixed = [recursion(jc.Refresh(), 12 * scale, fresh=12) for scale in scaling.scales]
    assert scaling.of_laws(*fixed, generations=LAST).collapsed


@pytest.mark.parametrize(
    "workflow", first([jc.Replace(), jc.Accumulate()]), ids=lambda w: type(w).__name__
)
def test_runs_say_what_laws_say(workflow, key):
    recursions = [recursion(workflow, 12 * scale) for scale in (1, 2)]
    metrics = [quantity.metric for quantity in quantities_of(jc.Categorical())]
    runs = [
        jc.simulate(key, each, generations=LAST, replicas=4000, observe=metrics)
        for each in recursions
    ]
    compared = 0
    for each in jc.list_definitions().values():
        exact = each.of_laws(*recursions[: len(each.scales)], generations=LAST)
        if exact is not None:
            simulated = each.of_runs(*runs[: len(each.scales)])
            assert (
                abs(simulated.statistic - exact.statistic)
                < allowed_sigmas(14) * simulated.error + 1e-6
            )
            assert simulated.collapsed in (exact.collapsed, None)
            compared += 1
    assert compared >= 6


def test_nothing_is_said_where_nothing_is_meant(key):
    gaussian = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.7, 1.7), n=9)
    modes, tail = jc.list_definitions()["lost-modes"], jc.list_definitions()["lost-tail"]
    assert modes.of_laws(gaussian, generations=4) is None
    assert modes.of_runs(jc.simulate(key, gaussian, generations=4, replicas=50)) is None
    assert tail.of_laws(gaussian, generations=4) is None
    assert risk(jc.MultivariateGaussian()) is None


def test_verdicts_near_the_threshold_stay_open():
    rising = jc.list_definitions()["rising-risk"]
    curve, sigmas = np.array([0.0, 1.0, 1.1]), allowed_sigmas(1, FALSE_ALARM)
    for error, verdict in ((0.0, True), (0.09 / sigmas / 2.1, True), (0.1 / sigmas, None)):
        assert rising.find([curve], [np.full(3, error)]).collapsed is verdict
    assert rising.find([np.array([0.0, 1.0, 1.0])]).collapsed is False


def test_mass_outside_is_the_mass_of_the_truth_at_the_truth():
    gaussian, poisson = jc.Gaussian.params(0.7, 1.7), jc.Poisson().params(0.4)
    np.testing.assert_allclose(jc.outside(0.01)(jc.Gaussian(), gaussian, gaussian), 0.01, rtol=1e-4)
    np.testing.assert_allclose(jc.outside(0.01)(jc.Poisson(), poisson, poisson), 0.00793, rtol=1e-3)
    assert float(jc.outside(0.01)(jc.Poisson(), jc.Poisson().params(0.0), poisson)) < 1e-6


def test_the_picture_shows_every_finding():
    import xarray as xr

    family, truth = figure.FAMILIES["Categorical"]
    names = list(jc.list_definitions())
    rows = np.array(
        list(
            figure._statistics(
                family, [jc.Recursion(family, jc.Replace(), truth=truth, n=n) for n in (16, 32)], 0
            )
        )
    )
    assert np.isfinite(rows[:, 0]).sum() == 7
    assert np.isnan(rows[:, 1:]).all()
    rows[1, 1:] = rows[1, 0], 0.01, 1.0
    axes = ("family", "scenario", "definition")
    data = {part: (axes, rows[None, None, :, i]) for i, part in enumerate(figure.PARTS)}
    coordinates = {"family": ["Categorical"], "scenario": ["replace"], "definition": names}
    matplotlib.use("Agg")
    drawn = figure.draw(xr.Dataset(data | {"n": ((), 16), "generations": ((), 40)}, coordinates))
    shown = [text.get_text() for text in drawn.axes[0].texts]
    assert len(drawn.axes[0].patches) == 7
    assert len(drawn.axes[0].lines) == 1
    assert shown.count("·") == 1
    matplotlib.pyplot.close(drawn)
