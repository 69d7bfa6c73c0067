r"""Statistics drawn from tilted laws, with the weight that makes every mean exact again.

Where the mean of a quantity lives on replicas that are rarer than those drawn, a simulation misses
it. A tilt makes them common: a generation draws from $dQ/dP=\prod_{j\le t}x_j^p/E\,x_j^p$ instead
of P, $x_j$ the factor by which fit j multiplies the scale of the model. Replicas tilt up to a
generation S of their own. One in four does not tilt, half of them always do, and S is uniform for
the others, because a sum over generations lives on paths that grow up to each of them. The weight
is $dP/dQ$ of this mixture: with $M_t=\prod_{j\le t}x_j^p/E\,x_j^p$ it is
$W_t=1/\big(\sum_{s<t}P(S=s)M_s+P(S\ge t)M_t\big)$, at most 4.

References:
    Owen, Zhou, J. Am. Stat. Assoc. 95:135 (2000), on defensive mixtures.
"""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.special import logsumexp
from jaxtyping import Array, Float

from ..._keys import RandomStream, Stream, fold_in
from ...decoding import Faithful
from .statistics import Statistics

LOG_WEIGHT = "log_weight"
PLAIN, ALWAYS = 0.25, 0.5


class Tilt(eqx.Module):
    """What a replica remembers of its draws: logarithms, one for every power of the family."""

    ratio: Float[Array, " powers"]
    """Of $M_t$, the density of tilted draws over that of plain ones."""
    stopped: Float[Array, " powers"]
    r"""Of $\sum_{s<t}P(S=s)M_s$, the part of replicas that no longer tilt."""
    weight: Float[Array, ""]


class Tilted(Statistics):
    """Sufficient statistics drawn from tilted laws; every replica carries its log weight.

    The tilt belongs to the family (`tilts`). Real data of later generations are not tilted. The
    mean of weighted metrics is that of the recursion, for every workflow.
    """

    name: ClassVar[str] = "tilted"
    notes: ClassVar[bool] = True
    weighs: ClassVar[bool] = True

    generations: Any

    @classmethod
    def why_not(cls, recursion, stops):
        objection = super().why_not(recursion, stops)
        if objection is not None:
            return objection
        if not recursion.family.tilts:
            return f"carrier {cls.name!r} knows no tilt of {type(recursion.family).__name__}"
        if not isinstance(recursion.decoding, Faithful):
            decoding = type(recursion.decoding).__name__
            return f"carrier {cls.name!r} cannot tilt draws through {decoding}"
        return None

    @classmethod
    def of(cls, recursion, generations, stops):
        plain = Statistics.of(recursion, generations, stops)
        return cls(plain.family, plain.capacity, plain.pooled, float(generations))

    def empty(self, params):
        nothing = jnp.zeros(len(self.family.tilts))
        return Tilt(nothing, nothing - jnp.inf, jnp.zeros(()))

    def draw(self, store, ahead, source, selection, params, n, index):
        if source.stream != Stream.DATA:
            return super().draw(store, ahead, source, selection, params, n, index)
        power = self._power(source)
        evidence = self.family.draw_tilted(ahead, source, params, n, power)
        store = self._weighed(store, source.generation, self.family.log_tilts(evidence, params, n))
        return evidence.reduced() if self.pooled else evidence, store

    def noted(self, record, store):
        return record | {LOG_WEIGHT: store.weight}

    def _power(self, source: RandomStream):
        """The power by which a replica tilts its draw of this generation."""
        which, when = jax.random.uniform(fold_in(source.replica, 0, Stream.TILT), (2,))
        powers = jnp.asarray(self.family.tilts)
        power = powers[jnp.floor(which * len(self.family.tilts)).astype(jnp.int32)]
        share = (when - PLAIN) / (1 - PLAIN - ALWAYS)
        last = jnp.where(when < PLAIN, 0.0, jnp.floor(share * self.generations))
        last = jnp.where(share >= 1, self.generations, last)
        return jnp.where(source.generation <= last, power, 0.0)

    def _weighed(self, tilt: Tilt, t, log_ratios) -> Tilt:
        """What is remembered after generation t, whose draw has these log densities."""
        uniform = (1 - PLAIN - ALWAYS) / self.generations
        at_last = jnp.where(t == 1, PLAIN, 0.0) + uniform
        still = ALWAYS + uniform * (self.generations - t)
        stopped = jnp.logaddexp(tilt.stopped, jnp.log(at_last) + tilt.ratio)
        ratio = tilt.ratio + log_ratios
        mixed = logsumexp(jnp.logaddexp(stopped, jnp.log(still) + ratio))
        return Tilt(ratio, stopped, jnp.log(len(self.family.tilts)) - mixed)
