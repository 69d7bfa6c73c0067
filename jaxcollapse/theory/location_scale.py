r"""Location and scale families: laws that need no normality, and supports that only shrink.

Fitted by two moments, any law loses variance as the Gaussian does; its kurtosis rules the spread. Fitted by maximum
likelihood, a uniform law shrinks to its end and a shifted exponential climbs.
"""

import numpy as np
from scipy.special import gammaincc

from ..families import AbstractLocationScale, ShiftedExponential, Uniform
from ..metrics import kl, location, log_variance, mean, mean_error, second_moment, standard_deviation, variance, w2
from ..quantities import E, Law, Var
from ..workflows import AbstractWorkflow, Accumulate, Replace
from . import gaussian
from .cases import example_truth
from .gaussian_accumulate import equal_batches
from .gaussian_moments import maximum_likelihood
from .kinds import Distribution, Exact
from .mixing import DRIFT_RIVALS, mean_square_error, unselected
from .registry import law
from .symbols import truth_symbols


@example_truth.register
def _(family: AbstractLocationScale):
    return family.params(mean=0.7, variance=1.7)


@example_truth.register
def _(family: Uniform):
    return family.params(1.7)


@example_truth.register
def _(family: ShiftedExponential):
    return family.params(location=0.7, scale=1.3)


@truth_symbols.register
def _(family: AbstractLocationScale, truth):
    found = {"mean": truth.mean, "variance": np.exp(np.asarray(truth.log_variance, np.float64))}
    return found | {"kurtosis": family.excess_kurtosis}


@truth_symbols.register
def _(family: Uniform, truth):
    return {"scale": np.exp(np.asarray(truth.log_scale, np.float64))}


@truth_symbols.register
def _(family: ShiftedExponential, truth):
    return {"location": truth.location, "scale": np.exp(np.asarray(truth.log_scale, np.float64))}


@law(
    "location-scale-replace-variance", family=AbstractLocationScale, workflow=Replace, quantity=E(variance), kind=Exact(),
    cite=("classical",), tag="LOCSCALE",
    rivals={"ddof swapped": lambda xp, n, t, ddof=1, variance=1.0: variance * ((n - 1) / (n - 1 + ddof)) ** t},
)  # fmt: skip
def replace_variance(xp, n, t, ddof=1, variance=1.0):
    r"""Whatever the shape, $E\sigma_t^2=\sigma_0^2\left(\frac{n-1}{n-\mathrm{ddof}}\right)^t$."""
    return gaussian.replace_variance(xp, n, t, ddof, variance)


@law(
    "location-scale-replace-variance-spread", family=AbstractLocationScale, workflow=Replace, quantity=Var(variance),
    kind=Exact(), cite=("derived",), tag="LOCSCALE",
    rivals={"normal": lambda xp, n, t, kurtosis, ddof=1, variance=1.0: gaussian.replace_variance_spread(
        xp, n, t, ddof, variance)},
)  # fmt: skip
def replace_variance_spread(xp, n, t, kurtosis, ddof=1, variance=1.0):
    r"""Excess kurtosis $\gamma$ speeds the spread: $\mathrm{Var}\,\sigma_t^2=\sigma_0^4r^{2t}\left[(1+\frac\gamma n+\frac2{n-1})^t-1\right]$, $r=\frac{n-1}{n-\mathrm{ddof}}$."""
    return variance**2 * ((n - 1) / (n - ddof)) ** (2 * t) * ((1 + kurtosis / n + 2 / (n - 1)) ** t - 1)


@law(
    "location-scale-replace-mean-error", family=AbstractLocationScale, workflow=Replace, quantity=E(mean_error),
    kind=Exact(), cite=("derived",), tag="LOCSCALE",
    rivals={"n - 1": lambda xp, n, t, ddof=1, variance=1.0: variance * t / (n - 1)},
)  # fmt: skip
def replace_mean_error(xp, n, t, ddof=1, variance=1.0):
    r"""Whatever the shape, $E(\mu_t-\mu_0)^2=\frac{\sigma_0^2}n\sum_{i<t}r^i$, $r=\frac{n-1}{n-\mathrm{ddof}}$."""
    return gaussian.replace_mean_error(xp, n, t, ddof, variance)


@law(
    "location-scale-any-mean-error", family=AbstractLocationScale, workflow=AbstractWorkflow, quantity=E(mean_error),
    kind=Exact(), cite=("derived",), tag="MM2-W2SD", when=lambda r: maximum_likelihood(r) and unselected(r), rivals=DRIFT_RIVALS,
)  # fmt: skip
def any_mean_error(xp, recursion, t, variance):
    r"""Two matched moments are enough: real data of any law obey the recurrence with $v_2=-1$ in every linear workflow."""
    return mean_square_error(recursion, t, variance, -1.0)


