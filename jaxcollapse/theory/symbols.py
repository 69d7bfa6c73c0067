"""The symbols of a configuration: what the letters in a law stand for."""

import dataclasses
import inspect
from collections.abc import Container
from functools import singledispatch
from typing import Any

import equinox as eqx
import jax
import numpy as np

from ..arguments import checked
from ..families import (
    AbstractCategorical,
    AbstractFamily,
    AbstractLocationScale,
    AbstractQVF,
    AveragedRegression,
    BlendedRegression,
    CentroidClassifier,
    DampedGaussian,
    DebiasedMean,
    Gaussian,
    GaussianMixture,
    GroupedLabels,
    KernelDensity,
    LinearRegression,
    LogisticRegression,
    MedianLocation,
    MisspecifiedGaussian,
    MultivariateGaussian,
    NGram,
    OpenVocabulary,
    ProbabilisticPCA,
    RegressionRisk,
    RememberingMean,
    ShiftedExponential,
    Uniform,
)
from ..numerics.reach import MOST_TERMS, within
from ..records import Record
from ..recursion import Recursion
from .ranges import SCHEDULES


def symbols_of(recursion: Recursion, t, wanted: Container[str] = SCHEDULES) -> dict[str, Any]:
    """Every symbol of a recursion by name, in float64: fields of its records, truth, n and t.

    Args:
        recursion: the configuration.
        t: generations, or None.
        wanted: which schedules are among the symbols; they are as long as t.
    """
    n, fresh = _float64(recursion.n), _float64(recursion.fresh)
    if recursion.workflow.uses_fresh:
        # Without weight there may be none; formulas divide by their number.
        fresh = np.maximum(fresh, 1.0)
    found: dict[str, Any] = {"recursion": recursion, "n": n, "fresh": fresh}
    fits = _fits(recursion, t)
    if "sizes" in wanted:
        within("t", fits, MOST_TERMS, "the schedule of sizes is one array")
        found["sizes"] = _float64(recursion.sizes(fits))
    if "arrivals" in wanted:
        found["arrivals"] = np.broadcast_to(fresh[:fits] if fresh.ndim else fresh, (fits,))
    found["real"] = _float64(recursion.sizes(1))[0]
    for record in (recursion.workflow, recursion.selection, recursion.decoding, recursion.family):
        found |= _fields(record)
    found |= {
        name: _float64(value)
        for name, value in truth_symbols(recursion.family, recursion.truth).items()
    }
    return found if t is None else found | {"t": np.asarray(t)}


def _fits(recursion: Recursion, t) -> int:
    """Fits up to generation t, or as far as schedules go."""
    last = max(int(np.max(0 if t is None else t, initial=1)), 1)
    for name, length in recursion.schedules.items():
        if last > length:
            raise ValueError(
                f"t must lie within the schedule Recursion.{name} of {length} fits, got {last}"
            )
    return min(recursion.schedules.values(), default=last)


def _fields(record) -> dict[str, Any]:
    """Fields of a record and of the records in it."""
    found: dict[str, Any] = {}
    for each in dataclasses.fields(record):
        value = getattr(record, each.name)
        found[each.name] = _float64(value) if isinstance(value, (np.ndarray, jax.Array)) else value
        found |= _fields(value) if isinstance(value, Record) else {}
    return found


def _float64(value):
    return np.asarray(value, np.float64)


@checked(family=AbstractFamily, truth=eqx.Module)
@singledispatch
def truth_symbols(family, truth) -> dict[str, Any]:
    """The symbols that stand for the true parameters of a family.

    They are the arguments of the family's `params` that the truth has as fields of the same name.
    A data set says its own. Register a function with `truth_symbols.register` for others.
    """
    if hasattr(truth, "symbols"):
        return truth.symbols
    names = inspect.signature(family.params).parameters if hasattr(family, "params") else ()
    return {name: getattr(truth, name) for name in names if hasattr(truth, name)}


@truth_symbols.register(Gaussian)
@truth_symbols.register(DampedGaussian)
@truth_symbols.register(MedianLocation)
def _(family, truth):
    return {"mean": truth.mean, "variance": np.exp(_float64(truth.log_variance))}


@truth_symbols.register
def _(family: MisspecifiedGaussian, truth):
    found = {"mean": truth.mean, "variance": np.exp(_float64(truth.log_variance))}
    return found | {"kurtosis": family.source.excess_kurtosis}


@truth_symbols.register
def _(family: AbstractLocationScale, truth):
    found = {"mean": truth.mean, "variance": np.exp(_float64(truth.log_variance))}
    return found | {"kurtosis": family.excess_kurtosis}


