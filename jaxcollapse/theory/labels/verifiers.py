r"""Verification of generated data: an imperfect verifier multiplies the odds of being right by
$\phi/\psi$ a generation.

A linear verifier and one that accepts what is near its belief draw the model to the verifier, not
to the truth.
"""

from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import binom, norm

from ..._keys import Stream, fold_in
from ...decoding import Edit
from ...families import Bernoulli, Categorical, NormalMean
from ...metrics import mean, mean_error
from ...quantities.base import E
from ...recursion import Recursion
from ...sampling import normal
from ...selection import Agrees, OneOf, Verify, Within
from ...workflows import Replace
from ..infinite import path, shares
from ..kinds import Asymptotic, Identity
from ..notes import holds, rival, source, tried
from ..registry import law

FENG, YI = "feng2024", "yi2025"


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
            binom.pmf(np.arange(ones + 1), ones, right),
            binom.pmf(np.arange(n - ones + 1), n - ones, wrong),
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
    found, verified = verified_chain(n, float(right), float(wrong), int(least))
    ones = binom.pmf(np.arange(n + 1), n, float(mean))
    values = [float(mean), ones @ np.arange(n + 1) / n]
    law = ones @ binom.pmf(np.arange(n + 1)[None, :], n, np.arange(n + 1)[:, None] / n) @ verified
    step = binom.pmf(np.arange(n + 1)[None, :], n, found[:, None]) @ verified
    while len(values) <= times.max(initial=1):
        values.append(law @ found)
        law = law @ step
    return np.asarray(values)[times]


def _judges_ones(recursion):
    judge = recursion.selection.judge
    return isinstance(judge, OneOf) and np.array_equal(judge.right, [0, 1])


@law("bernoulli-replace-verified-mean", Bernoulli, Replace, E(mean), selection=Verify, host=True)
@source("derived", tag="V1")
@holds(when=_judges_ones)
@tried(
    (
        Recursion(
            Bernoulli(),
            Replace(),
            truth=Bernoulli().params(0.37),
            n=8,
            selection=Verify(OneOf([0, 1]), 0.8, 0.4),
        ),
        5,
    )
)
@rival(
    "infinite data",
    lambda xp, t, mean, right, wrong: (
        1 / (1 + (1 - mean) / mean * (wrong / right) ** xp.maximum(t - 1.0, 0.0))
    ),
)
@rival("nothing rejected", lambda xp, t, mean: mean + 0.0 * t)
def verified_mean(xp, n, t, mean, right, wrong, least=2):
    r"""A verifier favors what is right: $E p_t$ of the chain $p\to\frac ab$ of a right ones among b
    that passed of $\mathrm{Bin}(n,p)$.
    """
    return verified_expectation(n, t, mean, right, wrong, least)


def _verified(error, right, wrong, fresh_error, generations):
    """Shares (wrong, right) of every fit with infinite data; the generator spoils a share
    `fresh_error` of right answers.
    """
    recursion = Recursion(
        Categorical(),
        Replace(),
        truth=Categorical.params([error, 1 - error]),
        n=100,
        selection=Verify(OneOf([0, 1]), right, wrong),
        decoding=Edit([0.0, float(fresh_error)], [1.0, 0.0]),
    )
    return shares(recursion, int(generations))[:, 0]


@law(
    "categorical-replace-verified-error",
    kind=Identity(lambda error, right, wrong, t: _verified(error, right, wrong, 0.0, t)[-1]),
)
@source(FENG, "derived", tag="V1")
@tried(
    {"error": 0.4, "right": 0.9, "wrong": 0.3, "t": 2},
    {"error": 0.8, "right": 0.7, "wrong": 0.5, "t": 5},
)
@rival("t rounds", t=lambda t: t + 1)
def verified_error(xp, error, right, wrong, t):
    r"""Verification multiplies the odds of an error:
    $\frac{\epsilon_t}{1-\epsilon_t}=\frac{\epsilon_0}{1-\epsilon_0}\left(\frac\psi\phi\right)^{t-1}$.
    """
    odds = error / (1 - error) * (wrong / right) ** (t - 1)
    return odds / (1 + odds)


def _break_even(right, wrong):
    return brentq(
        lambda error: _verified(error, right, wrong, 0.0, 2)[-1] - 0.5, 1e-6, 1 - 1e-6, xtol=1e-12
    )


@law("verification-threshold", kind=Identity(_break_even))
@source(FENG, tag="V1")
@tried({"right": 0.9, "wrong": 0.3}, {"right": 0.6, "wrong": 0.5})
@rival("precision", lambda xp, right, wrong: right / (1 + wrong))
def verification_threshold(xp, right, wrong):
    r"""A round of verification leaves a right majority while the generator errs less than
    $p^*=\frac1{1+\psi/\phi}$.
    """
    return 1 / (1 + wrong / right)