@law(
    "location-scale-any-second-moment", family=AbstractLocationScale, workflow=AbstractWorkflow, quantity=E(second_moment),
    kind=Exact(), cite=("derived",), tag="MM2-W2SD", when=maximum_likelihood,
    rivals={"drift without loss": lambda xp, n, t, variance=1.0: variance * (1 + t / n)},
)  # fmt: skip
def any_second_moment(xp, t, variance=1.0):
    r"""Moment matching conserves $E\left[\sigma_t^2+(\mu_t-\mu_0)^2\right]=\sigma_0^2$ for real data of any law."""
    return variance + 0.0 * t


@law(
    "uniform-replace-standard-deviation", family=Uniform, workflow=Replace, quantity=E(standard_deviation), kind=Exact(),
    cite=("classical",), tag="UNIFORM",
    rivals={"1 - 1/n": lambda xp, n, t, scale: scale / xp.sqrt(12) * (1 - 1 / n) ** t},
)  # fmt: skip
def uniform_standard_deviation(xp, n, t, scale):
    r"""$E\theta_t=\theta_0\left(\frac n{n+1}\right)^t$, here as the standard deviation $\theta_t/\sqrt{12}$."""
    return scale / xp.sqrt(12) * (n / (n + 1)) ** t


@law(
    "uniform-replace-log-variance", family=Uniform, workflow=Replace, quantity=E(log_variance), kind=Exact(),
    cite=("classical",), tag="UNIFORM",
    rivals={"n + 1": lambda xp, n, t: -2 * t / (n + 1)},
)  # fmt: skip
def uniform_log_variance(xp, n, t):
    r"""$E\log(\sigma_t^2/\sigma_0^2)=-2t/n$ exactly."""
    return -2 * t / n


@law(
    "uniform-replace-law", family=Uniform, workflow=Replace, quantity=Law(log_variance), kind=Distribution(),
    cite=("classical",), tag="UNIFORM",
    rivals={"t + 1": lambda xp, x, n, t: uniform_law(xp, x, n, t + 1)},
)  # fmt: skip
def uniform_law(xp, x, n, t):
    r"""$\log(\theta_0/\theta_t)$ has the gamma law of shape t and rate n: $P(\log\sigma_t^2/\sigma_0^2\le x)=Q(t,-nx/2)$."""
    return gammaincc(np.maximum(t, 1e-300), np.maximum(-n * x / 2, 0.0))


@law(
    "uniform-replace-kl", family=Uniform, workflow=Replace, quantity=E(kl), kind=Exact(), cite=("derived",), tag="UNIFORM",
    rivals={"n + 1": lambda xp, n, t: t / (n + 1)},
)  # fmt: skip
def uniform_kl(xp, n, t):
    r"""$E\,\mathrm{KL}(\hat U_t\|U_0)=E\log(\theta_0/\theta_t)=t/n$; the other direction is infinite from fit 1 on."""
    return t / n


@law(
    "uniform-replace-w2", family=Uniform, workflow=Replace, quantity=E(w2), kind=Exact(), cite=("derived",), tag="UNIFORM",
    rivals={"squared mean": lambda xp, n, t, scale: scale**2 / 3 * ((n / (n + 1)) ** t - 1) ** 2},
)  # fmt: skip
def uniform_w2(xp, n, t, scale):
    r"""$E W_2^2=\frac{\theta_0^2}3\left[(\frac n{n+2})^t-2(\frac n{n+1})^t+1\right]$."""
    return scale**2 / 3 * ((n / (n + 2)) ** t - 2 * (n / (n + 1)) ** t + 1)


@law(
    "uniform-accumulate-standard-deviation", family=Uniform, workflow=Accumulate, quantity=E(standard_deviation),
    kind=Exact(), cite=("derived",), tag="UNIFORM",
    rivals={"replace": lambda xp, real, t, scale: uniform_standard_deviation(xp, real, t, scale)},
)  # fmt: skip
def uniform_accumulated(xp, real, t, scale):
    r"""Accumulation freezes the support at fit 1: $\theta_t=\theta_1$, $E\theta_t=\theta_0\frac n{n+1}$ for every t."""
    return uniform_standard_deviation(xp, real, xp.where(t > 0, 1, 0), scale)


