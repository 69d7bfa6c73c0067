"""Classifiers of verified labels and blended labels: carriers agree in law; ladders of
distributions reject what is wrong.
"""

import dataclasses
from functools import cache

import jax
import numpy as np
import pytest
from marks import further
from scipy import stats

import jaxcollapse as jc
from jaxcollapse.quantities.significance import FALSE_ALARM
from jaxcollapse.theory.labels.mislabeled import passed
from jaxcollapse.verification import verify_law

REPLICAS = 1 << 13


def values(key, family, metric, carrier, n=6, weights=(0.8, -0.5, 1.1), **more):
    recursion = jc.Recursion(family, jc.Replace(), truth=family.params(list(weights)), n=n, **more)
    run = jc.simulate(
        key, recursion, generations=3, replicas=REPLICAS, carrier=carrier, observe=metric
    )
    return np.asarray(run.observed[metric.name], float)[:, -1]


@pytest.mark.parametrize(
    ("family", "metric", "n"),
    further(
        (jc.BlendedRegression(0.3, estimator=jc.Ridge(0.4), noise=0.6), jc.excess_risk, 6),
        (jc.CentroidClassifier(0.3), jc.accuracy, 6),
        (jc.BlendedRegression(0.6, jc.SharedDesign(), jc.MinimumNorm()), jc.excess_risk, 2),
    ),
    ids=["blended", "centroid", "blended-shared"],
)
def test_carriers_agree_in_law(key, family, metric, n):
    one, two = (values(key, family, metric, carrier, n) for carrier in ("statistics", "samples"))
    assert stats.ks_2samp(one, two).pvalue > FALSE_ALARM


def test_a_verifier_that_passes_everything_changes_nothing(key):
    family = jc.CentroidClassifier(0.3)
    whole = jc.Verify(jc.Marked(), right=1.0, wrong=1.0)
    one = values(key, family, jc.accuracy, "samples")
    two = values(key, family, jc.accuracy, "samples", selection=whole)
    assert stats.ks_2samp(one, two).pvalue > FALSE_ALARM


def test_a_perfect_verifier_leaves_no_wrong_label_unless_hardly_any_passes():
    n, mislabeled, least = 9, 0.4, 4
    _, _, joint = passed(n, mislabeled, 1.0, 0.0, least)
    np.testing.assert_allclose(joint.sum(), 1, rtol=1e-12)
    few = stats.binom.cdf(least - 1, n, 1 - mislabeled)
    np.testing.assert_allclose(joint[:, 1:].sum(), few, rtol=1e-12)
    np.testing.assert_allclose(joint[n, n - least + 1 :].sum(), few, rtol=1e-12)


def test_blending_only_real_labels_is_a_fit_that_forgets(key):
    family = jc.BlendedRegression(1.0, noise=0.6)
    recursion = jc.Recursion(family, jc.Replace(), truth=family.params([0.8, -0.5, 1.1]), n=9)
    risk = jc.predict(jc.E(jc.excess_risk), recursion, np.arange(5))
    np.testing.assert_allclose(risk, [0, *[0.6 * 3 / (9 - 3 - 1)] * 4], rtol=1e-9)


@cache
def limit_law_passes(body) -> bool:
    """Whether the limit of a Poisson loop passes its ladder with this formula."""
    right = jc.law_named("qvf-refresh-limit-law")
    cases = [case for case in right.at if isinstance(case[0].family, jc.Poisson)]
    formula = dataclasses.replace(right, body=body, rivals={})
    return verify_law(jax.random.key(20240731), formula, cases=cases).passed


@pytest.mark.usefixtures("optimized")
@pytest.mark.parametrize("rival", further("half the pseudo-observations", "normal"))
def test_a_ladder_of_distributions_rejects_a_wrong_limit(rival):
    right = jc.law_named("qvf-refresh-limit-law")
    assert limit_law_passes(right.body)
    assert not limit_law_passes(right.rivals[rival])


def test_the_verified_mean_needs_a_mark():
    family = jc.CentroidClassifier(0.3)
    judged = jc.Verify(jc.Agrees([1.0, 0.0, 0.0]), right=0.9, wrong=0.1)
    recursion = jc.Recursion(
        family, jc.Replace(), truth=family.params([0.8, -0.5, 1.1]), n=9, selection=judged
    )
    with pytest.raises(LookupError):
        jc.predict(jc.E(jc.accuracy), recursion, 2)


def test_bad_input_names_argument_value_and_range():
    for attempt, message in (
        (
            lambda: jc.CentroidClassifier(1.2),
            r"CentroidClassifier\.mislabeled must lie in \[0, 1\], got 1.2",
        ),
        (lambda: jc.CentroidClassifier().params(1.0), r"weights must be a vector"),
        (
            lambda: jc.BlendedRegression(-0.1),
            r"BlendedRegression\.weight must lie in \[0, 1\], got -0.1",
        ),
        (
            lambda: jc.law_named("centroid-classifier-replace-verified-accuracy-one-round")(
                n=5, t=3, rho=1.0, d=2, mislabeled=0.1, right=0.9, wrong=0.2
            ),
            r"assumes t <= 2, got t=3",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            attempt()


def test_one_key_makes_one_run():
    family = jc.CentroidClassifier(0.3)
    runs = [values(jax.random.key(1), family, jc.accuracy, "samples") for _ in range(2)]
    np.testing.assert_array_equal(*runs)
