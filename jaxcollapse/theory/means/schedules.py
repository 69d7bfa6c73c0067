r"""Sample sizes that change from fit to fit: growing data, a real set followed by batches, and the
bound for all schedules.

`sizes` is the schedule $n_1,n_2,\dots$, counted from fit 1; $N_k=\sum_{j\le k}n_j$. Replacement
collapses if and only if $\sum_k1/n_k=\infty$; accumulation acts as replacement with $1/n_k$ turned
into $n_k/N_k^2$.
"""

import numpy as np
import scipy

from ..categorical.frequencies import gini
from ..hypotheses import LINEAR
from ..kinds import Asymptotic, Bound
from ..notes import holds, proof, rival, source, tried
from ..proofs import Certified, Coq
from ..registry import law
from ..subjects import (
    AbstractQVF,
    Accumulate,
    Bernoulli,
    Categorical,
    E,
    Gamma,
    Poisson,
    Recursion,
    Replace,
    example_truth,
    heterozygosity,
    mean_error,
    variance,
)

UPPER = Bound("upper")
LATE_VARIANCE = Asymptotic("t", 1, "qvf-accumulate-batches-variance")
LATE_ERROR = Asymptotic("t", 1, "qvf-accumulate-batches-mean-error")

GROWING = np.array([6, 9, 8, 21, 13, 40])


def scheduled(recursion: Recursion) -> bool:
    """Whether fits differ in size: a schedule, or a real data set of its own size."""
    return np.ndim(recursion.n) == 1 or recursion.real is not None


def batched(recursion: Recursion) -> bool:
    """Whether a real data set is followed by batches of one other size."""
    return np.ndim(recursion.n) == 0 and recursion.real is not None


def linear(recursion: Recursion) -> bool:
    """Whether the variance function has no quadratic part."""
    return float(recursion.family.variance_function[2]) == 0


def growing(workflow, *families):
    """Cases on a schedule that rises and falls."""
    return tuple(
        (Recursion(f, workflow, truth=example_truth(f), n=GROWING), len(GROWING)) for f in families
    )


def batches(*families, generations=6, real=15, n=6):
    """Cases of a real data set followed by smaller batches, all kept."""
    return tuple(
        (Recursion(f, Accumulate(), truth=example_truth(f), n=n, real=real), generations)
        for f in families
    )


SIGNS = (Bernoulli(), Poisson(), Gamma(2.5))


def average(xp, sizes):
    """A schedule that spreads the same data evenly."""
    return sizes * 0 + xp.sum(sizes) / len(sizes)


def replaced(xp, sizes, k):
    r"""Noise of fit k under replacement, $1/n_k$."""
    return 1 / xp.entry(sizes, k)


def accumulated(xp, sizes, k):
    r"""Noise that fit k adds to the pool, $n_k/N_k^2$."""
    return xp.entry(sizes, k) / xp.total(lambda j: xp.entry(sizes, j), 1, k) ** 2


def growth(xp, noise, v2, t):
    r"""$\prod_{k\le t}(1+v_2q_k)$ for noise $q_k$."""
    return xp.product(lambda k: 1 + v2 * noise(k), 1, t)


def drift(xp, noise, v2, t):
    r"""$\frac1{v_2}\left[\prod_{k\le t}(1+v_2q_k)-1\right]=\sum_kq_k\prod_{j<k}(1+v_2q_j)$, which
    needs no case for $v_2=0$.
    """
    return xp.total(lambda k: noise(k) * growth(xp, noise, v2, k - 1), 1, t)


@law("qvf-replace-scheduled-variance", AbstractQVF, Replace, E(variance))
@source("derived", tag="NEFQVF-REPLACE")
@proof(Coq("ClosedForms.qvf_replace_scheduled_variance_correct"))
@holds(when=scheduled)
@tried(*growing(Replace(), *SIGNS))
@rival("average size", sizes=average)
def replace_scheduled_variance(xp, mean, sizes, t, V):
    r"""Every fit takes its own share: $E\,V(\mu_t)=V_0\prod_{k\le t}(1+v_2/n_k)$, kept for ever if
    $\sum1/n_k<\infty$.
    """
    return V(mean) * growth(xp, lambda k: replaced(xp, sizes, k), V.v2, t)


