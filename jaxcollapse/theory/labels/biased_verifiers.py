r"""Verifiers that err in one direction draw the model to the verifier, not to the truth.

A linear verifier passes labels that it agrees with; a threshold verifier passes what lies within h
of its belief c.
"""

import numpy as np
import scipy

from ...domains import Real
from ..gaussian.biased_sampling import truncated_variance
from ..infinite import path
from ..kinds import Asymptotic, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Certified
from ..registry import law
from ..subjects import (
    Agrees,
    E,
    NormalMean,
    Recursion,
    Replace,
    Stream,
    Verify,
    Within,
    fold_in,
    jax,
    jnp,
    mean_error,
    normal,
)

YI = "yi2025"
LARGE = Asymptotic("n", 1)
VERIFIED = {"selection": Verify, "host": True}

ANY_ANGLE = {"angle": Real(0.0, np.pi, typical=(0.1, 3.0))}


def _drawn_to_belief(radius, t):
    # So near to the belief that the contraction is linear to the tolerance of the comparison.
    offset = 1e-5
    truth, selection = NormalMean().params(offset), Verify(Within(0.0, radius), 1.0, 0.0)
    recursion = Recursion(NormalMean(), Replace(), truth=truth, n=100, selection=selection)
    return path(recursion, int(t)).mean[-1] / offset


@law("normal-mean-replace-verified-contraction", kind=Identity(_drawn_to_belief, 1e-6), host=True)
@source(YI, tag="V3")
@proof(Certified("test_truncated_normals"))
@tried({"radius": 1.2, "t": 4}, {"radius": 0.5, "t": 2})
@rival("accepted mass", lambda xp, radius, t: (2 * scipy.special.ndtr(radius) - 1) ** (t - 1))
def verified_contraction(xp, radius, t):
    r"""A threshold verifier draws the mean to its belief c:
    $\theta_t-c\approx\rho^{t-1}(\theta_1-c)$, $\rho=1-\frac{2h\varphi(h)}{2\Phi(h)-1}$
    ($\sigma=1$).
    """
    return truncated_variance(radius) ** (t - 1)


def _near_the_truth(n):
    """A verifier whose belief errs by as much as n observations do."""
    truth = NormalMean().params(0.2)
    selection = Verify(Within(0.2 + 1.5 / np.sqrt(n), 1.2), 1.0, 0.0)
    return Recursion(NormalMean(), Replace(), truth=truth, n=n, selection=selection), 4


def _strict(recursion):
    rule, variance = recursion.selection, float(recursion.family.known_variance)
    never_errs = float(rule.right) == 1 and float(rule.wrong) == 0
    return isinstance(rule.judge, Within) and never_errs and variance == 1


@law(
    "normal-mean-replace-verified-mean-error", NormalMean, Replace, E(mean_error), LARGE, **VERIFIED
)
@source(YI, "derived", tag="V3")
@holds(when=_strict)
@tried(*map(_near_the_truth, (40, 80, 640)))
@rival("n pass", passing=1.0)
@rival("no bias", center=lambda mean: mean)
@rival("nothing rejected", lambda xp, n, t: t / n)
def verified_error_of_mean(xp, mean, center, radius, n, t, passing=None):
    r"""A threshold verifier trades noise for its own error b:
    $E(\theta_t-\mu_0)^2\approx b^2(1-\rho^{t-1})^2+\frac{\rho^{2t-2}}n
    +\frac\rho{n(2\Phi(h)-1)}\frac{1-\rho^{2t-2}}{1-\rho^2}$ ($\sigma=1$).
    """
    kept = verified_contraction(xp, radius, 2)
    passing = 2 * scipy.special.ndtr(radius) - 1 if passing is None else passing
    inherited = kept ** (t - 1)
    later = kept / (n * passing) * (1 - kept ** (2 * t - 2)) / (1 - kept**2)
    return ((center - mean) * (1 - inherited)) ** 2 + inherited**2 / n + later


def _directions(angle):
    """A generator and a verifier in three dimensions at an angle, symmetric about the first
    axis.
    """
    along, across = np.cos(angle / 2), np.sin(angle / 2)
    return np.array([along, across, 0.0]), np.array([along, -across, 0.0])


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
        present = jnp.ones(32, bool)
        kept = rule.weights(fold_in(key, i, Stream.SELECT), points, present).astype(x.dtype)
        student = (kept * y) @ x / jnp.sum(kept)
        return jnp.stack([jnp.mean(kept), student[0], student[1]])

    return jax.jit(jax.vmap(one))(jnp.arange(replicas, dtype=jnp.uint32))


def generator_itself(xp, angle):
    """The mean of y x without a verifier: a rival."""
    along, across = np.cos(angle / 2), np.sin(angle / 2)
    return np.stack([1 - angle / np.pi, np.sqrt(2 / np.pi) * along, np.sqrt(2 / np.pi) * across])


def student_of_half_kept(xp, angle):
    """Labels rejected in half of the angle: a rival."""
    return np.stack([1 - angle / (2 * np.pi), *bisecting_student(xp, angle)[1:]])


@law("linear-verifier-student", host=True)
@source("derived", tag="V2")
@holds(where=ANY_ANGLE)
@tried({"angle": 0.9}, {"angle": 1.8}, draw=_hebbian_rounds)
@rival("generator", generator_itself)
@rival("half kept", student_of_half_kept)
def bisecting_student(xp, angle):
    r"""A linear verifier keeps $1-\frac\theta\pi$ of the generator's labels; the student is
    $\sqrt{\frac\pi2}\frac{2\cos(\theta/2)}{\pi-\theta}$ along the bisector, 0 across.
    """
    along = np.sqrt(np.pi / 2) * 2 * np.cos(angle / 2) / (np.pi - angle)
    return np.stack([1 - angle / np.pi, along, 0.0 * angle])


def _halved(angle, rounds):
    """Angles by integrating y x over the half plane of directions that generator and verifier agree
    on, round by round.
    """
    for _ in range(int(rounds)):
        # The verifier is at 0 and the generator at -angle: the directions that both call positive.
        low, high = -np.pi / 2, np.pi / 2 - angle
        along = scipy.integrate.quad(np.cos, low, high, epsabs=1e-14)[0]
        across = scipy.integrate.quad(np.sin, low, high, epsabs=1e-14)[0]
        angle = abs(np.arctan2(across, along))
    return angle


@law("linear-verifier-angle", kind=Identity(_halved, tolerance=1e-9))
@source("derived", tag="V2")
@holds(where=ANY_ANGLE)
@tried({"angle": 1.0, "rounds": 3}, {"angle": 2.5, "rounds": 5})
@rival("one more", lambda xp, angle, rounds: angle * 0.5 ** (rounds + 1))
def verified_angle(xp, angle, rounds):
    r"""Each round of verified self-training halves the angle to the verifier, not to the truth:
    $\theta_t=\theta_0 2^{-t}$ for infinite data.
    """
    return angle * 0.5**rounds
