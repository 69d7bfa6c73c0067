r"""Biased sampling beside fresh real data: the drift and the variance settle.

In every generation $n_s$ observations of the last model, sampled with its variance times $\lambda$,
are pooled with $n_r$ fresh real ones; $N=n_r+n_s$, $\kappa=n_s/n_r$.
"""

import numpy as np

from ...numerics.reach import within_steps
from ..infinite import path
from ..kinds import Asymptotic, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Derivation
from ..recurrence import pooled
from ..registry import law
from ..subjects import (
    E,
    Gaussian,
    NormalMean,
    Recursion,
    Refresh,
    Temperature,
    mean_error,
    variance,
)
from .biased_sampling import MAD, biased

TEMPERED = {"decoding": Temperature, "host": True}
LATE = Asymptotic("t", 1, "qvf-refresh-mean-error")


def fresh_moments(n, fresh, real, t, temperature, ddof):
    r"""Mean error and variance in units of $\sigma_0^2$ when n tempered synthetic data are pooled
    with fresh real ones.
    """
    n, fresh, real, ddof = (float(each) for each in (n, fresh, real, ddof))
    pool, times = n + fresh, np.asarray(t, int)
    within_steps(int(times.max(initial=1)), 1)
    rows = [(0.0, 1.0), (1 / real, (real - 1) / (real - ddof))]
    while len(rows) <= times.max(initial=1):
        error, spread = rows[-1]
        synthetic = temperature * (n - 1 + fresh / pool) * spread
        within = fresh - 1 + n / pool + synthetic + n * fresh / pool * error
        mean_error = (fresh + n**2 * error + n * temperature * spread) / pool**2
        rows.append((mean_error, within / (pool - ddof)))
    return np.asarray(rows)[times].T


FRESH = biased(Temperature(0.7), Refresh(), fresh=5, real=20)


@law("gaussian-refresh-tempered-mean-error", Gaussian, Refresh, E(mean_error), **TEMPERED)
@source("derived", MAD, tag="MAD-FRESH")
@holds(when=pooled)
@tried(*FRESH)
@rival("no bias", temperature=1.0)
def refresh_mean_error(xp, n, fresh, real, t, temperature, ddof=1, variance=1.0):
    r"""Fresh data bound the drift: $v'=\frac{n_r+n_s^2v+n_s\lambda s}{N^2}$ with $s=E\sigma_t^2$,
    $N=n_r+n_s$ (units $\sigma_0^2$).
    """
    return variance * fresh_moments(n, fresh, real, t, temperature, ddof)[0]


def variance_without_drift(xp, n, fresh, t, temperature, variance):
    """The settled variance of unlimited data from fit 2 on, as if all means agreed: a rival."""
    return variance * xp.where(t > 1, variance_floor(xp, n, fresh, temperature), 1.0)


@law("gaussian-refresh-tempered-variance", Gaussian, Refresh, E(variance), **TEMPERED)
@source("derived", MAD, tag="MAD-FRESH")
@holds(when=pooled)
@tried(*FRESH)
@rival("means agree", variance_without_drift)
@rival("no bias", temperature=1.0)
def refresh_variance(xp, n, fresh, real, t, temperature, ddof=1, variance=1.0):
    r"""Fresh data hold the variance:
    $s'=\frac{n_r-1+\frac{n_s}N+\lambda(n_s-1+\frac{n_r}N)s+\frac{n_rn_s}Nv}{N-\mathrm{ddof}}$
    (units $\sigma_0^2$).
    """
    return variance * fresh_moments(n, fresh, real, t, temperature, ddof)[1]


def _settled_variance(n, fresh, temperature):
    about = {"truth": Gaussian.params(), "n": int(n), "fresh": int(fresh)}
    recursion = Recursion(Gaussian(), Refresh(), decoding=Temperature(temperature), **about)
    return np.exp(path(recursion, 400).log_variance[-1])


@law("gaussian-refresh-tempered-variance-floor", kind=Identity(_settled_variance))
@source("derived", MAD, tag="MAD-BIAS")
@proof(Derivation("test_points_of_rest"))
@tried({"n": 10, "fresh": 4, "temperature": 0.8}, {"n": 3, "fresh": 9, "temperature": 0.3})
@rival("share", lambda xp, n, fresh, temperature: (fresh + n * temperature) / (fresh + n))
def variance_floor(xp, n, fresh, temperature):
    r"""However much data there is, $\kappa=n_s/n_r$ biased ones per real one leave
    $\sigma_\infty^2=\frac{\sigma_0^2}{1+\kappa(1-\lambda)}$.
    """
    return 1 / (1 + n / fresh * (1 - temperature))


@law("normal-mean-refresh-mean-error-late", NormalMean, Refresh, E(mean_error), LATE)
@source("derived", MAD, tag="MAD-MEMORY")
@holds(when=pooled)
@tried((Recursion(NormalMean(1.7), Refresh(), truth=NormalMean().params(0.7), n=12, fresh=5), 6))
def refresh_effective_size(xp, n, fresh, v0):
    r"""Synthetic data beside fresh ones, $\kappa=n_s/n_r$, are worth
    $\frac{n_e}{n_r}=\frac{1+2\kappa}{1+\kappa}<2$: $E(\mu_\infty-\mu_0)^2=\frac{V_0}{n_e}$.
    """
    ratio = n / fresh
    return v0 * (1 + ratio) / (fresh * (1 + 2 * ratio))
