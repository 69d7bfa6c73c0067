r"""Truncation selection: the top share q by a reward moves a Gaussian and shrinks it (the breeder's
equation).

With infinite data the mean moves by the intensity $i=\varphi(z)/q$ and the variance loses $i(i-z)$,
$z=\Phi^{-1}(1-q)$.
"""

from functools import lru_cache

import numpy as np
import scipy

from ...domains import Real
from ..infinite import path
from ..kinds import Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Certified
from ..registry import law
from ..subjects import E, Gaussian, Recursion, Refresh, Replace, Slope, Top, variance

OPEN = Real(0.0, 1.0, closed=(False, False), typical=(0.1, 0.9))


def intensity(share):
    r"""Selection intensity $i=\varphi(z)/q$ and what the variance loses, $i(i-z)$, at the top share
    q.
    """
    cut = scipy.stats.norm.isf(share)
    strength = scipy.stats.norm.pdf(cut) / share
    return strength, strength * (strength - cut)


@lru_cache(maxsize=64)
def variance_of_best(n: int, kept: int) -> float:
    """Expected unbiased variance of the `kept` largest of n standard normals: truncated at an order
    statistic of known law.
    """
    if kept >= n:
        return 1.0
    normal, order = scipy.stats.norm, scipy.stats.beta(n - kept, kept + 1)

    def integrand(u):
        mills = np.exp(normal.logpdf(u) - scipy.special.log_ndtr(-u))
        return (1 - mills * (mills - u)) * order.pdf(scipy.special.ndtr(u)) * normal.pdf(u)

    return scipy.integrate.quad(integrand, -9, 9, epsabs=1e-12, limit=400)[0]


def kept_of(n, share):
    """How many of n a top share keeps."""
    return int(Top(Slope(), float(share)).kept(float(n)))


def _rewards_direction(recursion):
    reward = recursion.selection.reward
    return isinstance(reward, Slope) and float(reward.slope) != 0


def _selected(ddof):
    """The better three fifths of a small sample."""
    about = {"truth": Gaussian.params(0.7, 1.7), "n": 12, "selection": Top(Slope(2.0), 0.6)}
    return Recursion(Gaussian(ddof), Replace(), **about), 4


def variance_above_threshold(xp, n, t, share, ddof, variance):
    """The variance if what is kept lay above a quantile, not an order statistic: a rival."""
    kept = kept_of(n, share)
    factor = (1 - intensity(share)[1]) * (kept - 1) / (kept - ddof)
    return variance * (n - 1) / (n - ddof) * factor ** xp.maximum(t - 1.0, 0.0)


@law("gaussian-replace-top-variance", Gaussian, Replace, E(variance), selection=Top, host=True)
@source("derived", tag="GAUSS-DIRSEL")
@holds(when=_rewards_direction)
@tried(_selected(1), _selected(0))
@rival("threshold", variance_above_threshold)
def top_variance(xp, n, t, share, ddof=1, variance=1.0):
    r"""The best $k=qn$ of n lie above an order statistic U:
    $E\sigma_t^2
    =\sigma_0^2\frac{n-1}{n-\mathrm{ddof}}
    \left(\frac{k-1}{k-\mathrm{ddof}}E[1-\lambda_U(\lambda_U-U)]\right)^{t-1}$,
    $\lambda_u=\frac{\varphi(u)}{\Phi(-u)}$.
    """
    kept = kept_of(n, share)
    factor = variance_of_best(int(n), kept) * (kept - 1) / (kept - ddof)
    fits = variance * (n - 1) / (n - ddof) * factor ** xp.maximum(t - 1.0, 0.0)
    return xp.where(t > 0, fits, variance)


def _bred(share, weight, generations=3000):
    workflow = Replace() if weight is None else Refresh(weight)
    about = {
        "truth": Gaussian.params(),
        "n": 100,
        "fresh": 100,
        "selection": Top(Slope(1.0), share),
    }
    fits = path(Recursion(Gaussian(), workflow, **about), generations)
    return np.stack([fits.mean[-1], np.exp(fits.log_variance[-1])])


@law("gaussian-replace-top-limit", kind=Identity(lambda share: _bred(share, None)[0]), host=True)
@source("derived", tag="GAUSS-DIRSEL")
@proof(Certified("test_the_best_of_a_normal"))
@holds(where={"share": OPEN})
@tried({"share": 0.4}, {"share": 0.9})
@rival("one step", lambda xp, share: intensity(share)[0])
def top_limit(xp, share):
    r"""Selection exhausts itself: with infinite data the mean rises by
    $\sigma_0\frac i{1-\sqrt{1-i(i-z)}}$ in all.
    """
    strength, lost = intensity(share)
    return strength / (1 - xp.sqrt(1 - lost))


def limit_without_spread_between(xp, share, weight):
    """The limit if real and selected data had one mean: a rival."""
    spread = weight / (1 - (1 - weight) * (1 - intensity(share)[1]))
    return np.stack([top_refreshed(xp, share, weight)[0], spread])


def _left_over(share, weight):
    """What is left of the variance per round; not positive where it diverges."""
    strength, lost = intensity(share)
    return 1 - (1 - weight) * (1 - lost) - (1 - weight) * strength**2 / weight


SETTLES = {
    "a weight of real data above the threshold": lambda share, weight: (
        weight > 0 and _left_over(share, weight) > 0
    )
}


@law("gaussian-refresh-top-limit", kind=Identity(_bred), host=True)
@source("derived", tag="V7")
@proof(Certified("test_the_best_of_a_normal"))
@holds(assuming=SETTLES, where={"share": OPEN})
@tried({"share": 0.4, "weight": 0.8}, {"share": 0.7, "weight": 0.6})
@rival("no spread between", limit_without_spread_between)
def top_refreshed(xp, share, weight):
    r"""Real data hold the selected Gaussian at $v^*=\frac\beta{1-s(1-k)-si^2/\beta}$,
    $m^*=\frac{s\sqrt{v^*}i}\beta$, $k=i(i-z)$, $s=1-\beta$.
    """
    strength, _ = intensity(share)
    synthetic, spread = 1 - weight, weight / _left_over(share, weight)
    return np.stack([synthetic * xp.sqrt(spread) * strength / weight, spread])


def _last_bred(share):
    """The smallest weight of real data at which the variance does not double from 300 fits to 600,
    as it does on the border.
    """

    def doubles(weight):
        early, late = (_bred(share, weight, generations)[1] for generations in (300, 600))
        return late > 2 * early

    low, high = 0.25, 0.98
    while high - low > 1e-5:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if doubles(middle) else (low, middle)
    return 0.5 * (low + high)


@law("gaussian-refresh-top-threshold", kind=Identity(_last_bred, tolerance=1e-4), host=True)
@source("derived", tag="V7")
@proof(Certified("test_the_best_of_a_normal"))
@holds(where={"share": OPEN})
@tried({"share": 0.4}, {"share": 0.6})
@rival("share", lambda xp, share: 1 - share)
def top_threshold(xp, share):
    r"""Below a weight $\beta_c$ of real data the fitted variance diverges:
    $(1-\beta_c)\left(1-k+\frac{i^2}{\beta_c}\right)=1$.
    """
    strength, lost = intensity(float(share))
    growth = lambda weight: (1 - weight) * (1 - lost + strength**2 / weight) - 1
    return scipy.optimize.brentq(growth, 1e-9, 1 - 1e-9, xtol=1e-14)
