r"""Categories fitted by their frequencies: recursive training is the haploid Wright-Fisher chain.

The counts of one fit are $\mathrm{Multinomial}(n, p_{t-1})$ and $p_t$ is their share. A fit keeps
its counts. They are integers as long as no workflow scales them, so the next draw is exact for any
number of categories. Where nothing is pooled, a fit keeps its sample instead, and the next sample
picks its parents from it.
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Num

from .._keys import RandomStream
from ..domains import Simplex
from ..evidence import Counts, Labels
from ..records import AnyArray
from ..sampling import LABELS_PER_CATEGORY, by_binomials, categorical, labels_from_counts, resampled
from .base import AbstractExponentialFamily, per_model


class CategoricalParams(eqx.Module):
    """Weights of the categories and their total; probabilities are weights over the total."""

    weights: Num[AnyArray, " K"]
    total: Num[AnyArray, ""]

    @per_model
    def probabilities(self):
        return self.weights / self.total

    @per_model
    def shares(self):
        """The probabilities, in an unspecified order."""
        return self.probabilities


class EmpiricalParams(eqx.Module):
    """The law of a sample: its labels are equally likely."""

    sample: Labels

    @property
    def total(self):
        return self.sample.count

    @per_model
    def weights(self):
        return self.sample.reduced().total


class CountedParams(eqx.Module):
    """The law of a sample that contains few of the categories.

    It holds the weights of all categories, and apart from them how often each known category
    occurs.
    """

    weights: Num[AnyArray, " K"]
    total: Num[AnyArray, ""]
    multiplicities: Num[AnyArray, " capacity"]

    @per_model
    def probabilities(self):
        return self.weights / self.total

    @per_model
    def shares(self):
        """The probabilities in an unspecified order, most of the zeros left out."""
        return self.multiplicities / self.total


class AbstractCategorical(AbstractExponentialFamily):
    """Any law on K categories with `CategoricalParams`; metrics of probabilities apply to it."""

    forms: ClassVar[tuple[type, ...]] = (EmpiricalParams, CountedParams)


class Categorical(AbstractCategorical):
    r"""Any law on K categories, fitted by maximum likelihood.

    Example:
        >>> import jaxcollapse as jc
        >>> truth = jc.Categorical.params([0.5, 0.3, 0.2])
        >>> r = jc.Recursion(jc.Categorical(), jc.Replace(), truth=truth, n=10)
        >>> round(float(jc.predict(jc.E(jc.support), r, t=5)), 4)
        2.1009

    References:
        Wright, Genetics 16:97 (1931); Suresh et al., arXiv 2412.17646; Seddik et al., arXiv
        2404.05090.
    """

    lossless: ClassVar[bool] = True
    shapes_follow_n: ClassVar[bool] = True

    @staticmethod
    def params(probabilities) -> CategoricalParams:
        """The law with these probabilities.

        Raises:
            ValueError: if they are negative or do not sum to one.
        """
        Simplex().check("probabilities", probabilities)
        # Concrete probabilities stay on the host in float64; only traced ones become JAX arrays.
        xp = jnp if not isinstance(probabilities, (list, tuple, np.ndarray)) else np
        weights = xp.asarray(probabilities, dtype=float)
        return CategoricalParams(weights, xp.sum(weights))

    def sample(self, key, params, size):
        return categorical(key, params.weights, size)

    def statistics(self, samples, params):
        # The dtype of the sample's weights: integer counts are what makes the next draw exact.
        nothing = jnp.zeros(params.weights.shape, samples.weights.dtype)
        return Counts(samples.count, nothing.at[samples.values].add(samples.weights))

    def sample_statistics(self, key, params, n, capacity: int):
        return self.draw_statistics(None, RandomStream(key, 0, 0), params, n, capacity)

    def draw_statistics(self, innovations, source, params, n, capacity: int):
        # Picking parents from the last sample needs no counts and no search: one gather per label.
        if isinstance(params, EmpiricalParams):
            drawn = resampled(source, params.sample.values, params.total)
            return Labels(
                jnp.asarray(n, jnp.int32), drawn, params.sample.categories, params.sample.names
            )
        weights, categories = params.weights, params.weights.shape[0]
        # Which of the three samplers runs depends on shapes and dtypes only, so it is decided when
        # the program is traced.
        if capacity > LABELS_PER_CATEGORY * categories:
            counts = by_binomials(source.key, n, weights)
            return Counts(jnp.asarray(n, counts.dtype), counts)
        if jnp.issubdtype(weights.dtype, jnp.integer):
            labels = labels_from_counts(source.key, n, weights, params.total, capacity)
        else:
            labels = categorical(source.key, weights, capacity)
        return Labels(jnp.asarray(n, jnp.int32), labels, categories)

    def estimate(self, evidence: Labels | Counts):
        if isinstance(evidence, Labels):
            return EmpiricalParams(evidence.compact())
        return CategoricalParams(evidence.total, evidence.count)

    def canonical(self, params):
        return CategoricalParams(params.weights, params.total)

    def measurable(self, params):
        if not isinstance(params, EmpiricalParams) or params.sample.names is None:
            return self.canonical(params)
        # Metrics of diversity read the few multiplicities; only metrics against the truth need all
        # K.
        return CountedParams(params.weights, params.total, params.sample.multiplicities)
