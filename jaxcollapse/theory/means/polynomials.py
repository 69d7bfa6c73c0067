r"""The spectrum of one generation on polynomials of the mean, for all quadratic-variance families
at once.

$E[\hat\mu^k\mid\mu]$ is a polynomial of degree k in $\mu$ with leading coefficient
$\lambda_k=\prod_{i<k}(1+iv_2/n)$; a share w of fresh real data multiplies it by $(1-w)^k$.
"""

import math

import numpy as np
import scipy

from ...domains import Integer
from ..hypotheses import FRESH_WEIGHTED, SPREAD
from ..kinds import Asymptotic, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Derivation
from ..recurrence import pooled
from ..registry import law
from ..subjects import (
    AbstractQVF,
    Bernoulli,
    Binomial,
    E,
    Exponential,
    Gamma,
    HyperbolicSecant,
    NegativeBinomial,
    NormalMean,
    Poisson,
    Refresh,
    Replace,
    mean_cube,
    third_cumulant,
)
from .qvf import limiting_error, refresh_mean_error, share_of_fresh
from .weighting import mixed

LATE_CUBE = Asymptotic("t", 1, "qvf-refresh-mean-cube")
LARGE_CUBE = Asymptotic("n", 1, "qvf-refresh-limit-mean-cube")


def leading_coefficient(k, n, v2):
    r"""Leading coefficient of $E[\hat\mu^k\mid\mu]$ by a k-th difference of SciPy's moments at k +
    1 means.
    """
    k, n = int(k), int(n)
    points = np.linspace(0.2, 0.8, k + 1)

    def moment(mean):
        if v2 < 0:
            return scipy.stats.binom(round(-n / v2), -v2 * mean).moment(k) / n**k
        if v2 == 0:
            return scipy.stats.poisson(n * mean).moment(k) / n**k
        return scipy.stats.gamma(n / v2, scale=v2 * mean / n).moment(k)

    differences = [
        math.comb(k, j) * (-1) ** (k - j) * moment(mean) for j, mean in enumerate(points)
    ]
    return sum(differences) / (math.factorial(k) * (points[1] - points[0]) ** k)


DEGREES = (
    {"k": 3, "n": 12, "v2": -1.0},
    {"k": 4, "n": 9, "v2": -0.5},
    {"k": 4, "n": 9, "v2": 0.0},
    {"k": 4, "n": 12, "v2": 0.5},
)


@law("qvf-replace-eigenvalue", kind=Identity(leading_coefficient, 1e-8))
@source("derived", "feller1951", tag="NEFQVF-SPECTRUM")
@proof(Derivation("test_cubes_of_quadratic_variance"))
@holds(where={"k": Integer(1)})
@tried(*DEGREES)
@rival("power of the second", lambda xp, k, n, v2: (1 + v2 / n) ** (k * (k - 1) / 2))
@rival("one factor more", k=lambda k: k + 1)
def eigenvalue(xp, k, n, v2):
    r"""$\lambda_k=\prod_{i=0}^{k-1}(1+\frac{iv_2}n)$: the degree-k part of the model shrinks or
    grows by $\lambda_k$ a generation.
    """
    return xp.product(lambda i: 1 + (i - 1) * v2 / n, 1, k)


def second_eigenvalue(xp, mean, n, t, V):
    return replace_third_cumulant(xp, mean, n, t, V) / (1 + 2 * V.v2 / n) ** t


@law("qvf-replace-third-cumulant", AbstractQVF, Replace, E(third_cumulant))
@source("derived", "morris1982", tag="NEFQVF-SPECTRUM")
@proof(Derivation("test_cubes_of_quadratic_variance"))
@rival("second eigenvalue", second_eigenvalue)
def replace_third_cumulant(xp, mean, n, t, V):
    r"""The third cumulant $VV'$ is an eigenfunction:
    $E\,VV'(\mu_t)=VV'(\mu_0)\left[(1+\frac{v_2}n)(1+\frac{2v_2}n)\right]^t$.
    """
    return V(mean) * V.slope(mean) * ((1 + V.v2 / n) * (1 + 2 * V.v2 / n)) ** t


def cube_by_second_eigenvalue(xp, mean, n, fresh, weight, real, t, V):
    return _cube(xp, mean, n, fresh, weight, real, t, V, share_power=2)


def third_cumulant_kept(xp, mean, real, t, V):
    return xp.where(t > 0, V(mean) * V.slope(mean) / real**2, 0.0)


