"""Other splits of an error that add up: over replicas, by origin, moment, frequency and group."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import jax
import numpy as np

from ..domains import Integer, Real
from ..engine.mixing import mixing_ledger
from ..families import (
    AbstractLocationScale,
    AbstractQVF,
    Categorical,
    Gaussian,
    GaussianMixture,
    MisspecifiedGaussian,
)
from ..families.grouped_labels import AbstractGrouped
from ..metrics import Metric
from ..quantities.estimates import Estimate
from ..recursion import Recursion
from .decomposition import estimate_of
from .shares import WINDOWS, shares_of


@dataclass(frozen=True)
class Split:
    """Parts of an error by name, each an `Estimate` over generations; they sum to the total."""

    parts: dict[str, Estimate]
    total: Estimate

    @classmethod
    def of(cls, values: dict[str, np.ndarray]) -> "Split":
        """The split whose parts have these values, shape (replicas, times)."""
        parts = {name: estimate_of(each) for name, each in values.items()}
        return cls(parts, estimate_of(np.asarray(sum(values.values()))))


def bias_and_variance(run, read: Callable) -> Split:
    r"""Split $E\|x_t-x_0\|^2$ over replicas: $\|E\,x_t-x_0\|^2+\mathrm{tr}\,\mathrm{Var}(x_t)$.

    Args:
        run: a trajectory of models.
        read: a function of its `params` that gives x, shape (replicas, times, ...). For texts x may
            be the shares of their symbols, `lambda params: shares_of(run)`.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> family = jc.Gaussian(ddof=0)
        >>> r = jc.Recursion(family, jc.Replace(), truth=family.params(0.0, 1.0), n=5)
        >>> run = jc.simulate(jax.random.key(0), r, generations=3, replicas=2000)
        >>> found = bias_and_variance(run, lambda params: params.log_variance)
        >>> bool(found.parts["bias"].value[3] > found.parts["bias"].value[1])
        True
    """
    x = np.asarray(read(run.params), float)
    x = x.reshape(*x.shape[:2], -1)
    replicas = len(x)
    Integer(2).check("replicas", replicas)
    error = np.sum((x - x[:, :1]) ** 2, axis=-1)
    # The sample mean takes a share 1/R of the variance away from the mean square.
    spread = np.sum((x - x.mean(axis=0)) ** 2, axis=-1) * replicas / (replicas - 1)
    found = Split.of({"bias": error - spread, "variance": spread})
    # Where there is no bias, its square has noise of second order alone.
    bias, second = found.parts["bias"], np.sqrt(2) * spread.mean(axis=0) / replicas
    found.parts["bias"] = replace(bias, error=np.hypot(bias.error, second))
    return found


def origins(recursion: Recursion, t: int) -> np.ndarray:
    r"""The squared error of the mean of fit t by the data set that it came from, for every source.

    Fits are means of weighted data: $\theta_t=\sum_sA_{ts}(\theta_s+\varepsilon_s)$, and the mixing
    ledger of the workflow gives A. The noise of data from model s has the variance
    $(V(\theta_0)+v_2\mathrm{Var}\,\theta_s)/n_s$ of a quadratic variance function V, with $v_2=-1$
    for frequencies and for normal laws of maximum likelihood.

    Returns:
        In units of $V(\theta_0)$, which is $1-\|p\|^2$ for frequencies. Entry s < t is the data
        drawn from model s; where the workflow uses fresh data, entry t + s is the fresh data of
        fit s + 1. They sum to the squared error.

    Raises:
        ValueError: a family whose fits are not such means.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.NormalMean()
        >>> r = jc.Recursion(family, jc.Accumulate(), truth=family.params(0.0), n=10)
        >>> (10 * origins(r, 3)).round(3).tolist()
        [1.0, 0.25, 0.111]
    """
    Integer(1).check("t", t)
    curvature, sizes = curvature_of(recursion.family), recursion.sizes(t)
    fresh = np.asarray(recursion.fresh)
    weights = mixing_ledger(recursion.workflow, t, sizes=sizes, fresh=np.maximum(fresh, 1))
    numbers = np.asarray(sizes, float)
    if weights.shape[1] > t:
        later = np.maximum(np.broadcast_to(fresh, (t,)), 1)
        numbers = np.concatenate([numbers, later])
    counted = weights * numbers
    shares = counted / counted.sum(axis=1, keepdims=True)
    inherited, noise = np.zeros((t + 1, len(numbers))), np.ones(len(numbers))
    for fit in range(t):
        passed = shares[fit, : fit + 1] @ inherited[: fit + 1]
        inherited[fit + 1] = passed + shares[fit]
        if fit + 1 < t:
            spread = np.sum(inherited[fit + 1] ** 2 * noise / numbers)
            noise[fit + 1] = 1 + curvature * spread
    return inherited[t] ** 2 * noise / numbers


def curvature_of(family) -> float:
    """The coefficient $v_2$ of the variance of an observation as a function of the mean.

    Raises:
        ValueError: a family whose fits are not means of their data.
    """
    if isinstance(family, AbstractQVF):
        return float(family.variance_function[2])
    moments = isinstance(family, Gaussian | AbstractLocationScale | MisspecifiedGaussian)
    if isinstance(family, Categorical | GaussianMixture) or (moments and float(family.ddof) == 0):
        return -1.0
    raise ValueError(
        f"recursion must have fits that are means of their data, such as Categorical or Gaussian "
        f"with ddof=0, got {family}"
    )


def mean_and_covariance(run, metric: Metric) -> Split:
    """Split `kl` or `w2` of normal models into the part of the mean and that of the covariance.

    Raises:
        ValueError: another metric.
    """
    if metric.name not in ("kl", "w2"):
        raise ValueError(f"metric must be kl or w2, got {metric.name}")
    recursion, params = run.recursion, run.params
    whole, move = np.asarray(run.values(metric), float), np.asarray(params.mean, float)
    move = move - np.asarray(recursion.truth.mean, float)
    if move.ndim == 2:
        scale = np.exp(float(recursion.truth.log_variance)) if metric.name == "kl" else 1.0
        squared = move**2 / scale
    else:
        metrized = move
        if metric.name == "kl":
            covariance = np.asarray(recursion.truth.covariance, float)
            metrized = np.linalg.solve(covariance, move[..., None])[..., 0]
        squared = np.sum(move * metrized, axis=-1)
    of_mean = (0.5 if metric.name == "kl" else 1.0) * squared
    return Split.of({"mean": of_mean, "covariance": whole - of_mean})


def by_frequency(run, tail: float = 0.05, size: int = WINDOWS) -> Split:
    """Split the squared distance of shares: categories that are lost, rare ones, the bulk.

    The categories of n-grams are their words of k symbols, those of a language model its symbols.

    Args:
        run: a trajectory of categorical models, n-grams or language models.
        tail: categories of at most this true share are rare.
        size: windows that are drawn from every language model.

    Raises:
        ValueError: a family without categories.
    """
    Real(0.0, 1.0).check_one("tail", tail)
    shares = shares_of(run, size)
    true = shares[:, :1]
    apart = (shares - true) ** 2
    lost, rare = (shares == 0) & (true > 0), true <= tail
    chosen = {"lost": lost, "tail": rare & ~lost, "bulk": ~rare & ~lost}
    return Split.of({name: np.sum(apart * each, axis=-1) for name, each in chosen.items()})


def by_group(run) -> Split:
    """Split the share of wrong labels by group.

    Raises:
        ValueError: a family without groups.
    """
    family, truth = run.recursion.family, run.recursion.truth
    if not isinstance(family, AbstractGrouped):
        raise ValueError(f"run must be of a family with groups, got {type(family).__name__}")
    table = jax.vmap(jax.vmap(lambda params: family.confusion(params, truth)))(run.params)
    table = np.asarray(table, float)
    wrong = table[..., 0, 1] + table[..., 1, 0]
    return Split.of({f"group {g}": wrong[..., g] for g in range(wrong.shape[-1])})
