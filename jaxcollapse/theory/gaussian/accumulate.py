r"""The Gaussian under accumulation: an exact product law for the variance of the pool.

$\sigma_t^2=\sigma_0^2\prod_kR_k$ with independent ratios $R_1=\frac{\chi^2_{n-1}}{n-\mathrm{ddof}}$
and, for $k\ge2$,
$R_k=\left[n(k-1)-\mathrm{ddof}+\chi^2_{n-1}+\frac{k-1}k\chi^2_1\right]/(nk-\mathrm{ddof})$. Their
Laplace transform is elementary, so logarithms and roots have exact means by one integral each.
"""

import numpy as np

from ...domains import Integer
from ...numerics.reach import within
from ..hypotheses import DETERMINED
from ..kinds import Asymptotic
from ..notes import holds, proof, rival, source, tried
from ..proofs import Certified, Coq, Derivation
from ..registry import law
from ..subjects import (
    Accumulate,
    E,
    Gaussian,
    MultivariateGaussian,
    Recursion,
    Var,
    determinant_ratio,
    kl,
    log_variance,
    mean_error,
    standard_deviation,
    variance,
    w2,
)
from .univariate import accumulate_variance, log_drift, moment_of_ratio, replace_mean_error

# In log u the integrands are analytic and fall off exponentially, so that the trapezoidal rule with
# steps of 0.1 has all digits of float64.
NODES = np.arange(-80.0, 80.0, 0.1)
TRUTH = Gaussian.params(0.7, 1.7)
BOTH = tuple((Recursion(Gaussian(ddof), Accumulate(), truth=TRUTH, n=4), 6) for ddof in (0, 1))
LATE = Asymptotic("t", 1, "gaussian-accumulate-variance")


def equal_batches(recursion: Recursion) -> bool:
    """Whether the real data set is as large as every batch."""
    return recursion.real is None


def of_estimator(ddof):
    """Equal batches, and the unbiased variance or maximum likelihood."""
    return lambda recursion: equal_batches(recursion) and float(recursion.family.ddof) == ddof


def spread_of_ratio(n, k, ddof):
    r"""$\mathrm{Var}\,R_k=\left[2(n-1)+2(1-\frac1k)^2\right]/(nk-\mathrm{ddof})^2$."""
    return (2 * (n - 1) + 2 * (1 - 1 / k) ** 2) / (n * k - ddof) ** 2


def inverse_squares(xp, t):
    r"""$H_t^{(2)}=\sum_{k\le t}k^{-2}$, which tends to $\pi^2/6$."""
    return xp.total(lambda k: 1 / k**2, 1, t)


def spread_of_first_fit(xp, n, t, ddof, variance):
    r"""$2(E\sigma_t^2)^2/(n-1)$, as if only fit 1 scattered: a rival."""
    return accumulate_variance(xp, n, t, ddof, variance) ** 2 * 2 / (n - 1)


def deviation_of_first_fit(xp, n, t, ddof, variance):
    r"""$\sigma_0E\sqrt{R_1}$, as if only fit 1 scattered: a rival."""
    return xp.sqrt(variance) * xp.where(t > 0, moment_of_ratio(xp, n, 0.5, ddof), 1.0)


@law("gaussian-accumulate-variance-spread", Gaussian, Accumulate, Var(variance))
@source("derived", tag="GAUSS-ACC-LAW")
@proof(Derivation("test_moments_of_accumulation"))
@holds(when=equal_batches)
@rival("fit 1 alone", spread_of_first_fit)
def accumulate_variance_spread(xp, n, t, ddof=1, variance=1.0):
    r"""The variance scatters by
    $\mathrm{Var}\,\sigma_t^2=\sigma_0^4\left[\prod_kE R_k^2-\prod_k(E R_k)^2\right]$, which stays
    bounded, near $\frac{\pi^2}{3n}$.
    """
    square = lambda k: (1 - 1 / (k * (n * k - ddof))) ** 2
    first = ((n - 1) / (n - ddof)) ** 2
    second = first + spread_of_ratio(n, 1, ddof)
    later = second * xp.product(lambda k: square(k) + spread_of_ratio(n, k, ddof), 2, t)
    return xp.where(t > 0, variance**2 * (later - first * xp.product(square, 2, t)), 0.0)


@law("gaussian-accumulate-mean-error", Gaussian, Accumulate, E(mean_error))
@source("derived", tag="GAUSS-ACC-UNB")
@proof(Coq("Moments.gaussian_accumulate_mean_error_correct"))
@holds(when=equal_batches)
@tried(*BOTH)
@rival("no feedback", lambda xp, n, t, variance: variance / n * inverse_squares(xp, t))
@rival("replace", replace_mean_error)
def accumulate_mean_error(xp, n, t, ddof=1, variance=1.0):
    r"""The drift of the mean converges:
    $E(\mu_t-\mu_0)^2=\frac1n\sum_{k\le t}E\sigma_{k-1}^2/k^2$.
    """
    before = lambda k: accumulate_variance(xp, n, k - 1, ddof, variance)
    return xp.total(lambda k: before(k) / k**2, 1, t) / n


