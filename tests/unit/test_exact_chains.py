"""Small chains enumerated in exact fractions, against every law that speaks about them.

A law's body is evaluated on fractions, so that both sides are rational numbers and must be equal.
The enumeration draws outcome by outcome and knows no formula.
"""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, product
from math import prod
from types import SimpleNamespace

import numpy as np
import pytest
import sympy as sp

import jaxcollapse as jc
from jaxcollapse.theory.registry import law_named

TRUTH = np.array([Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)])
MEAN = Fraction(1, 3)
SIZES = [2, 3, 1]
ARRIVALS = [0, 1, 2]
BERNOULLI = {"mean": MEAN, "v0": Fraction(0), "v1": Fraction(1), "v2": Fraction(-1)}
FRACTIONS = SimpleNamespace(
    sum=sum,
    size=len,
    positive=lambda p: sum(each > 0 for each in p),
    maximum=max,
    where=lambda condition, yes, no: yes if condition else no,
    entry=lambda values, k: Fraction(values[int(k) - 1]),
    total=lambda term, first, last: sum(
        (term(Fraction(k)) for k in range(first, int(last) + 1)), Fraction(0)
    ),
    product=lambda term, first, last: prod(
        (term(Fraction(k)) for k in range(first, int(last) + 1)), start=Fraction(1)
    ),
)


def shipped(name: str, **symbols):
    """The value of a law in exact arithmetic."""
    numbers = {key: Fraction(value) for key, value in symbols.items() if isinstance(value, int)}
    times = {key: value for key, value in symbols.items() if key == "t"}
    return law_named(name).body(FRACTIONS, **{**symbols, **numbers, **times})


def moved(law: dict, step: Callable) -> dict:
    """The law of the next state, when `step` gives the law of the next state of every state."""
    following: Counter = Counter()
    for state, chance in law.items():
        for after, weight in step(state).items():
            following[after] += chance * weight
    return dict(following)


def expected(law: dict, function: Callable):
    """The expected value of a function of the state."""
    return sum(chance * function(state) for state, chance in law.items())


def sample(p, n: int) -> dict:
    """The law of the frequencies of n independent draws, sequence by sequence."""
    found: Counter = Counter()
    for draws in product(range(len(p)), repeat=n):
        shares = tuple(Fraction(draws.count(i), n) for i in range(len(p)))
        found[shares] += prod((p[i] for i in draws), start=Fraction(1))
    return dict(found)


def replaced(sizes, before=lambda p: p, after=lambda p: p) -> list[dict]:
    """The law of the probabilities of fits 0, 1, …, with a change before and after every sample."""
    laws = [{tuple(TRUTH): Fraction(1)}]
    for n in sizes:
        step = lambda p, n=n: moved(sample(before(p), n), lambda q: {tuple(after(q)): Fraction(1)})
        laws.append(moved(laws[-1], step))
    return laws


def mixed(rate):
    """A mixture with the truth."""
    return lambda p: tuple((1 - rate) * x + rate * u for x, u in zip(p, TRUTH, strict=True))


def heterozygosity(p):
    return sum(x * (1 - x) for x in p)


def squared_distance(p):
    return sum((x - u) ** 2 for x, u in zip(p, TRUTH, strict=True))


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


def batch(p, n: int) -> dict:
    """The law of the mean of n Bernoulli draws."""
    return moved(sample((p, 1 - p), n), lambda shares: {shares[0]: Fraction(1)})


def looped(update: Callable, sizes, arrivals=None) -> list[dict]:
    """The law of (real mean, mean) of every fit, by `update(k, real, mean, synthetic, fresh)`."""
    laws = [moved(batch(MEAN, sizes[0]), lambda x: {(x, x): Fraction(1)})]
    for k in range(2, len(sizes) + 1):
        arrived = arrivals[k - 1] if arrivals else 0
        real_draws = batch(MEAN, arrived) if arrived else {0: Fraction(1)}

        def step(state, k=k, real_draws=real_draws):
            following: Counter = Counter()
            for y, chance in batch(state[1], sizes[k - 1]).items():
                for z, weight in real_draws.items():
                    following[state[0], update(k, *state, y, z)] += chance * weight
            return following

        laws.append(moved(laws[-1], step))
    return laws


