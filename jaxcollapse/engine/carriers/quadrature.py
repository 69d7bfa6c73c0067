"""The infinite-sample loop of families without statistics: a model is read at weighted points."""

from functools import singledispatch
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import scipy.special

from ...decoding import Faithful
from ...evidence import Samples
from ...families import (
    AbstractLocationScale,
    CategoryClasses,
    GaussianClasses,
    GaussianMixture,
    Labeled,
    LabeledParams,
    MedianLocation,
    MisspecifiedGaussian,
)
from ...families.base import AbstractFamily, as_float
from ..recording import floating
from .expectations import in_the_limit, is_registered, undefined
from .formal import one_source
from .samples import Sampled, Store

# Points of the trapezoidal rule for a normal law; the error of a smooth integrand is below 1e-12.
NORMAL_POINTS = 97
REACH = 8.0
# Points of equal weight, for laws of other shapes and for integrands with a step.
EQUAL_POINTS = 2048


class Quadrature(Sampled):
    """Evidence is points with weights whose averages are the expectations under a model.

    Subsamples of a pool leave its law as it is, so a workflow's selection is left out.
    """

    name: ClassVar[str] = "population"

    @classmethod
    def why_not(cls, recursion, stops):
        objection, family = super().why_not(recursion, stops), recursion.family
        if objection is None and not is_registered(weighted_points, family):
            return undefined(family)
        plain = isinstance(recursion.decoding, Faithful) and not recursion.selection.selects
        if objection is None and not plain:
            owner = type(family).__name__
            return f"carrier {cls.name!r} of {owner} knows no selection and no decoding"
        return objection

    @classmethod
    def of(cls, recursion, generations, stops):
        sampled, family = Sampled.of(recursion, generations, stops), in_the_limit(recursion.family)
        shapes = jax.eval_shape(
            lambda truth: weighted_points(family, truth), floating(recursion.truth)
        )
        return cls(family, sampled.slots, shapes[1].shape[0], sampled.width)

    def empty(self, params):
        points = jax.eval_shape(lambda p: weighted_points(self.family, p)[0], params)
        return Store(
            jnp.zeros((self.width, *points.shape), points.dtype),
            jnp.zeros((self.width, self.capacity), jnp.result_type(float)),
            jnp.full((self.width,), -1, jnp.int32),
        )

    def draw(self, store, ahead, source, selection, params, n, index):
        points, weights = weighted_points(self.family, params)
        samples = Samples(points, as_float(n) * weights)
        store = self.kept(store, samples, index)
        return one_source(index, samples.count, len(self.slots)), store

    def selected(self, selection, key, samples, n):
        return samples


@singledispatch
def weighted_points(family: AbstractFamily, params) -> tuple[Any, Any]:
    """Points and weights that sum to 1, whose averages are expectations under a model.

    Register a function for your own family; the number of points must not depend on the model.
    """
    raise ValueError(undefined(family))


def _normal_rule():
    """The trapezoidal rule for the standard normal law, of mean 0 and variance 1."""
    z = np.linspace(-REACH, REACH, NORMAL_POINTS)
    weights = np.exp(-0.5 * z**2)
    weights /= weights.sum()
    return z / np.sqrt(weights @ z**2), weights


def _of_equal_weight(quantile):
    """Points of equal weight of a symmetric law, scaled to mean 0 and variance 1."""
    z = quantile((np.arange(EQUAL_POINTS) + 0.5) / EQUAL_POINTS)
    z = 0.5 * (z - z[::-1])
    return z / np.sqrt(np.mean(z**2))


@weighted_points.register
def _(family: AbstractLocationScale, params):
    z = jnp.asarray(_of_equal_weight(family.quantile), jnp.result_type(float))
    points = params.mean + jnp.exp(0.5 * params.log_variance) * z
    return points, jnp.full(z.shape, 1 / EQUAL_POINTS, points.dtype)


@weighted_points.register
def _(family: MedianLocation, params):
    return weighted_points(family.shape, params)


@weighted_points.register
def _(family: MisspecifiedGaussian, params):
    return family.points(params)


@weighted_points.register
def _(family: GaussianMixture, params):
    z, weights = (jnp.asarray(each, jnp.result_type(float)) for each in _normal_rule())
    spread = jnp.exp(0.5 * params.log_variances)
    points = params.means[:, None] + spread[:, None] * z[None, :]
    return points.ravel(), (jax.nn.softmax(params.log_weights)[:, None] * weights[None, :]).ravel()


@weighted_points.register
def _(family: GaussianClasses, params):
    z = _of_equal_weight(scipy.special.ndtri)
    cells = jnp.arange(params.shares.size)
    spread = jnp.exp(0.5 * jnp.ravel(params.log_variances))
    z = jnp.asarray(z, spread.dtype)
    feature = jnp.ravel(params.means)[:, None] + spread[:, None] * z[None, :]
    columns = jnp.broadcast_arrays(feature, (cells // 2)[:, None], (cells % 2)[:, None])
    weights = jnp.broadcast_to(jnp.ravel(params.shares)[:, None] / EQUAL_POINTS, feature.shape)
    return jnp.stack([each.ravel().astype(feature.dtype) for each in columns], 1), weights.ravel()


@weighted_points.register
def _(family: CategoryClasses, params):
    shape = params.shares.shape
    group, label, category = (each.ravel() for each in np.indices(shape))
    points = jnp.asarray(np.stack([category, group, label], axis=1), jnp.result_type(float))
    return points, jnp.ravel(params.shares)


@weighted_points.register
def _(family: Labeled, params):
    if not isinstance(params, LabeledParams):
        return weighted_points(family.generator, params)
    points, weights = weighted_points(family.generator, params.generator)
    return family.labeled(points, params), weights
