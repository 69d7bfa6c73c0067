r"""Verification of generated data: an imperfect verifier multiplies the odds of being right by
$\phi/\psi$ per generation.

What passes of n observations follows a chain at every n; with infinite data odds are multiplied
exactly.
"""

from functools import lru_cache

import numpy as np
import scipy

from ...numerics.reach import within, within_steps
from ..infinite import shares
from ..kinds import Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Coq
from ..ranges import SHARE_MEAN
from ..registry import law
from ..subjects import Bernoulli, Categorical, E, Edit, OneOf, Recursion, Replace, Verify, mean

FENG = "feng2024"
LARGEST = 100


@lru_cache(maxsize=64)
def verified_chain(n: int, right: float, wrong: float, least: int):
    """Shares that a fit to the verified part of n two-valued observations can have, and their law
    for every number of ones.

    Returns:
        Shares, shape (S,), and P(share | ones before verification), shape (n + 1, S).
    """
    outcomes: dict[tuple[int, int], float] = {}
    for ones in range(n + 1):
        passed = np.outer(
            scipy.stats.binom.pmf(np.arange(ones + 1), ones, right),
            scipy.stats.binom.pmf(np.arange(n - ones + 1), n - ones, wrong),
        )
        for (a, b), chance in np.ndenumerate(passed):
            share = a / (a + b) if a + b >= least else ones / n
            place = (ones, round(share * 2**40))
            outcomes[place] = outcomes.get(place, 0.0) + chance
    found = np.unique([share for _, share in outcomes])
    law = np.zeros((n + 1, len(found)))
    for (ones, share), chance in outcomes.items():
        law[ones, np.searchsorted(found, share)] = chance
    return found / 2**40, law


def verified_expectation(n, t, mean, right, wrong, least):
    """E p_t: fit 1 on all of n real draws, every later fit on the verified part of n generated
    ones.
    """
    n, times = int(n), np.asarray(t, int)
    within("n", n, LARGEST, "all numbers of verified observations are enumerated")
    found, verified = verified_chain(n, float(right), float(wrong), int(least))
    ones = scipy.stats.binom.pmf(np.arange(n + 1), n, float(mean))
    values = [float(mean), ones @ np.arange(n + 1) / n]
    draw = lambda share: scipy.stats.binom.pmf(np.arange(n + 1), n, share[:, None])
    law = ones @ draw(np.arange(n + 1) / n) @ verified
    step = draw(found) @ verified
    within_steps(int(times.max(initial=1)), step.size)
    while len(values) <= times.max(initial=1):
        values.append(law @ found)
        law = law @ step
    return np.asarray(values)[times]


def _ones():
    """Ones are right, and the verifier passes some zeros."""
    truth, selection = Bernoulli().params(0.37), Verify(OneOf([0, 1]), 0.8, 0.4)
    return Recursion(Bernoulli(), Replace(), truth=truth, n=8, selection=selection), 5


def _judges_ones(recursion):
    judge = recursion.selection.judge
    return isinstance(judge, OneOf) and np.array_equal(judge.right, [0, 1])


def mean_of_infinite_data(xp, t, mean, right, wrong):
    """The share of ones without chance: a rival."""
    return 1 / (1 + (1 - mean) / mean * (wrong / right) ** xp.maximum(t - 1.0, 0.0))


@law("bernoulli-replace-verified-mean", Bernoulli, Replace, E(mean), selection=Verify, host=True)
@source("derived", tag="V1")
@holds(where=SHARE_MEAN, when=_judges_ones)
@tried(_ones())
@rival("infinite data", mean_of_infinite_data)
@rival("nothing rejected", lambda xp, t, mean: mean + 0.0 * t)
def verified_mean(xp, n, t, mean, right, wrong, least=2):
    r"""A verifier favors what is right: the mean is $E p_t$ of the chain $p\to\frac ab$ of a right
    ones among b that passed of $\mathrm{Bin}(n,p)$.
    """
    return verified_expectation(n, t, mean, right, wrong, least)


def _verified(error, right, wrong, fresh_error, generations):
    """Shares (wrong, right) of every fit with infinite data; the generator spoils a share
    `fresh_error` of right answers.
    """
    about = {"truth": Categorical.params([error, 1 - error]), "n": 100}
    about["selection"] = Verify(OneOf([0, 1]), right, wrong)
    about["decoding"] = Edit([0.0, float(fresh_error)], [1.0, 0.0])
    return shares(Recursion(Categorical(), Replace(), **about), int(generations))[:, 0]


def _verified_error(error, right, wrong, t):
    return _verified(error, right, wrong, 0.0, t)[-1]


def _settled_error(right, wrong, fresh_error):
    return _verified(0.2, right, wrong, fresh_error, 3000)[-1]


