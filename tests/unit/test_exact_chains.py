"""Small chains enumerated in exact fractions, against every law that speaks about them.

A law's body is evaluated on fractions, so that both sides are rational numbers and must be equal.
The enumeration draws outcome by outcome and knows no formula.
"""

from collections import Counter
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest
import sympy as sp
from exact import (
    MEAN,
    SIZES,
    THREE,
    TRUTH,
    batch,
    expected,
    heterozygosity,
    mixed,
    moved,
    near,
    replaced,
    sample,
    shipped,
    squared_distance,
)


@pytest.mark.parametrize("t", range(4))
@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        ("categorical-replace-heterozygosity", heterozygosity),
        ("categorical-replace-simpson", lambda p: sum(x * x for x in p)),
        (
            "categorical-replace-chi-square",
            lambda p: sum((x - u) ** 2 / u for x, u in zip(p, TRUTH, strict=True)),
        ),
    ],
)
def test_replacement_of_categories(name, quantity, t):
    assert expected(replaced([3] * t)[t], quantity) == shipped(name, n=3, t=t, p=TRUTH)


@pytest.mark.parametrize("t", range(4))
def test_schedules_of_categories(t):
    found = expected(replaced(SIZES[:t])[t], heterozygosity)
    law = "categorical-replace-scheduled-heterozygosity"
    assert found == shipped(law, sizes=SIZES, t=t, p=TRUTH)


@pytest.mark.parametrize("t", range(4))
def test_drift_against_a_source(t):
    rate = Fraction(1, 5)
    found = expected(replaced([2] * t, before=mixed(rate))[t], squared_distance)
    name = "mutating-categorical-replace-squared-distance"
    assert found == shipped(name, n=2, t=t, p=TRUTH, rate=rate)


@pytest.mark.parametrize("t", range(4))
def test_smoothing(t):
    pseudocount = Fraction(1, 2)
    prior = mixed(3 * pseudocount / (2 + 3 * pseudocount))
    found = expected(replaced([2] * t, after=prior)[t], squared_distance)
    name = "smoothed-categorical-replace-squared-distance"
    assert found == shipped(name, n=2, t=t, p=TRUTH, pseudocount=pseudocount)


@pytest.mark.parametrize("t", [1, 2, 3, 4])
def test_bounds_of_survival(t):
    n, law = 4, {MEAN: Fraction(1)}
    for _ in range(t):
        law = moved(law, lambda p: batch(p, n))
    alive = expected(law, lambda p: int(0 < p < 1))
    about = {"n": n, "t": t, "mean": MEAN}
    assert shipped("bernoulli-replace-segregating-lower", **about) <= alive
    upper = shipped("bernoulli-replace-segregating-upper", **about)
    assert alive <= upper <= shipped("bernoulli-replace-segregating-published", **about)


@pytest.mark.parametrize("t", range(4))
def test_types_left_by_replacement(t):
    law, about = replaced([3] * t)[t], {"n": 3, "t": t, "p": THREE}
    near("categorical-replace-support", expected(law, lambda p: sum(x > 0 for x in p)), **about)
    near("categorical-replace-fixed", expected(law, lambda p: int(1 in p)), **about)
    lost = lambda p: sum(u for x, u in zip(p, TRUTH, strict=True) if x == 0)
    near("categorical-replace-missing-mass", expected(law, lost), **about)


def test_time_to_one_type():
    """The mean times of two-type and three-type chains, as the solutions of linear equations."""
    for name, start, size in (
        ("bernoulli-replace-absorption-time", (MEAN, 1 - MEAN), 3),
        ("categorical-replace-collapse-time", tuple(TRUTH), 3),
    ):
        reached = [p for p in sample([Fraction(1, len(start))] * len(start), size) if 1 not in p]
        rows = [[sample(p, size).get(q, Fraction(0)) for q in reached] for p in reached]
        times = sp.Matrix(len(reached), 1, [1] * len(reached))
        system = sp.eye(len(reached)) - sp.Matrix(rows)
        times = dict(zip(reached, system.LUsolve(times), strict=True))
        exact = 1 + sum(w * times.get(q, 0) for q, w in sample(start, size).items())
        symbols = {"mean": float(MEAN)} if "bernoulli" in name else {"p": THREE}
        near(name, exact, n=size, **symbols)


def two_types(sizes, success):
    """The law of the share of successes when fit k + 1 draws with a changed probability."""
    law = {MEAN: Fraction(1)}
    for k, n in enumerate(sizes):
        chance = success if k else lambda p: p
        law = moved(law, lambda p, n=n, chance=chance: batch(chance(p), n))
    return law


