r"""Where a loop with fresh real data settles: the conjugate prior of the family, centred at the
truth.

In the diffusion limit the stationary density of the mean is
$\propto V(\mu)^{-1}\exp\left(n_0\int^\mu\frac{\mu_0-u}{V(u)}du\right)$, the prior of Diaconis and
Ylvisaker with $n_0$ pseudo-observations: normal, gamma, beta, inverse gamma, beta prime and
Pearson's type IV.
"""

from typing import ClassVar

import numpy as np
import scipy

from ...domains import POSITIVE, Integer
from ..hypotheses import SPREAD
from ..kinds import Asymptotic, InDistribution
from ..notes import holds, rival, source, tried
from ..recurrence import mean_square_error, pooled, unselected
from ..registry import law
from ..subjects import (
    AbstractQVF,
    AbstractWorkflow,
    Bernoulli,
    Distribution,
    Gamma,
    NormalMean,
    Poisson,
    Recursion,
    Refresh,
    example_truth,
)
from ..subjects import mean as mean_of
from .qvf import limiting_error

LARGE = Asymptotic("n", 1)
IN_LAW = InDistribution()


class PearsonIV:
    r"""The prior of $V=v_0+v_2\mu^2$: in $\mu=\sqrt{v_0/v_2}\tan\varphi$ its density is
    $\propto e^{n_0\mu_0\varphi/\sqrt{v_0v_2}}(\cos\varphi)^{n_0/v_2}$.
    """

    ANGLES: ClassVar = np.linspace(-np.pi / 2, np.pi / 2, 20_001)[1:-1]

    def __init__(self, mean, n0, v0, v2):
        self.scale = np.sqrt(v0 / v2)
        log_density = n0 * (
            mean * self.ANGLES / np.sqrt(v0 * v2) + np.log(np.cos(self.ANGLES)) / v2
        )
        mass = np.exp(log_density - log_density.max())
        self.table = (np.cumsum(mass) - 0.5 * mass) / mass.sum()

    def cdf(self, x):
        """Distribution function."""
        return np.interp(np.arctan(np.asarray(x) / self.scale), self.ANGLES, self.table)


def conjugate_prior(mean, n0, V):
    """Return the conjugate prior of this mean with n0 pseudo-observations."""
    mean, n0, v0, v1, v2 = (float(value) for value in (mean, n0, *V))
    if v2 == 0:
        return (
            scipy.stats.norm(mean, np.sqrt(v0 / n0))
            if v1 == 0
            else scipy.stats.gamma(n0 * mean, scale=1 / n0)
        )
    if v2 < 0:
        return scipy.stats.beta(n0 * mean, n0 * (-1 / v2 - mean), scale=-1 / v2)
    if v0 > 0:
        return PearsonIV(mean, n0, v0, v2)
    if v1 > 0:
        return scipy.stats.betaprime(n0 * mean, n0 / v2 + 1, scale=1 / v2)
    return scipy.stats.invgamma(n0 / v2 + 1, scale=n0 * mean / v2)


def _settling(family, n, fresh=6):
    """A loop of n synthetic data beside a few fresh ones, followed until the start is forgotten,
    equally long for one program.
    """
    return Recursion(family, Refresh(), truth=example_truth(family), n=n, fresh=fresh), 96


SETTLED = (Bernoulli(), Poisson(), Gamma(2.5))


def half_prior(xp, x, mean, n, fresh, V):
    return conjugate_prior(mean, n * fresh / (n + fresh), V).cdf(x)


def normal_limit(xp, x, mean, n, fresh, V):
    return scipy.stats.norm.cdf(
        x, mean, np.sqrt(limiting_error(mean, n, fresh, fresh / (n + fresh), V))
    )


@law("qvf-refresh-limit-law", AbstractQVF, Refresh, Distribution(mean_of), LARGE, host=True)
@source("derived", "diaconis1979", tag="CONJ-STATIONARY")
@holds(assuming=SPREAD, when=pooled)
@tried(*tuple(_settling(family, n) for n in (16, 32, 128) for family in SETTLED))
@rival("half the pseudo-observations", half_prior)
@rival("normal", normal_limit)
def refresh_limit_law(xp, x, mean, n, fresh, V):
    r"""Fresh data beside many synthetic ones: $\mu_\infty$ tends in law to the conjugate prior,
    $p(\mu)\propto\frac1{V(\mu)}\exp\left(n_0\int^\mu\frac{\mu_0-u}{V(u)}du\right)$,
    $n_0=\frac{V_0}{e_\infty}+v_2$.
    """
    error = limiting_error(mean, n, fresh, fresh / (n + fresh), V)
    return conjugate_prior(mean, V(mean) / error + V.v2, V).cdf(x)


def last_fit_alone(xp, x, recursion, t, mean, v0):
    return scipy.stats.norm.cdf(x, mean, np.sqrt(v0 / recursion.sizes(int(t))[-1]))


@law("normal-mean-any-law", NormalMean, AbstractWorkflow, Distribution(mean_of), IN_LAW, host=True)
@source("derived", tag="CONJ-STATIONARY")
@holds(where={"t": Integer(1), "v0": POSITIVE}, when=unselected)
@rival("a fit alone", last_fit_alone)
def normal_law(xp, x, recursion, t, mean, v0):
    r"""A normal mean stays normal under every linear workflow, $\mu_t\sim N(\mu_0,e_t)$: with fresh
    data the conjugate prior is its exact limit.
    """
    return scipy.stats.norm.cdf(x, mean, np.sqrt(mean_square_error(recursion, t, v0, 0.0)))