VERIFIED = (
    {"error": 0.4, "right": 0.9, "wrong": 0.3, "t": 2},
    {"error": 0.8, "right": 0.7, "wrong": 0.5, "t": 5},
)


@law("categorical-replace-verified-error", kind=Identity(_verified_error))
@source(FENG, "derived", tag="V1")
@proof(Coq("Loops.categorical_replace_verified_error_correct"))
@tried(*VERIFIED)
@rival("t rounds", t=lambda t: t + 1)
def verified_error(xp, error, right, wrong, t):
    r"""Verification multiplies the odds of an error:
    $\frac{\epsilon_t}{1-\epsilon_t}
    =\frac{\epsilon_0}{1-\epsilon_0}\left(\frac\psi\phi\right)^{t-1}$.
    """
    odds = error / (1 - error) * (wrong / right) ** (t - 1)
    return odds / (1 + odds)


def _break_even(right, wrong):
    excess = lambda error: _verified_error(error, right, wrong, 2) - 0.5
    return scipy.optimize.brentq(excess, 1e-6, 1 - 1e-6, xtol=1e-12)


@law("verification-threshold", kind=Identity(_break_even))
@source(FENG, tag="V1")
@proof(Coq("Loops.verification_threshold_correct"))
@tried({"right": 0.9, "wrong": 0.3}, {"right": 0.6, "wrong": 0.5})
@rival("precision", lambda xp, right, wrong: right / (1 + wrong))
def verification_threshold(xp, right, wrong):
    r"""A round of verification leaves a right majority while the generator errs less than
    $p^*=\frac1{1+\psi/\phi}$.
    """
    return 1 / (1 + wrong / right)


ERRING = (
    {"right": 0.9, "wrong": 0.3, "fresh_error": 0.1},
    {"right": 0.9, "wrong": 0.8, "fresh_error": 0.3},
)


def limit_that_never_fails(xp, right, wrong, fresh_error):
    """The trained error to first order in fresh errors: a rival."""
    return fresh_error * wrong / (right - wrong) + 0.0 * right


def limit_of_generated_errors(xp, right, wrong, fresh_error):
    """The error of what is generated in place of what is trained on: a rival."""
    return fresh_error * right / (right - wrong)


@law("categorical-replace-verified-limit", kind=Identity(_settled_error, 1e-8))
@source("derived", tag="V6")
@proof(Coq("Loops.categorical_replace_verified_limit_correct"))
@tried(*ERRING)
@rival("never fails", limit_that_never_fails)
@rival("error generated", limit_of_generated_errors)
def verified_limit(xp, right, wrong, fresh_error):
    r"""With fresh errors $\delta$ the trained error settles at
    $\frac{\delta\psi}{(1-\delta)(\phi-\psi)}$ if $\frac\psi\phi<1-\delta$, and at 1 otherwise.
    """
    margin = xp.where(right > wrong, right - wrong, 1.0)
    settled = fresh_error * wrong / ((1 - fresh_error) * margin)
    return xp.where(wrong / right < 1 - fresh_error, settled, 1.0)


def _audit_needed(right, wrong, fresh_error, target):
    """The smallest audited share for which errors of the generator settle below the target."""

    def excess(share):
        rule = Verify(OneOf([0, 1]), right, wrong).audited(share)
        trained = _verified(0.2, rule.right, rule.wrong, fresh_error, 3000)[-1]
        return fresh_error + (1 - fresh_error) * trained - target

    return 0.0 if excess(0.0) < 0 else scipy.optimize.brentq(excess, 0.0, 1.0, xtol=1e-11)


AUDITED = (
    {"right": 0.7, "wrong": 0.5, "fresh_error": 0.05, "target": 0.08},
    {"right": 0.9, "wrong": 0.6, "fresh_error": 0.1, "target": 0.25},
)


def audit_without_passing(xp, right, wrong, fresh_error, target):
    """The share if audits rejected wrong answers and passed no more right ones: a rival."""
    return xp.maximum(0.0, 1 - (1 - fresh_error / target) * right / wrong)


@law("verification-audit-share", kind=Identity(_audit_needed, tolerance=1e-7))
@source("derived", tag="V9")
@tried(*AUDITED)
@rival("right ones are not passed", audit_without_passing)
def audit_share(xp, right, wrong, fresh_error, target):
    r"""Errors stay below $\bar\epsilon$ when a share
    $\frac{\psi-\kappa\phi}{\kappa+\psi-\kappa\phi}$, $\kappa=1-\delta/\bar\epsilon$, is audited by
    hand.
    """
    slack = 1 - fresh_error / target
    return xp.maximum(0.0, (wrong - slack * right) / (slack + wrong - slack * right))
