r"""Kernel density estimates under recursive training: the cloud does not collapse, it wanders.

`variance` is that of the model, points and kernel together, summed over the coordinates; $h^2$ is
the variance that the kernel adds. Any real law will do. `bootstrap` has
width zero.
"""

import numpy as np

from ...numerics.reach import within_steps
from ..hypotheses import MORE_THAN_ONE
from ..notes import holds, rival, source, tried
from ..recurrence import mean_square_error, source_shares, unselected
from ..registry import law
from ..subjects import (
    AbstractPlugIn,
    AbstractWorkflow,
    Accumulate,
    Anchor,
    Discount,
    E,
    FixedBandwidth,
    GaussianKernel,
    KernelDensity,
    Recursion,
    Refresh,
    Replace,
    Scott,
    Silverman,
    TopHat,
    Window,
    mean_error,
    variance,
)

PLANE = ([[-1.0, 0.5], [0.2, 0.0], [2.5, -1.0]], [2.0, 3.0, 1.0])
LINE = ([-1.0, 0.2, 2.5], [2.0, 3.0, 1.0])


def trial(family, workflow, points=LINE, n=12, generations=6, **sizes):
    """A configuration to try a law at."""
    truth = family.params(*points, width=0.3)
    return Recursion(family, workflow, truth=truth, n=n, **sizes), generations


def fixed_width(recursion) -> bool:
    """Whether the bandwidth is the same in every generation and the workflow only adds and
    scales.
    """
    return isinstance(recursion.family.bandwidth, FixedBandwidth) and unselected(recursion)


def plugged_in(recursion) -> bool:
    """Whether the bandwidth follows the sample's own spread."""
    return isinstance(recursion.family.bandwidth, AbstractPlugIn)


def added(bandwidth, noise, d):
    """Variance that a fixed kernel adds to a model, over all coordinates."""
    return noise * d * np.float64(bandwidth.width) ** 2


SMOOTH = KernelDensity(GaussianKernel(), FixedBandwidth(0.4))
FLAT = KernelDensity(TopHat(), FixedBandwidth(0.9))
BY_SILVERMAN = KernelDensity(GaussianKernel(), Silverman())
BY_SCOTT = KernelDensity(TopHat(), Scott())
FIXED = (trial(SMOOTH, Replace()), trial(FLAT, Replace(), PLANE))
PLUG_IN = (
    trial(BY_SILVERMAN, Replace(), generations=4),
    trial(BY_SCOTT, Replace(), PLANE, generations=4),
)
POOLED = (trial(SMOOTH, Accumulate()), trial(FLAT, Accumulate(), PLANE))
LINEAR = (
    trial(SMOOTH, Window(2)),
    trial(FLAT, Discount(0.5), PLANE),
    trial(SMOOTH, Refresh(), fresh=8),
    trial(SMOOTH, Anchor(), real=20),
)


def variance_of_random_walk(xp, t, d, variance, bandwidth, noise):
    """The variance if noise added up and sampling cost nothing: a rival."""
    return variance + t * added(bandwidth, noise, d)


@law("kernel-density-replace-variance", KernelDensity, Replace, E(variance))
@source("derived", "kazdan2024", tag="KDE-REPLACE")
@holds(when=fixed_width)
@tried(*FIXED)
@rival("n - 1", n=lambda n: n - 1)
@rival("random walk", variance_of_random_walk)
def replace_variance(xp, n, t, d, variance, bandwidth, noise):
    r"""The kernel's noise balances the drift: $E M_t=nh^2+(\sigma_0^2-nh^2)(1-\frac1n)^t$, so the
    cloud keeps a spread of $\sqrt{n-1}\,h$.
    """
    floor = n * added(bandwidth, noise, d)
    return floor + (variance - floor) * (1 - 1 / n) ** t


def mean_error_of_one_noise_less(xp, n, t, d, variance, bandwidth, noise):
    """The mean error if the first kernel added nothing: a rival."""
    whole = replace_mean_error(xp, n, t, d, variance, bandwidth, noise)
    return whole - xp.where(t > 0, added(bandwidth, noise, d), 0.0)


@law("kernel-density-replace-mean-error", KernelDensity, Replace, E(mean_error))
@source("derived", tag="KDE-REPLACE")
@holds(when=fixed_width)
@tried(*FIXED)
@rival("no noise", lambda xp, n, t, variance: variance * (1 - (1 - 1 / n) ** t))
@rival("one noise less", mean_error_of_one_noise_less)
def replace_mean_error(xp, n, t, d, variance, bandwidth, noise):
    r"""The cloud wanders for ever, by $h^2$ per generation:
    $E|\bar x_t-\mu_0|^2=\sigma_0^2+th^2-E M_t$.
    """
    whole = variance + t * added(bandwidth, noise, d)
    return whole - replace_variance(xp, n, t, d, variance, bandwidth, noise)


