"""What a decomposition refuses by name, and what a pilot says before the work."""

import re

import jax
import numpy as np
import pytest
from marks import first

import jaxcollapse as jc
from jaxcollapse.analysis.oracles import Absent
from jaxcollapse.verification import allowed_sigmas


def gaussian(n=10):
    return jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.3, 1.2), n=n)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "forever"}, "kind"),
        ({"kind": "one-shot"}, "give a key"),
        ({"oracles": {"x": 3}}, r"oracles\['x'\] must be an oracle or a function, got 3"),
        ({"oracles": {"x": Absent("x", "none")}}, "must name a source of error"),
        ({"key": jax.random.key(0), "replicas": 0}, "replicas"),
        ({"key": jax.random.key(0), "replicas": 1, "error": 0.1}, r"replicas must be .* \[2, "),
        ({"key": jax.random.key(0), "seconds": 1e-3}, "allow more .seconds=, memory=., or lower"),
        ({"key": jax.random.key(0), "memory": 10.0}, "0.0.* GB"),
        (
            {"key": jax.random.key(0), "replicas": 64, "error": 1e-6},
            "'statistical' with 64 replicas, got 1e-06: it takes about",
        ),
    ],
)
def test_refused_by_name(given, message):
    with pytest.raises(ValueError, match=message):
        jc.decompose(jc.E(jc.w2), gaussian(), t=2, **given)


@pytest.fixture
def asked(monkeypatch):
    """The numbers of replicas of all runs that are carried out."""
    from jaxcollapse.analysis.runs import Run

    found, measured = [], Run.measured
    monkeypatch.setattr(
        Run, "measured", lambda run, key: found.append(run.replicas) or measured(run, key)
    )
    return found


@pytest.mark.parametrize("kind", first(["recursive", "one-shot"]))
def test_a_pilot_says_before_the_work_how_many_replicas_it_takes(key, asked, kind):
    replicas, error = 1 << 16, 1e-4
    how = {"t": [1, 3], "key": key, "kind": kind}
    with pytest.raises(ValueError, match="65536 replicas by a pilot of 256, got") as no:
        jc.decompose(jc.E(jc.w2), gaussian(), replicas=replicas, error=error, **how)
    assert set(asked) == {256}
    needed = int(re.search("about ([0-9]+) replicas", str(no.value))[1])
    whole = jc.decompose(jc.E(jc.w2), gaussian(), replicas=1 << 14, **how)
    parts = whole.of_replicas("statistical")[:, 1]
    true = parts.var() / error**2
    kurtosis = np.mean((parts - parts.mean()) ** 4) / parts.var() ** 2
    # The relative standard error of a variance over 256 replicas.
    assert abs(needed / true - 1) < allowed_sigmas(1) * np.sqrt((kurtosis - 1) / 256)
    asked.clear()
    # Twice the error that the replicas give is no reason to refuse them.
    loose = 2 * error * np.sqrt(true / replicas)
    found = jc.decompose(jc.E(jc.w2), gaussian(), replicas=replicas, error=loose, **how)
    assert set(asked) == {256, replicas}
    assert np.max(found.statistical.error) < loose


def test_a_pilot_is_made_only_where_the_work_is_long_beside_it(key, asked):
    jc.decompose(jc.E(jc.w2), gaussian(), t=2, key=key, replicas=64, error=1e3)
    jc.decompose(jc.E(jc.w2), gaussian(), t=2, key=key, replicas=1 << 16)
    assert set(asked) == {64, 1 << 16}


def test_errors_of_extrapolations_ask_for_larger_samples(key):
    family = jc.KernelDensity(jc.GaussianKernel(), jc.FixedBandwidth(np.array(0.4)))
    truth = family.params([0.0, 1.0, 3.0], width=0.5)
    recursion = jc.Recursion(family, jc.Replace(), truth=truth, n=50)
    with pytest.raises(ValueError, match="with no replicas, got 1e-12: no number of replicas"):
        jc.decompose(jc.E(jc.variance), recursion, t=8, error=1e-12)


def test_oracles_that_do_not_commute_are_named():
    oracles = {
        "small": lambda r: jc.Recursion(r.family, r.workflow, truth=r.truth, n=7),
        "double": lambda r: jc.Recursion(r.family, r.workflow, truth=r.truth, n=2 * r.n),
    }
    with pytest.raises(ValueError, match="must commute: 'small' and 'double'"):
        jc.decompose(jc.E(jc.w2), gaussian(), t=2, oracles=oracles)