@law("gaussian-accumulate-limit-variance", Gaussian, Accumulate, E(variance), LATE)
@source("derived", "kazdan2024", tag="GAUSS-ACC-VAR")
@proof(Certified("test_limits_of_accumulation"))
@holds(when=of_estimator(0))
@tried((Recursion(Gaussian(0), Accumulate(), truth=TRUTH, n=7), 40))
def accumulate_limit_variance(xp, n, variance=1.0):
    r"""Under maximum likelihood the variance settles at
    $E\sigma_\infty^2=\sigma_0^2\frac{\sin(\pi/\sqrt n)}{\pi/\sqrt n}$.
    """
    x = xp.pi / xp.sqrt(n)
    return variance * xp.sin(x) / x


@law("gaussian-accumulate-limit-variance-unbiased", Gaussian, Accumulate, E(variance), LATE)
@source("derived", tag="GAUSS-ACC-UNB")
@proof(Certified("test_limits_of_accumulation"))
@holds(where={"n": Integer(3)}, when=of_estimator(1))
@tried((Recursion(Gaussian(1), Accumulate(), truth=TRUTH, n=7), 40))
def accumulate_limit_variance_unbiased(xp, n, variance=1.0):
    r"""The unbiased variance settles at
    $E\sigma_\infty^2=\sigma_0^2\frac{n-1}{n-2}\frac{\Gamma(1-1/n)}{\Gamma(1-r_+)\Gamma(1-r_-)}$,
    $r_\pm=\frac{1\pm\sqrt{1+4n}}{2n}$.
    """
    plus, minus = ((1 + sign * xp.sqrt(1 + 4 * n)) / (2 * n) for sign in (1, -1))
    log_ratio = xp.gammaln(1 - 1 / n) - xp.gammaln(1 - plus) - xp.gammaln(1 - minus)
    return variance * (n - 1) / (n - 2) * xp.exp(log_ratio)


LONGEST = 20_000


def _log_transform(n, k, ddof):
    r"""$\log E e^{-uR_k}$ at $u=e^x$ for the quadrature nodes x."""
    u, whole = np.exp(NODES), n * k - ddof
    constant = np.where(k > 1, n * (k - 1) - ddof, 0.0) / whole
    return (
        -u * constant
        - (n - 1) / 2 * np.log1p(2 * u / whole)
        - 0.5 * np.log1p(2 * u * (1 - 1 / k) / whole)
    )


def _mean_log(n, k, ddof):
    r"""$E\log R_k=\int_0^\infty\left(e^{-u}-E e^{-uR_k}\right)\frac{du}u$."""
    integrand = np.exp(-np.exp(NODES)) - np.exp(_log_transform(n, k, ddof))
    return np.sum(integrand) * (NODES[1] - NODES[0])


def _mean_root(n, k, ddof):
    r"""$E\sqrt{R_k}=\frac1{2\sqrt\pi}\int_0^\infty\left(1-E e^{-uR_k}\right)u^{-3/2}du$."""
    integrand = -np.expm1(_log_transform(n, k, ddof)) * np.exp(-NODES / 2)
    return np.sum(integrand) * (NODES[1] - NODES[0]) / (2 * np.sqrt(np.pi))


def _folded(accumulate, start, term, t):
    """Fold term(1), term(2), … cumulatively and return the values at t."""
    t = np.asarray(t)
    within("t", int(t.max(initial=0)), LONGEST, "every fit is an integral")
    terms = [term(k) for k in range(1, int(t.max(initial=0)) + 1)]
    return np.concatenate([[start], accumulate(np.asarray(terms))])[t]


@law("gaussian-accumulate-log-variance", Gaussian, Accumulate, E(log_variance), host=True)
@source("derived", tag="GAUSS-ACC-LOG")
@proof(Certified("test_pools_of_two_batches"))
@holds(when=equal_batches)
@rival("-(2 - ddof) pi^2/6n", lambda xp, n, t, ddof: -(2 - ddof) / n * inverse_squares(xp, t))
@rival("fit 1 alone", lambda xp, n, t, ddof: log_drift(xp, n, ddof) * xp.where(t > 0, 1.0, 0.0))
def accumulate_log_variance(xp, n, t, ddof=1):
    r"""Accumulation does not collapse: $E\log(\sigma_t^2/\sigma_0^2)=\sum_{k\le t}E\log R_k$
    converges.
    """
    return _folded(np.cumsum, 0.0, lambda k: _mean_log(float(n), k, float(ddof)), t)


