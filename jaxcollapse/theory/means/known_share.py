r"""What is known of provenance: which observations are real, how many are, or nothing.

Every batch of $N$ after the first has a real share $\alpha$. In units of $\sigma^2/N$ pooling
leaves $\sum_ii^{-2}\prod_{j>i}(1-\frac\alpha j)^2$, the share alone $\frac1{1+\alpha^2(t-1)}$ and
full provenance $\frac1{1+\alpha(t-1)}$.
"""

from ...domains import POSITIVE
from ..kinds import Bound
from ..notes import holds, proof, rival, source, tried
from ..proofs import Coq
from ..recurrence import pooled
from ..registry import law
from ..subjects import (
    AbstractQVF,
    AccumulateRefresh,
    DebiasedMean,
    Detect,
    E,
    NormalMean,
    Poisson,
    Recursion,
    Refresh,
    mean_error,
)
from ..variance_function import constant
from .qvf import refresh_mean_error
from .weighting import accumulate_refresh_mean_error

UPPER = Bound("upper")
LOWER = Bound("lower")
ERROR = E(mean_error)


def knows_its_share(recursion: Recursion) -> bool:
    """Whether batches are pooled as they come and the family is told their real share."""
    n, fresh = float(recursion.n), float(recursion.fresh)
    return pooled(recursion) and abs(float(recursion.family.share) * (n + fresh) - fresh) < 1e-9 * n


def informed(n, fresh, real):
    """A case of batches with a known real share."""
    family = DebiasedMean(fresh / (n + fresh), 1.7)
    return Recursion(family, Refresh(), truth=family.params(0.7), n=n, fresh=fresh, real=real), 8


CASES = (informed(9, 3, 12), informed(5, 7, 4))


def provenance(xp, known_variance, fresh, real, t):
    r"""Error of the real data alone, $\frac{\sigma^2}{N_1+f(t-1)}$."""
    return xp.where(t > 0, known_variance / (real + fresh * (xp.maximum(t, 1) - 1)), 0.0)


def pooled_error(xp, known_variance, n, fresh, real, t):
    return accumulate_refresh_mean_error(xp, 0.0, n, fresh, real, t, constant(known_variance))


def last_batch_alone(xp, known_variance, n, fresh, real, t):
    return refresh_mean_error(xp, 0.0, n, fresh, None, real, t, constant(known_variance))


@law("debiased-mean-refresh-mean-error", DebiasedMean, Refresh, ERROR)
@source("derived", tag="R7d")
@holds(when=knows_its_share, where={"known_variance": POSITIVE})
@tried(*CASES)
@rival("pooled", pooled_error)
@rival("full provenance", provenance)
@rival("last batch alone", last_batch_alone)
def debiased_mean_error(xp, known_variance, n, fresh, real, t):
    r"""A known share is worth its square: $E(\theta_t-\mu_0)^2=\frac{\sigma^2}{N_1+\alpha f(t-1)}$,
    $\alpha=\frac f{n+f}$; $\frac{\sigma^2}{N(1+\alpha^2(t-1))}$ for equal batches.
    """
    return provenance(xp, known_variance, fresh**2 / (n + fresh), real, t)


@law("debiased-mean-refresh-mean-error-pooled-bound", DebiasedMean, Refresh, ERROR, UPPER)
@source("derived", tag="R7d")
@holds(when=knows_its_share, where={"known_variance": POSITIVE})
@tried(*CASES)
def pooled_bound(xp, known_variance, n, fresh, real, t):
    r"""Debiased batches never do worse than pooled ones (Gauss-Markov):
    $E(\theta_t-\mu_0)^2\le\frac{\sigma^2}N\sum_{i\le t}i^{-2}
    \prod_{i<j\le t}(1-\frac\alpha j)^2$.
    """
    return accumulate_refresh_mean_error(xp, 0.0, n, fresh, real, t, constant(known_variance))


@law("debiased-mean-refresh-mean-error-provenance-bound", DebiasedMean, Refresh, ERROR, LOWER)
@source("derived", tag="R7d")
@holds(when=knows_its_share, where={"known_variance": POSITIVE})
@tried(*CASES)
def provenance_bound(xp, known_variance, fresh, real, t):
    r"""Knowing which observations are real is worth more:
    $E(\theta_t-\mu_0)^2\ge\frac{\sigma^2}{N_1+f(t-1)}$.
    """
    return provenance(xp, known_variance, fresh, real, t)


def _all_found(recursion):
    return float(recursion.selection.rate) == 1.0


def watched(family):
    """A case of accumulation behind a perfect detector."""
    truth = family.params(0.7)
    return Recursion(
        family, AccumulateRefresh(), truth=truth, n=9, fresh=3, real=12, selection=Detect(1.0)
    ), 8


@law(
    "qvf-accumulate-refresh-provenance-mean-error",
    AbstractQVF,
    AccumulateRefresh,
    ERROR,
    selection=Detect,
)
@source("classical", tag="R7d")
@proof(Coq("ClosedForms.qvf_accumulate_refresh_provenance_mean_error_correct"))
@holds(when=_all_found)
@tried(watched(NormalMean(1.7)), watched(Poisson()))
@rival("share alone", debiased_mean_error, known_variance=lambda V, mean: V(mean))
@rival("no provenance", accumulate_refresh_mean_error)
def provenance_mean_error(xp, mean, fresh, real, t, V):
    r"""A detector that finds all synthetic data leaves the real ones:
    $E(\mu_t-\mu_0)^2=\frac{V_0}{N_1+f(t-1)}$, $\frac{V_0}{N(1+\alpha(t-1))}$ for equal batches.
    """
    return provenance(xp, V(mean), fresh, real, t)
