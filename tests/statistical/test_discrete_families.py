"""Families that are their own sample, and categories under forces: carriers and naive twins agree
in law.
"""

import jax
import numpy as np
import pytest
from marks import first
from scipy import stats
from scipy.special import xlogy

import jaxcollapse as jc
from jaxcollapse.quantities.significance import FALSE_ALARM
from jaxcollapse.verification import verify_law

REPLICAS = 1 << 12
TWINS = 800
FORCED = [jc.MutatingCategorical(0.2, [0.1, 0.1, 0.2, 0.3, 0.3]), jc.SmoothedCategorical(0.4)]
SOURCE = np.random.default_rng(3).dirichlet(np.ones(2), 4)


def last(key, family, truth, metric, n=9, generations=3, carrier="auto"):
    recursion = jc.Recursion(family, jc.Replace(), truth=truth, n=n)
    run = jc.simulate(
        key, recursion, generations=generations, replicas=REPLICAS, carrier=carrier, observe=metric
    )
    return np.asarray(run.values(metric), float)[:, -1].round(3)


def agree(one, two):
    return stats.ks_2samp(one, np.round(two, 3)).pvalue > FALSE_ALARM


@pytest.mark.parametrize("family", first(FORCED), ids=lambda f: type(f).__name__)
def test_forced_categories_draw_counts_as_they_draw_samples(family, key):
    truth = family.params([0.46, 0.27, 0.15, 0.08, 0.04])
    one, two = (
        last(key, family, truth, jc.heterozygosity, carrier=carrier)
        for carrier in ("statistics", "samples")
    )
    assert agree(one, two)


def test_the_silverman_loop_is_that_of_scipy(key):
    family = jc.KernelDensity(jc.GaussianKernel(), jc.Silverman())
    rng = np.random.default_rng(7)
    points, weights = np.array([-1.0, 0.2, 2.5]), np.array([0.4, 0.4, 0.2])
    twins = []
    for _ in range(TWINS):
        x = rng.choice(points, 9, p=weights) + 0.3 * rng.normal(size=9)
        for _ in range(2):
            x = stats.gaussian_kde(x, "silverman").resample(9, seed=rng)[0]
        twins.append(x.var() + stats.gaussian_kde(x, "silverman").covariance.item())
    assert agree(
        last(key, family, family.params(points, weights, 0.3), jc.variance), np.array(twins)
    )


def test_the_open_vocabulary_is_a_bag_of_copies_and_coinings(key):
    family, rng = jc.OpenVocabulary(0.2), np.random.default_rng(8)
    twins = []
    for _ in range(TWINS):
        text, coined = rng.choice(2, 9, p=[0.7, 0.3]), 2
        for generation in range(3):
            text = text if generation == 0 else rng.choice(text, 9)
            new = rng.random(9) < 0.2
            text = np.where(new, coined + np.arange(9), text)
            coined += 9
        twins.append(len(set(text.tolist())))
    assert agree(last(key, family, family.params([0.7, 0.3]), jc.support), np.array(twins, float))


def test_trigrams_are_those_of_a_naive_loop(key):
    family, rng = jc.NGram(3), np.random.default_rng(9)
    truth = family.params(SOURCE)
    every, weights = np.arange(TWINS), np.tile(truth.weights, (TWINS, 1, 1))

    def pick(shares):
        levels = np.cumsum(shares, axis=1)
        return (rng.random(TWINS)[:, None] * levels[:, -1:] > levels).sum(axis=1)

    for _ in range(3):
        counts, context = np.zeros_like(weights), pick(weights.sum(axis=2))
        for _ in range(9):
            rows = weights[every, context]
            symbol = pick(np.where(rows.sum(axis=1, keepdims=True) > 0, rows, weights.sum(axis=1)))
            counts[every, context, symbol] += 1
            context = (2 * context + symbol) % 4
        weights = counts
    rows = weights / np.maximum(weights.sum(axis=2, keepdims=True), 1)
    twins = -np.sum(weights.sum(axis=2) / 9 * xlogy(rows, rows).sum(axis=2), axis=1)
    assert agree(last(key, family, truth, jc.entropy_rate), twins)


@pytest.mark.parametrize("name", ["favored-categorical-replace-won"])
def test_laws_pass_their_verdict(name):
    verdict = verify_law(jax.random.key(5), jc.law_named(name), quick=True)
    assert verdict.passed, verdict.worst
