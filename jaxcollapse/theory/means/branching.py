r"""Counts that branch: a Poisson loop is a critical Galton–Watson process, and a rare word is one.

The total $n\lambda_t$ has generating function $e^{n\lambda_0(f_{t-1}(z)-1)}$ with $f(z)=e^{z-1}$
iterated. It dies out for sure, yet the mean time to do so is infinite, since
$P(\lambda_t>0)\simeq2n\lambda_0/t$.
"""

import numpy as np
import scipy

from ...domains import Integer
from ...numerics.reach import within, within_steps
from ..categorical.frequencies import iterated_survival
from ..kinds import Asymptotic, Bound, Identity, InDistribution
from ..notes import holds, rival, source, tried
from ..ranges import RATE_MEAN, SHARE_MEAN
from ..registry import law
from ..subjects import (
    Accumulate,
    Bernoulli,
    Distribution,
    E,
    P,
    Poisson,
    Recursion,
    Replace,
    laplace_transform,
    mean,
    segregating,
)

LATE = Asymptotic("t", 1, "poisson-replace-laplace")

POINTS = 1 << 13
RATE = 0.8
FEW = tuple(
    (Recursion(Poisson(), Replace(), truth=Poisson().params(0.7), n=3), generations)
    for generations in (24, 5)
)


def _cumulative(size, x, total_of, mean, variance, t):
    """Distribution function of total / size at x, where `total_of` maps z to the generating
    function of the total, which has this mean and variance.
    """
    # Beyond a few standard deviations the total of t fits has an exponential tail of scale t / 2.
    reached = mean + 12 * np.sqrt(variance) + 20 * t
    within("the range of n times the mean", reached, POINTS, "it is summed up count by count")
    z = np.exp(-2j * np.pi * np.arange(POINTS) / POINTS)
    mass = np.fft.ifft(total_of(z)).real
    table = np.concatenate([[0.0], np.clip(np.cumsum(mass), 0.0, 1.0)])
    return table[np.clip(np.floor(np.asarray(x) * size + 1e-9).astype(int) + 1, 0, POINTS)]


@law("poisson-replace-law", Poisson, Replace, Distribution(mean), InDistribution(), host=True)
@source("suresh2024", "classical", tag="POISSON-GW")
@holds(where=RATE_MEAN)
@rival("one generation more", t=lambda t: t + 1)
@rival("real data", t=1)
def replace_law(xp, x, n, t, mean):
    r"""$n\lambda_t$ is the size of a critical Poisson branching process:
    $E z^{n\lambda_t}=e^{n\lambda_0(f^{\circ(t-1)}(z)-1)}$, $f(z)=e^{z-1}$.
    """

    def total(z):
        for _ in range(int(t) - 1):
            z = np.exp(z - 1)
        return np.exp(n * mean * (z - 1))

    return _cumulative(n, x, total, n * mean, n * mean * t, t)


def never_mixed(xp, x, n, t, mean):
    size = n * t
    return _cumulative(
        size, x, lambda z: np.exp(size * mean * (z - 1)), size * mean, size * mean, 1
    )


@law("poisson-accumulate-law", Poisson, Accumulate, Distribution(mean), InDistribution(), host=True)
@source("derived", tag="POISSON-ACC-PGF")
@holds(where=RATE_MEAN, when=lambda r: r.real is None)
@rival("replace", replace_law)
@rival("never mixed", never_mixed)
def accumulate_law(xp, x, n, t, mean):
    r"""The pool $S_t=nt\lambda_t$ grows by $\mathrm{Poisson}(S_k/k)$:
    $E z^{S_t}=e^{n\lambda_0(z_1-1)}$, $z_k=z_{k+1}e^{(z_{k+1}-1)/k}$, $z_t=z$.
    """

    def total(z):
        for k in range(int(t) - 1, 0, -1):
            z = z * np.exp((z - 1) / k)
        return np.exp(n * mean * (z - 1))

    return _cumulative(n * t, x, total, n * t * mean, 2 * n * t**2 * mean, t)


@law("poisson-replace-laplace", Poisson, Replace, E(laplace_transform(RATE)), host=True)
@source("suresh2024", tag="POISSON-GW")
@holds(where=RATE_MEAN)
@rival("n + 1", n=lambda n: n + 1, rate=RATE)
@rival("survival only", lambda xp, n, t, mean: xp.exp(-n * mean * iterated_survival(t)))
def replace_laplace(xp, n, t, mean, rate=RATE):
    r"""$E e^{-s\lambda_t}=e^{-n\lambda_0g^{\circ t}(s/n)}$ with $g(\theta)=1-e^{-\theta}$ iterated
    t times.
    """
    return np.exp(-n * mean * iterated(rate / n, t))


def iterated(theta, t):
    r"""$g^{\circ t}(\theta)$ with $g(\theta)=1-e^{-\theta}$, for every t."""
    within_steps(int(np.max(t, initial=0)), np.size(theta))
    table = [np.asarray(theta, float)]
    for _ in range(np.max(t, initial=0)):
        table.append(-np.expm1(-table[-1]))
    return np.stack(table)[np.asarray(t, int)]


@law("poisson-replace-laplace-yaglom", Poisson, Replace, E(laplace_transform(RATE)), LATE)
@source("yaglom1947", tag="POISSON-YAGLOM")
@holds(where=RATE_MEAN)
@tried(*FEW[:1])
def yaglom_laplace(xp, n, t, mean, rate=RATE):
    r"""Lines survive with probability $\frac2t$ and then have size $\mathrm{Exp}(t/2)$:
    $E e^{-s\lambda_t}\simeq\exp\left(-\frac{n\lambda_0}{t/2+n/s}\right)$.
    """
    return xp.exp(-n * mean / (t / 2 + n / rate))


