"""Fairness by group against fairlearn and scikit-learn, on tables, arrays and runs."""

import jax.numpy as jnp
import numpy as np
import pytest
from fairlearn import metrics as oracle
from sklearn.calibration import calibration_curve

import jaxcollapse as jc
from jaxcollapse.metrics import rates

RNG = np.random.default_rng(3)
GROUPS = RNG.choice(["a", "b", "c"], 400, p=[0.6, 0.3, 0.1])
LABELS = (RNG.random(400) < np.where(GROUPS == "a", 0.7, 0.4)).astype(int)
PREDICTIONS = np.where(RNG.random(400) < 0.2, 1 - LABELS, LABELS)
TABLE = jc.GroupTable.of(LABELS, PREDICTIONS, GROUPS)
FRAMED = {
    "selection_rate": oracle.selection_rate,
    "true_positive_rate": oracle.true_positive_rate,
    "false_positive_rate": oracle.false_positive_rate,
    "accuracy": lambda y_true, y_pred: np.mean(y_true == y_pred),
}


@pytest.mark.parametrize("name", FRAMED)
def test_rates_and_their_gaps_are_those_of_fairlearn(name):
    frame = oracle.MetricFrame(
        metrics=FRAMED[name], y_true=LABELS, y_pred=PREDICTIONS, sensitive_features=GROUPS
    )
    np.testing.assert_allclose(TABLE.rate(name), frame.by_group.to_numpy(float))
    np.testing.assert_allclose(TABLE.gap(name), frame.difference())
    np.testing.assert_allclose(TABLE.gap(name, "ratio"), frame.ratio())
    np.testing.assert_allclose(TABLE.worst(name), frame.group_min())


def test_gaps_are_those_of_fairlearn():
    summary = TABLE.summary()
    compared = [name for name in summary if hasattr(oracle, name)]
    assert len(compared) == 6
    for name in compared:
        expected = getattr(oracle, name)(LABELS, PREDICTIONS, sensitive_features=GROUPS)
        np.testing.assert_allclose(summary[name], expected)
    truth = oracle.demographic_parity_difference(LABELS, LABELS, sensitive_features=GROUPS)
    np.testing.assert_allclose(TABLE.truth.gap("selection_rate"), truth)
    np.testing.assert_allclose(
        summary["excess_demographic_parity"], summary["demographic_parity_difference"] - truth
    )


def test_any_metric_by_group():
    found = jc.by_group(lambda y, p: np.mean(y == p), GROUPS, LABELS, PREDICTIONS)
    np.testing.assert_allclose(list(found.values()), TABLE.rate("accuracy"))
    assert jc.gap(found, "ratio") == pytest.approx(TABLE.gap("accuracy", "ratio"))


def test_shares_of_groups_and_informedness():
    np.testing.assert_allclose(
        TABLE.rate("group_share"), [np.mean(name == GROUPS) for name in TABLE.groups]
    )
    np.testing.assert_allclose(
        TABLE.rate("informedness"),
        TABLE.rate("true_positive_rate") - TABLE.rate("false_positive_rate"),
    )
    np.testing.assert_allclose(TABLE.rate("base_rate"), TABLE.truth.rate("selection_rate"))


def test_one_table_holds_many_replicas_and_generations():
    many = np.stack([[PREDICTIONS, LABELS, 1 - LABELS]] * 2)
    table = jc.GroupTable.of(LABELS, many, GROUPS)
    assert table.rate("accuracy").shape == (2, 3, 3)
    np.testing.assert_array_equal(table.rate("accuracy")[:, 1:], [[[1.0] * 3, [0.0] * 3]] * 2)
    np.testing.assert_allclose(table.gap("accuracy")[:, 0], TABLE.gap("accuracy"))


def test_calibration_is_that_of_scikit_learn():
    scores = RNG.random(400)
    found = jc.calibration_by_group(LABELS, scores, GROUPS, bins=7)
    for name, calibration in found.items():
        inside = name == GROUPS
        shares, means = calibration_curve(LABELS[inside], scores[inside], n_bins=7)
        np.testing.assert_allclose(calibration.positive_share, shares)
        np.testing.assert_allclose(calibration.mean_score, means)
        expected = np.average(np.abs(shares - means), weights=calibration.count)
        assert calibration.error == pytest.approx(expected)


def test_a_group_without_items_is_left_out():
    counts = np.array([[[3, 1], [0, 0]], [[1, 1], [1, 1]], [[0, 0], [0, 0]]])
    table = jc.GroupTable(counts, ("a", "b", "c"))
    np.testing.assert_array_equal(table.rate("true_positive_rate"), [np.nan, 0.5, np.nan])
    assert table.gap("true_positive_rate") == 0
    assert table.gap("selection_rate") == 0.25
    assert np.isnan(jc.GroupTable(0 * counts, ("a", "b", "c")).gap("accuracy"))


@pytest.mark.parametrize(
    ("ones", "labeling"), [((0, 0), 0), ((1, 0), 1), ((0, 1), 2), ((1, 1), 3), ((0.5, 1), -1)]
)
def test_labelings_are_numbered_by_their_digits(ones, labeling):
    table = np.array([[[1 - one, one]] * 2 for one in ones])
    assert rates.labeling(np, table) == labeling
    assert rates.labeling(jnp, jnp.asarray(table)) == labeling


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: jc.GroupTable.of([0, 2], [0, 1], [0, 1]),
            r"labels must be an integer in \[0, 1\]",
        ),
        (lambda: jc.GroupTable.of([0, 1], [0, 0.5], [0, 1]), "predictions must be an integer"),
        (lambda: jc.GroupTable.of([0, 1, 1], [0, 1], [0, 1]), r"labels must have shape \(2,\)"),
        (lambda: jc.GroupTable.of([0, 1], [0, 1, 1], [0, 1]), "predictions must have"),
        (lambda: jc.GroupTable.of([], [], []), "groups must have shape"),
        (lambda: jc.GroupTable.of([0, 1], [0, 1], ["a", None]), "groups must have no missing"),
        (lambda: jc.GroupTable.of([0, 1], [0, 1], [0.0, np.nan]), "no missing .* at place 1"),
        (lambda: jc.GroupTable.of([0, 1], [0, 1], np.array(["a", 1], object)), "got both"),
        (lambda: TABLE.rate("selection"), "rate 'selection' is unknown; did you mean selection"),
        (lambda: TABLE.gap("accuracy", "range"), "how 'range' is unknown"),
        (lambda: jc.calibration_by_group([0], [1.5], [0]), r"scores must lie in \[0, 1\], got"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
