r"""Temperature and categories: log-odds grow by $1/T$ per generation, and real data may balance
them.

`warped` gives what a sharpened or flattened share becomes. Exact at finite n for two categories, by
the warped Wright–Fisher chain; without chance for any number of them, by the loop on the population
carrier.
"""

import numpy as np
import scipy

from ...domains import Integer, Real
from ...numerics import wright_fisher
from ..infinite import shares
from ..kinds import Asymptotic, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Enumeration
from ..ranges import SHARE_MEAN
from ..registry import law
from ..subjects import (
    Bernoulli,
    Categorical,
    E,
    P,
    Recursion,
    Refresh,
    Replace,
    Temperature,
    Weighted,
    mean,
    segregating,
    variance,
)

MARCHI = "marchi2024"
TEMPERED = (
    {"p": [0.46, 0.27, 0.15, 0.08, 0.04], "temperature": 0.8, "t": 6},
    {"p": [0.6, 0.4], "temperature": 1.7, "t": 6},
)
WEIGHTED = (
    {"weight": 0.5, "temperature": 0.7, "categories": 2},
    {"weight": 0.45, "temperature": 0.7, "categories": 7},
)

BY_CHAIN = {"decoding": Temperature, "host": True}


def _two(temperature):
    """Two unequal categories, generated at a temperature."""
    truth, decoding = Bernoulli().params(0.37), Temperature(temperature)
    return Recursion(Bernoulli(), Replace(), truth=truth, n=12, decoding=decoding), 6


COLD, HOT = _two(0.7), _two(1.6)


def warped(p, temperature):
    r"""$p^{1/T}/(p^{1/T}+(1-p)^{1/T})$."""
    # By log odds: both powers are zero in float64 where the temperature is small.
    return scipy.special.expit(scipy.special.logit(p) / temperature)


def _chain(n, t, mean, temperature, functional):
    return wright_fisher.warped_expectation(
        n, n, t, float(mean), lambda p: warped(p, temperature), functional
    )


def mean_without_drift(xp, t, mean, temperature):
    """The share sharpened t - 1 times, without chance: a rival."""
    return warped(mean, temperature ** xp.maximum(t - 1.0, 0.0))


@law("bernoulli-replace-tempered-mean", Bernoulli, Replace, E(mean), **BY_CHAIN)
@source("derived", tag="TEMP-CRIT")
@proof(Enumeration("test_two_types_under_temperature"))
@holds(where=SHARE_MEAN)
@tried(COLD, HOT)
@rival("faithful", lambda xp, t, mean: mean + 0.0 * t)
@rival("no drift", mean_without_drift)
def tempered_mean(xp, n, t, mean, temperature):
    r"""Sharpening favors the majority: $E p_t$ of the Wright–Fisher chain with success probability
    $\frac{p^{1/T}}{p^{1/T}+(1-p)^{1/T}}$.
    """
    return _chain(n, t, mean, temperature, lambda p: p)


@law("bernoulli-replace-tempered-variance", Bernoulli, Replace, E(variance), **BY_CHAIN)
@source("derived", tag="TEMP-CRIT")
@proof(Enumeration("test_two_types_under_temperature"))
@holds(where=SHARE_MEAN)
@tried(COLD, HOT)
@rival("faithful", lambda xp, n, t, mean: mean * (1 - mean) * (1 - 1 / n) ** t)
def tempered_variance(xp, n, t, mean, temperature):
    r"""Diversity $E\,p_t(1-p_t)$ is that of the warped chain, below $(1-\frac1n)^t$ for $T<1$ and
    above it for $T>1$.
    """
    return _chain(n, t, mean, temperature, lambda p: p * (1 - p))


@law("bernoulli-replace-tempered-segregating", Bernoulli, Replace, P(segregating), **BY_CHAIN)
@source("derived", tag="TEMP-CRIT")
@proof(Enumeration("test_two_types_under_temperature"))
@holds(where=SHARE_MEAN)
@tried(COLD, HOT)
@rival("faithful", lambda xp, n, t, mean: wright_fisher.survival(n, t, float(mean)))
def tempered_segregating(xp, n, t, mean, temperature):
    r"""Both outcomes are left with probability $P(0<p_t<1)$ of the warped chain."""
    return _chain(n, t, mean, temperature, lambda p: ((p > 0) & (p < 1)).astype(float))


def _mixed(p, workflow, temperature):
    """The loop of categories at a temperature, with as many fresh data where the workflow uses
    them.
    """
    about = {"truth": Categorical.params(p), "n": 100, "fresh": 100}
    return Recursion(Categorical(), workflow, decoding=Temperature(temperature), **about)


def _unmixed(p, temperature, t):
    return shares(_mixed(p, Replace(), temperature), int(t))[-1]


@law("categorical-replace-tempered-law", kind=Identity(_unmixed))
@source("derived", tag="TEMP-CRIT")
@tried(*TEMPERED)
@rival("fit 1 tempered", t=lambda t: t + 1)
def tempered_law(xp, p, temperature, t):
    r"""With infinite data temperatures multiply: $p_t\propto p_0^{T^{-(t-1)}}$, every log-odds
    grows by $1/T$.
    """
    weights = (p / p.max()) ** (1 / temperature ** (t - 1))
    return weights / xp.sum(weights)


def _response(weight, temperature, categories):
    imbalance = 1e-6 * np.linspace(-1, 1, int(categories))
    fits = shares(_mixed(1 / categories + imbalance, Refresh(weight), temperature), 600)
    return (fits[-1] - 1 / categories)[-1] / imbalance[-1]


