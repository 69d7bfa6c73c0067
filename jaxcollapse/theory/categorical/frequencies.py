r"""Categories under recursive training: the haploid Wright–Fisher chain, its dual and its clock.

`coalescent` and `wright_fisher` compute what has no closed form: the ancestor chain and the
two-type chain.
"""

import numpy as np

from ...domains import Integer
from ...numerics import coalescent, wright_fisher
from ...numerics.reach import within_steps
from ..kinds import Asymptotic, Bound, InDistribution
from ..notes import holds, proof, rival, source, tried
from ..proofs import Coq, Enumeration
from ..ranges import RATE_MEAN, SHARE_MEAN
from ..recurrence import mean_square_error, unrelated_mean_square_error, unselected
from ..registry import law
from ..subjects import (
    AbstractWorkflow,
    Accumulate,
    Bernoulli,
    Categorical,
    Distribution,
    E,
    HittingTime,
    P,
    Poisson,
    Recursion,
    Replace,
    chi_square,
    fixed,
    heterozygosity,
    mean,
    segregating,
    squared_distance,
    support,
)

WRIGHT = ("wright1931", "fisher1930")
WON = mean > 0.999999
LARGE = Asymptotic("n", 1, "categorical-replace-collapse-time")
LATE = Asymptotic("t", 2, "bernoulli-replace-fixation")


def one_sided():
    """A small sample of a frequent outcome, whose fixation is no rare event at t = 1."""
    truth = Bernoulli().params(0.8)
    return ((Recursion(Bernoulli(), Replace(), truth=truth, n=5), 8),)


def three_types():
    """A small sample of three types, whose collapse is no rare event at t = 1."""
    truth = Categorical().params([0.6, 0.3, 0.1])
    return ((Recursion(Categorical(), Replace(), truth=truth, n=6), 6),)


def small_totals():
    """A small expected total, whose extinction is no rare event at t = 1."""
    return ((Recursion(Poisson(), Replace(), truth=Poisson().params(0.5), n=3), 6),)


def gini(xp, p):
    r"""$\sum_i p_i(1-p_i)$."""
    return xp.sum(p * (1 - p))


@law("categorical-replace-heterozygosity", Categorical, Replace, E(heterozygosity))
@source(*WRIGHT, tag="WF-HET")
@proof(Coq("Replacement.categorical_replace_heterozygosity_correct"))
@rival("n - 1", lambda xp, n, t, p: gini(xp, p) * (1 - 1 / (n - 1)) ** t)
@rival("diploid 2n", lambda xp, n, t, p: gini(xp, p) * (1 - 1 / (2 * n)) ** t)
def replace_heterozygosity(xp, n, t, p):
    r"""Diversity decays by $1-1/n$ per generation: $E\sum_i p_i(1-p_i)=H_0(1-\frac1n)^t$."""
    return gini(xp, p) * (1 - 1 / n) ** t


def distance_without_loss(xp, recursion, t, p):
    """The squared distance if diversity stayed: a rival."""
    return mean_square_error(recursion, t, gini(xp, p), 0.0)


def distance_of_unrelated_sources(xp, recursion, t, p):
    """The squared distance if data sets did not descend from each other: a rival."""
    return unrelated_mean_square_error(recursion, t, gini(xp, p), -1.0)


def heterozygosity_of_unrelated_sources(xp, recursion, t, p):
    """The diversity if data sets did not descend from each other: a rival."""
    return gini(xp, p) - distance_of_unrelated_sources(xp, recursion, t, p)


@law(
    "categorical-any-squared-distance",
    Categorical,
    AbstractWorkflow,
    E(squared_distance),
    host=True,
)
@source("derived", tag="WF-L2")
@proof(Coq("Resampling.categorical_any_squared_distance_correct"))
@holds(when=unselected)
@rival("drift without loss", distance_without_loss)
@rival("sources unrelated", distance_of_unrelated_sources)
def any_squared_distance(xp, recursion, t, p):
    r"""Coordinates are Bernoulli, $v_2=-1$: $E\|p_t-p_0\|^2$ follows the recurrence of second
    moments from $H_0$.
    """
    return xp.mean_square_error(recursion, t, gini(xp, p), -1.0)


