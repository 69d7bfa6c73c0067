"""Logistic regression on recycled labels: which fits exist, which they are, and who is left out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import linprog

import jaxcollapse as jc
from jaxcollapse.evidence import Samples
from jaxcollapse.families.logistic_regression import most_likely

ROWS = np.array(
    [[1, x, y] for x in (-1.0, -0.2, 0.4, 1.3) for y in (-0.7, 0.5)] + [[1, 0.1, 0.1]] * 2
)


def separated(rows, trials, ones):
    """Whether some direction never speaks against a label, and for one: a linear program."""
    once = [(row, 1) for row, k in zip(rows, ones, strict=True) if k > 0]
    once += [(row, -1) for row, k, n in zip(rows, ones, trials, strict=True) if k < n]
    signed = np.array([sign * row for row, sign in once])
    best = linprog(-signed.sum(0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
    return -best.fun > 1e-9


def test_a_fit_exists_exactly_where_no_hyperplane_separates_the_labels():
    rng = np.random.default_rng(0)
    trials = np.concatenate([np.ones((300, 10)), rng.integers(0, 3, (100, 10))])
    trials[:, :3] = np.maximum(trials[:, :3], 1)
    chance = 1 / (1 + np.exp(-ROWS @ rng.normal(size=(3, len(trials))) * 2)).T
    ones = rng.binomial(trials.astype(int), chance)
    fits = jax.jit(jax.vmap(most_likely, (None, 0, 0, None)))
    weights = np.asarray(fits(*map(jnp.asarray, (ROWS, trials, 1.0 * ones, np.zeros(3)))))
    expected = np.array([separated(ROWS, n, k) for n, k in zip(trials, ones, strict=True)])
    assert 50 < expected.sum() < 350
    np.testing.assert_array_equal(np.isnan(weights).any(axis=1), expected)
    # At the largest likelihood the score is zero.
    fitted = 1 / (1 + np.exp(-weights @ ROWS.T))
    score = np.abs((ones - trials * fitted) @ ROWS)[~expected]
    assert score.max() < 1e-3


def test_statistics_of_a_sample_count_its_labels_by_row():
    family = jc.LogisticRegression(jc.FixedDesign(ROWS))
    model = family.params([0.3, -0.5, 0.8])
    values = family.sample(jax.random.key(1), model, 25)
    counted = family.statistics(Samples(values, jnp.ones(25)), model)
    trials, ones = np.asarray(counted.total)
    # The last two rows are equal, and the likelihood cannot tell them apart.
    assert trials.tolist() == [3, 3, 3, 3, 3, 2, 2, 2, 4, 0]
    assert ones.sum() == np.asarray(values)[:, -1].sum()
    drawn = family.sample_statistics(jax.random.key(2), model, 25, None)
    assert np.asarray(drawn.total)[0].tolist() == [3, 3, 3, 3, 3, 2, 2, 2, 2, 2]


@pytest.mark.thorough
def test_replicas_without_a_fit_are_left_out_with_a_warning():
    family = jc.LogisticRegression()
    r = jc.Recursion(family, jc.Replace(), truth=family.params([0.4, 0.8, -0.5]), n=20)
    run = jc.simulate(jax.random.key(0), r, generations=4, replicas=256)
    absent = np.isnan(run.params.weights).any(axis=2)
    assert 0 < absent[:, 1].sum() < absent[:, 4].sum() < 256
    assert np.all(absent[:, 1:] >= absent[:, :-1])
    lost = absent[:, 4].sum()
    with pytest.warns(RuntimeWarning, match=f"{lost} of 256 replicas .* do not exist.*left out"):
        estimate = jc.E(jc.excess_risk)(run)
    assert estimate.replicas == 256 - lost
    assert np.all(np.isfinite(estimate.value))


def test_truth_of_breast_cancer_is_the_fit_of_scikit_learn():
    linear_model = pytest.importorskip("sklearn.linear_model", reason="needs scikit-learn")
    data = jc.breast_cancer()
    assert data.values.shape == (569, 30)
    assert data.provenance["license"].endswith("CC BY 4.0")
    x = (data.values - data.values.mean(axis=0)) / data.values.std(axis=0)
    rows = np.concatenate([np.ones((569, 1)), x[:, [0, 1, 4]]], axis=1)
    truth = data.truth(jc.LogisticRegression(jc.FixedDesign(rows)))
    peer = linear_model.LogisticRegression(C=1e12, tol=1e-10, max_iter=1000, fit_intercept=False)
    peer.fit(rows, data.targets)
    np.testing.assert_allclose(truth.weights, peer.coef_[0], 1e-5)
    with pytest.raises(ValueError, match="classes that these inputs separate"):
        data.truth(jc.LogisticRegression(jc.FixedDesign(x)))
    with pytest.raises(ValueError, match="inputs of the 569 classes"):
        data.truth(jc.LogisticRegression())


def test_weights_must_fit_the_design():
    with pytest.raises(ValueError, match=r"shape \(3,\) to go with the design, got \(2,\)"):
        jc.LogisticRegression().params([1.0, 2.0])