def gain(bandwidth, noise, n, d):
    r"""$\kappa f_n^2$, what the kernel adds in units of the spread of a sample of n."""
    return noise * bandwidth.factor(n, d) ** 2


def variance_by_biased_spread(xp, n, t, d, variance, bandwidth, noise):
    """The variance if the bandwidth followed the spread under maximum likelihood: a rival."""
    return variance * ((1 - 1 / n) * (1 + gain(bandwidth, noise, n, d))) ** t


def variance_without_drift(xp, n, t, d, variance, bandwidth, noise):
    """The variance if sampling cost nothing: a rival."""
    return variance * (1 + gain(bandwidth, noise, n, d)) ** t


@law("kernel-density-replace-plug-in-variance", KernelDensity, Replace, E(variance))
@source("derived", "silverman1986", tag="KDE-SILVERMAN")
@holds(when=plugged_in)
@tried(*PLUG_IN)
@rival("biased spread", variance_by_biased_spread)
@rival("no drift", variance_without_drift)
def plug_in_variance(xp, n, t, d, variance, bandwidth, noise):
    r"""A bandwidth of f times the spread blows up: $E M_t=\sigma_0^2(1-\frac1n+\kappa f_n^2)^t$,
    above 1 since $\kappa f_n^2\sim n^{-2/(d+4)}\gg\frac1n$.
    """
    return variance * (1 - 1 / n + gain(bandwidth, noise, n, d)) ** t


@law("kernel-density-replace-plug-in-mean-error", KernelDensity, Replace, E(mean_error))
@source("derived", tag="KDE-SILVERMAN")
@holds(when=plugged_in)
@tried(*PLUG_IN)
@rival("linear", lambda xp, n, t, variance: variance * t / n)
def plug_in_mean_error(xp, n, t, d, variance, bandwidth, noise):
    r"""The mean is carried along: $E|\bar x_t-\mu_0|^2=\frac{\sigma_0^2}n\frac{g^t-1}{g-1}$ with
    $g=1-\frac1n+\kappa f_n^2$.
    """
    g = 1 - 1 / n + gain(bandwidth, noise, n, d)
    return variance / n * (g**t - 1) / (g - 1)


def pooled_variance_without_drift(xp, t, d, variance, bandwidth, noise):
    """The variance if sampling cost nothing: a rival."""
    return variance + added(bandwidth, noise, d) * harmonic(xp, t)


@law("kernel-density-accumulate-variance", KernelDensity, Accumulate, E(variance))
@source("derived", tag="KDE-ACC")
@holds(when=lambda r: fixed_width(r) and r.real is None, assuming=MORE_THAN_ONE)
@tried(*POOLED)
@rival("replace", replace_variance)
@rival("no drift", pooled_variance_without_drift)
def accumulate_variance(xp, n, t, d, variance, bandwidth, noise):
    r"""Accumulation diverges too, like $h^2\log t$:
    $E M_t=P_t\left[\sigma_0^2+h^2\sum_{k\le t}\frac1{kP_k}\right]$,
    $P_t=\prod_{k\le t}(1-\frac1{nk^2})$.
    """
    product = lambda last: xp.product(lambda k: 1 - 1 / (n * k**2), 1, last)
    noises = xp.total(lambda k: 1 / (k * product(k)), 1, t)
    return product(t) * (variance + added(bandwidth, noise, d) * noises)


def mean_error_of_pooled_bootstrap(xp, n, t, variance):
    """The mean error without a kernel: a rival."""
    return variance * (1 - xp.product(lambda k: 1 - 1 / (n * k**2), 1, t))


@law("kernel-density-accumulate-mean-error", KernelDensity, Accumulate, E(mean_error))
@source("derived", tag="KDE-ACC")
@holds(when=lambda r: fixed_width(r) and r.real is None, assuming=MORE_THAN_ONE)
@tried(*POOLED)
@rival("h = 0", mean_error_of_pooled_bootstrap)
def accumulate_mean_error(xp, n, t, d, variance, bandwidth, noise):
    r"""The second moment about the truth grows like the harmonic number:
    $E M_t+E|\bar x_t-\mu_0|^2=\sigma_0^2+h^2H_t$.
    """
    second_moment = variance + added(bandwidth, noise, d) * harmonic(xp, t)
    return second_moment - accumulate_variance(xp, n, t, d, variance, bandwidth, noise)


