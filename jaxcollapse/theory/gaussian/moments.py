r"""Higher moments, bounds and limits of the univariate Gaussian under replacement.

Given the path of the variance, $\mu_t-\mu_0$ is normal with variance $\frac1n\sum_{i<t}\sigma_i^2$,
so every moment is a sum of products of $M_k=E R^{k/2}$, the moments of one fit's ratio.
"""

import numpy as np
import scipy

from ..kinds import Asymptotic, Bound, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Certified, Coq, Derivation
from ..registry import law
from ..subjects import (
    AbstractWorkflow,
    E,
    Gaussian,
    HittingTime,
    P,
    Recursion,
    Replace,
    Var,
    mean_error,
    second_moment,
    standard_deviation,
    variance,
    w2,
)
from .kesten import integrated_tail_constant, integrated_tail_index
from .univariate import log_drift, moment_of_ratio, replace_mean_error, replace_w2

ALIVE, COLLAPSE = standard_deviation > 0.9, HittingTime(standard_deviation < 0.3)
LATE_FOURTH = Asymptotic("t", 1, "gaussian-replace-mean-fourth")
LARGE_SPREAD = Asymptotic("n", 1, "gaussian-replace-w2-spread")
LARGE_W2, LATE_W2 = (Asymptotic(symbol, 1, "gaussian-replace-w2") for symbol in ("n", "t"))
SIZES = {"n": 2}, {"n": 10}, {"n": 100}


def unbiased(recursion) -> bool:
    """Whether the variance is estimated without bias."""
    return float(recursion.family.ddof) == 1


def maximum_likelihood(recursion) -> bool:
    """Whether the variance is estimated by maximum likelihood."""
    return float(recursion.family.ddof) == 0


def long_run(ddof):
    """A small sample run until it has collapsed."""
    truth = Gaussian.params(0.7, 1.7)
    return ((Recursion(Gaussian(ddof=ddof), Replace(), truth=truth, n=4), 60),)


def path_moment(xp, n, t, k, ddof):
    r"""$E[(\mu_t-\mu_0)^2\sigma_t^k]=\frac1n\sum_{i<t}M_{k+2}^iM_k^{t-i}$ in units of
    $\sigma_0$.
    """
    both, alone = (moment_of_ratio(xp, n, power / 2, ddof) for power in (k + 2, k))
    return xp.total(lambda i: both ** (i - 1) * alone ** (t - i + 1), 1, t) / n


def fourth_moment_of_chi2_n(xp, n, t, ddof, variance):
    r"""The fourth moment if $\chi^2_n$ stood for $\chi^2_{n-1}$: a rival."""
    return variance**2 * ((n - 1) / (n - ddof)) ** (2 * t) * (1 + 2 / n) ** t


@law("gaussian-replace-fourth-moment", Gaussian, Replace, E(variance**2))
@source("classical", tag="GAUSS-REPLACE-M4")
@proof(Derivation("test_fourth_moments_of_replacement"))
@rival("chi2_n", fourth_moment_of_chi2_n)
def replace_fourth_moment(xp, n, t, ddof=1, variance=1.0):
    r"""The fourth moment explodes when unbiased and decays by $(1-n^{-2})^t$ under maximum
    likelihood: $E\sigma_t^4=\sigma_0^4\left[\frac{(n-1)(n+1)}{(n-\mathrm{ddof})^2}\right]^t$.
    """
    return variance**2 * ((n - 1) * (n + 1) / (n - ddof) ** 2) ** t


def fourth_moment_of_normal(xp, n, t, ddof, variance):
    """The fourth moment of a normal law of the same variance: a rival."""
    return 3 * replace_mean_error(xp, n, t, ddof, variance) ** 2


@law("gaussian-replace-mean-fourth", Gaussian, Replace, E(mean_error**2))
@source("derived", tag="GAUSS-TAIL")
@proof(Derivation("test_fourth_moments_of_replacement"))
@rival("normal", fourth_moment_of_normal)
def replace_mean_fourth(xp, n, t, ddof=1, variance=1.0):
    r"""The mean is a normal mixture:
    $E(\mu_t-\mu_0)^4=\frac{3\sigma_0^4}{n^2}\left[\sum_iM_4^i+2\sum_{i<j<t}M_4^iM_2^{j-i}\right]$.
    """
    second, fourth = (n - 1) / (n - ddof), (n - 1) * (n + 1) / (n - ddof) ** 2
    later = lambda i: xp.total(lambda j: second**j, 1, t - i)
    return 3 * variance**2 / n**2 * xp.total(lambda i: fourth ** (i - 1) * (1 + 2 * later(i)), 1, t)