@pytest.mark.parametrize("t", range(1, 5))
def test_two_types(t):
    about = {"n": 4, "t": t, "mean": float(MEAN)}
    law = two_types([4] * t, lambda p: p)
    near("bernoulli-replace-segregating", expected(law, lambda p: int(0 < p < 1)), **about)
    near("bernoulli-replace-fixation", law[Fraction(1)], **about)
    below = sum(w for p, w in law.items() if p <= Fraction(1, 2))
    near("bernoulli-replace-law", below, x=0.5, **about)


@pytest.mark.parametrize("t", range(1, 5))
def test_two_types_under_temperature(t):
    law = two_types([4] * t, lambda p: p**2 / (p**2 + (1 - p) ** 2))
    about = {"n": 4, "t": t, "mean": float(MEAN), "temperature": 0.5}
    mean = expected(law, lambda p: p)
    near("bernoulli-replace-tempered-mean", mean, **about)
    near("bernoulli-replace-tempered-variance", expected(law, lambda p: p * (1 - p)), **about)
    alive = expected(law, lambda p: int(0 < p < 1))
    near("bernoulli-replace-tempered-segregating", alive, **about)


@pytest.mark.parametrize("t", range(1, 5))
def test_two_types_with_an_advantage(t):
    advantage = Fraction(1, 2)
    tilted = lambda p: (1 + advantage) * p / (1 + advantage * p)
    law = {MEAN: Fraction(1)}
    for _ in range(t):
        law = moved(law, lambda p: batch(tilted(p), 4))
    p = [float(MEAN), float(1 - MEAN)]
    near("favored-categorical-replace-won", law[Fraction(1)], n=4, t=t, p=p, advantage=0.5)


@pytest.mark.parametrize("t", range(1, 4))
def test_the_best_of_pairs(t):
    """Pairs of draws: the better one of each is kept, a success if there is one."""
    law = {MEAN: Fraction(1)}
    for k in range(t):
        chance = (lambda p: 1 - (1 - p) ** 2) if k else (lambda p: p)
        law = moved(law, lambda p, k=k, chance=chance: batch(chance(p), 3 if k else 6))
    mean = expected(law, lambda p: p)
    near("bernoulli-replace-best-of-mean", mean, n=6, t=t, mean=float(MEAN), among=2)


@pytest.mark.parametrize("t", range(4))
def test_other_sources_of_categories(t):
    rate, pseudocount = Fraction(1, 5), Fraction(1, 2)
    about = {"n": 2, "t": t, "p": THREE, "source": np.asarray(THREE)}
    found = expected(replaced([2] * t, before=mixed(rate))[t], heterozygosity)
    near("mutating-categorical-replace-heterozygosity", found, **about, rate=0.2)
    prior = mixed(3 * pseudocount / (2 + 3 * pseudocount))
    found = expected(replaced([2] * t, after=prior)[t], heterozygosity)
    near("smoothed-categorical-replace-heterozygosity", found, **about, pseudocount=0.5)
    laws = {tuple(TRUTH): Fraction(1)}
    for _ in range(t):
        halfway = lambda p: moved(
            sample(p, 2),
            lambda q: {tuple((x + y) / 2 for x, y in zip(p, q, strict=True)): Fraction(1)},
        )
        laws = moved(laws, halfway)
    name = "damped-categorical-replace-squared-distance"
    value = shipped(name, n=2, t=t, p=TRUTH, support=None, rate=Fraction(1, 2))
    assert expected(laws, squared_distance) == value


@pytest.mark.parametrize("t", range(4))
def test_new_words(t):
    """Two tokens copy tokens of the last text, or coin words that were never used."""
    n, novelty = 2, Fraction(1, 4)

    def copied(text, weights):
        following: Counter = Counter()
        for draws in product([*range(len(text)), None], repeat=n):
            chance = prod(
                (novelty if d is None else (1 - novelty) * weights[d] for d in draws),
                start=Fraction(1),
            )
            coined = max((w for w in text), default=0)
            words = []
            for d in draws:
                coined += d is None
                words.append(coined if d is None else text[d])
            names = {w: i for i, w in enumerate(dict.fromkeys(words))}
            following[tuple(names[w] for w in words)] += chance
        return dict(following)

    law = {(0, 1, 2): Fraction(1)}
    for k in range(t):
        weights = lambda text, k=k: TRUTH if k == 0 else [Fraction(1, len(text))] * len(text)
        law = moved(law, lambda text, weights=weights: copied(text, weights(text)))
    shares = lambda text: [Fraction(text.count(w), len(text)) for w in set(text)]
    agreement = (
        (lambda text: sum(x**2 for x in TRUTH))
        if t == 0
        else (lambda text: sum(x**2 for x in shares(text)))
    )
    value = shipped("open-vocabulary-replace-simpson", n=n, t=t, p=TRUTH, novelty=novelty)
    assert expected(law, agreement) == value
    near(
        "open-vocabulary-replace-support",
        expected(law, lambda text: len(set(text))),
        n=n,
        t=t,
        p=THREE,
        novelty=0.25,
    )
