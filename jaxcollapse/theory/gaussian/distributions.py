r"""The law of the Gaussian's variance after every fit, not only its moments: characteristic
functions inverted (Gil-Pelaez).

$\sigma_t^2=\sigma_0^2\prod_kR_k$ with independent factors, so that $\log\sigma_t^2$ has the
characteristic function $\prod_kE R_k^{iu}$. Values are tables, right to 2e-4.
"""

from collections.abc import Callable

import numpy as np
import scipy

from ...domains import Integer
from ...numerics.reach import within
from ..hypotheses import MORE_THAN_ONE
from ..kinds import InDistribution
from ..notes import holds, rival, source
from ..registry import law
from ..subjects import Accumulate, Distribution, Gaussian, Replace, log_variance
from .accumulate import LONGEST, equal_batches

LOG_VARIANCE = Distribution(log_variance)
FREQUENCIES, LEVELS, NODES = 1 << 11, 600, 32


def inverted(characteristic: Callable, low: float, high: float, reach: float):
    """A distribution function, as levels and values, from a characteristic function that is gone
    beyond the frequency `reach`.
    """
    u = (np.arange(FREQUENCIES) + 0.5) * (reach / FREQUENCIES)
    levels = np.linspace(low, high, LEVELS)
    waves = np.imag(np.exp(-1j * np.multiply.outer(levels, u)) * characteristic(u)) / u
    return levels, 0.5 - waves.sum(axis=1) * (u[1] - u[0]) / np.pi


def log_ratio_function(u, n, ddof):
    r"""$E R^{iu}$ of one fit, $R\sim\frac{\chi^2_{n-1}}{n-\mathrm{ddof}}$."""
    half = (n - 1) / 2
    log_ratio = scipy.special.loggamma(half + 1j * u) - scipy.special.loggamma(half)
    return np.exp(log_ratio + 1j * u * np.log(2 / (n - ddof)))


def pooled_ratio_function(u, n, k, ddof):
    r"""$E R_k^{iu}$ of the k-th pool,
    $R_k=\frac{n(k-1)-\mathrm{ddof}+\chi^2_{n-1}+\frac{k-1}k\chi^2_1}{nk-\mathrm{ddof}}$, by
    quadrature, at equally spaced frequencies.
    """
    if k == 1:
        return log_ratio_function(u, n, ddof)
    z, weight = scipy.special.roots_hermitenorm(NODES)
    x, share = np.polynomial.legendre.leggauss(NODES)
    within = scipy.stats.chi2.ppf((1 + x) / 2, n - 1)[:, None]
    inside = n * (k - 1) - ddof + within + (k - 1) / k * z**2
    joint = np.outer(share / 2, weight / weight.sum()).ravel()
    return averaged_waves(u, np.log(inside / (n * k - ddof)).ravel(), joint)


def averaged_waves(u, x, weights):
    r"""$\sum_jw_je^{iux_j}$ at equally spaced frequencies: a wave of each row of 32 frequencies is
    that of the first times one of the distance from it.
    """
    rows = np.exp(1j * np.multiply.outer(u[::32], x)) * weights
    return (rows @ np.exp(1j * np.multiply.outer(x, u[:32] - u[0]))).ravel()


def _distribution(x, characteristic, center, spread):
    # The law is skewed to the left, where it is tabulated further; at the frequency 40 / spread the
    # characteristic function is far below the 2e-4 to which the table is right.
    low, high = center - 12 * spread, center + 8 * spread
    levels, values = inverted(characteristic, low, high, 40 / spread)
    return np.interp(x, levels, np.clip(values, 0.0, 1.0), 0.0, 1.0)


@law(
    "gaussian-replace-log-variance-law",
    Gaussian,
    Replace,
    LOG_VARIANCE,
    InDistribution(),
    host=True,
)
@source("derived", "classical", tag="GAUSS-SURVIVAL")
@holds(where={"t": Integer(1)}, assuming=MORE_THAN_ONE)
@rival("a generation more", lambda xp, x, n, t, ddof: replace_law(xp, x, n, t + 1, ddof))
@rival("estimators alike", lambda xp, x, n, t, ddof: replace_law(xp, x, n, t, 0.5))
def replace_law(xp, x, n, t, ddof=1):
    r"""$\log\frac{\sigma_t^2}{\sigma_0^2}$ is a sum of t independent
    $\log\frac{\chi^2_{n-1}}{n-\mathrm{ddof}}$:
    $E e^{iu\log(\sigma_t^2/\sigma_0^2)}
    =\left[(\frac2{n-\mathrm{ddof}})^{iu}
    \frac{\Gamma(\frac{n-1}2+iu)}{\Gamma(\frac{n-1}2)}\right]^t$,
    inverted.
    """
    center, spread = -(2 - ddof) * t / (n - 1), np.sqrt(t * 2 / (n - 1) * (1 + 2 / (n - 1)))
    return _distribution(x, lambda u: log_ratio_function(u, n, ddof) ** t, center, spread)


@law(
    "gaussian-accumulate-log-variance-law",
    Gaussian,
    Accumulate,
    LOG_VARIANCE,
    InDistribution(),
    host=True,
)
@source("derived", tag="GAUSS-ACC-LAW")
@holds(when=equal_batches, assuming=MORE_THAN_ONE)
@rival("pooled without the means", lambda xp, x, n, t, ddof: replace_law(xp, x, n * t, 1, ddof))
@rival("replace", replace_law)
def accumulate_law(xp, x, n, t, ddof=1):
    r"""Pooled fits multiply independent factors: $\sigma_t^2=\sigma_0^2\prod_{k\le t}R_k$,
    $R_k=\frac{n(k-1)-\mathrm{ddof}+\chi^2_{n-1}+\frac{k-1}k\chi^2_1}{nk-\mathrm{ddof}}$,
    $R_1=\frac{\chi^2_{n-1}}{n-\mathrm{ddof}}$.
    """
    within("t", int(t), LONGEST, "every fit is a factor of an integral")
    spread = np.sqrt(2 / (n - 1) * (1 + 2 / (n - 1)) * np.sum(1 / np.arange(1, int(t) + 1) ** 2))

    def product(u):
        return np.prod([pooled_ratio_function(u, n, k, ddof) for k in range(1, int(t) + 1)], axis=0)

    return _distribution(x, product, -1.7 * (2 - ddof) / n, spread)
