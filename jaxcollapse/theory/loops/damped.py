r"""Damped Gaussian fits in closed form: error of the mean, variance, W2 and KL under replacement.

With $R=1-\eta+\eta\,\chi^2_{n-1}/(n-1)$ the variance is a product of independent copies of R, which
has mean 1; the mean moves by $\eta$ of the noise of a sample.
"""

import numpy as np

from ...domains import Integer
from ..kinds import Identity
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import DampedGaussian, E, Recursion, Replace, Var, kl, mean_error, variance, w2
from .error_sources import damped_drift, damped_expectation

SIZES = {"n": Integer(2)}


def _case(rate, n, generations=6):
    family = DampedGaussian(rate)
    return Recursion(family, Replace(), truth=family.params(0.7, 1.7), n=n), generations


def damped_deviation(n, rate):
    r"""$E\sqrt{1-\eta+\eta\,\chi^2_{n-1}/(n-1)}$."""
    return damped_expectation(lambda x: np.sqrt(1 + x), n, rate)


@law("damped-gaussian-replace-mean-error", DampedGaussian, Replace, E(mean_error))
@source("derived", tag="D3")
@holds(where=SIZES)
@tried(_case(0.5, 8))
@rival("undamped", rate=1.0)
@rival("rate for its square", lambda xp, n, t, rate, variance: rate * t * variance / n)
def damped_mean_error(xp, n, t, rate, variance):
    r"""A damped mean wanders more slowly by the square of the damping:
    $E(\mu_t-\mu_0)^2=\frac{\eta^2t}n\sigma_0^2$.
    """
    return rate**2 * t * variance / n


@law("damped-gaussian-replace-variance", DampedGaussian, Replace, E(variance))
@source("derived", tag="D3")
@holds(where=SIZES)
@tried(_case(0.5, 8))
@rival("by maximum likelihood", lambda xp, n, t, rate, variance: variance * (1 - rate / n) ** t)
def damped_variance(xp, t, variance):
    r"""Damping keeps the expected variance, $E\,v_t=v_0$, while typical paths collapse."""
    return variance + 0 * t


@law("damped-gaussian-replace-variance-spread", DampedGaussian, Replace, Var(variance))
@source("derived", tag="D3")
@holds(where=SIZES)
@tried(_case(0.5, 32))
@rival("undamped", rate=1.0)
def damped_variance_spread(xp, n, t, rate, variance):
    r"""Paths separate at a rate that damping squares:
    $\mathrm{Var}(v_t)=v_0^2\left[\left(1+\frac{2\eta^2}{n-1}\right)^t-1\right]$.
    """
    return variance**2 * ((1 + 2 * rate**2 / (n - 1)) ** t - 1)


@law("damped-gaussian-replace-kl", DampedGaussian, Replace, E(kl), host=True)
@source("derived", tag="D3")
@holds(where=SIZES)
@tried(_case(0.5, 8))
@rival("undamped", rate=1.0)
@rival("mean alone", lambda xp, n, t, rate: 0.5 * rate**2 * t / n)
def damped_kl(xp, n, t, rate):
    r"""The divergence of the model grows linearly:
    $E\,\mathrm{KL}(q_t\|q_0)=\frac t2\left[\frac{\eta^2}n-E\log R\right]$.
    """
    return 0.5 * t * (rate**2 / n - damped_drift(n, rate))


@law("damped-gaussian-replace-w2", DampedGaussian, Replace, E(w2), host=True)
@source("derived", tag="D3")
@holds(where=SIZES)
@tried(_case(0.5, 8))
@rival("undamped", rate=1.0)
@rival("mean alone", lambda xp, n, t, rate, variance: variance * rate**2 * t / n)
def damped_w2(xp, n, t, rate, variance):
    r"""The transport distance is that of a wandering mean and of a shrinking deviation:
    $E\,W_2^2=\sigma_0^2\left[\frac{\eta^2t}n+2-2\left(E\sqrt R\right)^t\right]$.
    """
    return variance * (rate**2 * t / n + 2 - 2 * damped_deviation(n, rate) ** t)


def _stationary(rows, symbols):
    """Stationary law of the contexts of a chain, by iteration of the lazy chain."""
    contexts = len(rows)
    following = (np.arange(contexts)[:, None] * symbols + np.arange(symbols)) % contexts
    law_of = np.full(contexts, 1 / contexts)
    for _ in range(4000):
        moved = np.zeros(contexts)
        np.add.at(moved, following, law_of[:, None] * rows)
        law_of = 0.5 * (law_of + moved)
    return law_of


def _divergence_rate(transitions, order):
    """KL rate of a source from its projection on n-grams of an order, symbol by symbol."""
    rows = np.asarray(transitions, float)
    symbols = rows.shape[1]
    joint = _stationary(rows, symbols)[:, None] * rows
    used = symbols ** (int(order) - 1)
    pooled = joint.reshape(-1, used, symbols).sum(0)
    model = pooled / pooled.sum(1, keepdims=True)
    seen = np.tile(model, (len(rows) // used, 1))
    return float(np.sum(joint * np.log(rows / seen)))


def _conditional_entropy(joint, symbols, order):
    """Entropy of the last symbol of a word given the order - 1 symbols before it, nats."""
    used = joint.reshape(-1, symbols ** (int(order) - 1), symbols).sum(0)
    return np.sum(used.sum(1) * np.log(used.sum(1))) - np.sum(used * np.log(used))


SOURCE = np.array([[0.7, 0.3], [0.4, 0.6], [0.2, 0.8], [0.5, 0.5]])


@law("n-gram-order-kl-rate", kind=Identity(_divergence_rate), host=True)
@source("classical", tag="D5")
@tried({"transitions": SOURCE, "order": 1}, {"transitions": SOURCE, "order": 2})
@rival("one symbol more", lambda xp, transitions, order: order_divergence(xp, transitions, 2))
def order_divergence(xp, transitions, order):
    r"""An n-gram of order k pays the memory that it lacks once: KL rate
    $=H(X\mid k-1\text{ symbols})-H(X\mid m-1\text{ symbols})$ for a source of order m.
    """
    rows = np.asarray(transitions, float)
    symbols = rows.shape[1]
    joint = _stationary(rows, symbols)[:, None] * rows
    whole = 1 + round(np.log(len(rows)) / np.log(symbols))
    short, long = (_conditional_entropy(joint, symbols, k) for k in (min(int(order), whole), whole))
    return short - long
