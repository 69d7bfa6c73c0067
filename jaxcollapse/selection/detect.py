"""Detectors of synthetic data, as selections that drop generated observations."""

from functools import singledispatch

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._keys import fold_in
from ..domains import PROBABILITY
from ..evidence import AbstractEvidence, Counts, Samples
from ..records import field
from ..sampling import binomial
from ..sampling.normal import uniforms
from .base import AbstractSelection


class Detect(AbstractSelection):
    """Drop each generated observation with the probability that the detector finds it.

    The number that is left is random and may be zero, so it needs a workflow with real data in
    every fit: `Refresh`, `Anchor` or `Accumulate`. Real data that a detector drops by mistake are
    modeled by a smaller `fresh`.

    Args:
        rate: true positive rate of the detector, in [0, 1].

    Example:
        >>> import jax, jaxcollapse as jc
        >>> family, detect = jc.NormalMean(), jc.Detect(0.8)
        >>> truth = family.params(0.0)
        >>> r = jc.Recursion(family, jc.Refresh(), truth=truth, n=20, fresh=5, selection=detect)
        >>> jc.simulate(jax.random.key(0), r, generations=3, replicas=2).params.mean.shape
        (2, 4)

    References:
        Drayson, Yilmaz, Lampos, arXiv 2502.15654 (filtering by a detector of generated text).
    """

    rate: Float[Array, ""] = field(
        PROBABILITY, 0.5, doc="probability that a generated observation is found"
    )

    def in_frame(self, frame):
        return self

    def select(self, key, evidence, n, capacity):
        del n, capacity
        return thinned(evidence, key, 1 - self.rate)


@singledispatch
def thinned(evidence, key, keep) -> AbstractEvidence:
    """Keep every observation with probability `keep`, independently."""
    raise ValueError(
        f"{type(evidence).__name__} does not keep single observations: use carrier='samples'"
    )


@thinned.register
def _(evidence: Samples, key, keep):
    kept = uniforms(key, evidence.weights.shape[0]) < keep
    return Samples(evidence.values, jnp.where(kept, evidence.weights, 0.0))


@thinned.register
def _(evidence: Counts, key, keep):
    # Independent thinning of every category: a binomial per category, no single observations.
    each = jax.vmap(lambda i, count: binomial(fold_in(key, i), count, keep))
    left = each(jnp.arange(evidence.total.shape[0]), evidence.total).astype(evidence.total.dtype)
    return Counts(jnp.sum(left), left)
