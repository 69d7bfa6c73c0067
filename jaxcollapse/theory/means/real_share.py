r"""Schedules of the real share: accumulation where fit k adds $f_k$ fresh real observations to
$n_k$ synthetic ones.

`sizes` and `arrivals` are the schedules $n_1,n_2,\dots$ and $f_1,f_2,\dots$ counted from fit 1,
which is all real, so that $f_1$ is not used; $N_k$ is the pool of fit k and $\alpha_k=f_k/N$ the
real share of equal batches of N.
"""

import numpy as np
import scipy

from ...domains import Real
from ..hypotheses import LINEAR
from ..kinds import Asymptotic, Bound, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Coq
from ..registry import law
from ..subjects import (
    AbstractQVF,
    AccumulateRefresh,
    Bernoulli,
    E,
    Exponential,
    NormalMean,
    Poisson,
    Recursion,
    example_truth,
    mean_error,
)
from .schedules import scheduled

LOWER = Bound("lower")
ERROR = E(mean_error)
UPPER = Bound("upper")
LATE = Asymptotic("t", 0.5, "accumulate-refresh-fading-share-inflation")

FADING = np.array([12, 9, 7, 6, 5, 5, 5, 4])
DIRECT_TERMS, LOG_TERMS = 500, 60


def changing(recursion: Recursion) -> bool:
    """Whether fits differ in size or in the real data that arrive."""
    return scheduled(recursion) or np.ndim(recursion.fresh) == 1


EQUAL_BATCHES = {
    "later batches, real data included, as large as the first": lambda sizes, arrivals: (
        len(sizes) == len(arrivals) and np.all(sizes[1:] + arrivals[1:] == sizes[0])
    )
}


def accumulating(*families, n, fresh, **changes):
    """Cases of a schedule of real data beside a schedule of synthetic data."""
    about = {"n": n, "fresh": fresh, **changes}
    return tuple(
        (Recursion(f, AccumulateRefresh(), truth=example_truth(f), **about), len(fresh))
        for f in families
    )


def batch(xp, sizes, arrivals, k):
    """Observations that fit k adds to the pool."""
    return xp.entry(sizes, k) + xp.where(k > 1, xp.entry(arrivals, k), 0)


def pool(xp, sizes, arrivals, k):
    r"""Observations of fit k, $N_k$."""
    return xp.total(lambda j: batch(xp, sizes, arrivals, j), 1, k)


def _evenly(xp, schedule):
    """The later entries of a schedule spread evenly."""
    return schedule * 0 + (xp.sum(schedule) - xp.entry(schedule, 1)) / (len(schedule) - 1)


UNEVEN = accumulating(
    Bernoulli(),
    Exponential(),
    n=np.array([9, 4, 12, 6, 3, 15]),
    fresh=np.array([1, 7, 2, 9, 3, 1]),
    real=5,
)
FADED = accumulating(
    NormalMean(1.7), Poisson(), n=np.where(np.arange(8) > 0, 12 - FADING, 12), fresh=FADING
)


def real_data_alone(xp, mean, sizes, arrivals, t, V):
    return V(mean) / (xp.entry(sizes, 1) + xp.total(lambda k: xp.entry(arrivals, k), 2, t))


def nothing_forgotten(xp, mean, sizes, arrivals, t, V):
    return V(mean) * xp.total(
        lambda k: batch(xp, sizes, arrivals, k) / pool(xp, sizes, arrivals, k) ** 2, 1, t
    )


@law("qvf-accumulate-refresh-scheduled-mean-error", AbstractQVF, AccumulateRefresh, ERROR)
@source("derived", tag="R7s")
@proof(Coq("ClosedForms.qvf_accumulate_refresh_scheduled_mean_error_correct"))
@holds(when=changing)
@tried(*FADED, *UNEVEN)
@rival("average share", arrivals=lambda xp, arrivals: _evenly(xp, arrivals))
@rival("best use of the real data", real_data_alone)
@rival("nothing forgotten", nothing_forgotten)
def accumulate_refresh_scheduled(xp, mean, sizes, arrivals, t, V):
    r"""Any schedule:
    $e_k=e_{k-1}\left[(1-\frac{f_k}{N_k})^2+\frac{n_kv_2}{N_k^2}\right]+V_0\frac{n_k+f_k}{N_k^2}$;
    for $v_2=0$, $\frac{V_0}N\sum_ii^{-2}\prod_{j>i}(1-\frac{\alpha_j}j)^2$.
    """
    whole = lambda k: pool(xp, sizes, arrivals, k)

    def kept(k):
        real, synthetic = xp.entry(arrivals, k), xp.entry(sizes, k)
        return (1 - real / whole(k)) ** 2 + synthetic * V.v2 / whole(k) ** 2

    power = lambda last: xp.product(kept, 2, last)
    gained = xp.total(lambda k: batch(xp, sizes, arrivals, k) / whole(k) ** 2 / power(k), 1, t)
    return V(mean) * gained * power(t)