@law(
    "shifted-exponential-replace-standard-deviation", family=ShiftedExponential, workflow=Replace,
    quantity=E(standard_deviation), kind=Exact(), cite=("derived",), tag="LOCSCALE",
    rivals={"ddof swapped": lambda xp, n, t, scale, ddof=1: scale * ((n - 1) / (n - 1 + ddof)) ** t},
)  # fmt: skip
def exponential_standard_deviation(xp, n, t, scale, ddof=1):
    r"""$E\sigma_t=\sigma_0\left(\frac{n-1}{n-\mathrm{ddof}}\right)^t$."""
    return scale * ((n - 1) / (n - ddof)) ** t


@law(
    "shifted-exponential-replace-variance", family=ShiftedExponential, workflow=Replace, quantity=E(variance),
    kind=Exact(), cite=("derived",), tag="LOCSCALE",
    rivals={"squared mean": lambda xp, n, t, scale, ddof=1: exponential_standard_deviation(xp, n, t, scale, ddof) ** 2},
)  # fmt: skip
def exponential_variance(xp, n, t, scale, ddof=1):
    r"""$E\sigma_t^2=\sigma_0^2\left[\frac{n(n-1)}{(n-\mathrm{ddof})^2}\right]^t$."""
    return scale**2 * (n * (n - 1) / (n - ddof) ** 2) ** t


@law(
    "shifted-exponential-replace-log-variance", family=ShiftedExponential, workflow=Replace, quantity=E(log_variance),
    kind=Exact(), cite=("derived",), tag="LOCSCALE",
    rivals={"psi(n)": lambda xp, n, t, ddof=1: 2 * t * (xp.digamma(n) - xp.log(n - ddof))},
)  # fmt: skip
def exponential_log_variance(xp, n, t, ddof=1):
    r"""Collapse at the rate $E\log B$: $E\log(\sigma_t^2/\sigma_0^2)=2t\left[\psi(n-1)-\log(n-\mathrm{ddof})\right]$."""
    return 2 * t * (xp.digamma(n - 1) - xp.log(n - ddof))


@law(
    "shifted-exponential-replace-location", family=ShiftedExponential, workflow=Replace, quantity=E(location),
    kind=Exact(), cite=("derived",), tag="LOCSCALE",
    rivals={"ddof swapped": lambda xp, n, t, location, scale, ddof=1: exponential_location(
                xp, n, t, location, scale, 1 - ddof),
            "n - 1": lambda xp, n, t, location, scale, ddof=1: location + n / (n - 1) * (
                exponential_location(xp, n, t, location, scale, ddof) - location)},
)  # fmt: skip
def exponential_location(xp, n, t, location, scale, ddof=1):
    r"""The support climbs by $\sigma/n$ a fit: $E\ell_t=\ell_0+\frac{\sigma_0}n\sum_{i<t}r^i$, to $\ell_0+\sigma_0$ under maximum likelihood."""
    ratio = (n - 1) / (n - ddof)
    return location + scale / n * xp.total(lambda k: ratio ** (k - 1), 1, t)


@law(
    "shifted-exponential-replace-mean", family=ShiftedExponential, workflow=Replace, quantity=E(mean), kind=Exact(),
    cite=("derived",), tag="LOCSCALE",
    rivals={"ddof swapped": lambda xp, n, t, location, scale, ddof=1: exponential_mean(
        xp, n, t, location, scale, 1 - ddof)},
)  # fmt: skip
def exponential_mean(xp, n, t, location, scale, ddof=1):
    r"""$E(\ell_t+\sigma_t)$ is kept by maximum likelihood and rises by $\sigma_0/n$ a fit when the scale is unbiased."""
    return exponential_location(xp, n, t, location, scale, ddof) + exponential_standard_deviation(xp, n, t, scale, ddof)


@law(
    "shifted-exponential-accumulate-standard-deviation", family=ShiftedExponential, workflow=Accumulate,
    quantity=E(standard_deviation), kind=Exact(), cite=("derived",), tag="LOCSCALE",
    when=lambda r: equal_batches(r) and maximum_likelihood(r),
    rivals={"replace": lambda xp, n, t, scale: exponential_standard_deviation(xp, n, t, scale, 0)},
)  # fmt: skip
def exponential_accumulated(xp, n, t, scale):
    r"""Accumulation freezes the location at fit 1, so the mean scale too under maximum likelihood: $E\sigma_t=\sigma_0(1-\frac1n)$ for every t."""
    return scale * xp.where(t > 0, 1 - 1 / n, 1.0)
