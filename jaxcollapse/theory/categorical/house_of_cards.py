r"""Curation beside real data: Kingman's house of cards, and condensation on the best reward.

In each generation a share $\beta$ is real, of law q, and the rest is the last model tilted by its
fitness $x=e^r$: $p'=\beta q+(1-\beta)\,xp/E_p x$. The theory is due to Kingman, J. Appl. Probab.
15:1 (1978).
"""

import numpy as np
import scipy

from ...domains import POSITIVE, Integer, Real
from ..infinite import shares
from ..kinds import Asymptotic, Identity
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import Categorical, Recursion, Refresh, Table, Tilt


def _house_of_cards(p, fitness, weight, generations=4000):
    about = {"truth": Categorical.params(p), "n": 100, "fresh": 100}
    decoding = Tilt(Table(np.log(fitness)))
    recursion = Recursion(Categorical(), Refresh(weight), decoding=decoding, **about)
    return shares(recursion, generations)[-1]


INSIDE = Real(0.0, 1.0, closed=(False, False), typical=(0.1, 0.9))
LIVING = {
    "a positive probability of the largest fitness, which is positive": lambda p, fitness: (
        np.max(fitness) > 0 and p[np.argmax(fitness)] > 0
    )
}


def house_of_cards(p, fitness, weight):
    r"""The root of $\sum_i\frac{\beta s q_i}{s-(1-\beta)x_i}=1$ above $(1-\beta)\max x$, and the
    fixed point that it gives.
    """

    def shape(excess):
        level = (1 - weight) * (fitness.max() * (1 + excess))
        return weight * level * p / (level - (1 - weight) * fitness)

    # The root may lie as near to its edge as the condensate is heavy: search for its logarithm.
    total = lambda log_excess: shape(np.exp(log_excess)).sum() - 1
    return shape(np.exp(scipy.optimize.brentq(total, -30, 20, xtol=1e-14)))


FIVE_CARDS = {"p": [0.46, 0.27, 0.15, 0.08, 0.04], "fitness": [0.5, 1.0, 0.7, 0.9, 0.3]}
FIVE_CARDS |= {"weight": 0.3}


def one_round_of_curation(xp, p, fitness, weight):
    """Real data beside one tilt of the truth: a rival."""
    return weight * p + (1 - weight) * p * fitness / xp.sum(p * fitness)


@law("categorical-refresh-tilted-limit", kind=Identity(_house_of_cards), host=True)
@source("kingman1978", "wei2026", tag="V5")
@holds(assuming=LIVING, where={"weight": INSIDE})
@tried(FIVE_CARDS)
@rival("no memory", one_round_of_curation)
def house_of_cards_limit(xp, p, fitness, weight):
    r"""Real data hold curation at Kingman's house of cards:
    $p_\infty=\frac{\beta s\,q}{s-(1-\beta)x}$, $x=e^r$, s from $\sum p_\infty=1$.
    """
    return house_of_cards(p, fitness, float(weight))


def beta_cards(shape, bins):
    """Beta(1, shape) in equal bins of (0, 1), and their midpoints as fitness."""
    bins = int(bins)
    edges = (1 - np.arange(bins + 1) / bins) ** shape
    return edges[:-1] - edges[1:], (np.arange(bins) + 0.5) / bins


def _piled(weight, shape, bins):
    p, fitness = beta_cards(float(shape), bins)
    return _house_of_cards(p / p.sum(), fitness, float(weight))[-1]


@law("categorical-refresh-tilted-top", kind=Identity(_piled), host=True)
@source("kingman1978", tag="V5")
@holds(
    where={
        "weight": Real(0.0, 1.0, closed=(False, False)),
        "shape": POSITIVE,
        "bins": Integer(2, 10**6),
    }
)
@tried({"weight": 0.2, "shape": 3.0, "bins": 16})
@rival("limit", lambda xp, weight, shape: condensate(xp, weight, shape))
def piled_on_top(xp, weight, shape, bins):
    r"""The best of equal bins of Beta(1, c) fitness has the mass of the fixed point of the house of
    cards.
    """
    return house_of_cards(*beta_cards(float(shape), bins), float(weight))[-1]


MANY_BINS = Asymptotic("bins", 1, "categorical-refresh-tilted-top")


@law("categorical-refresh-tilted-condensate", kind=MANY_BINS)
@source("kingman1978", tag="V5")
@holds(where={"shape": Real(1.0, closed=(False, True), typical=(1.5, 4.0))})
@tried({"weight": 0.2, "shape": 3.0, "bins": 64})
def condensate(xp, weight, shape):
    r"""Beta(1, c) fitness condenses for $\beta<\frac{c-1}c$: a mass $1-\frac{\beta c}{c-1}$ piles
    up on the single best reward.
    """
    return xp.maximum(0.0, 1 - weight * shape / (shape - 1))