@law(
    "categorical-replace-verified-limit",
    kind=Identity(
        lambda right, wrong, fresh_error: _verified(0.2, right, wrong, fresh_error, 3000)[-1],
        tolerance=1e-8,
    ),
)
@source("derived", tag="V6")
@tried(
    {"right": 0.9, "wrong": 0.3, "fresh_error": 0.1},
    {"right": 0.9, "wrong": 0.8, "fresh_error": 0.3},
)
@rival(
    "never fails",
    lambda xp, right, wrong, fresh_error: fresh_error * wrong / (right - wrong) + 0.0 * right,
)
@rival(
    "error generated", lambda xp, right, wrong, fresh_error: fresh_error * right / (right - wrong)
)
def verified_limit(xp, right, wrong, fresh_error):
    r"""With fresh errors $\delta$ the trained error settles at
    $\frac{\delta\psi}{(1-\delta)(\phi-\psi)}$ if $\frac\psi\phi<1-\delta$, and at 1 otherwise.
    """
    settled = (
        fresh_error * wrong / ((1 - fresh_error) * xp.where(right > wrong, right - wrong, 1.0))
    )
    return xp.where(wrong / right < 1 - fresh_error, settled, 1.0)


def _audit_needed(right, wrong, fresh_error, target):
    """The smallest audited share for which errors of the generator settle below the target."""

    def excess(share):
        rule = Verify(OneOf([0, 1]), right, wrong).audited(share)
        trained = _verified(0.2, rule.right, rule.wrong, fresh_error, 3000)[-1]
        return fresh_error + (1 - fresh_error) * trained - target

    return 0.0 if excess(0.0) < 0 else brentq(excess, 0.0, 1.0, xtol=1e-11)


@law("verification-audit-share", kind=Identity(_audit_needed, tolerance=1e-7))
@source("derived", tag="V9")
@tried(
    {"right": 0.7, "wrong": 0.5, "fresh_error": 0.05, "target": 0.08},
    {"right": 0.9, "wrong": 0.6, "fresh_error": 0.1, "target": 0.25},
)
@rival(
    "right ones are not passed",
    lambda xp, right, wrong, fresh_error, target: xp.maximum(
        0.0, 1 - (1 - fresh_error / target) * right / wrong
    ),
)
def audit_share(xp, right, wrong, fresh_error, target):
    r"""Errors stay below $\bar\epsilon$ when a share
    $\frac{\psi-\kappa\phi}{\kappa+\psi-\kappa\phi}$, $\kappa=1-\delta/\bar\epsilon$, is audited by
    hand.
    """
    slack = 1 - fresh_error / target
    return xp.maximum(0.0, (wrong - slack * right) / (slack + wrong - slack * right))


def _drawn_to_belief(radius, t):
    offset = 1e-5
    verifier = Verify(Within(0.0, radius), 1.0, 0.0)
    recursion = Recursion(
        NormalMean(), Replace(), truth=NormalMean().params(offset), n=100, selection=verifier
    )
    return path(recursion, int(t)).mean[-1] / offset


@law(
    "normal-mean-replace-verified-contraction",
    kind=Identity(_drawn_to_belief, tolerance=1e-6),
    host=True,
)
@source(YI, tag="V3")
@tried({"radius": 1.2, "t": 4}, {"radius": 0.5, "t": 2})
@rival("accepted mass", lambda xp, radius, t: (2 * ndtr(radius) - 1) ** (t - 1))
def verified_contraction(xp, radius, t):
    r"""A threshold verifier draws the mean to its belief c:
    $\theta_t-c\approx\rho^{t-1}(\theta_1-c)$, $\rho=1-\frac{2h\varphi(h)}{2\Phi(h)-1}$
    ($\sigma=1$).
    """
    return (1 - 2 * radius * norm.pdf(radius) / (2 * ndtr(radius) - 1)) ** (t - 1)


def _near_the_truth(n):
    """A verifier whose belief errs by as much as n observations do."""
    verifier = Verify(Within(0.2 + 1.5 / np.sqrt(n), 1.2), 1.0, 0.0)
    return Recursion(
        NormalMean(), Replace(), truth=NormalMean().params(0.2), n=n, selection=verifier
    ), 4


def _strict(recursion):
    rule = recursion.selection
    return (
        isinstance(rule.judge, Within)
        and float(rule.right) == 1
        and float(rule.wrong) == 0
        and float(recursion.family.known_variance) == 1
    )


