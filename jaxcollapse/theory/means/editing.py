r"""Token editing: of T data a share $q=n/T$ is replaced by samples of the last model, at places
drawn anew every generation.

The places alone move the mean of what stays by $\frac{q}{1-q}\frac{S^2}T$ in variance, so that an
edit of the data costs $q(2-q)\frac{V_0}T$ where one of the weights would cost $q\frac{V_0}T$. Edits
that always start from the original saturate; those that compound add up for ever, with $S^2$, the
variance of the data, a little below the model's.
"""

import numpy as np

from ...numerics.reach import within_steps
from ..hypotheses import PART_OF_REAL
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import (
    AbstractQVF,
    Bernoulli,
    E,
    Gamma,
    Gaussian,
    NormalMean,
    Overwrite,
    Poisson,
    Recursion,
    Retouch,
    example_truth,
    mean_error,
    variance,
)

ZHU = "zhu2025"


def edited(workflow, *families, generations=6, **sizes):
    """Cases of an editing workflow, one a family."""
    return tuple(
        (Recursion(each, workflow, truth=example_truth(each), **sizes), generations)
        for each in families
    )


def edits_as_weights(xp, mean, n, real, t, V):
    return retouched(xp, n, real, t, V(mean), V.v2, 1 + V.v2 / real)


def real_variance(xp, mean, n, real, t, V):
    return xp.where(V.v2 == 0, 0.0, retouched(xp, n, real, t, V(mean), 0, 2 - n / real))


def compounding(xp, mean, n, real, t, V):
    return V(mean) / real * (1 + (t - 1) * n / real * (2 - n / real))


EDITED_NORMALS = (
    *edited(Overwrite(), NormalMean(1.7), n=1, real=3),
    *edited(Overwrite(), NormalMean(1.7), n=3, real=8, generations=9),
)
EDITED_COUNTS = (
    *edited(Overwrite(), Bernoulli(), Gamma(2.5), n=2, real=5),
    *edited(Overwrite(), Poisson(), n=np.array([6, 4, 3, 2, 1, 1])),
)


@law("qvf-retouch-mean-error", AbstractQVF, Retouch, E(mean_error))
@source("derived", ZHU, tag="R15")
@holds(assuming=PART_OF_REAL)
@tried(*edited(Retouch(), Bernoulli(), Gamma(2.5), NormalMean(1.7), n=4, real=6))
@rival("edits as weights", edits_as_weights)
@rival("real variance", real_variance)
@rival("compounding", compounding)
def retouch_mean_error(xp, mean, n, real, t, V):
    r"""Edits of the original saturate:
    $E(\mu_t-\mu_0)^2=\frac{V_0}T\left[1+q(2-q+\frac{v_2}T)\frac{1-r^{t-1}}{1-r}\right]$,
    $q=\frac nT$, $r=q^2(1+\frac{v_2}n)$.
    """
    return retouched(xp, n, real, t, V(mean), V.v2, 2 - n / real + V.v2 / real)


def retouched(xp, n, real, t, variance, v2, cost):
    """Mean error when every edit adds `cost` times the edited share, and keeps of the last
    deviation the same share.
    """
    share = n / real
    kept = xp.total(lambda k: (share**2 + share * v2 / real) ** (k - 1), 1, t - 1)
    return xp.where(t > 0, variance / real * (1 + share * cost * kept), 0.0)


def variance_kept(xp, share, total):
    r"""Part of the variance of T data that editing a share q leaves among what stays,
    $(1-q)(1-\frac q{T-1})$.
    """
    return (1 - share) * (1 - share / xp.maximum(total - 1, 1))


def leading_error_of_normals(xp, n, real, t, v0):
    return v0 / real * (1 + (t - 1) * n / real * (2 - n / real))


