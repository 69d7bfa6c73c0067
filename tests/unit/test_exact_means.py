"""The mean of two outcomes, enumerated in exact fractions, against laws that speak about it."""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import pytest
from exact import MEAN, SIZES, batch, expected, moved, shipped

ARRIVALS = [0, 1, 2]
BERNOULLI = {"mean": MEAN, "v0": Fraction(0), "v1": Fraction(1), "v2": Fraction(-1)}


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
