"""Figures of the sources of error of nets: tables, drawings, and what pictures carry."""

import functools
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from marks import further
from scipy import stats

import jaxcollapse as jc
from jaxcollapse import figures, nets
from jaxcollapse.analysis.certificates import Certificate
from jaxcollapse.analysis.decomposition import subsets
from jaxcollapse.analysis.net_oracles import longer, wider
from jaxcollapse.analysis.oracles import SOURCES
from jaxcollapse.figures import sources_of_nets
from jaxcollapse.quantities.estimates import EVERYDAY
from jaxcollapse.quantities.significance import FALSE_ALARM, share_of

NAMES = ("sources-digits", "sources-language")
PICTURES = Path(__file__).parents[2] / "docs" / "figures"
T = np.arange(1, 4)


def parts_of(gap):
    """A decomposition of made-up errors, whose oracle of width may not have converged."""
    errors = np.random.default_rng(0).normal(1.0, 0.1, (8, 4, len(T)))
    values = dict(zip(subsets(SOURCES), errors, strict=True))
    open_one = Certificate("expressivity", "wider", "the same", gap, 0.001, 1.0)
    return jc.Decomposition(SOURCES, values, {"expressivity": open_one}, t=T)


@functools.cache
def collected(gap):
    names = [(workflow, error) for workflow in ("replace", "accumulate") for error in ("a", "b")]
    return sources_of_nets._collected(dict.fromkeys(names, parts_of(gap)), T)


@pytest.mark.parametrize("when", ["fit 1", "fit 3", "fits 2 to 3 add"])
def test_rows_of_a_table_add_up(when):
    rows = {row.what: row for row in collected(0.0)[1]}
    found = {name: rows[f"a, replace, {when}: {name}"] for name in ("total", "floor", *SOURCES)}
    total = found.pop("total")
    np.testing.assert_allclose(sum(row.simulated for row in found.values()), total.simulated)
    assert all(row.error > 0 for row in found.values())


def test_the_share_of_recursion_is_that_of_the_total_with_an_error():
    rows = {row.what: row for row in collected(0.0)[1]}
    share = rows["a, replace: share that fits 2 to 3 add"]
    added, whole = (rows[f"a, replace, {w}: total"] for w in ("fits 2 to 3 add", "fit 3"))
    np.testing.assert_allclose(share.simulated, added.simulated / whole.simulated)
    assert share.error > 0


def test_a_share_of_what_may_be_zero_is_left_out():
    errors = np.random.default_rng(1).normal(0.0, 0.1, (8, 4, len(T)))
    parts = jc.Decomposition(SOURCES, dict(zip(subsets(SOURCES), errors, strict=True)), t=T)
    rows = sources_of_nets._rows("a", parts)
    (share,) = (row for row in rows if "share that fits" in row.what)
    assert (share.simulated, share.error) == (None, None)
    assert share.verdict == "not resolved: the whole may be zero"


@pytest.mark.parametrize("replicas", further(2, 4, 16))
def test_how_often_zero_is_taken_for_a_whole(replicas):
    """The level is that of three sigmas: counts of 20,000 wholes of mean zero are binomial."""
    wholes = np.random.default_rng(0).normal(size=(20_000, replicas))
    taken = sum(share_of(each, each) is not None for each in wholes)
    level, tail = 2 * stats.norm.sf(EVERYDAY), FALSE_ALARM / 3
    assert stats.binom.sf(taken - 1, len(wholes), level) > tail
    assert stats.binom.cdf(taken, len(wholes), level) > tail


@pytest.mark.parametrize(("gap", "said"), [(0.0, "converged"), (0.5, "not converged")])
def test_an_oracle_that_has_not_converged_is_said_in_table_and_picture(gap, said):
    data, rows = collected(gap)
    left = [row for row in rows if "what is left of expressivity" in row.what]
    assert {row.verdict for row in left} == {said}
    drawn = sources_of_nets.draw(data)
    notes = [text.get_text() for axis in drawn.axes for text in axis.texts]
    assert notes == 4 * ["not converged: expressivity"] * (said != "converged")
    plt.close(drawn)


def test_oracles_of_nets_take_factors():
    training = nets.Training(steps=10, batch=4)
    family = nets.VAE(features=4, hidden=8, latent=2, training=training)
    recursion = jc.Recursion(family, jc.Replace(), truth=family.data(np.eye(4)), n=4)
    wide, long = wider(family, 2.0, 1.5), longer(family, 8)
    widths = [change(recursion).family for change in (wide.change, wide.weaker)]
    assert [(each.hidden, each.latent) for each in widths] == [(16, 4), (12, 3)]
    trained = [change(recursion).family.training for change in (long.change, long.weaker)]
    assert [each.steps for each in trained] == [80, 40]
    assert all(float(each.anneal) == 0.0 for each in trained)
    assert "hidden 16 and latent 4" in wide.how
    assert "one start" in long.how


@pytest.mark.parametrize("name", NAMES)
def test_what_a_committed_picture_draws_adds_up(name):
    numbers = figures.registry.numbers_of(PICTURES / f"{name}.png")
    assert numbers["form"] == "full form"
    # By workflow and error: three sources, the floor and the total, over ten fits.
    each = np.reshape(numbers["simulated"], (-1, len(SOURCES) + 2, 10))
    np.testing.assert_allclose(each[:, :-1].sum(axis=1), each[:, -1], rtol=1e-4, atol=1e-5)
    assert np.all(np.isfinite(numbers["error"]))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_quick_form_adds_up(name, optimized):
    """`pytest -m slow tests/figures/test_sources_of_nets.py`, about three minutes per figure."""
    data = figures.figure(name).reproduce(quick=True).data
    parts = data.simulated.sel(part=[*SOURCES, "floor"]).sum("part")
    np.testing.assert_allclose(parts, data.simulated.sel(part="total"), rtol=1e-4, atol=1e-5)
