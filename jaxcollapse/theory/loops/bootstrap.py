r"""The bootstrap in the loop: a kernel of width zero, whose clock is Kingman's coalescent.

Fit 1 sees n distinct values. Seen backwards, every value of a later fit descends from one of the
fit before, so that one survivor is left when all lines have met.
"""

import numpy as np

from ...numerics import coalescent
from ..kinds import Asymptotic
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import FixedBandwidth, GaussianKernel, HittingTime, KernelDensity, Replace, fixed
from .densities import trial

BOOTSTRAP = (
    trial(KernelDensity(GaussianKernel(), FixedBandwidth(0.0)), Replace(), n=8, generations=240),
)


def bootstrap(recursion) -> bool:
    """Whether the kernel has no width and the real law has no atoms, so that fit 1 sees n distinct
    values.
    """
    bandwidth = recursion.family.bandwidth
    no_width = isinstance(bandwidth, FixedBandwidth) and bandwidth.width == 0
    return no_width and np.all(np.diag(recursion.truth.root) > 0)


LARGE = Asymptotic("n", 0.9, "kernel-density-replace-collapse-time")


@law(
    "kernel-density-replace-collapse-time-limit", KernelDensity, Replace, HittingTime(fixed), LARGE
)
@source("kingman1982", tag="WF-TMRCA")
@tried(*BOOTSTRAP)
def kingman_time(xp, n):
    r"""Kingman's coalescent leaves one survivor after about $1+2n(1-\frac1n)$ fits."""
    return 1 + 2 * n * (1 - 1 / n)


@law("kernel-density-replace-collapse-time", KernelDensity, Replace, HittingTime(fixed), host=True)
@source("kingman1982", "derived", tag="WF-TMRCA")
@holds(when=bootstrap)
@tried(*BOOTSTRAP)
@rival("Kingman", kingman_time)
def bootstrap_collapse_time(xp, n):
    r"""Resampling all-distinct data ends in one survivor after $1+\sum_{a\ge2}g_n(a)$ fits, g the
    Green function of the ancestors.
    """
    return 1 + np.sum(coalescent.visits(int(n))[2:])