def exposure(xp, sizes, arrivals, t):
    r"""The real share that has arrived on the clock of the pool, $A_t=\sum_{k=2}^t\alpha_k/k$."""
    return xp.total(lambda k: xp.entry(arrivals, k) / (k * xp.entry(sizes, 1)), 2, t)


@law(
    "qvf-accumulate-refresh-scheduled-mean-error-floor",
    AbstractQVF,
    AccumulateRefresh,
    ERROR,
    LOWER,
)
@source("derived", tag="R7s")
@holds(assuming=LINEAR | EQUAL_BATCHES)
@tried(*FADED)
def exposure_floor(xp, mean, sizes, arrivals, t, V):
    r"""While the exposure $A_t=\sum_{2\le k\le t}\alpha_k/k$ stays finite the error keeps a
    plateau: $e_t\ge\frac{V_0}N16^{-A_t}$ for $v_2=0$.
    """
    plateau = V(mean) / xp.entry(sizes, 1) * 16 ** -exposure(xp, sizes, arrivals, t)
    return xp.where(t > 0, plateau, 0.0)


@law(
    "qvf-accumulate-refresh-scheduled-mean-error-ceiling",
    AbstractQVF,
    AccumulateRefresh,
    ERROR,
    UPPER,
)
@source("derived", tag="R7s")
@holds(assuming=LINEAR | EQUAL_BATCHES)
@tried(*FADED)
def exposure_ceiling(xp, mean, sizes, arrivals, t, V):
    r"""The error vanishes if (by the floor, only if) $\sum\alpha_k/k=\infty$:
    $e_t\le\frac{V_0}N\zeta(\frac32)e^{-A_t/2}$, $A_t=\sum_{2\le k\le t}\alpha_k/k$, $v_2=0$.
    """
    decay = xp.exp(-exposure(xp, sizes, arrivals, t) / 2)
    return V(mean) / xp.entry(sizes, 1) * float(scipy.special.zeta(1.5)) * decay


def _iterated_inflation(decay, t):
    """The error of the pool in units of one batch, fit by fit."""
    error = 0.0
    for k in range(1, int(t) + 1):
        error = error * (1 - k ** -(1.0 + decay)) ** 2 + 1 / k**2
    return error


@law("accumulate-refresh-fading-share-inflation", kind=Identity(_iterated_inflation))
@source("derived", tag="R7s")
@holds(where={"decay": Real(0.0)})
@tried({"decay": 0.5, "t": 40}, {"decay": 0.0, "t": 12}, {"decay": 1.3, "t": 25})
@rival("no real data", lambda xp, t: xp.total(lambda i: 1 / i**2, 1, t))
def fading_share_inflation(xp, decay, t):
    r"""A real share that fades as $\alpha_k=k^{-s}$ has
    $\frac{Ne_t}{V_0}=\sum_{i\le t}i^{-2}\prod_{i<j\le t}(1-j^{-1-s})^2$.
    """
    power = lambda last: xp.product(lambda j: (1 - j ** -(1 + decay)) ** 2, 2, last)
    return xp.total(lambda i: 1 / (i**2 * power(i)), 1, t) * power(t)


def _left(decay, i):
    r"""$\prod_{j>i}(1-j^{-1-s})^2=\exp\left(-2\sum_m\zeta(m(1+s),i+1)/m\right)$."""
    m = np.arange(1, LOG_TERMS + 1)
    return np.exp(
        -2
        * np.sum(scipy.special.zeta(m * (1 + decay), np.asarray(i)[..., None] + 1.0) / m, axis=-1)
    )


@law("accumulate-refresh-fading-share-plateau", kind=LATE, host=True)
@source("derived", tag="R7s")
@holds(where={"decay": Real(0.0, closed=(False, True))})
@tried({"decay": 0.5, "t": 1000})
def fading_share_plateau(xp, decay):
    r"""Every power-law decay leaves a plateau,
    $\sum_ii^{-2}\exp\left(-2\sum_m\frac{\zeta(m(1+s),i+1)}m\right)$: 0.1432 for
    $\alpha_k=k^{-1/2}$.
    """
    i = np.arange(1, DIRECT_TERMS + 1)
    rest = scipy.integrate.quad(
        lambda x: float(_left(decay, x)) / x**2, DIRECT_TERMS + 0.5, np.inf, epsabs=1e-14
    )[0]
    return float(np.sum(_left(decay, i) / i**2) + rest)
