"""Laws that are tried in one configuration share its runs, and every verdict is the one that the
law gets alone.
"""

from dataclasses import replace

import jax
import pytest

import jaxcollapse as jc
from jaxcollapse.theory.cases import default_cases
from jaxcollapse.verification import runs as module
from jaxcollapse.verification.comparisons import OfRecursion

KEY = jax.random.key(3)
TOGETHER = ["gaussian-replace-variance", "gaussian-replace-mean-error", "gaussian-replace-w2"]


@pytest.fixture
def seen(monkeypatch):
    """What every simulation observed."""
    calls = []

    def counted(*arguments, **options):
        calls.append([each.name for each in options["observe"]])
        return jc.simulate(*arguments, **options)

    monkeypatch.setattr(module, "simulate", counted)
    return calls


@pytest.mark.thorough
@pytest.mark.usefixtures("optimized")
def test_laws_share_runs_and_keep_their_verdicts(seen):
    alone = [jc.verify_law(KEY, jc.law_named(name)) for name in TOGETHER]
    apart = len(seen)
    assert all(len(names) == 1 for names in seen)
    together = jc.verify_all(KEY, TOGETHER)
    assert len(seen) - apart < apart
    assert max(map(len, seen)) > 1
    assert [replace(each, seconds=0.0) for each in together] == alone


def test_metrics_of_one_name_and_other_formulas_are_run_apart(seen):
    law = jc.law_named("gaussian-replace-variance")
    recursion, generations = default_cases(law)[0]
    other = replace(
        law,
        quantity=jc.E(
            replace(jc.variance, formulas=lambda family, params, truth: 2 * params.variance)
        ),
    )
    trials = [OfRecursion(each, recursion, generations) for each in (law, other)]
    shared = module.Runs(KEY, trials)
    once, twice = (shared.sums(each, range(64))["variance"].mean for each in trials)
    assert len(seen) == 2
    assert twice[1:] == pytest.approx(2 * once[1:])
    assert twice[1:] != pytest.approx(once[1:])
