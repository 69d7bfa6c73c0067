r"""Whether more synthetic rounds bring a fit closer to the truth than fit 1 was."""

import numpy as np
import scipy

from ...domains import Integer
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import NormalMean, Recursion, Replace, jax, simulate


def improved(key, replicas, n, real, t, d):
    """Run d coordinates a replica and compare the distances of fit t and of fit 1 from the truth, 1
    where it fell.
    """
    recursion = Recursion(
        NormalMean(1.7), Replace(), truth=NormalMean().params(0.7), n=n, real=real
    )
    run = simulate(key, recursion, generations=t, replicas=replicas * d)
    error = (
        np.square(np.asarray(jax.device_get(run.params.mean), float) - 0.7)
        .reshape(replicas, d, -1)
        .sum(axis=1)
    )
    return (error[:, -1] < error[:, 1]).astype(float)


@law("normal-mean-replace-improvement", host=True)
@source("derived", "xu2025", tag="PROB-IMPROVE")
@holds(where={"t": Integer(1)})
@tried({"n": 20, "real": 10, "t": 4, "d": 1}, {"n": 10, "real": 10, "t": 2, "d": 4}, draw=improved)
@rival("a coin", lambda xp, t: 0.5 + 0 * t)
@rival("d = 1", d=1)
@rival("t rounds", t=lambda t: t + 1)
def improvement(xp, n, real, t, d):
    r"""$P(|\mu_t-\mu_0|<|\mu_1-\mu_0|)=P(T_d>\frac{\sqrt d}2r)$ with Student's $T_d$,
    $r^2=\frac{n_1}n(t-1)$; for d = 1 it is $\frac1\pi\arctan\frac2r$.
    """
    return scipy.stats.t.sf(np.sqrt((t - 1) * real / n * d) / 2, d)
