"""Rivals that the machine proposes, and the generations at which a law is compared."""

import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.quantities.significance import RESOLUTION
from jaxcollapse.theory.cases import default_cases
from jaxcollapse.theory.kinds import Bound, Exact
from jaxcollapse.verification.comparisons import OfRecursion, times_of, trial_of
from jaxcollapse.verification.proposals import proposals


def test_every_generation_is_compared_and_of_long_runs_many():
    assert times_of(6).tolist() == [1, 2, 3, 4, 5, 6]
    long = times_of(1000)
    assert long[0] == 1
    assert long[-1] == 1000
    assert 40 < len(long) <= 64
    assert np.all(np.diff(long) > 0)


def test_a_sum_over_generations_is_told_from_the_shifted_sum():
    r = jc.Recursion(
        jc.Gaussian(), jc.Accumulate(), truth=jc.Gaussian.params(mean=0.0, variance=1.0), n=50
    )
    law = jc.law_named("gaussian-accumulate-mean-error")
    shifted = proposals(law, r, times_of(3))["sum shifted by one"]
    values = law.of(r, np.arange(5))
    # The terms of k = 2, 3, 4 instead of 1, 2, 3.
    np.testing.assert_allclose(shifted, np.cumsum(np.diff(values)[1:]))


@pytest.mark.parametrize("name", ["gaussian-replace-w2", "categorical-replace-heterozygosity"])
def test_an_exact_law_meets_rivals_of_the_machine_at_its_own_cases(name):
    law = jc.law_named(name)
    assert isinstance(law.kind, Exact)
    trial = trial_of(law, default_cases(law)[0])
    machine = {k: v for k, v in trial.rivals().items() if k not in law.rivals}
    assert {"t + 1", "t - 1"} <= set(machine)
    for each in machine.values():
        assert np.max(np.abs(each / trial.expected() - 1)) > RESOLUTION


def test_a_bound_meets_rivals_of_the_machine_at_chosen_configurations_only():
    law = jc.law_named("bernoulli-replace-segregating-lower")
    assert isinstance(law.kind, Bound)
    (case,) = default_cases(law)[:1]
    assert not set(OfRecursion(law, *case).rivals()) - set(law.rivals)
    assert set(OfRecursion(law, *case, chosen=True).rivals()) - set(law.rivals)