@truth_symbols.register
def _(family: Uniform, truth):
    return {"scale": np.exp(_float64(truth.log_scale))}


@truth_symbols.register
def _(family: ShiftedExponential, truth):
    return {"location": truth.location, "scale": np.exp(_float64(truth.log_scale))}


@truth_symbols.register
def _(family: GaussianMixture, truth):
    weights, means = _float64(truth.log_weights), _float64(truth.means)
    shares = np.exp(weights - np.logaddexp.reduce(weights))
    mean = np.sum(shares * means)
    spread = np.exp(_float64(truth.log_variances)) + (means - mean) ** 2
    return {"mean": mean, "variance": np.sum(shares * spread)}


@truth_symbols.register(DebiasedMean)
@truth_symbols.register(RememberingMean)
def _(family, truth):
    return {"mean": truth.mean}


@truth_symbols.register
def _(family: AbstractQVF, truth):
    v0, v1, v2 = family.variance_function
    mean = np.exp(_float64(truth.log_mean)) if hasattr(truth, "log_mean") else _float64(truth.mean)
    return {"mean": mean, "v0": v0, "v1": v1, "v2": v2}


@truth_symbols.register
def _(family: ProbabilisticPCA, truth):
    return truth_symbols(MultivariateGaussian(), truth) | {"ddof": 0.0}


@truth_symbols.register
def _(family: MultivariateGaussian, truth):
    factor = _float64(truth.unit_lower) * np.exp(_float64(truth.log_diagonal))[None, :]
    covariance = factor @ factor.T
    return {
        "d": covariance.shape[0],
        "trace": np.trace(covariance),
        "trace_square": np.sum(covariance**2),
        "covariance": covariance,
        "variance": np.trace(covariance),
    }


@truth_symbols.register
def _(family: AbstractCategorical, truth):
    return {"p": _float64(truth.weights) / _float64(truth.total)}


@truth_symbols.register
def _(family: KernelDensity, truth):
    cloud, weights = _float64(truth.cloud), _float64(truth.weights) / _float64(truth.weights).sum()
    d = cloud.shape[1]
    noise = family.kernel.variance(d)
    spread = weights @ np.sum((cloud - weights @ cloud) ** 2, axis=1)
    return {"d": d, "variance": spread + noise * np.sum(_float64(truth.root) ** 2), "noise": noise}


@truth_symbols.register
def _(family: OpenVocabulary, truth):
    tokens, weights = np.asarray(truth.tokens), _float64(truth.weights)
    _, kind = np.unique(tokens, axis=0, return_inverse=True)
    return {"p": np.bincount(kind, weights=weights) / weights.sum()}


@truth_symbols.register
def _(family: NGram, truth):
    weights = _float64(truth.weights)
    return {"transitions": weights / weights.sum(axis=1, keepdims=True)}


@truth_symbols.register(AveragedRegression)
@truth_symbols.register(BlendedRegression)
def _(family, truth):
    return {"d": np.shape(truth.weights)[-1], "signal": np.sum(_float64(truth.weights) ** 2)}


@truth_symbols.register
def _(family: LogisticRegression, truth):
    return {"d": np.shape(truth.weights)[-1]}


@truth_symbols.register
def _(family: CentroidClassifier, truth):
    weights = _float64(truth.weights)
    return {"d": len(weights), "rho": np.sqrt(weights @ weights)}


@truth_symbols.register
def _(family: GroupedLabels, truth):
    return {"blocks": _float64(truth.blocks), "rates": _float64(truth.rates)}


@truth_symbols.register
def _(family: RegressionRisk, truth):
    return {"d": _float64(family.dimension), "signal": 0.0}


@truth_symbols.register
def _(family: LinearRegression, truth):
    weights = _float64(truth.weights)
    d = len(weights)
    p = family.estimator.features(d)
    covariance = _float64(family.design.covariance_of(d))
    used, cross, rest = covariance[:p, :p], covariance[:p, p:], covariance[p:, p:]
    omitted, shown = 0.0, weights
    if p < d:
        # What the features in use say of the others belongs to the signal that fits are shown.
        carried = np.linalg.solve(used, cross)
        omitted = weights[p:] @ (rest - cross.T @ carried) @ weights[p:]
        shown = weights[:p] + carried @ weights[p:]
    eigenvalues, axes = np.linalg.eigh(used)
    return {
        "d": d,
        "features": p,
        "signal": np.sum(weights**2),
        "used": np.sum(weights[:p] ** 2),
        "omitted": omitted,
        "eigenvalues": eigenvalues,
        "coefficients": shown @ axes,
    }
