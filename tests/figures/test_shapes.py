"""Shapes of figures: the test over replicas is exact, and the neural figures show theirs."""

import itertools

import numpy as np
import pytest
from scipy import stats

from jaxcollapse import figures
from jaxcollapse.figures.shapes import Shape, judged, sign_flip

SHAPED = (
    "alemohammad2023-gan",
    "alemohammad2023-images",
    "gerstgrasser2024-nets",
    "shumailov2024-digits",
    "shumailov2024-language",
)


@pytest.mark.parametrize(
    "sizes",
    [
        (0.3, 1.1, 0.7, 2.0, 0.2, 0.9, 1.3, 0.05),
        (0.1,) * 7,
        (1.0,) * 6,
        (0.0, 0.0, 2.0, 1.0),
        (0.0,) * 3,
    ],
)
def test_no_level_is_exceeded_when_signs_are_fair(sizes):
    found = np.array(
        [
            sign_flip(np.multiply(sizes, signs))
            for signs in itertools.product((-1, 1), repeat=len(sizes))
        ]
    )
    for level in np.unique(found):
        assert np.mean(found <= level) <= level
    assert found.min() == np.mean(found == found.min())


def test_more_replicas_than_patterns_can_be_counted_for():
    """25 replicas: near the normal approximation, exact where all differences are positive."""
    differences = np.random.default_rng(0).normal(0.4, 1.0, 25)
    expected = stats.norm.sf(differences.sum() / np.sqrt(np.sum(differences**2)))
    assert abs(sign_flip(differences) - expected) < 0.01
    assert sign_flip(np.ones(25)) == 2.0**-17
    assert sign_flip(-np.ones(25)) == 1


def test_a_claim_and_its_opposite_are_not_both_shown():
    differences = np.linspace(0.1, 1.0, 8)
    right, wrong = judged([Shape("right", differences), Shape("wrong", -differences)])
    assert (right.verdict, wrong.verdict) == ("holds", "not shown")
    assert (right.p, wrong.p) == (2.0**-8, 1.0)
    assert judged([Shape("unclear", differences * np.tile([1, -1], 4))])[0].verdict == "not shown"


def test_claims_share_the_error_rate_as_they_are_shown():
    """1/128 is below 0.05 / 4, then 1/64 below 0.05 / 3 and 0.05 / 2, then 2/64 below 0.05; without
    the first claim none is shown.
    """
    sizes = np.arange(1.0, 7.0)
    near = [Shape("first", np.arange(1.0, 8.0))]
    near += [Shape(name, sizes) for name in ("second", "third")]
    fourth = Shape("fourth", sizes * [-1, 1, 1, 1, 1, 1])
    verdicts = [row.verdict for row in judged([*near, fourth])]
    assert [row.p for row in judged([*near, fourth])] == [1 / 128, 1 / 64, 1 / 64, 2 / 64]
    assert verdicts == ["holds"] * 4
    assert [row.verdict for row in judged([fourth, *near[::-1]])] == verdicts
    last = Shape("fifth", sizes * [-1, -1, -1, 1, 1, 1])
    assert [row.verdict for row in judged([near[1], near[2], fourth, last])] == ["not shown"] * 4


def test_diverged_replicas_are_left_out_and_too_few_are_refused():
    assert sign_flip([1.0, np.nan, 2.0]) == 0.25
    with pytest.raises(ValueError, match="at least 2 replicas, got 1"):
        sign_flip([1.0, np.nan])


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPED)
def test_the_shape_of_the_source_is_shown(name):
    rows = [
        row for row in figures.figure(name).reproduce(quick=True).comparisons if "above" in row.what
    ]
    assert len(rows) >= 3
    assert all(row.verdict == "holds" for row in rows), [
        row for row in rows if row.verdict != "holds"
    ]


@pytest.mark.slow
def test_the_trained_linear_vae_agrees_with_the_law_and_not_with_its_rival():
    rows = figures.figure("lucas2019-linear-vae").reproduce(quick=True).comparisons
    assert all(row.verdict == "agrees" for row in rows)
    last = next(row for row in rows if "replace, t=4" in row.what)
    wrong = figures.lucas2019.rival(np.arange(5))[-1]
    assert abs(last.simulated - wrong) > 5.4 * last.error
