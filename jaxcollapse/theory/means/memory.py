r"""Fresh real data beside synthetic data of the last K models: an autoregression of the mean with
equal coefficients.

$D_t=\frac aK\sum_{k\le K}D_{t-k}+\varepsilon_t$ with the synthetic share $a=1-w$ and
$\mathrm{Var}\,\varepsilon_t=\sigma^2\left(\frac{w^2}f+\frac{a^2}n\right)$.
"""

import numpy as np

from ...domains import POSITIVE, Integer
from ...numerics.reach import within
from ..hypotheses import FRESH_WEIGHTED
from ..kinds import Asymptotic
from ..notes import holds, rival, source, tried
from ..recurrence import LONGEST
from ..registry import law
from ..subjects import E, Recursion, Refresh, RememberingMean, mean_error
from ..variance_function import constant
from .qvf import refresh_mean_error, share_of_fresh

LATE = Asymptotic("t", 1, "remembering-mean-refresh-mean-error")

DOMAINS = {"known_variance": POSITIVE, "memory": Integer(1)}


def remembering(memory, workflow, n, generations):
    """A case of a memory of several models."""
    family = RememberingMean(memory, 1.7)
    return Recursion(family, workflow, truth=family.params(0.7), n=n, fresh=5, real=8), generations


REMEMBERED = (
    remembering(3, Refresh(), 12, 20),
    remembering(2, Refresh(0.3), 12, 20),
    remembering(5, Refresh(), 60, 100),
)


def innovation(n, fresh, weight, known_variance):
    r"""$\sigma^2\left(\frac{w^2}f+\frac{(1-w)^2}n\right)$."""
    w = share_of_fresh(weight, n, fresh)
    return known_variance * (w**2 / fresh + (1 - w) ** 2 / n)


def remembered_errors(share, memory, first, later, generations):
    """Mean squared errors of fits 0 to `generations`, by the recurrence of their covariances."""
    within("t", generations, LONGEST, "the recurrence holds a t × t matrix of covariances")
    covariance = np.zeros((generations + 1, generations + 1))
    for t in range(1, generations + 1):
        last = slice(max(1, t - int(memory)), t)
        if t > 1:
            covariance[t, :t] = covariance[:t, t] = share * covariance[last, :t].mean(axis=0)
        inherited = share * covariance[last, t].mean() if t > 1 else 0.0
        covariance[t, t] = inherited + (later if t > 1 else first)
    return np.diag(covariance)


def last_model_alone(xp, known_variance, n, fresh, weight, real, t):
    return refresh_mean_error(xp, 0.0, n, fresh, weight, real, t, constant(known_variance))


def averaged_noise(xp, known_variance, n, fresh, weight, real, memory, t):
    return remembered_errors(
        (1 - share_of_fresh(weight, n, fresh)) / np.sqrt(memory),
        1,
        known_variance / real,
        innovation(n, fresh, weight, known_variance),
        int(np.max(t, initial=1)),
    )[t]


@law("remembering-mean-refresh-mean-error", RememberingMean, Refresh, E(mean_error), host=True)
@source("derived", "alemohammad2023", tag="MAD-MEMORY")
@holds(where=DOMAINS)
@tried(remembering(3, Refresh(), 60, 8), remembering(2, Refresh(0.3), 12, 8))
@rival("last model alone", last_model_alone)
@rival("averaged noise", averaged_noise)
@rival("one model more", memory=lambda memory: memory + 1)
def remembering_mean_error(xp, known_variance, n, fresh, weight, real, memory, t):
    r"""$E(\mu_t-\mu_0)^2=E D_t^2$ of the autoregression
    $D_t=\frac a{K_t}\sum_{k\le K_t}D_{t-k}+\varepsilon_t$, $K_t=\min(K,t-1)$, $E D_1^2=\sigma^2/N$.
    """
    share = 1 - share_of_fresh(weight, n, fresh)
    later = innovation(n, fresh, weight, known_variance)
    return remembered_errors(
        share, memory, known_variance / real, later, int(np.max(t, initial=1))
    )[t]


@law("remembering-mean-refresh-mean-error-late", RememberingMean, Refresh, E(mean_error), LATE)
@source("derived", "alemohammad2023", tag="MAD-MEMORY")
@holds(assuming=FRESH_WEIGHTED, where=DOMAINS)
@tried(*REMEMBERED)
def remembering_limit(xp, known_variance, n, fresh, weight, memory):
    r"""Memory of K models is worth $\frac{n_e}{n_r}=\frac{K+a}{K(1-a)+a}$ real data, a the
    synthetic share of the pool: $E(\mu_\infty-\mu_0)^2=\frac{\sigma^2}{n_e}$.
    """
    share = 1 - share_of_fresh(weight, n, fresh)
    left = memory * (1 - share) + share
    return innovation(n, fresh, weight, known_variance) * left / ((1 - share) * (memory + share))
