r"""Whether more synthetic rounds bring a fit closer to the truth than fit 1 was."""

import jax
import numpy as np
from scipy import stats

from ..families import NormalMean
from ..recursion import Recursion
from ..simulation import simulate
from ..workflows import Replace
from .kinds import Exact
from .registry import law


def improved(key, replicas, n, real, t, d):
    """Run d coordinates a replica and compare the distances of fit t and of fit 1 from the truth, 1 where it fell."""
    recursion = Recursion(NormalMean(1.7), Replace(), truth=NormalMean().params(0.7), n=n, real=real)
    run = simulate(key, recursion, generations=t, replicas=replicas * d)
    error = np.square(np.asarray(jax.device_get(run.params.mean), float) - 0.7).reshape(replicas, d, -1).sum(axis=1)
    return (error[:, -1] < error[:, 1]).astype(float)


@law(
    "normal-mean-replace-improvement", kind=Exact(), cite=("derived", "xu2025"), tag="PROB-IMPROVE", draw=improved,
    at=({"n": 20, "real": 10, "t": 4, "d": 1}, {"n": 10, "real": 10, "t": 2, "d": 4}),
    rivals={"a coin": lambda xp, n, real, t, d: 0.5 + 0 * t, "d = 1": lambda xp, n, real, t, d: improvement(xp, n, real, t, 1),
            "t rounds": lambda xp, n, real, t, d: improvement(xp, n, real, t + 1, d)},
)  # fmt: skip
def improvement(xp, n, real, t, d):
    r"""$P(|\mu_t-\mu_0|<|\mu_1-\mu_0|)=P(T_d>\frac{\sqrt d}2r)$ with Student's $T_d$, $r^2=\frac{n_1}n(t-1)$; for d = 1 it is $\frac1\pi\arctan\frac2r$."""
    return stats.t.sf(np.sqrt((t - 1) * real / n * d) / 2, d)