@law(
    "gaussian-accumulate-standard-deviation", Gaussian, Accumulate, E(standard_deviation), host=True
)
@source("derived", tag="GAUSS-ACC-LAW")
@proof(Certified("test_pools_of_two_batches"))
@holds(when=equal_batches)
@rival("fit 1 alone", deviation_of_first_fit)
def accumulate_standard_deviation(xp, n, t, ddof=1, variance=1.0):
    r"""The standard deviation is multiplied by independent roots:
    $E\sigma_t=\sigma_0\prod_{k\le t}E\sqrt{R_k}$.
    """
    return np.sqrt(variance) * _folded(
        np.cumprod, 1.0, lambda k: _mean_root(float(n), k, float(ddof)), t
    )


@law("gaussian-accumulate-w2", Gaussian, Accumulate, E(w2), host=True)
@source("derived", tag="MM2-W2SD")
@holds(when=equal_batches)
@rival("3/2 pi^2/6n", lambda xp, n, t, variance: 1.5 * variance / n * inverse_squares(xp, t))
def accumulate_w2(xp, n, t, ddof=1, variance=1.0):
    r"""The squared Wasserstein distance is
    $E W_2^2=E(\mu_t-\mu_0)^2+E\sigma_t^2+\sigma_0^2-2\sigma_0E\sigma_t$, which is
    $2\sigma_0(\sigma_0-E\sigma_t)$ under maximum likelihood.
    """
    moments = accumulate_mean_error(xp, n, t, ddof) + accumulate_variance(xp, n, t, ddof) + 1
    return variance * (moments - 2 * accumulate_standard_deviation(xp, n, t, ddof))


@law("gaussian-accumulate-kl", Gaussian, Accumulate, E(kl), host=True)
@source("derived", tag="MM2-KL")
@holds(when=equal_batches)
@rival("leading order", lambda xp, n, t: inverse_squares(xp, t) / n)
def accumulate_kl(xp, n, t, ddof=1):
    r"""The divergence from the truth is
    $E\,\mathrm{KL}(\hat N_t\|N_0)
    =\frac12\left[E\sigma_t^2+E(\mu_t-\mu_0)^2-1-E\log\sigma_t^2\right]$, which is
    $-\frac12E\log\sigma_t^2$ under maximum likelihood ($\sigma_0=1$).
    """
    moments = accumulate_mean_error(xp, n, t, ddof) + accumulate_variance(xp, n, t, ddof)
    return 0.5 * (moments - 1 - accumulate_log_variance(xp, n, t, ddof))


@law("multivariate-gaussian-accumulate-mean-error", MultivariateGaussian, Accumulate, E(mean_error))
@source("derived", tag="GAUSS-ACC-UNB")
@holds(when=equal_batches)
@rival("replace", lambda xp, n, t, ddof, trace: replace_mean_error(xp, n, t, ddof, trace))
def accumulate_mean_error_of_vectors(xp, n, t, ddof=1, trace=1.0):
    r"""$E\|\mu_t-\mu_0\|^2$ is the univariate mean error times $\mathrm{tr}\,\Sigma_0$, by
    projection.
    """
    return accumulate_mean_error(xp, n, t, ddof, trace)


@law(
    "multivariate-gaussian-accumulate-determinant-ratio",
    MultivariateGaussian,
    Accumulate,
    E(determinant_ratio),
)
@source("derived", tag="GAUSSD-ACC-DET")
@holds(when=lambda r: equal_batches(r) and float(r.n) > r.truth.mean.shape[0], assuming=DETERMINED)
@rival("variance to the d", lambda xp, n, t, d, ddof: accumulate_variance(xp, n, t, ddof) ** d)
def accumulate_determinant_ratio(xp, n, t, d, ddof=1):
    r"""Determinants multiply: $E|\Sigma_t|/|\Sigma_0|=\prod_kE|R_k|$,
    $E|R_k|=\sum_j\binom djc_k^{d-j}\frac{w_j+j(1-\frac1k)w_{j-1}}{(nk-\mathrm{ddof})^j}$,
    $w_j=\prod_{i\le j}(n-i)$.
    """
    minor = lambda j: xp.product(lambda i: n - i, 1, j)

    def choose(j):
        return xp.exp(xp.gammaln(d + 1.0) - xp.gammaln(j + 1.0) - xp.gammaln(d - j + 1.0))

    def ratio(k):
        whole = n * k - ddof
        scatter = lambda j: (minor(j) + j * (1 - 1 / k) * minor(j - 1)) / whole**j
        return xp.total(lambda j: choose(j) * (1 - n / whole) ** (d - j) * scatter(j), 0, d)

    first = xp.product(lambda i: (n - i) / (n - ddof), 1, d)
    return xp.where(t > 0, first * xp.product(ratio, 2, t), 1.0)
