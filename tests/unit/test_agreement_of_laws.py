"""Closed forms agree with recurrences and with each other; constants and bounds of every workflow's
clock.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marks import further

import jaxcollapse as jc
from jaxcollapse.numerics.triangular import nuclear_norm
from jaxcollapse.theory.namespaces import numpy_namespace
from jaxcollapse.verification import verify_law

GROWING = np.array([6, 9, 8, 21, 13, 40])
TRUTH = jc.Poisson().params(0.4)


def poisson(workflow, **changes):
    return jc.Recursion(jc.Poisson(), workflow, truth=TRUTH, **{"n": 9, **changes})


FAMILIES = [jc.Bernoulli(), jc.Poisson(), jc.Gamma(2.5), jc.NegativeBinomial(3.0)]


def name_of(record):
    return type(record).__name__


@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
@pytest.mark.parametrize("workflow", [jc.Replace(), jc.Accumulate()], ids=name_of)
@pytest.mark.parametrize("sizes", [{"n": GROWING}, {"n": 7, "real": 20}], ids=["schedule", "real"])
def test_scheduled_laws_agree_with_the_recurrence(family, workflow, sizes):
    recursion = jc.Recursion(family, workflow, truth=family.params(0.4), **sizes)
    t = np.arange(len(GROWING) + 1)
    name = f"qvf-{type(workflow).__name__.lower()}-scheduled"
    for quantity, recurrence in (
        (f"{name}-variance", "qvf-any-variance"),
        (f"{name}-mean-error", "qvf-any-mean-error"),
    ):
        closed = jc.law_named(quantity)
        assert closed.holds_for(recursion)
        np.testing.assert_allclose(
            closed.of(recursion, t),
            jc.law_named(recurrence).of(recursion, t),
            rtol=1e-12,
            atol=1e-15,
        )


@pytest.mark.parametrize(
    ("name", "workflow", "changes"),
    [
        ("qvf-accumulate-batches-mean-error", jc.Accumulate(), {"real": 20}),
        ("qvf-accumulate-refresh-mean-error", jc.AccumulateRefresh(), {"fresh": 5, "real": 3}),
        (
            "qvf-accumulate-refresh-scheduled-mean-error",
            jc.AccumulateRefresh(),
            {"n": np.arange(3, 11), "fresh": np.arange(8)},
        ),
        (
            "qvf-accumulate-refresh-scheduled-mean-error",
            jc.AccumulateRefresh(),
            {"fresh": np.arange(8), "real": 3},
        ),
        ("qvf-kalman-refresh-mean-error", jc.KalmanRefresh(), {"fresh": 5, "real": 3}),
    ],
)
def test_workflow_laws_agree_with_the_recurrence(name, workflow, changes):
    recursion, t = poisson(workflow, **changes), np.arange(9)
    np.testing.assert_allclose(
        jc.law_named(name).of(recursion, t),
        jc.law_named("qvf-any-mean-error").of(recursion, t),
        rtol=1e-5,
    )


def test_a_scheduled_gaussian_at_equal_sizes_is_the_unscheduled_one():
    t = np.arange(7)
    for quantity in ("variance", "standard-deviation", "log-variance", "mean-error", "w2"):
        scheduled = jc.law_named(f"gaussian-replace-scheduled-{quantity}")(
            sizes=[12] * 6, t=t, ddof=0
        )
        np.testing.assert_allclose(
            scheduled, jc.law_named(f"gaussian-replace-{quantity}")(n=12, t=t, ddof=0), rtol=1e-12
        )


def test_prediction_reads_schedules_and_refuses_to_go_beyond_them():
    recursion = poisson(jc.Replace(), n=GROWING)
    expected = 0.4 * np.cumsum(1 / GROWING)
    np.testing.assert_allclose(
        jc.predict(jc.E(jc.mean_error), recursion, t=np.arange(1, 7)), expected
    )
    with pytest.raises(
        ValueError, match=r"t must lie within the schedule Recursion\.n of 6 fits, got 7"
    ):
        jc.predict(jc.E(jc.mean_error), recursion, t=7)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40))
def test_no_schedule_more_than_doubles_the_risk_of_the_real_data(sizes):
    law = jc.law_named("qvf-accumulate-scheduled-mean-error")
    risk = law(mean=0.0, sizes=sizes, t=len(sizes), v0=1.0, v1=0.0, v2=0.0)
    bound = jc.law_named("qvf-accumulate-scheduled-mean-error-bound")(
        mean=0.0, sizes=sizes, t=1, v0=1.0, v1=0.0, v2=0.0
    )
    assert risk <= bound


@pytest.mark.parametrize(
    ("kappa", "inflation"),
    [(1e-6, 2.0), (0.5, 1.790), (1, np.pi**2 / 6), (2, 1.467), (4, 1.299), (10, 1.143)],
)
def test_inflation_of_accumulated_batches(kappa, inflation):
    law = jc.law_named("qvf-accumulate-batches-limit-mean-error")
    value = law.body(numpy_namespace(), mean=0.0, n=kappa, real=1.0, v0=1.0, v1=0.0, v2=0.0)
    np.testing.assert_allclose(value, inflation, rtol=5e-4)


@pytest.mark.parametrize(
    ("workflow", "changes", "clock"),
    [
        (jc.Replace(), {}, 400.0),
        (jc.Accumulate(), {}, np.pi**2 / 6),
        (jc.Anchor(), {"real": 9}, 4 / 3),
        (jc.Refresh(), {"fresh": 9}, 2 / 3),
        (jc.Refresh.golden(), {"fresh": 9}, (np.sqrt(5) - 1) / 2),
        (jc.KalmanRefresh(), {"fresh": 9}, (np.sqrt(5) - 1) / 2),
        (jc.Window(3), {}, 400 / 4),
    ],
    ids=name_of,
)
def test_one_clock_for_all_workflows(workflow, changes, clock):
    """All of them approach their clock at the rate 1/t."""
    fits = 400
    np.testing.assert_allclose(
        jc.effective_generations(poisson(workflow, **changes), fits), clock, rtol=4 / fits
    )


def test_subsampling_of_categories_is_subsampling_of_their_coordinates():
    workflow, t = jc.AccumulateSubsample(), np.arange(8)
    coin = jc.Recursion(jc.Bernoulli(), workflow, truth=jc.Bernoulli().params(0.3), n=5)
    pair = jc.Recursion(jc.Categorical(), workflow, truth=jc.Categorical.params([0.3, 0.7]), n=5)
    distance = jc.predict(jc.E(jc.squared_distance), pair, t)
    np.testing.assert_allclose(2 * jc.predict(jc.E(jc.mean_error), coin, t), distance, rtol=1e-12)


def test_debiased_batches_are_averaged_by_their_information():
    family, share = jc.DebiasedMean(0.4), 0.4
    batches = [
        np.array([1.0, 2.0, 0.5]),
        np.array([3.0, -1.0, 0.2, 0.8, 1.1]),
        np.array([0.4, 0.9, 2.2, 1.3]),
    ]
    model, looks, weights = jax.tree.map(jnp.asarray, family.params(0.0)), [], []
    for fit, batch in enumerate(batches):
        real = share if fit else 1.0
        looks.append((batch.mean() - (1 - real) * float(model.mean)) / real)
        weights.append(real**2 * len(batch))
        model = family.fit(None, jc.Samples(jnp.asarray(batch), jnp.ones(len(batch))), model)
        np.testing.assert_allclose(model.mean, np.average(looks, weights=weights), rtol=1e-5)
        np.testing.assert_allclose(model.information, sum(weights), rtol=1e-5)


@given(st.integers(1, 40), st.floats(0.01, 1.0))
def test_knowing_more_of_provenance_never_hurts(t, share):
    def error(of, **about):
        body = jc.law_named(f"debiased-mean-refresh-mean-error{of}").body
        return body(numpy_namespace(), known_variance=1.0, real=1.0, t=t, **about)

    pooled, debiased = (error(of, n=1 - share, fresh=share) for of in ("-pooled-bound", ""))
    np.testing.assert_allclose(debiased, 1 / (1 + share**2 * (t - 1)), rtol=1e-12)
    assert error("-provenance-bound", fresh=share) <= debiased * (1 + 1e-12)
    assert debiased <= pooled * (1 + 1e-12)


@pytest.mark.parametrize(("memory", "worth"), [(1, 21 / 11), (5, 4.333), (50, 9.333)])
def test_what_memory_is_worth(memory, worth):
    """Fresh data of 1000 beside 10000 synthetic ones, as in a figure of arXiv 2307.01850: the
    effective size grows to ten.
    """
    law = jc.law_named("remembering-mean-refresh-mean-error-late")
    error = law(known_variance=1.0, n=10_000, fresh=1000, weight=None, memory=memory)
    np.testing.assert_allclose(1 / (1000 * error), worth, rtol=1e-3)


def test_maximum_likelihood_conserves_the_second_moment_in_every_closed_form():
    t = np.arange(9)

    def total(kind, **more):
        parts = (
            jc.law_named(f"gaussian-{kind}-{quantity}") for quantity in ("variance", "mean-error")
        )
        return sum(part(n=5, t=t, ddof=0, **more) for part in parts)

    for kind in ("replace", "accumulate", "accumulate-subsample"):
        np.testing.assert_allclose(total(kind), 1.0, rtol=1e-12)
    np.testing.assert_allclose(total("accumulate-subsample", replacement=True), 1.0, rtol=1e-12)


def test_a_law_knows_where_it_computes():
    assert jc.law_named("categorical-replace-support").host
    assert jc.law_named("gaussian-replace-survival").host
    assert jc.law_named("qvf-any-mean-error").host
    assert not jc.law_named("gaussian-replace-w2").host
    with pytest.raises(ValueError, match="computes on the host"):
        jc.law_named("categorical-replace-support").jax(n=9, t=1, p=[0.5, 0.5])


@pytest.mark.parametrize(
    "name",
    [
        "gaussian-accumulate-w2",
        *further("normal-mean-replace-improvement", "gaussian-replace-collapse-time-bound"),
    ],
)
def test_laws_pass_their_verdict(name, key):
    verdict = verify_law(key, jc.law_named(name), quick=True)
    assert verdict.passed, verdict.worst


@pytest.mark.parametrize(
    "singular", [[1.0, 1.0, 1.0], [3.0, 1e-2, 1e-4], [2.0, 1e-9, 0.0], [0.0, 0.0, 0.0]], ids=str
)
def test_nuclear_norm_by_products_is_the_sum_of_singular_values(singular):
    rng = np.random.default_rng(4)
    left, right = (np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(2))
    value = nuclear_norm(jnp.asarray(left @ np.diag(singular) @ right))
    np.testing.assert_allclose(value, sum(singular), rtol=1e-5)