@law("qvf-replace-scheduled-mean-error", AbstractQVF, Replace, E(mean_error))
@source("derived", tag="NEFQVF-REPLACE")
@proof(Coq("ClosedForms.qvf_replace_scheduled_mean_error_correct"))
@holds(when=scheduled)
@tried(*growing(Replace(), *SIGNS))
@rival("average size", sizes=average)
def replace_scheduled_mean_error(xp, mean, sizes, t, V):
    r"""$E(\mu_t-\mu_0)^2=\frac{V_0}{v_2}\left[\prod_k(1+\frac{v_2}{n_k})-1\right]$, and
    $V_0\sum_k1/n_k$ for $v_2=0$.
    """
    return V(mean) * drift(xp, lambda k: replaced(xp, sizes, k), V.v2, t)


@law("qvf-accumulate-scheduled-variance", AbstractQVF, Accumulate, E(variance))
@source("derived", tag="NEFQVF-ACC")
@proof(Coq("ClosedForms.qvf_accumulate_scheduled_variance_correct"))
@holds(when=scheduled)
@tried(*growing(Accumulate(), *SIGNS))
@rival("replace", replace_scheduled_variance)
@rival("average size", sizes=average)
def accumulate_scheduled_variance(xp, mean, sizes, t, V):
    r"""Accumulated batches of any sizes: $E\,V(\mu_t)=V_0\prod_{k\le t}(1+v_2n_k/N_k^2)$."""
    return V(mean) * growth(xp, lambda k: accumulated(xp, sizes, k), V.v2, t)


@law("qvf-accumulate-scheduled-mean-error", AbstractQVF, Accumulate, E(mean_error))
@source("derived", tag="NEFQVF-ACC")
@proof(Coq("ClosedForms.qvf_accumulate_scheduled_mean_error_correct"))
@holds(when=scheduled)
@tried(*growing(Accumulate(), *SIGNS))
@rival("average size", sizes=average)
def accumulate_scheduled_mean_error(xp, mean, sizes, t, V):
    r"""$E(\mu_t-\mu_0)^2=\frac{V_0}{v_2}\left[\prod_k(1+v_2\frac{n_k}{N_k^2})-1\right]$, and
    $V_0\sum_kn_k/N_k^2$ for $v_2=0$.
    """
    return V(mean) * drift(xp, lambda k: accumulated(xp, sizes, k), V.v2, t)


@law("qvf-accumulate-scheduled-mean-error-bound", AbstractQVF, Accumulate, E(mean_error), UPPER)
@source("derived", tag="ACC-KAPPA")
@proof(Coq("ClosedForms.qvf_accumulate_scheduled_mean_error_bound_correct"))
@holds(assuming=LINEAR)
@tried(*growing(Accumulate(), Poisson()), *batches(Poisson(), generations=60, real=20, n=2))
def accumulate_bound(xp, mean, sizes, t, V):
    r"""Whatever the schedule, accumulation at most doubles the risk of fit 1:
    $E(\mu_t-\mu_0)^2\le2V_0/n_1$ for $v_2=0$.
    """
    return 2 * V(mean) / xp.entry(sizes, 1) + 0 * t


def _batch(n, real, k):
    r"""Noise of batch k: $1/N$ for the real data, $n/(N+(k-1)n)^2$ for what follows."""
    return n / (real + (k - 1) * n) ** 2


@law("qvf-accumulate-batches-variance", AbstractQVF, Accumulate, E(variance))
@source("derived", tag="ACC-KAPPA-QVF")
@proof(Coq("ClosedForms.qvf_accumulate_batches_variance_correct"))
@holds(when=batched)
@tried(*batches(Bernoulli(), Gamma(2.5)))
@rival("equal batches", n=lambda real: real)
def batches_variance(xp, mean, n, real, t, V):
    r"""N real, then batches of n, all kept:
    $E\,V(\mu_t)=V_0(1+\frac{v_2}N)\prod_{k=2}^t\left(1+\frac{v_2n}{(N+(k-1)n)^2}\right)$.
    """
    later = xp.product(lambda k: 1 + V.v2 * _batch(n, real, k), 2, t)
    return V(mean) * xp.where(t > 0, 1 + V.v2 / real, 1.0) * later