@law("normal-mean-overwrite-mean-error", NormalMean, Overwrite, E(mean_error))
@source("derived", ZHU, tag="R15")
@holds(assuming=PART_OF_REAL)
@tried(*EDITED_NORMALS)
@rival("leading order", leading_error_of_normals)
@rival("edits as weights", lambda xp, n, real, t, v0: v0 / real * (1 + (t - 1) * n / real))
@rival("original", lambda xp, n, real, t, v0: retouched(xp, n, real, t, v0, 0, 2 - n / real))
def overwrite_mean_error(xp, n, real, t, v0):
    r"""Edits that compound add up: $\frac{V_0}T\left[1+(t-1)q+q(1-q)\sum_{k<t}s_k\right]$,
    $s_k=s+(1-s)a^{k-1}$, $a=(1-q)(1-\frac q{T-1})$, $s=\frac q{1-a}$.
    """
    share = n / real
    kept = variance_kept(xp, share, real)
    level = share / (1 - kept)
    spread = xp.total(lambda k: level + (1 - level) * kept ** (k - 1), 1, t - 1)
    return xp.where(t > 0, v0 / real * (1 + (t - 1) * share + share * (1 - share) * spread), 0.0)


def overwritten(sizes, t, variance, v2):
    """Mean error and variance of the data (unbiased) after every fit, for any number of edits a
    fit.
    """
    total, edits, times = float(sizes[0]), np.asarray(sizes, float), np.asarray(t, int)
    errors, spread = [0.0, variance / total], variance
    for k in range(1, int(times.max(initial=1))):
        share, model = edits[k] / total, variance + v2 * errors[-1]
        errors.append(errors[-1] + share * ((1 - share) * spread + model) / total)
        spread = variance_kept(np, share, total) * spread + share * model
    return np.asarray(errors)[times]


def leading_cost(xp, sizes, t, mean, V):
    return leading(sizes, t, V(mean), lambda q: q * (2 - q))


@law("qvf-overwrite-mean-error", AbstractQVF, Overwrite, E(mean_error), host=True)
@source("derived", ZHU, tag="R15")
@tried(*EDITED_COUNTS)
@rival("leading order", leading_cost)
@rival("edits as weights", lambda xp, sizes, t, mean, V: leading(sizes, t, V(mean), lambda q: q))
def qvf_overwrite_mean_error(xp, sizes, t, mean, V):
    r"""Any numbers of edits: $e'=e+\frac qT\left[(1-q)s+V_0+v_2e\right]$ and
    $s'=(1-q)(1-\frac q{T-1})s+q(V_0+v_2e)$ for the variance s of the data.
    """
    return overwritten(sizes, t, V(mean), V.v2)


def leading(sizes, t, variance, cost):
    r"""$\frac{V_0}T\left[1+\sum_kc(q_k)\right]$ over the later fits."""
    shares = np.asarray(sizes, float)[1:] / sizes[0]
    return (
        variance
        / sizes[0]
        * np.concatenate([[0.0, 1.0], 1 + np.cumsum(cost(shares))])[np.asarray(t, int)]
    )


GAUSSIANS = Gaussian(ddof=1), Gaussian(ddof=0)


def edited_variance(xp, n, real, ddof):
    r"""Factor of $E S^2$ in a round of compounding edits,
    $(1-q)(1-\frac q{T-1})+q\frac{T-1}{T-\mathrm{ddof}}$.
    """
    share = n / real
    return variance_kept(xp, share, real) + share * (real - 1) / (real - ddof)


def share_for_variance_share(xp, n, real, t, ddof, variance):
    return overwrite_variance(xp, n, real, t, ddof, variance) * (
        (1 - n / real / (real - 1)) / (1 - n / real * (1 - n / real) / (real - 1))
    ) ** (t - 1)


@law("gaussian-overwrite-variance", Gaussian, Overwrite, E(variance))
@source("derived", tag="R15")
@holds(assuming=PART_OF_REAL)
@tried(*edited(Overwrite(), *GAUSSIANS, n=2, real=5))
@rival("replace", lambda xp, real, t, ddof, variance: variance * ((real - 1) / (real - ddof)) ** t)
@rival("all edited", lambda xp, n, t, ddof, variance: variance * ((n - 1) / (n - ddof)) ** t)
@rival("share in place of q(1 - q)", share_for_variance_share)
def overwrite_variance(xp, n, real, t, ddof=1, variance=1.0):
    r"""Compounding edits lose variance unless all is edited:
    $E\sigma_t^2=\sigma_0^2\left(1-\frac{q(1-q)}{T-1}\right)^{t-1}$, $q=\frac nT$ (unbiased).
    """
    fits = variance * (real - 1) / (real - ddof) * edited_variance(xp, n, real, ddof) ** (t - 1)
    return xp.where(t > 0, fits, variance)


