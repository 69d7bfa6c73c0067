"""Alarms at their stated rates, detectors at theirs, and the laws of loops by verdict."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from marks import first, further
from scipy import stats

import jaxcollapse as jc
from jaxcollapse._keys import fold_in
from jaxcollapse.quantities.significance import FALSE_ALARM
from jaxcollapse.selection.detect import thinned
from jaxcollapse.theory import Identity
from jaxcollapse.verification import verify_law


def replace_run(key, n, replicas, generations=8):
    recursion = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.7, 1.7), n=n)
    return jc.simulate(key, recursion, generations=generations, replicas=replicas)


@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_false_alarms_keep_their_rate_while_outputs_follow_the_truth(alpha, key):
    run = replace_run(fold_in(key, 0), 20, 1 << 14, generations=12)
    evidence = jc.self_evidence(fold_in(key, 1), run, outputs=20, source=run.recursion.truth)
    alarms = np.isfinite(jc.first_alarms(evidence, alpha)).sum()
    assert 0 < alarms <= stats.binom.isf(FALSE_ALARM, len(evidence), alpha)


@pytest.mark.parametrize("n", [12, 50, 800])
def test_collapse_is_found_as_soon_whatever_the_sample_size(n, key):
    evidence = jc.self_evidence(fold_in(key, 1), replace_run(fold_in(key, 0), n, 4096), outputs=n)
    alarms = jc.first_alarms(evidence, 0.01)
    half = stats.binom.isf(FALSE_ALARM, len(alarms), 0.5)
    assert (alarms <= 2).sum() < len(alarms) - half
    assert (alarms <= 4).sum() > half


def test_cumulative_sums_find_decline_and_keep_their_run_length(key):
    scores = np.asarray(jax.random.normal(key, (1 << 13, 400)), float)
    level = jc.cusum_level(run_length=40, allowance=0.5)
    alarms = 1 + jc.first_crossings(jc.cusum(scores, 0.5), level)
    assert np.isfinite(alarms).mean() > 0.999
    alarms = alarms[np.isfinite(alarms)]
    assert abs(alarms.mean() - 40) < stats.norm.isf(FALSE_ALARM / 2) * alarms.std() / np.sqrt(
        len(alarms)
    )
    run = replace_run(key, 20, 500, generations=60)
    decline = jc.standardized_decline(run, jc.log_variance)
    assert np.isfinite(jc.first_crossings(jc.cusum(decline, 0.5), level)).mean() > 0.9


@pytest.mark.parametrize("carrier", first(["samples", "counts"]))
def test_detectors_keep_each_observation_at_their_rate(carrier, key):
    if carrier == "samples":
        evidence = jc.Samples(jnp.arange(30.0), (jnp.arange(30) < 24).astype(float))
    else:
        evidence = jc.Counts(jnp.asarray(24), jnp.array([11, 0, 9, 4]))
    kept = jax.jit(jax.vmap(lambda i: thinned(evidence, fold_in(key, i), 0.3).count))(
        jnp.arange(1 << 13, dtype=jnp.uint32)
    )
    observed = np.bincount(np.asarray(kept, int), minlength=25)[:25]
    expected = stats.binom.pmf(np.arange(25), 24, 0.3) * len(kept)
    often = expected > 5
    statistic = np.sum((observed - expected)[often] ** 2 / expected[often])
    assert stats.chi2.sf(statistic, often.sum() - 1) > FALSE_ALARM
    assert float(thinned(evidence, key, 0.0).count) == 0
    assert float(thinned(evidence, key, 1.0).count) == 24


def test_statistics_cannot_be_thinned(key):
    family = jc.NormalMean()
    recursion = jc.Recursion(
        family, jc.Refresh(), truth=family.params(0.0), n=9, fresh=3, selection=jc.Detect(0.5)
    )
    with pytest.raises(ValueError, match=r"use 'samples'|does not keep single observations"):
        jc.simulate(key, recursion, generations=2, replicas=1, carrier="statistics")


@pytest.mark.usefixtures("optimized")
@pytest.mark.parametrize(
    "law",
    further(*(each for each in jc.laws() if isinstance(each.kind, Identity))),
    ids=lambda law: law.name,
)
def test_identities_hold_and_reject_their_rivals(law, key):
    verdict = verify_law(key, law)
    assert verdict.passed, verdict.worst
    assert law.rivals


@pytest.mark.parametrize(
    "name",
    [
        "reparation-share",
        *further(
            "watermark-sample-size",
            "cusum-run-length",
            "tail-evidence-delay-lower",
            "qvf-detected-mean-error",
        ),
    ],
)
def test_laws_of_loops_pass_their_verdict(name, key):
    verdict = verify_law(key, jc.law_named(name), quick=True)
    assert verdict.passed, verdict.worst