@law("categorical-any-heterozygosity", Categorical, AbstractWorkflow, E(heterozygosity), host=True)
@source("derived", tag="WF-HET")
@proof(Coq("Resampling.categorical_any_heterozygosity_correct"))
@holds(when=unselected)
@rival("conserved", lambda xp, t, p: gini(xp, p) + 0.0 * t)
@rival("sources unrelated", heterozygosity_of_unrelated_sources)
def any_heterozygosity(xp, recursion, t, p):
    r"""What the probabilities have drifted diversity has lost: $E H_t=H_0-E\|p_t-p_0\|^2$."""
    return gini(xp, p) - xp.mean_square_error(recursion, t, gini(xp, p), -1.0)


@law("categorical-replace-chi-square", Categorical, Replace, E(chi_square))
@source("derived", tag="WF-CHI2")
@proof(Coq("Replacement.categorical_replace_chi_square_correct"))
@rival("linear", lambda xp, n, t, p: (xp.positive(p) - 1) * t / n)
def replace_chi_square(xp, n, t, p):
    r"""The chi-square distance grows to K - 1:
    $E\chi^2(p_t\|p_0)=(K-1)\left[1-(1-\frac1n)^t\right]$ whatever $p_0$, K counting what has
    positive probability.
    """
    return (xp.positive(p) - 1) * (1 - (1 - 1 / n) ** t)


@law("categorical-replace-support", Categorical, Replace, E(support), host=True)
@source("derived", "kingman1982", tag="WF-NCAT")
@proof(Enumeration("test_types_left_by_replacement"))
@rival("n - 1", lambda xp, n, t, p: coalescent.expected_support(n - 1, t, p))
@rival("t + 1", lambda xp, n, t, p: coalescent.expected_support(n, t + 1, p))
def replace_support(xp, n, t, p):
    r"""The number of types follows by duality with the ancestors $A_t$ of a fit:
    $E\,\#\mathrm{types}=\sum_i\left[1-E(1-p_i)^{A_t}\right]$.
    """
    return coalescent.expected_support(n, t, p)


@law("categorical-replace-fixed", Categorical, Replace, P(fixed), host=True)
@source("derived", "kingman1982", tag="WF-DUAL")
@proof(Enumeration("test_types_left_by_replacement"))
@tried(three_types)
@rival("n + 1", lambda xp, n, t, p: coalescent.total_collapse_probability(n + 1, t, p))
def replace_fixed(xp, n, t, p):
    r"""Total collapse happens when all ancestors agree: $P=E\sum_i p_i^{A_t}$."""
    return coalescent.total_collapse_probability(n, t, p)


@law("categorical-replace-collapse-time", Categorical, Replace, HittingTime(fixed), host=True)
@source("derived", tag="WF-COLLAPSE-TIME")
@proof(Enumeration("test_time_to_one_type"))
@rival("diffusion", lambda xp, n, p: coalescent.diffusion_collapse_time(n, p))
def replace_collapse_time(xp, n, p):
    r"""The mean time to a single category is a Green function of the ancestor chain:
    $E T=\sum_t(1-E\sum_ip_i^{A_t})$.
    """
    return coalescent.expected_collapse_time(n, p)


@law(
    "categorical-replace-collapse-time-diffusion",
    Categorical,
    Replace,
    HittingTime(fixed),
    LARGE,
    host=True,
)
@source("kimura1969", tag="WF-COLLAPSE-TIME")
def replace_collapse_time_diffusion(xp, n, p):
    r"""The mean collapse time tends to the diffusion limit $-2n\sum_i(1-p_i)\log(1-p_i)$, an
    over-estimate by $O(1)$.
    """
    return coalescent.diffusion_collapse_time(n, p)


@law("categorical-accumulate-support", Categorical, Accumulate, E(support))
@source("derived", tag="ACC-SUPPORT")
@proof(Coq("Support.categorical_accumulate_support_correct"))
@rival("replace", lambda xp, n, t, p: coalescent.expected_support(n, t, p))
def accumulate_support(xp, n, t, p):
    r"""Accumulation never loses what fit 1 saw:
    $E\,\#\mathrm{types}=\sum_i\left[1-(1-p_i)^n\right]$ for every t.
    """
    seen = xp.sum(-xp.expm1(n * xp.log1p(-p)))
    return xp.where(t > 0, seen, xp.positive(p))


