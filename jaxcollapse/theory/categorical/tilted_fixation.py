"""Which of two outcomes a reward leaves alone in the end."""

import numpy as np
import scipy

from ...numerics.reach import within
from ..kinds import Asymptotic, Identity
from ..notes import holds, rival, source, tried
from ..ranges import SHARE_MEAN
from ..registry import law
from .absorption import fixation_of_share
from .curation import reproducing, tilted_fixation


def _run_out(n, strength, mean):
    return tilted_fixation(np, int(n), 60 * int(n), mean, strength / (2 * n))


@law("bernoulli-tilted-ultimate-fixation", kind=Identity(_run_out), host=True)
@source("classical", tag="WF-SEL")
@holds(where=SHARE_MEAN)
@tried({"n": 20, "strength": 1.5, "mean": 0.3})
@rival("neutral", lambda xp, n, mean: mean + 0.0 * n)
def ultimate_fixation(xp, n, strength, mean):
    r"""In the end the liked outcome wins with probability h, the solution of $h=Ph$ for the chain
    at $a=S/2n$, averaged over fit 1, whose real data are not tilted.
    """
    within("n", n, 2000, "a system of n equations is solved")
    n, states = int(n), np.arange(int(n) + 1)
    success = reproducing(float(strength) / (2 * n))(states / n)
    chain = scipy.stats.binom.pmf(states[None, :], n, success[:, None])
    inside = np.linalg.solve(np.eye(n - 1) - chain[1:n, 1:n], chain[1:n, n])
    return scipy.stats.binom.pmf(states, n, float(mean)) @ np.concatenate([[0.0], inside, [1.0]])


LARGE = Asymptotic("n", 1, "bernoulli-tilted-ultimate-fixation")


@law("bernoulli-tilted-ultimate-fixation-diffusion", kind=LARGE)
@source("kimura1962", tag="WF-SEL")
@holds(where=SHARE_MEAN)
@tried({"n": 40, "strength": 1.5, "mean": 0.3})
def diffusion_fixation(xp, strength, mean):
    r"""Kimura's formula for a reward $a=S/2n$: the liked outcome wins with probability
    $\frac{1-e^{-Sp_0}}{1-e^{-S}}$, and $p_0$ at S = 0. The real data of fit 1 are not tilted.
    """
    return fixation_of_share(xp, strength, mean)
