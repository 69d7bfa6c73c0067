"""Loops of workflows, prompts, labels and groups in exact fractions, against their laws."""

from collections import Counter
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from exact import (
    MEAN,
    THREE,
    TRUTH,
    batch,
    expected,
    heterozygosity,
    moved,
    near,
    sample,
    squared_distance,
)

import jaxcollapse as jc
from jaxcollapse.theory.registry import law_named

WORKFLOWS = {
    "window": (
        jc.Window(2),
        lambda k: {j: Fraction(1, min(k, 2)) for j in range(max(0, k - 2), k)},
    ),
    "accumulate": (jc.Accumulate(), lambda k: dict.fromkeys(range(k), Fraction(1, k))),
    "anchor": (
        jc.Anchor(),
        lambda k: {0: Fraction(1)} if k == 1 else {0: Fraction(1, 2), k - 1: Fraction(1, 2)},
    ),
}


def pooled_fits(p, n: int, weights, t: int) -> dict:
    """The law of fit t, which pools batches with fixed weights, over all histories of batches."""
    histories = {((), tuple(p)): Fraction(1)}
    for k in range(1, t + 1):

        def step(state, k=k):
            past, model = state
            following: Counter = Counter()
            for shares, chance in sample(model, n).items():
                batches = (*past, shares)
                mixed = tuple(
                    sum(w * batches[j][i] for j, w in weights(k).items()) for i in range(len(p))
                )
                following[batches, mixed] += chance
            return dict(following)

        histories = moved(histories, step)
    return histories


@pytest.mark.parametrize("workflow", WORKFLOWS)
@pytest.mark.parametrize("t", [1, 2, 3])
def test_every_linear_workflow(workflow, t):
    """Histories of batches under a window, accumulation and an anchor."""
    made, weights = WORKFLOWS[workflow]
    histories = pooled_fits(TRUTH, 2, weights, t)
    r = jc.Recursion(jc.Categorical(), made, truth=jc.Categorical.params(THREE), n=2)
    for name, quantity in (
        ("categorical-any-heterozygosity", heterozygosity),
        ("categorical-any-squared-distance", squared_distance),
    ):
        exact = expected(histories, lambda state, quantity=quantity: quantity(state[1]))
        assert abs(float(law_named(name).of(r, t)) - float(exact)) < 1e-7
    histories = pooled_fits((MEAN, 1 - MEAN), 2, weights, t)
    r = jc.Recursion(jc.Bernoulli(), made, truth=jc.Bernoulli().params(float(MEAN)), n=2)
    error = expected(histories, lambda state: (state[1][0] - MEAN) ** 2)
    for name, exact in (
        ("qvf-any-mean-error", error),
        ("qvf-any-mean-variance", error),
        ("qvf-any-variance", expected(histories, lambda s: s[1][0] * (1 - s[1][0]))),
    ):
        assert abs(float(law_named(name).of(r, t)) - float(exact)) < 1e-7


@pytest.mark.parametrize("t", range(4))
def test_questions_about_prompts(t):
    """Five prompts, two asked a round, each answered with probability 1/3."""
    success, prompts, asked = Fraction(1, 3), 5, 2

    def solved(among):
        return {k: w for k, w in moved(batch(success, among), lambda x: {x * among: 1}).items()}

    def focused(u):
        among = min(asked, int(u))
        return {u - k: w for k, w in solved(among).items()} if among else {u: Fraction(1)}

    def uniform(u):
        following: Counter = Counter()
        chosen = list(combinations(range(prompts), asked))
        for each in chosen:
            among = sum(i < u for i in each)
            for k, w in (solved(among) if among else {0: Fraction(1)}).items():
                following[u - k] += w / len(chosen)
        return dict(following)

    about = {"prompts": prompts, "batch": asked, "t": t}
    for name, step in (
        ("boosting-focused-unsolved", focused),
        ("boosting-uniform-unsolved", uniform),
    ):
        law = {Fraction(prompts): Fraction(1)}
        for _ in range(t):
            law = moved(law, step)
        near(name, expected(law, lambda u: u), **about, success=1 / 3)


