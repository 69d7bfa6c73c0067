"""The refuter: wrong conjectures are caught and shrunk, true ones survive, and the error rates are
what they say.
"""

import dataclasses
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from marks import first
from scipy import stats

import jaxcollapse as jc
from jaxcollapse.quantities.significance import FALSE_ALARM
from jaxcollapse.refutation import load_claims
from jaxcollapse.refutation.eprocesses import Betting, NormalMixture, evidence_for, log_mixture

FOLDER = Path(__file__).parent / "conjectures"
WRONG, TRUE = (
    {each.name: each for each in load_claims(FOLDER / f"{kind}.py")} for kind in ("wrong", "true")
)
QUICK_WRONG = [
    "unbiased-variance-decays",
    "survival-by-the-diffusion",
    "likelihood-forgets-at-the-unbiased-rate",
]
QUICK_TRUE = first(["likelihood-variance-decays", "survival-bound"])


def simulated_again(outcome):
    """Run the snippet in a fresh interpreter; the number that it prints."""
    done = subprocess.run([sys.executable, "-c", outcome.snippet()], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return float(done.stdout.split()[1])


@pytest.mark.parametrize("name", QUICK_WRONG)
def test_a_wrong_conjecture_contradicts_a_law_and_simulation(name):
    outcome = jc.refute(WRONG[name], configurations=6)
    example = outcome.counterexample
    assert outcome.refuted
    assert outcome.law is not None
    assert abs(example.simulated - example.claimed) > 3 * example.error
    assert f"contradicts the law {outcome.law}; confirmed by simulation" in str(outcome)


@pytest.mark.parametrize(
    "name", first(["unbiased-variance-decays", "log-variance-spreads-by-two-over-n"])
)
def test_the_counterexample_is_the_smallest_and_its_snippet_reproduces_it(name):
    outcome = jc.refute(WRONG[name], against=())
    example = outcome.counterexample
    assert (example.t, int(example.recursion.n)) == (1, 2)
    assert outcome.law is None
    assert simulated_again(outcome) == pytest.approx(example.simulated, rel=1e-5)


@pytest.mark.parametrize("name", QUICK_TRUE)
def test_a_true_conjecture_survives(name):
    outcome = jc.refute(TRUE[name], configurations=6, most=1 << 14, against=())
    assert not outcome.refuted
    assert outcome.trajectories == 6 << 14
    assert "would have been seen" in str(outcome)


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("against", [None, ()], ids=["laws", "simulation"])
def test_every_planted_conjecture_is_caught(name, against):
    outcome = jc.refute(WRONG[name], against=against)
    assert outcome.refuted, str(outcome)
    assert simulated_again(outcome) == pytest.approx(outcome.counterexample.simulated, rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUE)
@pytest.mark.parametrize("seed", [0, 1])
def test_every_true_conjecture_survives(name, seed):
    outcome = jc.refute(TRUE[name], key=jax.random.key(seed), against=())
    assert not outcome.refuted, str(outcome)


def test_a_law_can_be_put_to_the_refuter():
    law = jc.law_named("gaussian-replace-mean-error")
    assert not jc.refute(law, configurations=2, most=1 << 13).refuted
    wrong = dataclasses.replace(law, body=law.rivals["n - 1"])
    assert jc.refute(wrong, configurations=2).law == "gaussian-replace-mean-error"


def test_a_true_claim_is_refuted_no_more_often_than_stated():
    @jc.claim(
        family=jc.NormalMean(),
        workflow=jc.Replace(),
        quantity=jc.E(jc.mean_error),
        generations=2,
        when=lambda r: r.real is None,
    )
    def drift(xp, n, t, v0):
        return v0 * t / n

    rate, calls = 0.2, 30
    outcomes = [
        jc.refute(
            drift,
            key=jax.random.key(call),
            false_alarm=rate,
            configurations=3,
            most=1 << 13,
            against=(),
        )
        for call in range(calls)
    ]
    assert sum(outcome.refuted for outcome in outcomes) <= stats.binom.isf(FALSE_ALARM, calls, rate)


LAWS = {
    "bernoulli": (lambda rng, shape: rng.binomial(1, 0.1, shape), 0.1, (0.0, 1.0)),
    "rare": (lambda rng, shape: rng.binomial(1, 1e-3, shape), 1e-3, (-np.inf, np.inf)),
    "exponential": (lambda rng, shape: rng.exponential(1.0, shape), 1.0, (0.0, np.inf)),
    "normal": (lambda rng, shape: rng.normal(1.0, 1.0, shape), 1.0, (-np.inf, np.inf)),
    "hidden tail": (
        lambda rng, shape: np.exp(rng.normal(0, 4.0, shape)),
        np.exp(8.0),
        (-np.inf, np.inf),
    ),
    "lognormal": (
        lambda rng, shape: np.exp(rng.normal(0, 1.0, shape)),
        np.exp(0.5),
        (-np.inf, np.inf),
    ),
}


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("sign", [1, -1])
def test_evidence_against_the_truth_is_as_rare_as_stated_however_often_it_is_looked_at(name, sign):
    sampler, mean, bounds = LAWS[name]
    rng, rate, runs = np.random.default_rng(5), 0.05, 400
    evidence = evidence_for(np.full(runs, mean), sign, *bounds)
    seen = np.zeros(runs, bool)
    for size in (256, 256, 512, 1024, 2048):
        evidence.grow(sampler(rng, (size, runs)).astype(float))
        seen |= evidence.log_value() >= -np.log(rate)
    assert seen.sum() <= stats.binom.isf(FALSE_ALARM, runs, rate)


@pytest.mark.parametrize(
    ("kind", "bounds"), [(Betting, (0.0, np.inf)), (NormalMixture, (-np.inf, np.inf))]
)
def test_evidence_against_a_wrong_mean_grows(kind, bounds):
    rng = np.random.default_rng(6)
    evidence = evidence_for(np.array([0.9, 1.0]), 1, *bounds)
    assert isinstance(evidence, kind)
    evidence.grow(rng.exponential(1.0, (1 << 14, 2)))
    wrong, right = evidence.log_value()
    assert wrong > 30
    assert right < 10


@pytest.mark.parametrize("sign", [1, -1])
def test_values_below_rounding_are_no_evidence(sign):
    evidence = evidence_for(np.array([5e-20]), sign, -np.inf, np.inf)
    evidence.grow(1e-31 * np.random.default_rng(7).exponential(1.0, (1 << 12, 1)))
    assert evidence.log_value()[0] < 0
    assert np.all(np.diff(log_mixture(np.array([-1e17, -1e3, -1.0, 0.0, 1.0, 30.0]), 1 << 12)) > 0)


def test_an_infinite_value_refutes_a_finite_mean_only_where_the_range_is_known():
    values = np.array([[0.5], [np.inf]])
    exact, asymptotic = (evidence_for(np.array([1.0]), 1, low, np.inf) for low in (0.0, -np.inf))
    exact.grow(values)
    asymptotic.grow(values)
    assert exact.log_value()[0] == np.inf
    assert asymptotic.log_value()[0] == -np.inf


def claim(**changes):
    about = {
        "family": jc.Gaussian,
        "workflow": jc.Replace,
        "quantity": jc.E(jc.variance),
        **changes,
    }
    return jc.claim(**about)(lambda xp, n, variance: variance)


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: claim(family=jc.Replace), "family must be a family"),
        (lambda: claim(workflow=3), "workflow must be a workflow"),
        (lambda: claim(quantity=jc.HittingTime(jc.fixed)), "quantity must be E, Var, P or Rate"),
        (lambda: claim(kind=jc.InDistribution()), "kind must be Exact"),
        (lambda: claim(kind=jc.Asymptotic("d", 1)), "a limit must be in 'n' or 't'"),
        (lambda: claim(generations=0), "generations of claim .* must be an integer"),
        (lambda: jc.refute(3), "claim must be made by"),
        (lambda: jc.refute(claim(), configurations=0), "configurations must be an integer"),
        (lambda: jc.refute(claim(), most=5), "most must be an integer"),
        (lambda: jc.refute(claim(), key=jnp.zeros(2, jnp.uint32)), "key must be a typed key"),
        (
            lambda: jc.refute(claim(when=lambda r: r.nothing)),
            "its hypothesis `when` fails: AttributeError",
        ),
        (
            lambda: jc.refute(claim(quantity=jc.E(jc.support)), against=()),
            "metric 'support' is not defined for Gaussian",
        ),
        (
            lambda: jc.refute(claim(within=jc.Real(0.0, 0.1)), against=()),
            r"within must hold every variance, got \[0, 0.1\]",
        ),
        (
            lambda: jc.refute(claim(when=lambda r: False)),
            "no configuration below its family and workflow fulfils",
        ),
        (
            lambda: jc.Claim.of(
                dataclasses.replace(jc.law_named("gaussian-replace-w2"), workflow=None)
            ),
            "is not about a quantity",
        ),
    ],
)
def test_wrong_arguments_are_refused_by_name(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()


def test_a_snippet_needs_a_counterexample():
    outcome = jc.refute(
        TRUE["likelihood-variance-decays"], configurations=1, most=1 << 12, against=()
    )
    with pytest.raises(ValueError, match="was not refuted"):
        outcome.snippet()
