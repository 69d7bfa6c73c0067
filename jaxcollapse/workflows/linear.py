r"""Workflows: which evidence each generation trains on.

A workflow may add evidence and scale it, and do nothing else. So the same few lines simulate every
family, on statistics or on samples, and give the mixing matrix: `W[t, s]`, the weight that fit t
gives to an observation drawn from model s.
"""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..domains import PROBABILITY, Integer, Real
from ..evidence import AbstractEvidence, Unchanged, pooled
from ..records import field
from ..selection import Displace, Subsample
from .base import AbstractWorkflow

Pool = Any
# The longest window that is added term by term: the program of a long one takes minutes to compile.
UNROLLED = 8


class Replace(AbstractWorkflow):
    """Train on the last model's data alone: the fully synthetic loop."""

    def init(self, real):
        return ()

    def update(self, pool, synthetic, fresh):
        return synthetic, ()


class Frozen(AbstractWorkflow):
    """Keep the model of fit 1 for ever: later fits train on nothing.

    For a part of a model, as in `Each`; the whole model does not change at all.
    """

    def init(self, real):
        return ()

    def update(self, pool, synthetic, fresh):
        return Unchanged(), pool


class AbstractAccumulation(AbstractWorkflow):
    """Keep all data, real and generated."""

    def init(self, real):
        return real

    def update(self, pool, synthetic, fresh):
        pool = pool + synthetic
        return pool, pool


class Accumulate(AbstractAccumulation):
    """Keep all data, real and generated, and train on all.

    References:
        Gerstgrasser et al., arXiv 2404.01413.
    """


class AccumulateSubsample(AbstractAccumulation):
    """Keep all data, train on n observations drawn from them.

    Args:
        replacement: draw with replacement instead of without.

    References:
        Kazdan et al., arXiv 2410.16713.
    """

    replacement: bool = eqx.field(default=False, static=True)

    @property
    def selection(self):
        return Subsample(self.replacement)


class AbstractEditing(AbstractWorkflow):
    """A data set of fixed size in which n generated observations replace as many old ones.

    Weights below one are probabilities of staying; the selection decides which observations stay.
    """

    def least_real(self, n):
        return n

    def init(self, real):
        return real


class Retouch(AbstractEditing):
    """Edit n of the real observations, always starting from the original: edits do not compound.

    Example:
        >>> import jaxcollapse as jc
        >>> truth = jc.NormalMean().params(0.0)
        >>> r = jc.Recursion(jc.NormalMean(), jc.Retouch(), truth=truth, real=20, n=5)
        >>> round(20 * float(jc.predict(jc.E(jc.mean_error), r, t=100)), 6)
        1.466667

    References:
        Zhu et al., arXiv 2412.14689 (token editing).
    """

    @property
    def selection(self):
        return Displace()

    def update(self, pool, synthetic, fresh):
        return (1 - synthetic.count / pool.count) * pool + synthetic, pool


class Overwrite(AbstractEditing):
    """Edit n of the current observations, edited ones included: edits compound.

    References:
        Zhu et al., arXiv 2412.14689 (token editing).
    """

    @property
    def selection(self):
        return Displace(lasting=True)

    def update(self, pool, synthetic, fresh):
        pool = (1 - synthetic.count / pool.count) * pool + synthetic
        return pool, pool


class Anchor(AbstractWorkflow):
    """Keep the real data of fit 1 beside the last model's data."""

    def init(self, real):
        return real

    def update(self, pool, synthetic, fresh):
        return pool + synthetic, pool


class Refresh(AbstractWorkflow):
    """Mix the last model's data with fresh real data in every generation.

    Args:
        weight: share of the fresh data, in [0, 1]; None pools the two as they come.

    References:
        Alemohammad et al., arXiv 2307.01850 (fresh-data loop); He, Xu, Cheng, arXiv 2502.18049
        (weights).
    """

    weight: Float[Array, ""] | None = field(PROBABILITY, None, doc="share of the fresh real data")
    uses_fresh: ClassVar[bool] = True

    @classmethod
    def golden(cls, ratio: float = 1.0) -> "Refresh":
        r"""The weight of least limiting risk for `ratio` synthetic observations per fresh one.

        $w^* = (\sqrt{1 + 4\kappa} - 1) / (2\kappa)$; at $\kappa = 1$ the inverse golden ratio,
        0.618.
        """
        Real(0.0, closed=(False, True)).check("ratio", ratio)
        return cls((np.sqrt(1 + 4 * ratio) - 1) / (2 * ratio))

    def init(self, real):
        return ()

    def update(self, pool, synthetic, fresh):
        if self.weight is None:
            return fresh + synthetic, ()
        return _mixture(self.weight, fresh, synthetic), ()