@law("bernoulli-replace-law", Bernoulli, Replace, Distribution(mean), InDistribution(), host=True)
@source(*WRIGHT, tag="WF-EIG")
@proof(Enumeration("test_two_types"))
@holds(where=SHARE_MEAN)
@rival("n + 1", lambda xp, x, n, t, mean: law_of_share(xp, x, n + 1, t, mean))
def law_of_share(xp, x, n, t, mean):
    r"""The share of successes has the law of the Wright–Fisher chain:
    $P(p_t\le x)=\sum_{j\le nx}(B_{p_0}P^{t-1})_j$.
    """
    return wright_fisher.cumulative(n, t, float(mean), x)


@law("bernoulli-replace-fixation", Bernoulli, Replace, P(WON), host=True)
@source(*WRIGHT, tag="WF-FIX")
@proof(Enumeration("test_two_types"))
@holds(where=SHARE_MEAN)
@tried(one_sided)
@rival("limit", lambda xp, t, mean: mean + 0.0 * t)
def replace_fixation(xp, n, t, mean):
    r"""All draws agree on success with probability $E p^{A_t}$, which tends to $p_0$: fixation
    favors nobody.
    """
    return 1 - wright_fisher.cumulative(n, t, float(mean), 1 - 0.5 / n)


@law("bernoulli-replace-fixation-limit", Bernoulli, Replace, P(WON), LATE)
@source(*WRIGHT, tag="WF-FIX")
@proof(Coq("Absorption.bernoulli_replace_fixation_limit_correct"))
@holds(where=SHARE_MEAN)
def replace_fixation_limit(xp, mean):
    r"""The probability of fixation is the initial share: $P(p_\infty=1)=p_0$."""
    return mean


@law("bernoulli-replace-segregating-lower", Bernoulli, Replace, P(segregating), Bound("lower"))
@source("seddik2024", tag="SEDDIK-BOUND")
@proof(Coq("Absorption.bernoulli_replace_segregating_lower_correct"))
@holds(where=SHARE_MEAN)
def segregating_lower(xp, n, t, mean):
    r"""Both outcomes are left with probability $P(\text{not fixed})\ge4p_0(1-p_0)(1-\frac1n)^t$."""
    return 4 * mean * (1 - mean) * (1 - 1 / n) ** t


@law("bernoulli-replace-segregating-upper", Bernoulli, Replace, P(segregating), Bound("upper"))
@source("seddik2024", "derived", tag="SEDDIK-CONST")
@proof(Coq("Absorption.bernoulli_replace_segregating_upper_correct"))
@holds(where={"n": Integer(2), **SHARE_MEAN, "t": Integer(1)})
def segregating_upper(xp, n, t, mean):
    r"""Both outcomes are left with probability
    $P(\text{not fixed})\le\frac{n^2}{n-1}p_0(1-p_0)(1-\frac1n)^t$, sharper than the constant $2n$
    in print.
    """
    return n**2 / (n - 1) * mean * (1 - mean) * (1 - 1 / n) ** t


@law("poisson-replace-segregating", Poisson, Replace, P(segregating), host=True)
@source("suresh2024", tag="POISSON-GW")
@holds(where=RATE_MEAN)
@tried(small_totals)
@rival("2/(t+1)", lambda xp, n, t, mean: 1 - xp.exp(-n * mean * xp.where(t > 0, 2 / (t + 1), 50.0)))
def poisson_segregating(xp, n, t, mean):
    r"""The total is a critical branching process: $P(\lambda_t>0)=1-e^{-n\lambda_0g_t}$,
    $g_{t+1}=1-e^{-g_t}$, $g_1=1$.
    """
    return -xp.expm1(-n * mean * iterated_survival(t))


def iterated_survival(t):
    r"""$g_t$ with $g_1=1$, $g_{t+1}=1-e^{-g_t}$; infinite at t = 0."""
    t = np.asarray(t)
    within_steps(int(t.max(initial=1)), 1)
    table = [np.inf, 1.0]
    while len(table) <= t.max(initial=1):
        table.append(-np.expm1(-table[-1]))
    return np.asarray(table)[t]