def pooled_variance(n, t, d, variance, bandwidth, noise, *, blurred: bool = True) -> np.ndarray:
    """Variance of the pooled model at every t, or of its points alone."""
    within_steps(int(np.max(t, initial=1)), 1)
    points, model = float(variance), float(variance)
    table = [model]
    for k in range(1, int(np.max(t, initial=1)) + 1):
        points = points + (model - points) / k - model / (n * k * k)
        model = points * (1 + gain(bandwidth, noise, n * k, d) * n * k / (n * k - 1))
        table.append(model if blurred else points)
    return np.asarray(table)[np.asarray(t, int)]


def variance_of_points_alone(xp, n, t, d, variance, bandwidth, noise):
    """The variance of the points that the last kernel smooths: a rival."""
    return pooled_variance(n, t, d, variance, bandwidth, noise, blurred=False)


@law(
    "kernel-density-accumulate-plug-in-variance", KernelDensity, Accumulate, E(variance), host=True
)
@source("derived", tag="KDE-ACC")
@holds(when=lambda r: plugged_in(r) and r.real is None, assuming=MORE_THAN_ONE)
@tried(trial(BY_SILVERMAN, Accumulate()), trial(BY_SCOTT, Accumulate(), PLANE))
@rival("replace", plug_in_variance)
@rival("last kernel left out", variance_of_points_alone)
def accumulate_plug_in_variance(xp, n, t, d, variance, bandwidth, noise):
    r"""The bandwidth of a growing pool shrinks fast enough:
    $s_{t+1}=s_t+\frac{M_t-s_t}{t+1}-\frac{M_t}{n(t+1)^2}$,
    $M_t=s_t(1+\kappa f_{nt}^2\frac{nt}{nt-1})$, bounded.
    """
    return pooled_variance(n, t, d, variance, bandwidth, noise)


def harmonic(xp, t):
    r"""$H_t=\sum_{k\le t}\frac1k$."""
    return xp.total(lambda k: 1 / k, 1, t)


def second_moments(recursion, generations: int, variance, noise_variance):
    r"""$E|x-\mu_0|^2$ of models 0…generations: a fit averages those it trains on, and its kernel
    adds $h^2$.
    """
    _, shares = source_shares(recursion, generations)
    moments = np.full(shares.shape[1] + 1, float(variance))
    for fit in range(generations):
        model = fit + 1 if fit + 1 < generations else -1
        moments[model] = shares[fit] @ moments[:-1] + noise_variance
    return np.append(moments[:generations], moments[-1])


@law("kernel-density-any-mean-error", KernelDensity, AbstractWorkflow, E(mean_error), host=True)
@source("derived", tag="KDE-ACC")
@holds(when=fixed_width)
@tried(*LINEAR)
@rival("h = 0", lambda xp, recursion, t, variance: mean_square_error(recursion, t, variance, -1.0))
def any_mean_error(xp, recursion, t, d, variance, bandwidth, noise):
    r"""The mean error follows the recurrence of second moments in every linear workflow:
    $\mathrm{Var}(\bar y_s\mid\text{past})=(Q_s-D_s^2)/n_s$, $E Q_t=\sum_sa_{ts}E Q_s+h^2$.
    """
    generations = max(int(np.max(t)), 1)
    moments = second_moments(recursion, generations, variance, added(bandwidth, noise, d))
    return mean_square_error(recursion, t, moments[:generations], -1.0)


def variance_of_bootstrap(xp, recursion, t, variance):
    """The variance without a kernel: a rival."""
    return variance - mean_square_error(recursion, t, variance, -1.0)


@law("kernel-density-any-variance", KernelDensity, AbstractWorkflow, E(variance), host=True)
@source("derived", tag="KDE-ACC")
@holds(when=fixed_width)
@tried(*LINEAR)
@rival("h = 0", variance_of_bootstrap)
def any_variance(xp, recursion, t, d, variance, bandwidth, noise):
    r"""The variance is the second moment less the mean error: $E M_t=E Q_t-E D_t^2$ in every linear
    workflow.
    """
    generations = max(int(np.max(t)), 1)
    moments = second_moments(recursion, generations, variance, added(bandwidth, noise, d))
    return moments[np.asarray(t)] - mean_square_error(recursion, t, moments[:generations], -1.0)
