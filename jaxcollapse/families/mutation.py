r"""Categories under forces other than drift: mutation, smoothing, and a favored category.

The counts of one fit are $\mathrm{Multinomial}(n, f(p_{t-1}))$. Mutation mixes another law into
every draw, smoothing mixes it into every fit, and favor changes the weights of the draw. Estimates
are shares of counts, as for `Categorical`.
"""

import abc
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..domains import PROBABILITY, Real, Simplex
from ..evidence import Counts
from ..records import field
from ..sampling import categorical, multinomial
from .base import as_float
from .categorical import AbstractCategorical, Categorical, CategoricalParams


class AbstractReshapedCategorical(AbstractCategorical):
    """A categorical model that draws from a function of its probabilities.

    It is fitted by frequencies.
    """

    lossless: ClassVar[bool] = True
    shapes_follow_n: ClassVar[bool] = True

    @abc.abstractmethod
    def proposal(self, probabilities) -> Array:
        """Return the weights that a draw is made with, of any total, shape (K,)."""

    @staticmethod
    def params(probabilities) -> CategoricalParams:
        """The law with these probabilities.

        Raises:
            ValueError: if they are negative or do not sum to one.
        """
        return Categorical.params(probabilities)

    def sample(self, key, params, size):
        return categorical(key, self.proposal(params.probabilities), size)

    def statistics(self, samples, params):
        return Categorical().statistics(samples, params)

    def sample_statistics(self, key, params, n, capacity: int):
        counts = multinomial(key, n, self.proposal(params.probabilities), capacity)
        return Counts(jnp.asarray(n, counts.dtype), counts)

    def estimate(self, evidence: Counts):
        return Categorical().estimate(evidence)


class MutatingCategorical(AbstractReshapedCategorical):
    r"""Every draw comes from `source` with probability `rate`, else from the model.

    $f(p)=(1-\alpha)p+\alpha u$. With the truth as source, every observation is fresh and real with
    probability `rate`.

    Args:
        rate: $\alpha$ in [0, 1].
        source: probabilities, shape (K,); uniform unless given.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.MutatingCategorical(0.2)
        >>> r = jc.Recursion(family, jc.Replace(), truth=family.params([0.5, 0.5]), n=10)
        >>> [round(float(h), 4) for h in jc.predict(jc.E(jc.heterozygosity), r, t=[0, 1, 200])]
        [0.5, 0.45, 0.3821]

    References:
        Wright, Genetics 16:97 (1931).
    """

    rate: Float[Array, ""] = field(PROBABILITY, 0.1, doc="share of draws from the source")
    source: Float[Array, " K"] | None = field(Simplex(), None, doc="where mutants come from")

    def check_truth(self, truth):
        _check_source(self, truth)

    def proposal(self, probabilities):
        return _mixed(probabilities, self.rate, self.source)


class FavoredCategorical(AbstractReshapedCategorical):
    """The weight of the first category is multiplied by 1 + `advantage` when data are drawn.

    This is a reward that generation follows.

    Args:
        advantage: s, in (-1, inf).

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.FavoredCategorical(0.1)
        >>> r = jc.Recursion(family, jc.Replace(), truth=family.params([0.3, 0.7]), n=10)
        >>> round(float(jc.predict(jc.P(jc.share(0) > 0.999999), r, t=500)), 4)
        0.5123

    References:
        Fisher, Proc. R. Soc. Edinburgh 50:204 (1930); Kimura, Genetics 47:713 (1962).
    """

    advantage: Float[Array, ""] = field(
        Real(-1.0, closed=(False, True), typical=(0.05, 0.5)), 0.1, doc="advantage s"
    )

    def proposal(self, probabilities):
        return probabilities.at[0].multiply(1 + self.advantage)


class SmoothedCategorical(AbstractCategorical):
    r"""Additive smoothing: $\hat p_i=(X_i+K\beta u_i)/(n+K\beta)$.

    This is the posterior mean under a Dirichlet prior.

    Args:
        pseudocount: $\beta$, observations added per category.
        source: the prior mean u, shape (K,); uniform unless given, which makes $\hat
            p_i=(X_i+\beta)/(n+K\beta)$.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.SmoothedCategorical(0.5)
        >>> r = jc.Recursion(family, jc.Replace(), truth=family.params([0.5, 0.5]), n=9)
        >>> [round(float(h), 4) for h in jc.predict(jc.E(jc.heterozygosity), r, t=[0, 1, 200])]
        [0.5, 0.455, 0.3393]

    References:
        The cure of Jangjoo, Marsili and Roudi, Phys. Rev. Lett. 2026 (abstract); Laplace, Essai
        philosophique, 1814.
    """

    pseudocount: Float[Array, ""] = field(
        Real(0.0, typical=(0.1, 2.0)), 1.0, doc="observations added per category"
    )
    source: Float[Array, " K"] | None = field(Simplex(), None, doc="prior mean")
    lossless: ClassVar[bool] = True
    shapes_follow_n: ClassVar[bool] = True

    def check_truth(self, truth):
        _check_source(self, truth)

    @staticmethod
    def params(probabilities) -> CategoricalParams:
        """The law with these probabilities.

        Raises:
            ValueError: if they are negative or do not sum to one.
        """
        return Categorical.params(probabilities)

    def sample(self, key, params, size):
        return Categorical().sample(key, params, size)

    def statistics(self, samples, params):
        return Categorical().statistics(samples, params)

    def sample_statistics(self, key, params, n, capacity: int):
        counts = multinomial(key, n, params.weights, capacity)
        return Counts(jnp.asarray(n, counts.dtype), counts)

    def estimate(self, evidence: Counts):
        categories = evidence.total.shape[0]
        prior = 1 / categories if self.source is None else jnp.asarray(self.source)
        added = categories * self.pseudocount
        return CategoricalParams(
            as_float(evidence.total) + added * prior, as_float(evidence.count) + added
        )


def _check_source(family, truth: CategoricalParams) -> None:
    """Raise a `ValueError` where the source of a family has other categories than a truth."""
    shape, wanted = np.shape(truth.weights), np.shape(family.source)
    if family.source is not None and shape != wanted:
        owner = type(family).__name__
        raise ValueError(f"truth must have shape {wanted} like {owner}.source, got {shape}")


def _mixed(probabilities, rate, source):
    """Return (1 - rate) p + rate u."""
    source = np.full(probabilities.shape, 1 / probabilities.shape[0]) if source is None else source
    return (1 - rate) * probabilities + rate * jnp.asarray(source, probabilities.dtype)
