"""Laws of regression: Wishart moments, recurrences, equivalents and students."""

import dataclasses

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

X = np.random.default_rng(7).normal(size=(9, 4)) * [1.0, 2.0, 0.5, 1.0]


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