def error(law):
    return expected(law, lambda state: (state[1] - MEAN) ** 2)


def spread(law):
    return expected(law, lambda state: state[1] * (1 - state[1]))


def pool(sizes, arrivals, k):
    """Observations in the pool of fit k."""
    return sum(sizes[:k]) + sum(arrivals[1:k])


@pytest.mark.parametrize("t", [1, 2, 3])
def test_accumulation(t):
    def update(k, real, mean, y, z):
        return mean + Fraction(SIZES[k - 1], sum(SIZES[:k])) * (y - mean)

    law, about = looped(update, SIZES)[t - 1], {"sizes": SIZES, "t": t, **BERNOULLI}
    assert spread(law) == shipped("qvf-accumulate-scheduled-variance", **about)
    assert error(law) == shipped("qvf-accumulate-scheduled-mean-error", **about)


@pytest.mark.parametrize("t", [1, 2, 3])
def test_replacement_of_means(t):
    law = looped(lambda k, real, mean, y, z: y, SIZES)[t - 1]
    about = {"sizes": SIZES, "t": t, **BERNOULLI}
    assert spread(law) == shipped("qvf-replace-scheduled-variance", **about)
    assert error(law) == shipped("qvf-replace-scheduled-mean-error", **about)
    equal = looped(lambda k, real, mean, y, z: y, [2] * 3)[t - 1]
    assert spread(equal) == shipped("qvf-replace-variance", n=2, t=t, **BERNOULLI)


@pytest.mark.parametrize("t", [1, 2, 3])
def test_batches(t):
    sizes = [3, 2, 2]

    def update(k, real, mean, y, z):
        return mean + Fraction(sizes[k - 1], sum(sizes[:k])) * (y - mean)

    law, about = looped(update, sizes)[t - 1], {"n": 2, "real": 3, "t": t, **BERNOULLI}
    assert spread(law) == shipped("qvf-accumulate-batches-variance", **about)
    assert error(law) == shipped("qvf-accumulate-batches-mean-error", **about)


@pytest.mark.parametrize("t", [1, 2, 3])
def test_a_real_set_kept_for_ever(t):
    law = looped(lambda k, real, mean, y, z: (3 * real + 2 * y) / 5, [3, 2, 2])[t - 1]
    assert error(law) == shipped("qvf-anchor-mean-error", n=2, real=3, t=t, **BERNOULLI)


@pytest.mark.parametrize("t", [1, 2, 3])
def test_fresh_real_data(t):
    w = Fraction(1, 4)
    law = looped(lambda k, real, mean, y, z: (1 - w) * y + w * z, [3, 2, 2], [0, 1, 1])[t - 1]
    about = {"n": 2, "fresh": 1, "weight": w, "real": 3, "t": t, **BERNOULLI}
    assert error(law) == shipped("qvf-refresh-mean-error", **about)


@pytest.mark.parametrize("t", [1, 2, 3])
def test_accumulation_with_fresh_real_data(t):
    def added(sizes, arrivals):
        def update(k, real, mean, y, z):
            before, whole = pool(sizes, arrivals, k - 1), pool(sizes, arrivals, k)
            return (before * mean + sizes[k - 1] * y + arrivals[k - 1] * z) / whole

        return looped(update, sizes, arrivals)[t - 1]

    name = "qvf-accumulate-refresh-scheduled-mean-error"
    about = {"sizes": SIZES, "arrivals": ARRIVALS, "t": t, **BERNOULLI}
    assert error(added(SIZES, ARRIVALS)) == shipped(name, **about)
    constant = shipped("qvf-accumulate-refresh-mean-error", n=2, fresh=1, real=3, t=t, **BERNOULLI)
    assert error(added([3, 2, 2], [0, 1, 1])) == constant


def near(name: str, exact, **symbols):
    """A law that computes on the host, in float64, against a rational number."""
    found = float(law_named(name)(**symbols))
    assert abs(found - float(exact)) < 1e-12, f"{name} at {symbols}: {found}, not {exact}"


THREE = [float(x) for x in TRUTH]


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
