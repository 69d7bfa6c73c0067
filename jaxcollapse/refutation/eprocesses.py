r"""E-processes for a mean: evidence that may be looked at as it grows, and stopped at any moment.

Under the null hypothesis an e-process has expectation at most one at every stopping time, so it
ever reaches $1/\alpha$ with probability at most $\alpha$ (Ville's inequality).

* `Betting` is exact for every law of independent values in a known range, at every sample size. A
  range bounded on one side gives evidence in one direction only: no test without further
  assumptions can refute that a mean is too small when rare values may be arbitrarily large (Bahadur
  and Savage 1956).
* `NormalMixture` needs no range. It is asymptotic: exact for normal values of known variance, and
  time-uniformly valid in the limit for values of finite variance. What the sample's skewness can
  add to the tail, by the Edgeworth expansion of Student's statistic, is taken off the evidence;
  heavy tails that the sample has not shown yet are not. A constant sample is no evidence: a rare
  value may still be to come.

References:
    Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting, arXiv
    2010.09686.

    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Time-uniform central limit theory, arXiv
    2103.06476.
"""

import abc
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from ..quantities.significance import rounding
from ..quantities.summaries import PowerSums

BETS = 2.0 ** -np.arange(0.25, 12.0, 0.75)
OPTIMUM = 1 << 14


@dataclass
class AbstractEProcess(abc.ABC):
    """Evidence against `mean <= claimed` (sign 1) or `mean >= claimed` (sign -1), one entry for
    each column of the values.
    """

    claimed: np.ndarray
    sign: int

    @property
    def null(self) -> np.ndarray:
        """The edge of the null hypothesis: what is claimed, and what rounding to single precision
        may add.
        """
        return self.claimed + self.sign * rounding(self.claimed)

    @abc.abstractmethod
    def grow(self, values: np.ndarray) -> None:
        """Take in values of shape (replicas, entries), independent of those before."""

    @abc.abstractmethod
    def log_value(self) -> np.ndarray:
        """Logarithm of the e-process, one entry for each column."""


@dataclass
class Betting(AbstractEProcess):
    r"""The mean of $\prod_i(1+\lambda(x_i-m)/(m-\mathrm{low}))$ over a grid of bets
    $\lambda\in(0,1)$; exact.

    `edge` is the finite end of the range on the side away from the alternative: low for sign 1,
    high for sign -1.
    """

    edge: float
    log_wealth: np.ndarray = field(init=False)

    def __post_init__(self):
        self.log_wealth = np.zeros((len(BETS), len(self.claimed)))

    def grow(self, values):
        inside = np.maximum(self.sign * (values - self.edge), 0.0)
        scale = np.maximum(self.sign * (self.null - self.edge), 1e-300)
        with np.errstate(over="ignore"):
            excess = inside / scale - 1.0
        for row, bet in zip(self.log_wealth, BETS, strict=True):
            row += np.log1p(bet * excess).sum(axis=0)

    def log_value(self):
        return special.logsumexp(self.log_wealth, axis=0) - np.log(len(BETS))


@dataclass
class NormalMixture(AbstractEProcess):
    r"""Robbins' one-sided normal mixture on the studentized sum S of R values, less what skewness
    may add.

    $\log E = \log 2 + \tfrac12\log(1-r) + \tfrac12 r z^2 + \log\Phi(\sqrt r z) - \gamma z^3/(3\sqrt
    R)$ with $z=S/\sqrt R$, $r = R/(R+R_0)$ tuned to $R_0$ replicas, and $\gamma$ the sample's
    skewness on the side away from the alternative, where it makes the tail of Student's statistic
    heavier. Beyond the z at which this is largest it stays what it was there.
    """

    sums: PowerSums | None = field(default=None, init=False)

    def grow(self, values):
        with np.errstate(invalid="ignore"):
            added = PowerSums.of(values)
            self.sums = added if self.sums is None else self.sums.merged(added)

    def log_value(self):
        sums, count = self.sums, self.sums.count
        root, ratio = np.sqrt(count), _ratio(count)
        with np.errstate(divide="ignore", invalid="ignore"):
            deviation = np.sqrt(sums.second / count)
            z = self.sign * (sums.mean - self.null) / deviation * root
            skewness = np.maximum(-self.sign * sums.third / count / deviation**3, 0.0)
            z = np.minimum(z, ratio * root / skewness)
            value = log_mixture(z, count) - skewness * np.maximum(z, 0.0) ** 3 / (3 * root)
        return np.where(np.isfinite(value), value, -np.inf)


def _ratio(count):
    return count / (count + OPTIMUM)


def log_mixture(z, count):
    """Logarithm of the one-sided normal mixture at a standardized sum z of `count` values."""
    ratio = _ratio(count)
    x = np.sqrt(ratio) * np.asarray(z, float)
    above = 0.5 * np.maximum(x, 0.0) ** 2 + special.log_ndtr(np.maximum(x, 0.0))
    below = np.log(0.5 * special.erfcx(-np.minimum(x, 0.0) / np.sqrt(2)))
    return np.log(2) + 0.5 * np.log1p(-ratio) + np.where(x > 0, above, below)


def sigmas_to_refute(count: int, log_threshold: float) -> float:
    """Standard errors of the mean at which the normal mixture reaches a threshold: the resolution
    of the evidence.
    """
    ratio = _ratio(count)
    return float(np.sqrt(2 * (log_threshold - np.log(2) - 0.5 * np.log1p(-ratio)) / ratio))


def evidence_for(claimed: np.ndarray, sign: int, low: float, high: float) -> AbstractEProcess:
    """The exact e-process where the range allows it, else the asymptotic one."""
    edge = low if sign > 0 else high
    if np.isfinite(edge):
        return Betting(claimed, sign, edge)
    return NormalMixture(claimed, sign)