# The cube of a mean is nearly lost in its own spread, the less so the smaller the samples; heavy
# tails take more observations, or the mean of the cube lives on rare replicas.
FEW = (
    *mixed(Refresh(), NormalMean(1.7), Poisson(), Bernoulli(), n=5, fresh=4),
    *mixed(Refresh.golden(1.5), Gamma(), Binomial(), n=5, fresh=4),
    *mixed(Refresh(), HyperbolicSecant(), Exponential()),
    *mixed(Refresh.golden(1.5), NegativeBinomial()),
)


@law("qvf-refresh-mean-cube", AbstractQVF, Refresh, E(mean_cube))
@source("derived", tag="NEFQVF-SPECTRUM")
@proof(Derivation("test_cubes_of_quadratic_variance"))
@holds(assuming=FRESH_WEIGHTED)
@tried(*FEW)
@rival("second eigenvalue", cube_by_second_eigenvalue)
@rival("third cumulant kept", third_cumulant_kept)
def refresh_mean_cube(xp, mean, n, fresh, weight, real, t, V):
    r"""$m_{t+1}=\frac{w^3\kappa_3}{\mathrm{fresh}^2}+(1-w)^3\left[\lambda_3m_t+\frac{3V_0'e_t}n(1
    +\frac{v_2}n)+\frac{\kappa_3}{n^2}\right]$, $\kappa_3=V_0V_0'$, for $m=E(\mu_t-\mu_0)^3$.
    """
    return _cube(xp, mean, n, fresh, weight, real, t, V, share_power=3)


def _cube(xp, mean, n, fresh, weight, real, t, V, share_power):
    w = share_of_fresh(weight, n, fresh)
    ratio = (1 - w) ** share_power * eigenvalue(xp, 3, n, V.v2)
    error = lambda k: refresh_mean_error(xp, mean, n, fresh, weight, real, k, V)
    gain = lambda k: _cube_gain(mean, n, fresh, w, error(k - 1), V)
    first = V(mean) * V.slope(mean) / real**2
    later = xp.total(lambda k: ratio ** xp.maximum(t - k, 0) * gain(k), 2, t)
    return xp.where(t > 0, first * ratio ** xp.maximum(t - 1, 0) + later, 0.0)


def _cube_gain(mean, n, fresh, w, error, V):
    """What a generation adds to the third moment: skewness of both draws, and their variance moving
    with the mean.
    """
    slope = V.slope(mean)
    cumulant = V(mean) * slope
    return w**3 * cumulant / fresh**2 + (1 - w) ** 3 * (
        3 * slope * error / n * (1 + V.v2 / n) + cumulant / n**2
    )


@law("qvf-refresh-limit-mean-cube", AbstractQVF, Refresh, E(mean_cube), LATE_CUBE)
@source("derived", tag="CONJ-STATIONARY")
@proof(Derivation("test_cube_at_rest"))
@holds(assuming=FRESH_WEIGHTED)
@tried(*mixed(Refresh(), Bernoulli(), Poisson(), generations=20))
def refresh_limit_mean_cube(xp, mean, n, fresh, weight, V):
    r"""The third moment settles where gain and contraction balance:
    $m_\infty=\mathrm{gain}(e_\infty)/\left[1-(1-w)^3\lambda_3\right]$.
    """
    w = share_of_fresh(weight, n, fresh)
    gain = _cube_gain(mean, n, fresh, w, limiting_error(mean, n, fresh, w, V), V)
    return gain / (1 - (1 - w) ** 3 * eigenvalue(xp, 3, n, V.v2))


@law("qvf-refresh-conjugate-mean-cube", AbstractQVF, Refresh, E(mean_cube), LARGE_CUBE)
@source("derived", "diaconis1979", tag="CONJ-STATIONARY")
@holds(assuming=SPREAD, when=pooled)
@tried(*mixed(Refresh(), Bernoulli(), Poisson(), n=160))
def refresh_conjugate_mean_cube(xp, mean, n, fresh, V):
    r"""The stationary mean tends to the conjugate prior at the truth with $n_0=V_0/e_\infty+v_2$:
    $m_\infty\approx\frac{2V_0V_0'}{(n_0-v_2)(n_0-2v_2)}$.
    """
    start = V(mean)
    prior = start / limiting_error(mean, n, fresh, fresh / (n + fresh), V) + V.v2
    return 2 * start * V.slope(mean) / ((prior - V.v2) * (prior - 2 * V.v2))
