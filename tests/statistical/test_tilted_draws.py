"""Tilted draws: weights have mean 1, and means that live on rare replicas are resolved.

The cases of the table in the decisions, with their standard errors, are printed by

    XLA_FLAGS= python -m pytest -n 0 -s -m slow tests/statistical/test_tilted_draws.py
"""

import dataclasses

import jax
import numpy as np
import pytest
from marks import first

import jaxcollapse as jc
from jaxcollapse.families.base import list_families
from jaxcollapse.space.examples import example_truth
from jaxcollapse.verification import verify_law

GAUSSIAN = jc.Gaussian.params(0.5, 2.0)


def gaussian(n, workflow=None):
    return jc.Recursion(jc.Gaussian(), workflow or jc.Replace(), truth=GAUSSIAN, n=n)


def exponential(n):
    family = jc.Exponential()
    return jc.Recursion(family, jc.Replace(), truth=family.params(1.5), n=n)


TILTED = [name for name, kind in list_families().items() if getattr(kind, "tilts", ())]


@pytest.mark.parametrize("name", first(TILTED))
def test_weights_have_mean_one_and_are_at_most_four(name, key):
    family = list_families()[name]()
    r = jc.Recursion(family, jc.Replace(), truth=example_truth(family), n=10)
    run = jc.simulate(
        key, r, generations=40, replicas=1 << 14, carrier="tilted", observe=jc.variance
    )
    weights = np.exp(np.asarray(run.log_weights, float))
    error = weights.std(axis=0) / np.sqrt(len(weights))
    assert np.all(np.abs(weights.mean(axis=0) - 1) <= 5 * error + 1e-5)
    assert weights.max() <= 4.001
    plain = jc.simulate(key, r, generations=2, replicas=1 << 14, observe=jc.variance)
    both = [jc.E(jc.variance)(each) for each in (run, plain)]
    apart = np.hypot(both[0].error[2], both[1].error[2])
    assert abs(both[0].value[2] - both[1].value[2]) <= 5 * apart


@pytest.mark.parametrize("workflow", first([jc.Discount(0.3), jc.Replace(), jc.Refresh()]), ids=str)
def test_weighted_means_are_those_of_every_workflow(workflow, key):
    r = jc.Recursion(jc.Gaussian(), workflow, truth=GAUSSIAN, n=20, fresh=10)
    about = {"generations": 10, "replicas": 1 << 15, "observe": [jc.variance, jc.mean_error]}
    runs = [jc.simulate(key, r, carrier=c, **about) for c in ("tilted", "statistics")]
    for metric in about["observe"]:
        tilted, plain = (jc.E(metric)(run) for run in runs)
        apart = np.abs(tilted.value - plain.value)
        assert np.all(apart <= 5 * np.hypot(tilted.error, plain.error) + 1e-5)


@pytest.mark.thorough
def test_a_mean_on_rare_replicas_is_resolved_and_a_rival_rejected(key):
    """E(variance) is 2 for ever; the rival is what the biased variance would do."""
    law = jc.law_named("gaussian-replace-variance")
    verdict = verify_law(key, law, cases=[(gaussian(10), 300)], most=1 << 17)
    assert verdict.outcome == "holds", verdict.explained()
    assert verdict.worst_z < 5
    assert "tilted" in verdict.remarks
    wrong = dataclasses.replace(law, body=lambda xp, n, t, variance: variance * (1 - 1 / n) ** t)
    assert verify_law(key, wrong, cases=[(gaussian(10), 300)], most=1 << 15).outcome == "fails"


def test_a_family_without_a_tilt_is_refused_by_name(key):
    """Its laws stay not resolved: `test_planted_claims.py`."""
    family = jc.MultivariateGaussian()
    truth = family.params([0.0, 1.0], [[1.0, 0.3], [0.3, 2.0]])
    r = jc.Recursion(family, jc.Replace(), truth=truth, n=10)
    with pytest.raises(ValueError, match="knows no tilt of MultivariateGaussian"):
        jc.simulate(key, r, generations=2, replicas=2, carrier="tilted", observe=jc.mean_error)


def test_weights_are_never_left_out_in_silence(key):
    about = {"generations": 3, "replicas": 8, "carrier": "tilted"}
    with pytest.raises(ValueError, match="gives every replica a weight"):
        jc.simulate(key, gaussian(10), **about)
    with pytest.raises(ValueError, match="gives every replica a weight"):
        jc.estimate(key, gaussian(10), jc.E(jc.variance), **about)
    run = jc.simulate(key, gaussian(10), observe=jc.variance, **about)
    for quantity in (jc.Var(jc.variance), jc.Quantile(jc.variance, 0.5)):
        with pytest.raises(ValueError, match="needs replicas of equal weight"):
            quantity(run)


CASES = [
    *((jc.E(jc.variance), gaussian(n), t) for n, t in ((10, 100), (10, 300), (10, 1000))),
    (jc.E(jc.variance), gaussian(100), 1000),
    *((jc.E(jc.mean_error), gaussian(n), t) for n, t in ((10, 100), (10, 300), (100, 1000))),
    *((jc.E(jc.w2), gaussian(n), t) for n, t in ((10, 100), (10, 300), (100, 1000))),
    *((jc.E(jc.mean_error), exponential(n), t) for n, t in ((10, 100), (10, 300), (100, 1000))),
    *((jc.E(jc.variance), exponential(n), t) for n, t in ((10, 100), (10, 300), (100, 1000))),
]


@pytest.mark.slow
@pytest.mark.parametrize(("quantity", "recursion", "t"), CASES)
def test_the_cases_of_the_table_are_resolved(quantity, recursion, t, key):
    law, replicas = float(jc.predict(quantity, recursion, t)), 1 << 16
    about = {"generations": t, "replicas": replicas, "observe": quantity.metric, "at": [t]}
    plain = quantity(jc.simulate(key, recursion, **about))
    with jax.enable_x64(True):
        tilted = quantity(jc.simulate(key, recursion, carrier="tilted", **about))
    found = [(e.value[-1], e.error[-1], (e.value[-1] - law) / e.error[-1]) for e in (plain, tilted)]
    row = [type(recursion.family).__name__, str(quantity), f"n={recursion.n}", f"T={t}"]
    numbers = [f"{value:.4g} ± {error:.2g} (z {z:.1f})" for value, error, z in found]
    print(" | ".join([*row, f"law {law:.4g}", *numbers]))
    assert tilted.trusted()[-1]
    assert abs(found[1][2]) < 5