@law(
    "qvf-accumulate-batches-limit-variance",
    AbstractQVF,
    Accumulate,
    E(variance),
    LATE_VARIANCE,
    host=True,
)
@source("derived", tag="ACC-KAPPA-QVF")
@proof(Certified("test_limits_of_accumulation"))
@holds(when=batched)
@tried(*batches(Bernoulli(), Gamma(2.5), generations=20))
def batches_limit_variance(xp, mean, n, real, V):
    r"""$E\,V(\mu_\infty)=V_0(1+\frac{v_2}N)\frac{\Gamma(1+a)^2}{\Gamma(1+a+ib)\Gamma(1+a-ib)}$,
    $a=N/n$, $b^2=v_2/n$.
    """
    a, b = real / n, np.sqrt(V.v2 / n + 0j)
    log_ratio = (
        2 * scipy.special.loggamma(1 + a)
        - scipy.special.loggamma(1 + a + 1j * b)
        - scipy.special.loggamma(1 + a - 1j * b)
    )
    return V(mean) * (1 + V.v2 / real) * np.exp(log_ratio.real)


@law("qvf-accumulate-batches-mean-error", AbstractQVF, Accumulate, E(mean_error))
@source("derived", tag="ACC-KAPPA")
@proof(Coq("ClosedForms.qvf_accumulate_batches_mean_error_correct"))
@holds(when=batched)
@tried(*batches(Poisson(), Bernoulli()))
@rival("equal batches", n=lambda real: real)
def batches_mean_error(xp, mean, n, real, t, V):
    r"""$E(\mu_t-\mu_0)^2=V_0\left[\frac1N+(1+\frac{v_2}N)\sum_{k=2}^t\frac n{(N+(k-1)n)^2}
    \prod_{1<j<k}\left(1+\frac{v_2n}{(N+(j-1)n)^2}\right)\right]$.
    """
    step = lambda k: 1 + V.v2 * _batch(n, real, k)
    later = xp.total(lambda k: _batch(n, real, k) * xp.product(step, 2, k - 1), 2, t)
    return V(mean) * xp.where(t > 0, 1 / real + (1 + V.v2 / real) * later, 0.0)


@law("qvf-accumulate-batches-limit-mean-error", AbstractQVF, Accumulate, E(mean_error), LATE_ERROR)
@source("derived", tag="ACC-KAPPA")
@proof(Certified("test_limits_of_accumulation"))
@holds(when=batched, assuming=LINEAR)
@tried(*batches(Poisson(), generations=20))
def batches_limit_mean_error(xp, mean, n, real, V):
    r"""The risk of the real data times $G(\kappa)=1+\frac1\kappa\psi'(1+\frac1\kappa)$,
    $\kappa=n/N$: 2 for tiny batches, $\pi^2/6$ for equal ones.
    """
    kappa = n / real
    return V(mean) / real * (1 + xp.polygamma(1, 1 + 1 / kappa) / kappa)


@law("categorical-replace-scheduled-heterozygosity", Categorical, Replace, E(heterozygosity))
@source("wright1931", "derived", tag="WF-GROW")
@proof(Coq("Replacement.categorical_replace_scheduled_heterozygosity_correct"))
@holds(when=scheduled)
@tried(*growing(Replace(), Categorical()))
@rival("average size", sizes=average)
def replace_scheduled_heterozygosity(xp, sizes, t, p):
    r"""$E\,H_t=H_0\prod_{k\le t}(1-1/n_k)$ lasts if and only if $\sum1/n_k<\infty$, all $n_k>1$."""
    return gini(xp, p) * growth(xp, lambda k: replaced(xp, sizes, k), -1, t)
