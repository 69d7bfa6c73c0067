r"""Heavy tails: the mass that a loop forgets when categories follow Zipf's law,
$p_i\propto i^{-\beta}$.

A model errs on what it has not seen, so its error is the true probability of the categories it
lacks (Hutter 2021). After t fits of n the loop has the effective sample size $A=n\,g_t\approx2n/t$,
and error $C A^{-(1-1/\beta)}$: it grows like $(t/2)^{1-1/\beta}$, less than the linear law that
adds the losses of every generation.
"""

import numpy as np
import scipy

from ...arguments import checked
from ...domains import Integer, Real
from ...numerics import coalescent
from ...numerics.reach import MOST_TERMS, within
from ..kinds import Asymptotic, Bound, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Enumeration
from ..registry import law
from ..subjects import Categorical, CategoricalParams, E, Recursion, Replace, missing_mass, support
from .frequencies import iterated_survival

EXPONENT = Real(0.0, closed=(False, True), typical=(1.2, 3.0))


@checked(exponent=EXPONENT, categories=Integer(2, 2**26))
def zipf(exponent: float, categories: int) -> CategoricalParams:
    r"""Zipf's law on K categories, $p_i\propto i^{-\beta}$: the truth of Hutter's model of scaling
    laws.

    Args:
        exponent: $\beta>0$.
        categories: K, at least 2.

    Example:
        >>> import jaxcollapse as jc
        >>> r = jc.Recursion(jc.Categorical(), jc.Replace(), truth=jc.zipf(1.5, 100), n=50)
        >>> [round(float(lost), 4) for lost in jc.predict(jc.E(jc.missing_mass), r, t=[0, 1, 10])]
        [0.0, 0.186, 0.386]

    References:
        Hutter, Learning curve theory, arXiv 2102.04074; Dohmatob et al., A tale of tails, arXiv
        2402.07043.
    """
    return Categorical.params(zipf_probabilities(exponent, categories))


def zipf_probabilities(exponent, categories) -> np.ndarray:
    """Probabilities of Zipf's law, shape (categories,). Raises `ValueError` outside the ranges of
    `zipf`.
    """
    EXPONENT.check("exponent", exponent)
    Integer(2).check("categories", categories)
    weights = np.arange(1, int(categories) + 1, dtype=float) ** -float(exponent)
    return weights / weights.sum()


def exponent_of(p) -> float:
    r"""$\beta$ of a Zipf law, from its two largest probabilities."""
    return float(np.log2(p[0] / p[1]))


def is_zipf(p) -> bool:
    """Whether probabilities follow a Zipf law with a summable tail."""
    if np.min(p) <= 0 or exponent_of(p) <= 1:
        return False
    return np.allclose(p, p[0] * np.arange(1, len(p) + 1.0) ** -exponent_of(p), rtol=1e-4)


ZIPF = {"p a Zipf law of exponent > 1": is_zipf}


def loop(exponent, categories, n, generations):
    """A configuration to try a law at."""
    return Recursion(Categorical(), Replace(), truth=zipf(exponent, categories), n=n), generations


SMALL = (loop(1.4, 40, 12, 6),)
LONG = (loop(2.2, 1 << 16, 64, 1), loop(2.2, 1 << 16, 64, 3))
SCHEDULED = (loop(1.8, 60, [30, 8, 15], 3), loop(1.8, 60, [12, 20], 2))

FORGOTTEN = E(missing_mass)


def unscheduled(recursion) -> bool:
    """Whether every fit has the same number of observations."""
    return np.ndim(recursion.n) == 0 and recursion.real is None


def forgotten(xp, size, p):
    r"""$\sum_ip_ie^{-p_iA}$, the mass unseen by a Poisson number of draws of mean A."""
    return xp.sum(p * xp.exp(-p * np.asarray(size, float)[..., None]), axis=-1)


def missing_mass_of_harmonic_size(xp, n, t, p):
    """The mass unseen by n / t draws, as if sizes added like resistors: a rival."""
    return xp.where(t > 0, forgotten(xp, n / np.maximum(t, 1), p), 0.0)


def missing_mass_of_poisson_draws(xp, n, t, p):
    """The mass unseen by a Poisson number of ancestors: a rival."""
    return xp.where(t > 0, forgotten(xp, n * np.minimum(iterated_survival(t), 1.0), p), 0.0)


@law("categorical-replace-missing-mass", Categorical, Replace, FORGOTTEN, host=True)
@source("hutter2021", "derived", tag="S1")
@proof(Enumeration("test_types_left_by_replacement"))
@tried(*SMALL)
@rival("linear in t", lambda xp, n, t, p: t * xp.sum(p * (1 - p) ** n))
@rival("harmonic size", missing_mass_of_harmonic_size)
@rival("Poisson", missing_mass_of_poisson_draws)
def loop_missing_mass(xp, n, t, p):
    r"""A category is lost when no ancestor saw it:
    $E\sum_{i\text{ lost}}p_i=\sum_ip_iE(1-p_i)^{A_t}$, at t = 1 $\sum_ip_i(1-p_i)^n$.
    """
    return coalescent.expected_missing_mass(n, t, p)


def missing_mass_of_first_fit(xp, recursion, t, p):
    """The mass that fit 1 misses: a rival."""
    return coalescent.expected_missing_mass_of(recursion.sizes(np.max(t))[:1], np.minimum(t, 1), p)