@law("categorical-refresh-tempered-response", kind=Identity(_response, tolerance=1e-4))
@source("derived", MARCHI, tag="TEMP-CRIT")
@tried(*WEIGHTED)
@rival("weights alone", lambda xp, weight, temperature: weight / (weight - (1 - temperature)))
def response(xp, weight, temperature, categories):
    r"""A share $\alpha$ of balanced real data holds imbalance at $\frac{\alpha T}{\alpha-(1-T)}$
    times theirs: $\alpha_c=1-T$, whatever K.
    """
    return weight * temperature / (weight - (1 - temperature)) + 0 * categories


def _amplitude(temperature, closeness):
    weight = 1 - temperature * (1 + 1 / closeness)
    fits = shares(_mixed([0.5 + 1e-9, 0.5 - 1e-9], Refresh(weight), temperature), 2000)
    return 2 * fits[-1, 0] - 1


BELOW_ONE = Real(0.01, 1.0, closed=(True, False), typical=(0.3, 0.9))
SHARED = {
    "a synthetic share T(1 + 1/x) of at most 1": lambda temperature, closeness: (
        (closeness > 0) & (temperature * (closeness + 1) <= closeness)
    )
}


def pitchfork(temperature, closeness):
    r"""The positive root of $m=s\tanh(\operatorname{artanh}(m)/T)$ at synthetic share
    $s=T(1+1/x)$.
    """
    share = temperature * (1 + 1 / closeness)
    excess = lambda m: share * np.tanh(np.arctanh(m) / temperature) - m
    return scipy.optimize.brentq(excess, 1e-9, 1 - 1e-15, xtol=1e-15)


ONSET = Asymptotic("closeness", 1, "categorical-refresh-tempered-pitchfork")


@law("categorical-refresh-tempered-pitchfork-onset", kind=ONSET)
@source("derived", tag="C4")
@holds(assuming=SHARED, where={"temperature": BELOW_ONE})
@tried({"temperature": 0.8, "closeness": 40.0})
def pitchfork_leading(xp, temperature, closeness):
    r"""The pitchfork is supercritical: $m^2\approx\frac{3(s/T-1)}{s(T^{-3}-T^{-1})}$ near $s=T$."""
    share = temperature * (1 + 1 / closeness)
    return xp.sqrt(3 / closeness / (share * (temperature**-3 - 1 / temperature)))


@law("categorical-refresh-tempered-pitchfork", kind=Identity(_amplitude, tolerance=1e-5), host=True)
@source("derived", MARCHI, tag="C4")
@holds(assuming=SHARED, where={"temperature": BELOW_ONE})
@tried({"temperature": 0.8, "closeness": 40.0}, {"temperature": 0.6, "closeness": 3.0})
@rival("leading order", pitchfork_leading)
@rival("1/s", lambda xp, temperature, closeness: pitchfork(temperature, closeness + 1))
def pitchfork_amplitude(xp, temperature, closeness):
    r"""Two balanced categories part when $s>T$: the imbalance $m=2p-1$ solves
    $m=s\tanh(\frac1T\operatorname{artanh}m)$, $s=T(1+\frac1x)$.
    """
    return pitchfork(float(temperature), float(closeness))


def _collapsed_survives(weight, temperature, categories, alone=100, generations=1500):
    """Whether a model that collapsed on its own data stays collapsed when balanced real data come
    back with a weight.
    """
    real = np.where(np.arange(generations) < alone, 0.0, weight)
    matrix = np.diag(1 - real)
    matrix[:, 0] += real
    truth = (1 + 1e-6 * (categories * (np.arange(categories) == 0) - 1)) / categories
    last = shares(_mixed(truth, Weighted(matrix), temperature), generations)[-1]
    return last.max() > 1.2 / categories


def _last_survivor(temperature, categories):
    low, high = float(1 - temperature), 1.0
    while high - low > 1e-5:
        middle = 0.5 * (low + high)
        survives = _collapsed_survives(middle, temperature, categories)
        low, high = (middle, high) if survives else (low, middle)
    return 0.5 * (low + high)


@law("categorical-refresh-tempered-spinodal", kind=Identity(_last_survivor, 1e-3), host=True)
@source("derived", tag="TEMP-CRIT")
@holds(where={"temperature": BELOW_ONE, "categories": Integer(3)})
@tried({"temperature": 0.7, "categories": 3}, {"temperature": 0.8, "categories": 10})
@rival("local", lambda xp, temperature, categories: 1 - temperature + 0 * categories)
def spinodal(xp, temperature, categories):
    r"""For $K\ge3$ a collapsed state outlives $\alpha_c=1-T$, up to the largest $\alpha$ with
    $x=\frac\alpha K+(1-\alpha)h_T(x)$, $x>\frac1K$.
    """
    temperature, categories = float(temperature), float(categories)

    def real_share(x):
        top = x ** (1 / temperature)
        rest = (categories - 1) * ((1 - x) / (categories - 1)) ** (1 / temperature)
        sharpened = top / (top + rest)
        return (sharpened - x) / (sharpened - 1 / categories)

    grid = np.linspace(1 / categories, 1, 400)[1:-1]
    best, step = grid[np.argmax(real_share(grid))], grid[1] - grid[0]
    search = {"bounds": (best - step, best + step), "method": "bounded"}
    missing = lambda x: -real_share(x)
    found = scipy.optimize.minimize_scalar(missing, **search, options={"xatol": 1e-12})
    return real_share(found.x)
