"""Regression: estimators against NumPy, evidence as normal equations, refusals, and laws that must
agree.
"""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.numerics.wishart_moments import expected_trace
from jaxcollapse.theory.cases import default_cases
from jaxcollapse.theory.regression.deterministic_equivalents import (
    effective_penalty,
    replaced_risks,
)
from jaxcollapse.theory.regression.fixed_design import smoothed_errors
from jaxcollapse.theory.regression.smoothers import spectral_moments

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


@pytest.mark.parametrize(("d", "n"), [(1, 5), (2, 7), (3, 12), (5, 16), (6, 11)])
def test_wishart_traces_have_their_known_moments(d, n):
    second = 1 + (d + 1) / n
    third = 1 + 3 * (d + 1) / n + (d**2 + 3 * d + 4) / n**2
    for k, moment in ((1, 1.0), (2, second), (3, third), (-1, n / (n - d - 1))):
        np.testing.assert_allclose(
            expected_trace(lambda x, k=k: x ** float(k), d, n) / d, moment, rtol=1e-9
        )
    np.testing.assert_allclose(
        expected_trace(lambda x: 1 / x, n + 9, d) / d, d / (n + 9 - d - 1), rtol=1e-8
    )


def test_wishart_traces_refuse_what_they_cannot_resolve():
    with pytest.raises(
        ValueError, match="at most 10 and differ from the larger, got d=16 and n=20"
    ):
        expected_trace(lambda x: x, 16, 20)
    np.testing.assert_allclose(expected_trace(lambda x: 1 / x, 10, 24) / 10, 24 / 13, rtol=1e-6)


def test_finite_sizes_tend_to_marchenko_pastur():
    from jaxcollapse.theory.namespaces import numpy_namespace
    from jaxcollapse.theory.regression.ridge_limits import ridge_moments

    limit = np.array(ridge_moments(numpy_namespace(), 0.5, 0.3))
    gaps = [
        np.abs(np.array(spectral_moments(jc.Ridge(0.3).response, d, 2 * d)) - limit).max()
        for d in (2, 4, 8)
    ]
    assert gaps[1] < 0.6 * gaps[0]
    assert gaps[2] < 0.6 * gaps[1]


def regression_laws(kind=object):
    about = [
        law
        for law in jc.laws()
        if law.family is not None and issubclass(law.family, jc.AbstractRegression)
    ]
    return [law for law in about if isinstance(law.kind, kind)]


def test_exact_laws_that_match_agree():
    compared = 0
    for law in regression_laws(jc.Exact):
        for recursion, generations in default_cases(law):
            t = np.arange(1, generations + 1)
            about = [each for each in regression_laws(jc.Exact) if each.quantity == law.quantity]
            for other in (each for each in about if each.holds_for(recursion)):
                pair = f"{law.name} {other.name}"
                np.testing.assert_allclose(
                    law.of(recursion, t), other.of(recursion, t), rtol=1e-9, err_msg=pair
                )
                compared += other is not law
    assert compared > 10


def test_every_law_holds_where_it_is_tried():
    for law in regression_laws(jc.Exact):
        assert all(law.holds_for(recursion) for recursion, _ in default_cases(law)), law.name


def test_the_recurrence_reduces_to_harmonic_sums_without_shrinkage():
    family = jc.LinearRegression(jc.FixedDesign(X[:8]))
    recursion = jc.Recursion(family, jc.Accumulate(), truth=family.params(np.ones(4)), n=8)
    kept, variance = smoothed_errors(recursion, np.arange(6), np.ones(4), 0.5)
    np.testing.assert_allclose(kept, 1.0)
    np.testing.assert_allclose(
        variance[:, 0], 0.5 / 8 * np.r_[0, np.cumsum(1 / np.arange(1, 6) ** 2)], rtol=1e-12
    )


def test_equivalents_of_isotropic_inputs_are_those_of_marchenko_and_pastur():
    """Along equal eigenvalues the recursion of second moments is the closed form with the moments
    of the limiting spectrum.
    """
    n, d, t = 60.0, 30, np.arange(5)
    eigenvalues, coefficients = np.ones(d), np.linspace(-0.2, 0.4, d)
    kappa = effective_penalty(eigenvalues, n, 0.3)
    risks = replaced_risks(eigenvalues, coefficients, 0.6, [(n, kappa)] * 4, t)
    limit = jc.law_named("linear-regression-ridge-replace-limit")(
        ratio=d / n, penalty=0.3, t=t, signal=float(np.sum(coefficients**2)), noise=0.6
    )
    np.testing.assert_allclose(risks, limit, rtol=1e-9)


def test_the_closed_form_of_a_student_is_the_loop_of_its_generators_and_itself():
    recursion, generations = default_cases(
        jc.law_named("linear-regression-student-replace-excess-risk")
    )[1]
    sizes, d = recursion.sizes(generations), recursion.truth.weights.size
    eigenvalues, axes = np.linalg.eigh(recursion.family.design.covariance)
    law, n = jc.law_named("linear-regression-student-replace-excess-risk"), float(sizes[-1])
    literal = jc.law_named("ridge-student-deterministic-equivalent")(
        eigenvalues=eigenvalues,
        coefficients=recursion.truth.weights @ axes,
        n=n,
        noise=0.3,
        kappa=effective_penalty(eigenvalues, n, 0.1),
        inherited=sum(0.3 / (m - d - 1) for m in sizes[:-1]),
    )
    np.testing.assert_allclose(law.of(recursion, generations), literal, rtol=1e-9)


def test_the_limit_on_given_inputs_with_fresh_labels_is_of_constant_sizes():
    law, late = (
        jc.law_named("linear-regression-fixed-refresh-limit"),
        jc.law_named("linear-regression-fixed-any-excess-risk"),
    )
    recursion, _ = default_cases(law)[0]
    np.testing.assert_allclose(law.of(recursion, None), late.of(recursion, 200), rtol=1e-12)
    for sizes in ({"n": np.array([8, 8, 4])}, {"fresh": np.array([4, 8, 8])}):
        scheduled = dataclasses.replace(recursion, **sizes)
        assert not law.holds_for(scheduled)
        assert late.holds_for(scheduled)