def missing_mass_of_reversed_sizes(xp, recursion, t, p):
    """The missing mass if the last size came first: a rival."""
    return coalescent.expected_missing_mass_of(recursion.sizes(np.max(t))[::-1], t, p)


@law("categorical-replace-missing-mass-schedule", Categorical, Replace, FORGOTTEN, host=True)
@source("derived", tag="S5")
@holds(when=lambda r: not unscheduled(r))
@tried(*SCHEDULED)
@rival("first fit only", missing_mass_of_first_fit)
@rival("sizes reversed", missing_mass_of_reversed_sizes)
def scheduled_missing_mass(xp, recursion, t, p):
    r"""With sizes $n_1,\dots,n_t$ the ancestors fall into $n_{t-1},\dots,n_1$ cells:
    $\sum_ip_iE(1-p_i)^{A_t}$.
    """
    return coalescent.expected_missing_mass_of(recursion.sizes(max(int(np.max(t)), 1)), t, p)


@law(
    "categorical-replace-missing-mass-harmonic",
    Categorical,
    Replace,
    FORGOTTEN,
    Bound("upper"),
    host=True,
)
@source("derived", tag="S5")
@tried(*SMALL, *SCHEDULED)
def harmonic_missing_mass(xp, recursion, t, p):
    r"""Sample sizes add as resistors do: $E\sum_{i\text{ lost}}p_i\le\sum_ip_ie^{-p_iA}$ with
    $\frac1A=\sum_{k\le t}\frac1{n_k}$.
    """
    times = np.asarray(t, int)
    within("t", int(times.max(initial=1)), MOST_TERMS, "the schedule of sizes is one array")
    sizes = np.asarray(recursion.sizes(int(times.max(initial=1))), float)
    harmonic = 1 / np.cumsum(1 / sizes)
    return np.where(times > 0, forgotten(xp, harmonic[np.maximum(times, 1) - 1], p), 0.0)


LARGE_MASS = Asymptotic("n", 1, "categorical-replace-missing-mass")
LARGE_SUPPORT = Asymptotic("n", 1, "categorical-replace-support")


@law(
    "categorical-replace-missing-mass-zipf", Categorical, Replace, FORGOTTEN, LARGE_MASS, host=True
)
@source("hutter2021", "derived", tag="S5")
@holds(assuming=ZIPF, where={"t": Integer(1)})
@tried(*LONG)
def zipf_missing_mass(xp, n, t, p):
    r"""The missing mass obeys a scaling law in the effective size $A=n\,g_t$:
    $\frac{\Gamma(1-1/\beta)}\beta p_1^{1/\beta}A^{-(1-1/\beta)}$; $g_1=1$, $g_{t+1}=1-e^{-g_t}$.
    """
    power = 1 / exponent_of(p)
    scale = scipy.special.gamma(1 - power) * power * p[0] ** power
    return scale * (n * iterated_survival(t)) ** (power - 1)


@law("categorical-replace-support-zipf", Categorical, Replace, E(support), LARGE_SUPPORT, host=True)
@source("derived", "heaps1978", tag="ZIPF-DECAY")
@holds(assuming=ZIPF, where={"t": Integer(1)})
@tried(*LONG)
def zipf_support(xp, n, t, p):
    r"""The vocabulary obeys Heaps' law in the effective size:
    $E\,\#\simeq\Gamma(1-\frac1\beta)(n\,p_1g_t)^{1/\beta}-\frac12\sim t^{-1/\beta}$.
    """
    power = 1 / exponent_of(p)
    return scipy.special.gamma(1 - power) * (n * p[0] * iterated_survival(t)) ** power - 0.5


SUMMABLE = {"k": Integer(1), "exponent": Real(1.0, closed=(False, True))}


def _tail_sum(k, exponent):
    """The tail term by term, and its rest by Euler and Maclaurin."""
    # Three terms of Euler and Maclaurin: the next is of the order far**(-exponent - 3).
    far = 200_000.0
    rest = far ** (1 - exponent) / (exponent - 1) + far**-exponent / 2
    rest += exponent * far ** (-exponent - 1) / 12
    near = np.sum(np.arange(k + 1, far, dtype=float) ** -exponent)
    return (near + rest) / scipy.special.zeta(exponent)


@law("zipf-cut-floor", kind=Identity(_tail_sum), host=True)
@source("dohmatob2024", tag="S3")
@holds(where=SUMMABLE)
@tried({"k": 20, "exponent": 1.6}, {"k": 3, "exponent": 2.5})
@rival("power law", lambda xp, k, exponent: cut_floor(xp, k, exponent))
def cut_mass(xp, k, exponent):
    r"""A teacher that keeps the k likeliest categories leaves its students an error of
    $1-P_k=\zeta(\beta,k+1)/\zeta(\beta)$ for ever.
    """
    return scipy.special.zeta(exponent, k + 1) / scipy.special.zeta(exponent)


@law("zipf-cut-floor-power", kind=Asymptotic("k", 1, "zipf-cut-floor"), host=True)
@source("dohmatob2024", tag="S2")
@holds(where=SUMMABLE)
@tried({"k": 20, "exponent": 1.6})
def cut_floor(xp, k, exponent):
    r"""The floor of a top-k teacher is $\frac{k^{-(\beta-1)}}{(\beta-1)\zeta(\beta)}$."""
    return k ** (1 - exponent) / ((exponent - 1) * scipy.special.zeta(exponent))
