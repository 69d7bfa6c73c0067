"""Selections and decodings in law: both carriers agree, and the infinite-sample loop is their
expectation.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from marks import every_third, first
from scipy import stats

import jaxcollapse as jc
from jaxcollapse._keys import fold_in
from jaxcollapse.engine.carriers.population import projected
from jaxcollapse.evidence import Counts
from jaxcollapse.quantities.significance import FALSE_ALARM
from jaxcollapse.verification import allowed_sigmas

DRAWS = 1 << 13
SIZE = 12
CATEGORICAL = jc.Categorical()
SHARES = CATEGORICAL.params([0.45, 0.25, 0.2, 0.1])
LIKING = jc.Table([0.0, 0.5, -0.4, 1.2])
RULES = [
    jc.Verify(jc.OneOf([0, 1, 0, 1]), 0.8, 0.3, least=1),
    jc.Prefer(LIKING, 3),
    jc.BestOf(LIKING, 3),
    jc.Top(LIKING, 0.5),
]


def selected(rule, carrier):
    """Counts that a rule leaves of 12 draws, on samples or on counts, shape (draws, 4)."""

    def one(i):
        key = fold_in(jax.random.key(7), i)
        labels = CATEGORICAL.sample(fold_in(key, 0), SHARES, SIZE)
        samples = jc.Samples(labels, jnp.ones(SIZE))
        if carrier == "samples":
            left = rule.select(fold_in(key, 1), samples, SIZE, SIZE)
            return CATEGORICAL.statistics(left, SHARES).total
        counts = CATEGORICAL.statistics(samples, SHARES).total.astype(jnp.int32)
        return rule.select(fold_in(key, 1), Counts(jnp.asarray(SIZE), counts), SIZE, SIZE).total

    return np.asarray(jax.jit(jax.vmap(one))(jnp.arange(DRAWS, dtype=jnp.uint32)), float)


@pytest.mark.parametrize("rule", every_third(RULES), ids=lambda rule: type(rule).__name__)
def test_samples_and_counts_are_selected_in_the_same_law(rule):
    codes = [
        (selected(rule, carrier) @ (SIZE + 1) ** np.arange(4)).astype(int)
        for carrier in ("samples", "counts")
    ]
    outcomes, place = np.unique(np.concatenate(codes), return_inverse=True)
    table = np.stack([np.bincount(part, minlength=len(outcomes)) for part in np.split(place, 2)])
    common = table.sum(axis=0) >= 20
    table = np.column_stack([table[:, common], table[:, ~common].sum(axis=1) + 1])
    assert stats.chi2_contingency(table).pvalue > FALSE_ALARM


@pytest.mark.parametrize("rule", RULES[:3], ids=lambda rule: type(rule).__name__)
def test_infinite_data_are_the_expectation_of_independent_choices(rule):
    left = selected(rule, "samples")
    params, share = projected(rule, CATEGORICAL, SHARES)
    expected = SIZE * float(share) * np.asarray(params.probabilities, float)
    z = (left.mean(axis=0) - expected) / (left.std(axis=0) / np.sqrt(DRAWS))
    assert np.max(np.abs(z)) < allowed_sigmas(4)


@pytest.mark.parametrize("bound", [0.3, 1.5, 4.0])
def test_truncated_draws_fit_the_truncated_normal(bound):
    drawn = jc.Truncate(bound).sample(
        jax.random.key(3), jc.Gaussian(), jc.Gaussian.params(0.7, 1.7), 1 << 16
    )
    law = stats.truncnorm(-bound, bound, loc=0.7, scale=np.sqrt(1.7))
    assert stats.kstest(np.asarray(drawn, float), law.cdf).pvalue > FALSE_ALARM


def test_a_group_of_two_follows_bradley_and_terry():
    rule, values = jc.Prefer(jc.Slope(1.0), 2), jnp.array([0.3, 1.1])

    def first_wins(i):
        return rule.weights(fold_in(jax.random.key(9), i), values, jnp.ones(2, bool))[0]

    wins = int(np.sum(jax.jit(jax.vmap(first_wins))(jnp.arange(DRAWS, dtype=jnp.uint32))))
    assert stats.binomtest(wins, DRAWS, 1 / (1 + np.exp(0.8))).pvalue > FALSE_ALARM


@pytest.mark.parametrize(
    "decoding",
    first([jc.Temperature(0.6), jc.Edit(0.2, [0, 0, 0.5, 0.5])]),
    ids=lambda d: type(d).__name__,
)
def test_decoded_models_are_drawn_alike_on_both_carriers(decoding, key):
    recursion = jc.Recursion(CATEGORICAL, jc.Replace(), truth=SHARES, n=SIZE, decoding=decoding)
    values = [
        np.asarray(
            jc.simulate(key, recursion, generations=3, replicas=DRAWS, carrier=carrier).values(
                jc.heterozygosity
            )
        )[:, -1]
        for carrier in ("statistics", "samples")
    ]
    assert stats.ks_2samp(*(np.round(each, 3) for each in values)).pvalue > FALSE_ALARM
