"""Small chains enumerated in exact fractions, and laws evaluated on fractions."""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import prod
from types import SimpleNamespace

import numpy as np

from jaxcollapse.theory.registry import law_named

TRUTH = np.array([Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)])
MEAN = Fraction(1, 3)
SIZES = [2, 3, 1]
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


def batch(p, n: int) -> dict:
    """The law of the mean of n Bernoulli draws."""
    return moved(sample((p, 1 - p), n), lambda shares: {shares[0]: Fraction(1)})


def near(name: str, exact, **symbols):
    """A law that computes on the host, in float64, against a rational number."""
    found = float(law_named(name)(**symbols))
    assert abs(found - float(exact)) < 1e-12, f"{name} at {symbols}: {found}, not {exact}"


THREE = [float(x) for x in TRUTH]