def leading_error(xp, n, real, t, variance):
    return variance / real * (1 + (t - 1) * n / real * (2 - n / real))


def gaussian_edits_as_weights(xp, n, real, t, variance):
    return variance / real * (1 + (t - 1) * n / real)


@law("gaussian-overwrite-mean-error", Gaussian, Overwrite, E(mean_error))
@source("derived", tag="R15")
@holds(assuming=PART_OF_REAL)
@tried(*edited(Overwrite(), *GAUSSIANS, n=2, real=4, generations=12))
@rival("leading order", leading_error)
@rival("edits as weights", gaussian_edits_as_weights)
def gaussian_overwrite_mean_error(xp, n, real, t, ddof=1, variance=1.0):
    r"""The error of the mean saturates where the variance is lost:
    $\frac{\sigma_0^2}T\left[1+q(2-q)\sum_{i<t-1}g^i\right]$, $g=1-\frac{q(1-q)}{T-1}$ (unbiased).
    """
    share, factor = n / real, edited_variance(xp, n, real, ddof)
    cost = share * (1 - share + (real - 1) / (real - ddof))
    return xp.where(
        t > 0, variance / real * (1 + cost * xp.total(lambda k: factor ** (k - 1), 1, t - 1)), 0.0
    )


def retouched_moments(n, real, t, ddof):
    r"""Mean error and variance in units of $\sigma_0^2$ when n of `real` original data are edited
    anew every fit.
    """
    n, real, times = float(n), float(real), np.asarray(t, int)
    within_steps(int(times.max(initial=1)), 1)
    share, gain = n / real, (real - 1) / (real - float(ddof))
    rows = [(0.0, 1.0), (1 / real, gain)]
    while len(rows) <= times.max(initial=1):
        moved, spread = rows[-1][0] - 1 / real, rows[-1][1]
        mixed = n * (real - n) * (1 - 1 / real + moved + spread)
        data = ((real - n) * (real - n - 1) + mixed + n * (n - 1) * spread) / (real * (real - 1))
        rows.append(
            (1 / real + share**2 * moved + share * (1 - share + spread) / real, gain * data)
        )
    return np.asarray(rows)[times].T


def conserved(xp, real, t, ddof, variance):
    return variance * ((real - 1) / (real - ddof)) + 0.0 * t


@law("gaussian-retouch-variance", Gaussian, Retouch, E(variance), host=True)
@source("derived", tag="R15")
@holds(assuming=PART_OF_REAL)
@tried(*edited(Retouch(), *GAUSSIANS, n=4, real=6))
@rival("conserved", conserved)
@rival("compounding", overwrite_variance)
def retouch_variance(xp, n, real, t, ddof=1, variance=1.0):
    r"""Edits of the original keep variance:
    $v'=\frac{T-1}{T-\mathrm{ddof}}\frac{(T-n)(T-n-1)+n(T-n)(1-\frac1T+u+v)+n(n-1)v}{T(T-1)}$, units
    $\sigma_0^2$, $u=E(\mu-\bar x_1)^2$.
    """
    return variance * retouched_moments(n, real, t, ddof)[1]


@law("gaussian-retouch-mean-error", Gaussian, Retouch, E(mean_error), host=True)
@source("derived", tag="R15")
@holds(assuming=PART_OF_REAL)
@tried(*edited(Retouch(), *GAUSSIANS, n=4, real=6))
@rival("edits as weights", retouched, v2=0, cost=1.0)
@rival("compounding", gaussian_overwrite_mean_error)
def gaussian_retouch_mean_error(xp, n, real, t, ddof=1, variance=1.0):
    r"""Edits of the original bound the drift: $e=\frac1T+u$, $u'=q^2u+\frac qT(1-q+v)$ with
    $v=E\sigma_t^2$, $q=\frac nT$ (units $\sigma_0^2$).
    """
    return variance * retouched_moments(n, real, t, ddof)[0]
