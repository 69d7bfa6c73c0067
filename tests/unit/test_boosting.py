"""Boosting by weak labels: where the focused law is linear, where it is not, and what it
refuses.
"""

import numpy as np
import pytest
from scipy.stats import binom

import jaxcollapse as jc
from jaxcollapse.literature import catalogue
from jaxcollapse.verification import verify_law

FOCUSED, UNIFORM = (
    jc.law_named("boosting-focused-unsolved"),
    jc.law_named("boosting-uniform-unsolved"),
)


def test_focused_questions_solve_linearly_while_a_batch_is_left():
    t = np.arange(5)
    np.testing.assert_allclose(
        FOCUSED(prompts=12, batch=3, success=0.7, t=t), 12 - 2.1 * t, rtol=1e-12
    )
    after = FOCUSED(prompts=12, batch=3, success=0.7, t=5)
    assert after > 12 - 2.1 * 5 + 0.1


def test_a_batch_that_holds_all_prompts_asks_about_each_of_them():
    t = np.arange(4)
    for law in (FOCUSED, UNIFORM):
        np.testing.assert_allclose(
            law(prompts=5, batch=9, success=0.3, t=t), 5 * 0.7**t, rtol=1e-12
        )


def test_one_prompt_a_round_waits_for_negative_binomial_time():
    solved = binom.pmf(np.arange(3), 7, 0.4)
    expected = np.sum(solved * (3 - np.arange(3)))
    np.testing.assert_allclose(FOCUSED(prompts=3, batch=1, success=0.4, t=7), expected, rtol=1e-12)


@pytest.mark.parametrize("law", [FOCUSED, UNIFORM], ids=lambda law: law.name)
def test_laws_of_boosting_pass_their_verdict_and_count_as_coverage(law, key):
    verdict = verify_law(key, law, quick=True)
    assert verdict.passed, verdict.worst
    entry = next(each for each in catalogue.entries() if each.tag == "V8")
    assert entry.status == "shipped"
    assert law.name in entry.laws


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"success": 1.2}, r"success of law .* must lie in \[0, 1\]"),
        ({"batch": -1}, "batch of law .* must be an integer"),
        ({"prompts": 0}, "prompts of law .* must be an integer"),
    ],
)
def test_symbols_outside_their_range_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        FOCUSED(**{"prompts": 9, "batch": 2, "success": 0.5, "t": 3, **changes})
