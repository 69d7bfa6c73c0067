"""Small chains enumerated in exact fractions, against every law that speaks about them.

A law's body is evaluated on fractions, so that both sides are rational numbers and must be equal.
The enumeration draws outcome by outcome and knows no formula.
"""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import prod
from types import SimpleNamespace

import numpy as np
import pytest

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
