"""Regression: estimators, evidence, designs and refusals."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcollapse as jc

RNG = np.random.default_rng(7)
X, Y = RNG.normal(size=(9, 4)) * [1.0, 2.0, 0.5, 1.0], RNG.normal(size=9)
FAMILY = jc.LinearRegression()
TRUTH = FAMILY.params([1.0, -0.5, 0.3])


def equations(x, y, weights=None):
    rows = jnp.asarray(np.column_stack([x, y]))
    weights = jnp.ones(len(y)) if weights is None else jnp.asarray(weights)
    return jc.LinearRegression().statistics(jc.Samples(rows, weights), None)


def fitted(estimator, x, y, start=None):
    family = jc.LinearRegression(estimator=estimator)
    init = jax.tree.map(
        jnp.asarray, family.params(np.zeros(x.shape[1]) if start is None else start)
    )
    init = init if start is None else type(init)(init.weights, init.age + 1)
    return np.asarray(family.revise(equations(x, y), init).weights)


def descended(x, y, w, steps, rate):
    for _ in range(steps):
        w = w - rate * x.T @ (x @ w - y) / len(y)
    return w


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        (jc.LeastSquares(), np.linalg.lstsq(X, Y)[0]),
        (jc.MinimumNorm(), np.linalg.lstsq(X, Y)[0]),
        (jc.Ridge(0.3), np.linalg.solve(X.T @ X / 9 + 0.3 * np.eye(4), X.T @ Y / 9)),
        (jc.ColdDescent(7, 0.2), descended(X, Y, np.zeros(4), 7, 0.2)),
        (jc.WarmDescent(7, 0.2), descended(X, Y, np.zeros(4), 7, 0.2)),
        (jc.Student(2, jc.LeastSquares(), jc.Ridge(0.3)), np.linalg.lstsq(X, Y)[0]),
        (jc.Features(2), np.r_[np.linalg.lstsq(X[:, :2], Y)[0], 0.0, 0.0]),
        (jc.Features(2, jc.MinimumNorm()), np.r_[np.linalg.lstsq(X[:, :2], Y)[0], 0.0, 0.0]),
    ],
    ids=str,
)
def test_estimators_agree_with_numpy(estimator, expected):
    np.testing.assert_allclose(fitted(estimator, X, Y), expected, rtol=2e-4, atol=2e-5)


def test_interpolation_is_the_shortest_solution():
    np.testing.assert_allclose(
        fitted(jc.MinimumNorm(), X[:2], Y[:2]), np.linalg.pinv(X[:2]) @ Y[:2], rtol=1e-4, atol=1e-5
    )


def test_a_warm_start_begins_at_the_last_model_and_a_cold_one_does_not():
    start = np.array([1.0, -1.0, 2.0, 0.5])
    np.testing.assert_allclose(
        fitted(jc.WarmDescent(3, 0.1), X, Y, start), descended(X, Y, start, 3, 0.1), rtol=1e-4
    )
    np.testing.assert_allclose(
        fitted(jc.ColdDescent(3, 0.1), X, Y, start), descended(X, Y, np.zeros(4), 3, 0.1), rtol=1e-4
    )


def test_a_student_comes_after_its_generators():
    start, student = (
        np.array([1.0, -1.0, 2.0, 0.5]),
        jc.Student(1, jc.LeastSquares(), jc.Ridge(0.3)),
    )
    np.testing.assert_allclose(fitted(student, X, Y), fitted(jc.LeastSquares(), X, Y))
    np.testing.assert_allclose(fitted(student, X, Y, start), fitted(jc.Ridge(0.3), X, Y))


@pytest.mark.parametrize(
    "estimator", [jc.Ridge(0.3), jc.ColdDescent(7, 0.2), jc.LeastSquares()], ids=str
)
def test_the_response_is_what_a_fit_keeps_of_noiseless_labels(estimator):
    values, vectors = np.linalg.eigh(X.T @ X / 9)
    kept = [fitted(estimator, X, X @ axis) @ axis for axis in vectors.T]
    np.testing.assert_allclose(kept, estimator.response(values), rtol=1e-4)


def test_evidence_adds_and_scales_like_weighted_data():
    pooled = equations(X[:5], Y[:5]) + 2.0 * equations(X[5:], Y[5:])
    whole = equations(X, Y, np.r_[np.ones(5), np.full(4, 2.0)])
    for one, other in zip(jax.tree.leaves(pooled), jax.tree.leaves(whole), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_given_inputs_are_used_in_order_and_again():
    design = jc.FixedDesign(X)
    for n in (3, 9, 13):
        rows = X[np.arange(n) % 9]
        root = np.asarray(design.root(None, n, 4, None))
        np.testing.assert_allclose(root @ root.T, rows.T @ rows, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(design.inputs(None, n, 4, None), rows, rtol=1e-6)


def test_shared_inputs_are_remembered_and_fresh_ones_are_not(key):
    family = jc.LinearRegression(jc.SharedDesign())
    recursion = jc.Recursion(family, jc.Accumulate(), truth=family.params([1.0, 0.2]), n=9)
    inputs = np.asarray(jc.simulate(key, recursion, generations=4, replicas=3).params.inputs)
    np.testing.assert_array_equal(inputs[:, 2:], np.repeat(inputs[:, 1:2], 3, axis=1))
    assert not np.any(inputs[:, 0])
    assert len(np.unique(inputs[:, 1, 0, 0])) == 3
    assert FAMILY.params([1.0]).inputs is None


def test_sample_sizes_are_traced(key):
    def risk(n):
        recursion = jc.Recursion(FAMILY, jc.Replace(), truth=TRUTH, n=n)
        return jc.simulate(
            key, recursion, generations=2, replicas=3, observe=jc.excess_risk
        ).observed["excess-risk"]

    swept = jax.vmap(risk)(jnp.array([8, 12]))
    np.testing.assert_allclose(swept[1], risk(12), rtol=1e-4)


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (
            lambda: jc.Recursion(FAMILY, jc.Replace(), truth=TRUTH, n=2),
            r"Recursion\.n must be at least 3 for LinearRegression",
        ),
        (
            lambda: jc.Recursion(
                jc.RegressionRisk(7), jc.Replace(), truth=jc.RegressionRisk().params(), n=6
            ),
            "at least 7",
        ),
        (lambda: FAMILY.params([[1.0]]), r"weights must be a vector, .* got shape \(1, 1\)"),
        (lambda: FAMILY.params([np.nan]), "weights must lie in"),
        (
            lambda: jc.LinearRegression(noise=-1.0),
            r"LinearRegression\.noise must lie in \[0, inf\), got -1",
        ),
        (
            lambda: jc.LinearRegression(jc.FixedDesign(X)).params([1.0]),
            r"weights must have shape \(4,\)",
        ),
        (lambda: jc.FixedDesign([1.0, 2.0]), "must be a matrix"),
        (lambda: jc.GaussianDesign([[1.0, 2.0], [2.0, 1.0]]), "positive definite"),
        (lambda: jc.Ridge(0.0), r"Ridge\.penalty must lie in \(0, inf\)"),
        (lambda: jc.Features(0), r"Features\.number must be an integer"),
        (
            lambda: jc.DampedCategorical([1.0, 0.0]).params([0.5, 0.3, 0.2]),
            r"probabilities must have shape \(2,\)",
        ),
        (lambda: jc.DampedGaussian(0.0), r"DampedGaussian\.rate must lie in \(0, 1\]"),
    ],
)
def test_refused_by_name(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()


@pytest.mark.parametrize(
    ("family", "workflow", "carrier", "message"),
    [
        (jc.RegressionRisk(3), jc.Accumulate(), "auto", "cannot be pooled"),
        (jc.RegressionRisk(3), jc.Replace(), "samples", "has no observations"),
        (jc.AveragedRegression(), jc.Replace(), "samples", "use carrier 'statistics'"),
    ],
)
def test_smaller_chains_refuse_what_they_cannot_say(key, family, workflow, carrier, message):
    truth = (
        family.params() if isinstance(family, jc.RegressionRisk) else family.params([1.0, 0.0, 2.0])
    )
    with pytest.raises(ValueError, match=message):
        jc.simulate(
            key,
            jc.Recursion(family, workflow, truth=truth, n=9),
            generations=2,
            replicas=2,
            carrier=carrier,
        )