@pytest.mark.parametrize("t", range(4))
def test_chains_of_labels(t):
    """The larger gap of two groups' error rates, by multiplying probabilities."""
    rates = {"a": (Fraction(1, 10), Fraction(1, 4)), "b": (Fraction(1, 5), Fraction(1, 20))}

    def positive(start, up, down):
        for _ in range(t):
            start = start * (1 - down) + (1 - start) * up
        return start

    gaps = [abs(positive(s, *rates["a"]) - positive(s, *rates["b"])) for s in (0, 1)]
    symbols = {
        f"{k}_{g}": float(x) for g in "ab" for k, x in zip(("up", "down"), rates[g], strict=True)
    }
    near("label-chain-odds-gap", max(gaps), t=t, **symbols)


def test_a_quota_of_two_cells():
    """Reparation of a batch of 4 with 3 more candidates, over all candidates."""
    batch_size, budget, shares = 4, 3, (Fraction(1, 5), Fraction(4, 5))
    quota = batch_size // len(shares)
    exact = [Fraction(0), Fraction(0)]
    for counts, chance in sample(shares, batch_size + budget).items():
        taken = [min(quota, count * (batch_size + budget)) for count in counts]
        for c in (0, 1):
            exact[c] += chance * (taken[c] + shares[c] * (batch_size - sum(taken))) / batch_size
    found = law_named("reparation-share")(p=np.array([0.2, 0.8]), batch=batch_size, budget=budget)
    np.testing.assert_allclose(found, [float(x) for x in exact], rtol=1e-12)


def handed_on(shares, items, forgetting, retention):
    """Chances of label 1 in the two blocks of a group, whose shares of the group are `items`."""
    kept = [retention * s / (retention * s + 1 - s) for s in shares]
    group = sum(w * k for w, k in zip(items, kept, strict=True)) / sum(items)
    return [(1 - forgetting) * k + forgetting * group for k in kept]


def two_groups(t, blocks, rates, sizes, labeler):
    """Laws of the shares labeled 1 of each group after t fits, item by item."""
    laws = []
    for items, start, size in zip(blocks, rates, sizes, strict=True):
        law = {tuple(start): Fraction(1)}
        for _ in range(t):

            def step(shares, items=items, size=size):
                chances = handed_on(shares, items, *labeler)
                one, two = (batch(c, m) for c, m in zip(chances, size, strict=True))
                return {(a, b): v * w for a, v in one.items() for b, w in two.items()}

            law = moved(law, step)
        laws.append(law)
    return laws


@pytest.mark.parametrize("t", range(1, 4))
def test_labelings_of_two_groups(t):
    half, third = Fraction(1, 2), Fraction(1, 3)
    blocks = [[Fraction(1, 4), Fraction(1, 4)], [Fraction(1, 8), Fraction(3, 8)]]
    rates = [[third, half], [Fraction(1, 4), Fraction(2, 3)]]
    labeler = Fraction(1, 5), Fraction(3, 2)
    laws = two_groups(t, blocks, rates, [(2, 2), (1, 3)], labeler)
    ends = [[law.get((Fraction(d), Fraction(d)), 0) for d in (0, 1)] for law in laws]
    about = {"n": 8, "t": t, "blocks": np.array(blocks, float), "rates": np.array(rates, float)}
    about |= {"forgetting": 0.2, "retention": 1.5, "up": 0.0, "down": 0.0}
    near("grouped-labels-replace-labeling-0", ends[0][0] * ends[1][0], **about)
    near("grouped-labels-replace-labeling-1", ends[0][1] * ends[1][0], **about)
    near("grouped-labels-replace-labeling-2", ends[0][0] * ends[1][1], **about)
    near("grouped-labels-replace-labeling-3", ends[0][1] * ends[1][1], **about)
    near("grouped-labels-replace-labeling-absorbed", sum(ends[0]) * sum(ends[1]), **about)