@law("gaussian-replace-mean-fourth-limit", Gaussian, Replace, E(mean_error**2), LATE_FOURTH)
@source("derived", tag="GAUSS-TAIL")
@proof(Derivation("test_fourth_moment_in_the_limit"))
@holds(when=maximum_likelihood)
@tried(*long_run(0))
def replace_mean_fourth_limit(xp, n, variance=1.0):
    r"""Under maximum likelihood the tail index exceeds 2: $E(\mu_\infty-\mu_0)^4=3(2n-1)\sigma_0^4$
    is finite.
    """
    return 3 * (2 * n - 1) * variance**2


def printed_w2_spread(xp, n, t, variance):
    """The variance in print, as recalled: a rival."""
    return 0.5 * variance**2 * (3 * t + 4 * t * (t - 1)) / n**2


@law("gaussian-replace-w2-spread", Gaussian, Replace, Var(w2))
@source("derived", tag="SHUM-VAR")
@proof(Certified("test_spread_of_the_wasserstein_distance"))
@rival("printed, as recalled", printed_w2_spread)
@rival("5/2 (t/n)^2", lambda xp, n, t, variance: 2.5 * variance**2 * (t / n) ** 2)
def replace_w2_spread(xp, n, t, ddof=1, variance=1.0):
    r"""The squared Wasserstein distance scatters by
    $\mathrm{Var}\,W_2^2=E D^4+2E D^2(\sigma_t-\sigma_0)^2+E(\sigma_t-\sigma_0)^4-(E W_2^2)^2$ with
    $D=\mu_t-\mu_0$, exact for all n and t.
    """
    one, two, three, four = (moment_of_ratio(xp, n, k / 2, ddof) ** t for k in (1, 2, 3, 4))
    drift = replace_mean_fourth(xp, n, t, ddof)
    scale = four - 4 * three + 6 * two - 4 * one + 1
    mixed = [path_moment(xp, n, t, k, ddof) for k in (0, 1, 2)]
    square = drift + 2 * (mixed[2] - 2 * mixed[1] + mixed[0]) + scale
    return variance**2 * (square - replace_w2(xp, n, t, ddof) ** 2)


@law("gaussian-replace-w2-spread-leading", Gaussian, Replace, Var(w2), LARGE_SPREAD)
@source("derived", tag="SHUM-VAR")
def replace_w2_spread_leading(xp, n, t, variance=1.0):
    r"""To leading order in $t/n$ the variance of $W_2^2$ is $\frac52\sigma_0^4(t/n)^2$: 2 from the
    mean, $\frac12$ from the deviation.
    """
    return 2.5 * variance**2 * (t / n) ** 2


@law("gaussian-replace-w2-leading", Gaussian, Replace, E(w2), LARGE_W2)
@source("shumailov2023", tag="SHUM-MEAN")
def replace_w2_leading(xp, n, t, variance=1.0):
    r"""To leading order in $t/n$ the risk is $E W_2^2=\frac32\sigma_0^2t/n$."""
    return 1.5 * variance * t / n


@law("gaussian-replace-w2-growth", Gaussian, Replace, E(w2), LATE_W2)
@source("shumailov2023", tag="SHUM-THM31")
@holds(when=unbiased)
@tried(*long_run(1))
def replace_w2_growth(xp, n, t, variance=1.0):
    r"""With the unbiased variance the risk diverges linearly, $E W_2^2\to\sigma_0^2(t/n+2)$, though
    $W_2$ itself converges.
    """
    return variance * (t / n + 2)


@law("gaussian-replace-w2-limit", Gaussian, Replace, E(w2), LATE_W2)
@source("derived", tag="SHUM-THM31")
@holds(when=maximum_likelihood)
@tried(*long_run(0))
def replace_w2_limit(xp, variance=1.0):
    r"""Under maximum likelihood the risk does not diverge: $E W_2^2\to2\sigma_0^2$."""
    return 2 * variance


@law("gaussian-any-second-moment", Gaussian, AbstractWorkflow, E(second_moment))
@source("derived", tag="MM2-W2SD")
@proof(Coq("Pools.gaussian_any_second_moment_correct"))
@holds(when=maximum_likelihood)
@rival("drift without loss", lambda xp, n, t, variance: variance * (1 + t / n))
def any_second_moment(xp, t, variance=1.0):
    r"""Pooled maximum likelihood conserves the second moment about the truth:
    $E\left[\sigma_t^2+(\mu_t-\mu_0)^2\right]=\sigma_0^2$.
    """
    return variance + 0.0 * t