class KalmanRefresh(AbstractWorkflow):
    r"""Mix as `Refresh` does, at the weight that is best in each generation.

    The truth is a constant. Each round of synthetic data adds noise $1/n$ to what is known of it,
    and fresh data observe it with noise $1/m$, so the best weight is the Kalman gain:
    $P=v+\frac1n$, $w=\frac P{P+1/m}$, $v\leftarrow(1-w)P$. It tends to the golden weight of
    `Refresh.golden`.
    """

    uses_fresh: ClassVar[bool] = True

    def init(self, real):
        return 1.0 / real.count

    def update(self, pool, synthetic, fresh):
        prior = pool + 1 / synthetic.count
        gain = prior / (prior + 1 / fresh.count)
        return _mixture(gain, fresh, synthetic), (1 - gain) * prior


def _mixture(weight, fresh: AbstractEvidence, synthetic: AbstractEvidence) -> AbstractEvidence:
    """Fresh data of total weight `weight` and synthetic data of the remaining weight."""
    return weight * ((1 / fresh.count) * fresh) + (1 - weight) * ((1 / synthetic.count) * synthetic)


class AccumulateRefresh(AbstractWorkflow):
    """Keep all data, with fresh real data in every generation."""

    uses_fresh: ClassVar[bool] = True

    def init(self, real):
        return real

    def update(self, pool, synthetic, fresh):
        pool = pool + synthetic + fresh
        return pool, pool


class Window(AbstractWorkflow):
    """Pool the last `length` generations."""

    length: int = eqx.field(default=2, static=True)

    def __check_init__(self):
        Integer(1, 4096).check("Window.length", self.length)

    def shortened(self, generations):
        return self if self.length < generations else Accumulate()

    def init(self, real):
        if self.length <= UNROLLED:
            return (real,) + (0 * real,) * (self.length - 2) if self.length > 1 else ()
        rows = (self.length - 2,)
        empty = jax.tree.map(lambda a: jnp.broadcast_to(a, (*rows, *jnp.shape(a))), 0 * real)
        return _stacked_before(real.reduced(), empty)

    def update(self, pool, synthetic, fresh):
        if self.length > UNROLLED:
            kept = _stacked_before(synthetic.reduced(), jax.tree.map(lambda a: a[:-1], pool))
            return synthetic + pooled(pool, self.length - 1), kept
        evidence = synthetic
        for earlier in pool:
            evidence = evidence + earlier
        return evidence, (synthetic, *pool)[: self.length - 1]


def _stacked_before(first: AbstractEvidence, rows: AbstractEvidence) -> AbstractEvidence:
    """Evidence as the first of stacked rows."""
    return jax.tree.map(lambda a, b: jnp.concatenate([a[None].astype(b.dtype), b]), first, rows)


class Discount(AbstractWorkflow):
    r"""Weigh data of age a by $\gamma^a$."""

    rate: Float[Array, ""] = field(PROBABILITY, 0.5, doc="weight of the previous generation's pool")

    def init(self, real):
        return real

    def update(self, pool, synthetic, fresh):
        pool = synthetic + self.rate * pool
        return pool, pool


class Weighted(AbstractWorkflow):
    """Any weights: row t of `matrix` weighs the data sets drawn from models 0 to t in fit t + 1.

    A weight is that of a whole data set. All such matrices of one size share a compiled program.

    Args:
        matrix: non-negative, shape (generations, generations); row 0 is fit 1, of which only the
            first entry counts.
    """

    matrix: Float[Array, "generations generations"] = field(
        Real(0.0), doc="weight of model s in fit t + 1"
    )

    def __check_init__(self):
        shape = np.shape(self.matrix)
        if len(shape) != 2 or shape[0] != shape[1]:
            raise ValueError(f"Weighted.matrix must be square, got shape {shape}")

    @property
    def most_generations(self):
        return np.shape(self.matrix)[0]

    def init(self, real):
        size = np.shape(self.matrix)[0]
        empty = jax.tree.map(lambda a: jnp.zeros((size, *jnp.shape(a)), jnp.result_type(a)), real)
        return jnp.asarray(1), jax.tree.map(lambda rows, a: rows.at[0].set(a), empty, real)

    def update(self, pool, synthetic, fresh):
        row, stacked = pool
        stacked = jax.tree.map(
            lambda a, new: a.at[row].set(new.astype(a.dtype)), stacked, synthetic
        )
        weights = jnp.asarray(self.matrix)[row].astype(jnp.result_type(float))
        share = weights / jnp.where(stacked.count > 0, stacked.count, 1)
        weighed = jax.vmap(lambda w, e: w * e)(share, stacked)
        return pooled(weighed, np.shape(self.matrix)[0]), (row + 1, stacked)
