"""Oracles of linear regression: all features, and descent that is run to its end."""

from typing import Any

import numpy as np

from ..families import BlendedRegression, Features, LeastSquares, LinearRegression
from ..records import Record
from ..recursion import Recursion
from .oracles import Absent, Oracle, approximation_of, expressivity_of, with_family


@expressivity_of.register(LinearRegression)
@expressivity_of.register(BlendedRegression)
def _(family, recursion):
    d = np.shape(recursion.truth.weights)[-1]
    if family.estimator.features(d) >= d:
        return Absent("expressivity", "the model has all features")
    return Oracle(
        "expressivity",
        "the model has all features",
        "every linear function of the inputs is in the class",
        every_feature,
    )


@approximation_of.register(LinearRegression)
@approximation_of.register(BlendedRegression)
def _(family, recursion):
    if _same(family.estimator.converged(), family.estimator):
        return Absent("approximation", "the estimator has a closed form")
    return Oracle(
        "approximation",
        "descent runs to its end",
        "its limit is least squares, which has a closed form",
        converged,
        gradient=_is_plain(family.estimator.converged()),
    )


def every_feature(recursion: Recursion) -> Recursion:
    """The estimator of a regression on all features, a class that holds the truth."""
    return with_family(recursion, estimator=_estimator(recursion).unrestricted())


def converged(recursion: Recursion) -> Recursion:
    """The estimator of a regression with its optimization run to the end."""
    return with_family(recursion, estimator=_estimator(recursion).converged())


def _estimator(recursion: Recursion) -> Any:
    family: Any = recursion.family
    return family.estimator


def _is_plain(estimator) -> bool:
    """Whether an estimator minimizes the squared error alone, on the features that it has."""
    if isinstance(estimator, Features):
        return _is_plain(estimator.estimator)
    return isinstance(estimator, LeastSquares)


def _same(one: Record, other: Record) -> bool:
    return str(one) == str(other)