@law("gaussian-any-w2-bound", Gaussian, AbstractWorkflow, E(w2), Bound("upper"))
@source("derived", tag="MM2-W2SD")
@holds(when=maximum_likelihood)
def any_w2_bound(xp, t, variance=1.0):
    r"""Hence $E W_2^2=2\sigma_0(\sigma_0-E\sigma_t)\le2\sigma_0^2$ whatever the workflow, under
    maximum likelihood.
    """
    return 2 * variance + 0.0 * t


@law("gaussian-replace-survival-bound", Gaussian, Replace, P(ALIVE), Bound("upper"))
@source("suresh2024", tag="SURESH-THM3")
@proof(Certified("test_bound_of_survival"))
@holds(when=unbiased)
def replace_survival_bound(xp, n, t, threshold=0.9, variance=1.0):
    r"""The chance that the model survives falls exponentially:
    $P(\sigma_t>\epsilon)\le\frac{\sigma_0}\epsilon e^{-t/(4n-1)}$, by Markov's inequality and
    $E\sqrt R\le e^{-1/(4n-1)}$.
    """
    return xp.sqrt(variance) / threshold * xp.exp(-t / (4 * n - 1))


@law("gaussian-replace-survival-chernoff", Gaussian, Replace, P(ALIVE), Bound("upper"), host=True)
@source("derived", tag="CHERNOFF")
def replace_survival_chernoff(xp, n, t, threshold=0.9, ddof=1, variance=1.0):
    r"""Chernoff's bound has the best exponent:
    $P(\sigma_t>\epsilon)\le\inf_{s\ge0}(\sigma_0/\epsilon)^{2s}(E R^s)^t$, never above the bound at
    $s=\frac12$.
    """
    return np.vectorize(_chernoff, otypes=[float])(xp, n, t, threshold, ddof, variance)


def _chernoff(xp, n, t, threshold, ddof, variance):
    def exponent(s):
        return s * np.log(variance / threshold**2) + t * np.log(moment_of_ratio(xp, n, s, ddof))

    best = scipy.optimize.minimize_scalar(exponent, bounds=(0.0, 10.0 * n), method="bounded")
    return np.exp(min(best.fun, 0.0))


@law("gaussian-replace-collapse-time-bound", Gaussian, Replace, COLLAPSE, Bound("lower"))
@source("derived", "wald1944", tag="GAUSS-COLLAPSE-TIME")
def collapse_time_bound(xp, n, threshold=0.3, ddof=1, variance=1.0):
    r"""By Wald's identity the first fit with $\sigma_t<\epsilon$ comes no sooner than
    $E T\ge\frac{2\log(\sigma_0/\epsilon)}{\log\frac{n-\mathrm{ddof}}2-\psi(\frac{n-1}2)}$.
    """
    return (xp.log(variance) - 2 * xp.log(threshold)) / -log_drift(xp, n, ddof)


@law("gaussian-replace-tail-index", kind=Identity(integrated_tail_index, 1e-6), host=True)
@source("derived", "kesten1973", tag="GAUSS-TAIL")
@proof(Certified("test_tail_index"))
@tried(*SIZES)
@rival("2", lambda xp, n: 2.0 + 0 * n)
@rival("unbiased", lambda xp, n: 1.0 + 0 * n)
def replace_tail_index(xp, n):
    r"""Under maximum likelihood $P((\mu_\infty-\mu_0)^2>x)$ falls with the index $\kappa_n$ that
    solves $E R^\kappa=1$, slightly above 2.
    """

    def index(size):
        logarithm = lambda k: np.log(moment_of_ratio(xp, size, k, 0))
        return scipy.optimize.brentq(logarithm, 1.5, 4.0, xtol=1e-13)

    return np.vectorize(index, otypes=[float])(n)


@law("gaussian-replace-tail-constant", kind=Identity(integrated_tail_constant, 1e-6))
@source("derived", "goldie1991", tag="GAUSS-TAIL-CONST")
@proof(Certified("test_tails_and_temperatures"))
@tried(*SIZES)
@rival("1", lambda xp, n: 1.0 + 0 * n)
@rival("digamma at m/2", lambda xp, n: 1 / (-n * log_drift(xp, n, 1)))
def replace_tail_constant(xp, n):
    r"""The unbiased recursion has the tail $P(|\mu_\infty-\mu_0|>x\sigma_0)\sim C_n/x^2$ with
    $C_n=1/(n\,E[R\log R])=\left(n\left[\psi(\frac{n+1}2)-\log\frac{n-1}2\right]\right)^{-1}$.
    """
    return 1 / (n * (xp.digamma((n + 1) / 2) - xp.log((n - 1) / 2)))