@law("poisson-replace-segregating-upper", Poisson, Replace, P(segregating), Bound("upper"))
@source("derived", "suresh2024", tag="GK-BOUNDS")
@holds(where={**RATE_MEAN, "t": Integer(1)})
@tried(*FEW)
def survival_upper(xp, n, t, mean):
    r"""Since $g_t\le\frac2{t+1}$: $P(\lambda_t>0)\le1-e^{-2n\lambda_0/(t+1)}$; the literature has
    $g_t\le\frac3t$.
    """
    return -xp.expm1(-2 * n * mean / (t + 1))


@law("poisson-replace-segregating-lower", Poisson, Replace, P(segregating), Bound("lower"))
@source("derived", "suresh2024", tag="GK-BOUNDS")
@holds(where={**RATE_MEAN, "t": Integer(1)})
@tried(*FEW)
def survival_lower(xp, n, t, mean):
    r"""Since $g_t\ge2/(t+1+\frac{H_t-1}3)$: $P(\lambda_t>0)\ge1-e^{-n\lambda_0g}$, within 7.3 % of
    the upper bracket for every t.
    """
    return -xp.expm1(-n * mean * 2 / (t + 1 + (xp.total(lambda k: 1 / k, 1, t) - 1) / 3))


@law("poisson-accumulate-segregating", Poisson, Accumulate, P(segregating))
@source("derived", tag="POISSON-ACC-PGF")
@holds(where=RATE_MEAN, when=lambda r: r.real is None)
@tried((Recursion(Poisson(), Accumulate(), truth=Poisson().params(0.4), n=3), 12))
@rival("replace", lambda xp, n, t, mean: -xp.expm1(-n * mean * iterated_survival(t)))
@rival("all draws real", lambda xp, n, t, mean: -xp.expm1(-n * mean * np.maximum(t, 1)))
def accumulate_segregating(xp, n, t, mean):
    r"""A pool dies out only if the first sample is all zero: $P(\lambda_t>0)=1-e^{-n\lambda_0}$ for
    every t.
    """
    return xp.where(np.asarray(t) > 0, -xp.expm1(-n * mean), 1.0)


RARE = tuple(
    (Recursion(Bernoulli(), Replace(), truth=Bernoulli().params(p), n=n), generations)
    for p, n, generations in ((0.004, 500, 12), (0.01, 120, 6))
)
ALIVE = P(mean > 1e-9)


@law("bernoulli-replace-word-lower", Bernoulli, Replace, ALIVE, Bound("lower"), host=True)
@source("suresh2024", tag="SURESH-THM1")
@holds(where=SHARE_MEAN)
@tried(*RARE)
def word_lower(xp, n, t, mean):
    r"""A word of probability $p_0$ is still in use with $P(p_t>0)\ge1-e^{-np_0g_t}$."""
    return -xp.expm1(-n * mean * iterated_survival(t))


@law("bernoulli-replace-word-upper", Bernoulli, Replace, ALIVE, Bound("upper"), host=True)
@source("suresh2024", tag="SURESH-THM1")
@holds(where=SHARE_MEAN, when=lambda r: bool(r.truth.mean < 0.05))
@tried(*RARE)
def word_upper(xp, n, t, mean):
    r"""$P(p_t>0)\le1-(1-3np_0^2-3tp_0)e^{-np_0g_t}$, which says nothing
    once $3np_0^2+3tp_0\ge1$.
    """
    return 1 - xp.maximum(1 - 3 * n * mean**2 - 3 * t * mean, 0.0) * xp.exp(
        -n * mean * iterated_survival(t)
    )


def _chain_median(count, largest: int = 3000):
    """The median by the transition matrix of the branching process, cut where less than 1e-9 of its
    mass is lost.
    """
    sizes = np.arange(largest)
    offspring = scipy.stats.poisson.pmf(sizes[None, :], sizes[:, None])
    state, t = scipy.stats.poisson.pmf(sizes, count), 1
    while state[0] < 0.5:
        state, t = state @ offspring, t + 1
    return t


@law("word-forgetting-time", kind=Identity(_chain_median), host=True)
@source("suresh2024", "derived", tag="SURESH-THM1")
@holds(where={"count": Integer(1, 10**5)})
@tried({"count": 10}, {"count": 3}, {"count": 1})
@rival("2c", lambda xp, count: 2 * count)
def forgetting_time(xp, count):
    r"""A word expected c times in the real data is forgotten, in the median, by the first fit t
    with $e^{-cg_t}\ge\frac12$.
    """
    return _median(float(count))


def _median(count: float) -> int:
    """First t at which c g_t has come down to log 2."""
    t, g = 1, 1.0
    while count * g > np.log(2):
        t, g = t + 1, -np.expm1(-g)
    return t


@law("word-forgetting-time-limit", kind=Asymptotic("count", 0.8, "word-forgetting-time"))
@source("derived", tag="SURESH-THM1")
@holds(where={"count": Integer(1)})
@tried({"count": 200})
def forgetting_limit(xp, count):
    r"""The median forgetting time is about $\frac{2c}{\log2}-1$ fits."""
    return 2 * count / xp.log(2.0) - 1
