"""What is fitted: anything that can be sampled and fitted; exponential families also know their statistics' law."""

import abc
from typing import Any, ClassVar

import jax.numpy as jnp

from ..domains import Record, concrete_subclasses
from ..evidence import AbstractEvidence, Samples

Params = Any


class AbstractFamily(Record):
    """A parametric family with its estimator. Two methods make a family; every workflow and metric then applies."""

    minimum_size: ClassVar[int] = 1

    @abc.abstractmethod
    def sample(self, key, params: Params, size: int):
        """Draw `size` independent observations, shape (size, *event)."""

    @abc.abstractmethod
    def fit(self, key, samples: Samples, init: Params) -> Params:
        """Estimate parameters from weighted samples; `init` is the model that came before."""

    @property
    def lanes(self) -> int | None:
        """Replicas that the loop should run side by side; None lets it choose by what a replica holds."""
        return None

    def as_fit(self, truth: Any) -> Params:
        """The truth in the form of a fit, for index 0 of a trajectory of parameters."""
        return truth


class AbstractExponentialFamily(AbstractFamily):
    """A family whose fit depends on the sample through sufficient statistics of known law."""

    lossless: ClassVar[bool] = False
    shapes_follow_n: ClassVar[bool] = False

    @abc.abstractmethod
    def statistics(self, samples: Samples, params: Params) -> AbstractEvidence:
        """Sufficient statistics of weighted samples; `params` is any member of the family, read for its shape."""

    @abc.abstractmethod
    def sample_statistics(self, key, params: Params, n, capacity: int | None) -> AbstractEvidence:
        """Draw the statistics of `n` observations from their exact law, without the observations.

        `n` may be traced. `capacity`, a static bound on it, is given only where `shapes_follow_n` is set.
        """

    @abc.abstractmethod
    def estimate(self, evidence: AbstractEvidence) -> Params:
        """The estimator as a function of the statistics."""

    def fit(self, key, samples, init):
        del key
        return self.estimate(self.statistics(samples, init))


def families() -> dict[str, type[AbstractFamily]]:
    """Every concrete family by its kebab-case name."""
    return {kebab(family): family for family in concrete_subclasses(AbstractFamily)}


def kebab(record: type) -> str:
    """`MultivariateGaussian` as `multivariate-gaussian`."""
    name = record.__name__
    return "".join(f"-{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


def as_float(n):
    """An integer count as a float of the default precision."""
    return jnp.asarray(n).astype(jnp.result_type(float))