@law(
    "normal-mean-replace-verified-mean-error",
    NormalMean,
    Replace,
    E(mean_error),
    Asymptotic("n", 1),
    selection=Verify,
    host=True,
)
@source(YI, "derived", tag="V3")
@holds(when=_strict)
@tried(*tuple(map(_near_the_truth, (40, 80, 640))))
@rival("n pass", passing=1.0)
@rival("no bias", center=lambda mean: mean)
@rival("nothing rejected", lambda xp, n, t: t / n)
def verified_error_of_mean(xp, mean, center, radius, n, t, passing=None):
    r"""A threshold verifier trades noise for its own error b: $E(\theta_t-\mu_0)^2\approx
    b^2(1-\rho^{t-1})^2+\frac{\rho^{2t-2}}n+\frac\rho{n(2\Phi(h)-1)}\frac{1-\rho^{2t-2}}{1-\rho^2}$
    ($\sigma=1$).
    """
    kept = verified_contraction(xp, radius, 2)
    passing = 2 * ndtr(radius) - 1 if passing is None else passing
    inherited, later = (
        kept ** (t - 1),
        kept / (n * passing) * (1 - kept ** (2 * t - 2)) / (1 - kept**2),
    )
    return ((center - mean) * (1 - inherited)) ** 2 + inherited**2 / n + later


def _directions(angle):
    """A generator and a verifier in three dimensions at an angle, symmetric about the first
    axis.
    """
    half = angle / 2
    return np.array([np.cos(half), np.sin(half), 0.0]), np.array([np.cos(half), -np.sin(half), 0.0])


def _hebbian_rounds(key, replicas, angle):
    """Share kept, and the mean of y x over what is kept along the bisector and across it, of 32
    points.
    """
    generator, verifier = _directions(angle)
    rule = Verify(Agrees(verifier), 1.0, 0.0, least=1)

    def one(i):
        x = normal(fold_in(key, i, Stream.DATA), (32, 3))
        y = jnp.sign(x @ jnp.asarray(generator, x.dtype))
        points = jnp.concatenate([x, y[:, None]], axis=1)
        kept = rule.weights(fold_in(key, i, Stream.SELECT), points, jnp.ones(32, bool)).astype(
            x.dtype
        )
        student = (kept * y) @ x / jnp.sum(kept)
        return jnp.stack([jnp.mean(kept), student[0], student[1]])

    return jax.jit(jax.vmap(one))(jnp.arange(replicas, dtype=jnp.uint32))


@law("linear-verifier-student", host=True)
@source("derived", tag="V2")
@tried({"angle": 0.9}, {"angle": 1.8}, draw=_hebbian_rounds)
@rival(
    "generator",
    lambda xp, angle: np.stack(
        [
            1 - angle / np.pi,
            np.sqrt(2 / np.pi) * np.cos(angle / 2),
            np.sqrt(2 / np.pi) * np.sin(angle / 2),
        ]
    ),
)
@rival(
    "half kept",
    lambda xp, angle: np.stack([1 - angle / (2 * np.pi), *bisecting_student(xp, angle)[1:]]),
)
def bisecting_student(xp, angle):
    r"""A linear verifier keeps $1-\frac\theta\pi$ of the generator's labels; the student is
    $\sqrt{\frac\pi2}\frac{2\cos(\theta/2)}{\pi-\theta}$ along the bisector, 0 across.
    """
    return np.stack(
        [
            1 - angle / np.pi,
            np.sqrt(np.pi / 2) * 2 * np.cos(angle / 2) / (np.pi - angle),
            0.0 * angle,
        ]
    )


def _halved(angle, rounds):
    """Angles by integrating y x over the half plane of directions that generator and verifier agree
    on, round by round.
    """
    for _ in range(int(rounds)):
        edges = (
            np.pi / 2 - angle,
            np.pi / 2,
        )  # verifier at 0, generator at -angle: the directions that both call positive
        along, across = (quad(f, -edges[1], edges[0], epsabs=1e-14)[0] for f in (np.cos, np.sin))
        angle = abs(np.arctan2(across, along))
    return angle


@law("linear-verifier-angle", kind=Identity(_halved, tolerance=1e-9))
@source("derived", tag="V2")
@tried({"angle": 1.0, "rounds": 3}, {"angle": 2.5, "rounds": 5})
@rival("one more", lambda xp, angle, rounds: angle * 0.5 ** (rounds + 1))
def verified_angle(xp, angle, rounds):
    r"""Each round of verified self-training halves the angle to the verifier, not to the truth:
    $\theta_t=\theta_0 2^{-t}$, infinite data.
    """
    return angle * 0.5**rounds
