"""Families: what can be sampled and fitted.

An exponential family also knows the law of its sufficient statistics.
"""

import abc
import dataclasses
import functools
import inspect
import re
from functools import wraps
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln

from .._keys import RandomStream
from .._names import import_below
from ..evidence import AbstractEvidence, Samples
from ..numerics.tracing import is_traced
from ..records import Record, axes_of, concrete_subclasses
from .frames import Frame, is_double

Params = Any


class AbstractFamily(Record):
    """A parametric family with its estimator.

    A family defines `sample` and `fit`; every workflow and every metric on samples then applies.
    Class variables that a family may set:

    * `minimum_size`: the smallest sample that a fit needs.
    * `replica_axis`: where the loop puts the axis of replicas in the arrays of a model. 0 keeps the
      numbers of one replica together; -1 lets one instruction work on the same entry of many small
      vectors or matrices.
    * `slow_to_compile`: whether programs get room for more fits than were asked for, so that runs
      of other lengths use the same program.
    * `has_parts`: whether `fit` takes `Parts`, samples for a generator and others for a classifier.
    * `forms`: types of a model inside a run, beside the one that `params` returns.
    """

    minimum_size: ClassVar[int] = 1
    replica_axis: ClassVar[int] = 0
    slow_to_compile: ClassVar[bool] = False
    has_parts: ClassVar[bool] = False
    forms: ClassVar[tuple[type, ...]] = ()

    def check_truth(self, truth: Params) -> None:
        """Raise a `ValueError` where a truth does not go with the fields of this family."""
        del truth

    def least_size(self, truth: Params) -> int:
        """The smallest sample that a fit of this family to data from `truth` needs."""
        del truth
        return self.minimum_size

    @abc.abstractmethod
    def sample(self, key, params: Params, size: int):
        """Draw `size` independent observations, shape (size, *event)."""

    @abc.abstractmethod
    def fit(self, key, samples: Samples, init: Params) -> Params:
        """Estimate parameters from weighted samples; `init` is the model that came before."""

    def features_of(self, observations):
        """What metrics on samples see, shape (size, *event): observations without their labels."""
        return observations

    def canonical(self, params: Params) -> Params:
        """The model in the form of `params`; a fit may keep one that is faster to draw from."""
        return params

    def measurable(self, params: Params) -> Params:
        """The model in the form that metrics read."""
        return self.canonical(params)

    def is_defined(self, params: Params):
        """Whether a model is one: none of its numbers is NaN, as after a fit that diverged."""
        leaves = [
            leaf for leaf in jax.tree.leaves(params) if jnp.issubdtype(leaf.dtype, jnp.inexact)
        ]
        return ~sum((jnp.any(jnp.isnan(leaf)) for leaf in leaves), jnp.zeros((), bool))

    @property
    def lanes(self) -> int | None:
        """Number of replicas to run side by side; None lets the loop choose by their memory."""
        return None

    def as_fit(self, truth: Any) -> Params:
        """The truth in the form of a fit, for index 0 of a trajectory of parameters."""
        return truth

    def frame_of(self, truth: Params) -> Frame | None:
        """Origin and unit of data from `truth`, for an equivariant family.

        None where the family is not equivariant, or where single precision needs no frame. The
        models of an equivariant family have a method `seen_from(frame)`.
        """
        del truth
        return None

    def in_frame(self, frame: Frame) -> "AbstractFamily":
        """The family of data that are seen from a frame, for fields that have a unit."""
        del frame
        return self


class AbstractExponentialFamily(AbstractFamily):
    """A family whose fit depends on the sample through sufficient statistics of known law.

    Class variables that a family may set:

    * `lossless`: whether the statistics determine the sample up to its order.
    * `shapes_follow_n`: whether the shapes of the statistics depend on the sample size.
    * `least_lanes`: the number of replicas per tile from which the fixed cost of one draw of the
      statistics is small beside the cost of its replicas.
    * `tilts`: powers p by which `draw_tilted` can tilt a draw; none for most families.
    """

    lossless: ClassVar[bool] = False
    shapes_follow_n: ClassVar[bool] = False
    least_lanes: ClassVar[int] = 1
    tilts: ClassVar[tuple[float, ...]] = ()

    @abc.abstractmethod
    def statistics(self, samples: Samples, params: Params) -> AbstractEvidence:
        """Sufficient statistics of weighted samples; `params` is any model, read for its shape."""

    @abc.abstractmethod
    def sample_statistics(self, key, params: Params, n, capacity: int | None) -> AbstractEvidence:
        """Draw the statistics of `n` observations from their exact law, without the observations.

        `n` may be traced. `capacity` is a static bound on it, or None unless `shapes_follow_n`.
        """

    @abc.abstractmethod
    def estimate(self, evidence: AbstractEvidence) -> Params:
        """The estimator as a function of the statistics."""

    def revise(self, evidence: AbstractEvidence, init: Params) -> Params:
        """The estimator beside the model that came before, for families that start from it or keep
        something of it.
        """
        del init
        return self.estimate(evidence)

    def fit(self, key, samples, init):
        del key
        return self.revise(self.statistics(samples, init), init)

    def innovations(self, source: RandomStream, params: Params) -> Any:
        """The part of the noise of one draw that does not depend on the model; None if none does.

        The loop draws it one generation ahead.
        """
        return None

    def draw_statistics(
        self, innovations, source: RandomStream, params: Params, n, capacity: int | None
    ) -> AbstractEvidence:
        """`sample_statistics` from a source whose innovations are already drawn."""
        return self.sample_statistics(source.key, params, n, capacity)

    def draw_tilted(
        self, innovations, source: RandomStream, params: Params, n, power
    ) -> AbstractEvidence:
        r"""`draw_statistics` from the law of density $x^p/E\,x^p$ relative to the statistics' own.

        x is a statistic that grows with the scale of the sample in units of the model, whose law
        does not depend on the model. `power` is the traced p, one of `tilts` or 0.
        """
        raise NotImplementedError(f"{type(self).__name__} has no tilt")

    def log_tilts(self, evidence: AbstractEvidence, params: Params, n):
        r"""$\log(x^p/E\,x^p)$ of statistics as `draw_tilted` draws them, for all of `tilts`."""
        raise NotImplementedError(f"{type(self).__name__} has no tilt")


