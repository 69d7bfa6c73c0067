"""Results as labeled arrays and as tables: coordinates say what entries are."""

import jax
import numpy as np
import pytest
import xarray as xr

import jaxcollapse as jc
from jaxcollapse.quantities.estimates import Estimate
from jaxcollapse.verification import Verdict

LABELS = ("the", "of", "and", "to", "in")


def test_a_trajectory_has_its_categories_as_coordinates(key):
    truth = jc.Categorical.params([0.46, 0.27, 0.15, 0.08, 0.04])
    recursion = jc.Recursion(jc.Categorical(), jc.Replace(), truth=truth, n=10)
    run = jc.simulate(key, recursion, generations=3, replicas=range(2, 6))
    labeled = run.to_xarray(labels=LABELS)
    np.testing.assert_array_equal(labeled.category, LABELS)
    np.testing.assert_array_equal(labeled.replica, [2, 3, 4, 5])
    table = run.to_pandas(labels=LABELS)
    row = table.loc[(2, 3, "of")]
    assert row["weights"] == run.params.weights[0, 3, 1]
    assert len(table) == 4 * 4 * 5
    with pytest.raises(ValueError, match=r"labels must fit one parameter axis .* got 2"):
        run.to_xarray(labels=["a", "b"])
    assert "n=10" in labeled.attrs["recursion"]


def test_an_estimate_has_the_coordinates_that_it_is_given():
    found = Estimate(np.ones((2, 5)), np.zeros((2, 5)), 100, skewness=np.zeros((2, 5)))
    labeled = found.to_xarray(generation=[1, 9], category=LABELS)
    assert float(labeled.value.sel(generation=9, category="to")) == 1.0
    assert (labeled.attrs["replicas"], bool(labeled.trusted.all())) == (100, True)
    assert found.to_pandas(generation=[1, 9], category=LABELS).loc[(9, "to"), "error"] == 0.0
    assert set(found.to_xarray().sizes) == {"entry_0", "entry_1"}
    assert Estimate(1.0, 0.1, 9).to_pandas()["value"].tolist() == [1.0]
    with pytest.raises(ValueError, match=r"coordinates must fit values of shape \(2, 5\), got"):
        found.to_xarray(generation=[1, 2])


def test_verdicts_make_a_table():
    told = {"rejected": ("a",), "undecided": ("b", "c")}
    verdicts = [
        Verdict(law="x", kind="Exact", outcome="holds", worst_z=1.5, **told),
        Verdict(law="y", kind="Exact", outcome="fails", worst_z=9.0),
    ]
    labeled = xr.concat([each.to_xarray() for each in verdicts], dim="law")
    assert labeled.outcome.sel(law="y") == "fails"
    assert verdicts[0].to_pandas().loc["x", "undecided"] == "b, c"


def test_a_decomposition_has_its_sources_as_coordinates():
    features = jc.Features(2, jc.ColdDescent(3, 0.3))
    family = jc.LinearRegression(estimator=features, noise=0.5)
    recursion = jc.Recursion(family, jc.Replace(), truth=family.params([1.0, -0.5, 0.3]), n=12)
    found = jc.decompose(jc.E(jc.excess_risk), recursion, t=np.array([1, 4]))
    labeled = found.to_xarray(generation=[1, 4])
    parts = labeled.value.sel(part=[*found.sources, "floor"]).sum("part")
    np.testing.assert_allclose(parts, labeled.value.sel(part="total"))
    table = found.to_pandas(generation=[1, 4])
    assert table.loc[("floor", 4), "value"] == found.floor.value[1]


def test_jax_arrays_are_exported_too():
    found = Estimate(jax.numpy.ones(3), jax.numpy.ones(3), 4)
    assert found.to_pandas(generation=range(3))["value"].sum() == 3
