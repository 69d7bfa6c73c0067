"""Which label a group ends with when label 1 is retained more or less often than label 0."""

import numpy as np

from ...domains import PROBABILITY, Real
from ...numerics import two_blocks
from ..categorical.absorption import fixation_of_share
from ..kinds import Asymptotic, Identity
from ..notes import holds, rival, source, tried
from ..registry import law


def _group_of(n, gamma, base, forgetting):
    """A group of n items labeled rightly, with retention exp(gamma / n)."""
    weights = (1 - float(base), float(base))
    sizes = tuple(map(int, two_blocks.block_sizes(n, weights)))
    retention = float(np.exp(gamma / n))
    return two_blocks.TwoBlocks(sizes, weights, (0.0, 1.0), float(forgetting), retention, 0.0, 0.0)


def _long_run(n, gamma, base, forgetting):
    return _group_of(n, gamma, base, forgetting).absorbed(60 * int(n))[1]


FIXED = {"base": PROBABILITY, "forgetting": Real(0.0, 1.0, closed=(False, True)), "gamma": Real()}


@law("grouped-labels-fixation", kind=Identity(_long_run, 1e-9), host=True)
@source("derived", tag="F8")
@holds(where=FIXED)
@tried(
    {"n": 10, "gamma": 1.5, "base": 0.3, "forgetting": 0.4},
    {"n": 20, "gamma": -2.0, "base": 0.6, "forgetting": 1.0},
)
@rival("neutral", lambda xp, base: base)
def fixation(xp, n, gamma, base, forgetting):
    r"""A group whose labels start right ends with label 1 throughout with probability $B\,h$, h
    harmonic for the chain of its two blocks at retention $e^{\gamma/n}$.
    """
    return two_blocks.ultimate(_group_of(n, gamma, base, forgetting))


@law("grouped-labels-fixation-diffusion", kind=Asymptotic("n", 1, "grouped-labels-fixation"))
@source("kimura1962", "derived", tag="F8")
@holds(where=FIXED)
@tried({"n": 10, "gamma": 1.5, "base": 0.3, "forgetting": 0.4})
def fixation_diffusion(xp, gamma, base):
    r"""In large groups the labels of a group end as 1 with Kimura's probability
    $\frac{1-e^{-2\gamma b}}{1-e^{-2\gamma}}$ of its base rate b, however slowly classes are
    forgotten.
    """
    return fixation_of_share(xp, 2 * gamma, base)