def log_gamma_tilts(log_x, shape, tilts):
    r"""$\log(x^p/E\,x^p)$ for x from a gamma law of this shape and unit scale, for all p."""
    p = jnp.asarray(tilts)
    return p * log_x + gammaln(shape) - gammaln(shape + p)


class AbstractInnovationsFamily(AbstractExponentialFamily):
    r"""A family whose statistics are a function of the model and of independent noise.

    $S_t = f(\theta_{t-1}, \varepsilon_t)$: the loop draws $\varepsilon_{t+1}$ while it responds to
    $\varepsilon_t$.
    """

    @abc.abstractmethod
    def innovations(self, source: RandomStream, params: Params):
        """The noise of one draw, best as one array; `params` is any model, read for its shape."""

    @abc.abstractmethod
    def respond(self, innovations, params: Params, n, capacity: int | None) -> AbstractEvidence:
        """The statistics of `n` observations from `params`, as a function of the noise."""

    def draw_statistics(self, innovations, source, params, n, capacity):
        return self.respond(innovations, params, n, capacity)

    def sample_statistics(self, key, params, n, capacity):
        return self.respond(self.innovations(RandomStream(key, 0, 0), params), params, n, capacity)


def per_model(formula):
    """Decorator: a property of the parameters of one model, which is mapped over many models.

    The formula sees the axes that the fields of its record declare. Axes before these, such as the
    replicas and generations of a trajectory, are mapped over.

    Example:
        >>> import jax.numpy as jnp, jaxcollapse as jc
        >>> many = jc.families.CategoricalParams(jnp.ones((4, 2)), jnp.full(4, 2.0))
        >>> many.probabilities.shape
        (4, 2)
    """

    @wraps(formula)
    def read(params):
        # Inside a program that is being compiled, the program's own precision counts.
        double = any(map(is_double, jax.tree.leaves(params)))
        if double and not is_traced():
            with jax.enable_x64(True):
                return np.asarray(over_models(params))
        return over_models(params)

    def over_models(params):
        mapped = formula
        for _ in range(leading_axes(params)):
            mapped = jax.vmap(mapped)
        return mapped(params)

    return property(read)


def leading_axes(params) -> int:
    """Number of axes that the arrays of a record have before those that its fields declare."""
    for each in dataclasses.fields(params):
        value, axes = getattr(params, each.name), axes_of(each.type)
        if isinstance(value, eqx.Module):
            return leading_axes(value)
        if axes is not None and not any(axis.startswith(("*", "...")) for axis in axes):
            return np.ndim(value) - len(axes)
    return 0


@functools.cache
def truth_type(family: type) -> type | None:
    """The type of model that a family's `params` returns, None where it is not annotated.

    Example:
        >>> import jaxcollapse as jc
        >>> truth_type(jc.Poisson).__name__
        'MeanParams'
    """
    made = inspect.signature(family.params).return_annotation if hasattr(family, "params") else None
    return made if isinstance(made, type) and issubclass(made, eqx.Module) else None


def list_families() -> dict[str, type[AbstractFamily]]:
    """Every concrete family by its kebab-case name, nets and your own included."""
    # Nets need flax: they are imported here, so that `import jaxcollapse` stays light.
    for package in ("jaxcollapse.families", "jaxcollapse.nets"):
        import_below(package)
    return {kebab(family): family for family in concrete_subclasses(AbstractFamily)}


def kebab(record: type) -> str:
    """`MultivariateGaussian` as `multivariate-gaussian`, `ConvVAE` as `conv-vae`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", record.__name__).lower()


def as_float(n):
    """An integer count as a float of the default precision."""
    return jnp.asarray(n).astype(jnp.result_type(float))
