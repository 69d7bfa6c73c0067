"""The symbols of a configuration: what the letters in a law stand for."""

import dataclasses
from functools import singledispatch
from typing import Any

import jax
import numpy as np

from ..domains import Record
from ..families import AbstractQVF, Categorical, Gaussian, MultivariateGaussian
from ..recursion import Recursion


def symbols_of(recursion: Recursion, t) -> dict[str, Any]:
    """Every symbol of a recursion by name, in float64: fields of its records, the truth, n and t."""
    found: dict[str, Any] = {"recursion": recursion, "n": _float64(recursion.n), "fresh": _float64(recursion.fresh)}
    found["real"] = _float64(recursion.n if recursion.real is None else recursion.real)
    for record in (recursion.workflow, recursion.selection, recursion.decoding, recursion.family):
        found |= _fields(record)
    found |= {name: _float64(value) for name, value in truth_symbols(recursion.family, recursion.truth).items()}
    return found if t is None else found | {"t": np.asarray(t)}


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


@singledispatch
def truth_symbols(family, truth) -> dict[str, Any]:
    """The symbols that stand for the true parameters of a family; register a function for your own."""
    return {}


@truth_symbols.register
def _(family: Gaussian, truth):
    return {"mean": truth.mean, "variance": np.exp(_float64(truth.log_variance))}


@truth_symbols.register
def _(family: AbstractQVF, truth):
    v0, v1, v2 = family.variance_function
    mean = np.exp(_float64(truth.log_mean)) if hasattr(truth, "log_mean") else _float64(truth.mean)
    return {"mean": mean, "v0": v0, "v1": v1, "v2": v2}


@truth_symbols.register
def _(family: MultivariateGaussian, truth):
    factor = _float64(truth.unit_lower) * np.exp(_float64(truth.log_diagonal))[None, :]
    covariance = factor @ factor.T
    return {
        "d": covariance.shape[0], "trace": np.trace(covariance), "trace_square": np.sum(covariance**2),
        "covariance": covariance, "variance": np.trace(covariance),
    }  # fmt: skip


@truth_symbols.register
def _(family: Categorical, truth):
    return {"p": _float64(truth.weights) / _float64(truth.total)}
