"""Curation: observations compete, and the better ones are kept."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..domains import Integer, Real, is_concrete
from ..records import field
from ..sampling.normal import uniforms
from .base import AbstractReweighing
from .rewards import AbstractReward, scored_in_frame

AMONG = Integer(1, 2**16)
SHARE = Real(0.0, 1.0, closed=(False, True), typical=(0.2, 0.9))


class AbstractTournament(AbstractReweighing):
    """Groups of `among` observations in the order drawn; the best score of each group is kept."""

    reward: eqx.AbstractVar[AbstractReward]
    among: eqx.AbstractVar[int]

    def kept(self, n):
        return n // self.among

    @property
    def score(self):
        return self.reward

    def in_frame(self, frame):
        return scored_in_frame(self, "reward", frame)

    def winners(self, scores, present):
        """Mark the winner of every complete group of present observations."""
        size, groups = present.shape[0], -(-present.shape[0] // self.among)
        # Stable, so that present observations come first and stay in the order drawn.
        order = jnp.argsort(~present, stable=True)
        lined = jnp.where(present, scores, -jnp.inf)[order]
        lined = jnp.pad(lined, (0, groups * self.among - size), constant_values=-jnp.inf)
        best = jnp.argmax(lined.reshape(groups, self.among), axis=1)
        complete = (jnp.arange(groups) + 1) * self.among <= jnp.sum(present)
        won = (jnp.arange(self.among)[None, :] == best[:, None]) & complete[:, None]
        return jnp.zeros(size, bool).at[order].set(won.reshape(-1)[:size])


class Prefer(AbstractTournament):
    r"""Keep one of every K by the Bradley-Terry-Luce rule.

    x wins with probability $e^{r(x)}/\sum_{i\le K}e^{r(x_i)}$. Of n generated observations $\lfloor
    n/K\rfloor$ are kept.

    Args:
        reward: what users like.
        among: K, how many are compared, at least 1.

    References:
        Ferbach et al., arXiv 2407.09499.
    """

    reward: AbstractReward
    among: int = eqx.field(default=2, static=True)

    def __check_init__(self):
        AMONG.check("Prefer.among", self.among)

    def weights(self, key, values, present):
        # Gumbel's trick: the largest of r(x) plus Gumbel noise wins with the probabilities of the
        # rule.
        noise = -jnp.log(-jnp.log(uniforms(key, present.shape[0])))
        return self.winners(self.reward(values) + noise, present)


class BestOf(AbstractTournament):
    r"""Keep the best one of every K; of n generated observations $\lfloor n/K\rfloor$ are kept.

    Args:
        reward: the score; of equal rewards the first wins.
        among: K, how many are compared, at least 1.
    """

    reward: AbstractReward
    among: int = eqx.field(default=2, static=True)

    def __check_init__(self):
        AMONG.check("BestOf.among", self.among)

    def weights(self, key, values, present):
        del key
        return self.winners(self.reward(values), present)


class Top(AbstractReweighing):
    """Truncation selection: keep the share q of generated observations with the highest rewards.

    The number $qn$ is rounded to the nearest integer, halves up.

    Args:
        reward: by which they are ranked.
        share: q in (0, 1].
    """

    reward: AbstractReward
    share: Float[Array, ""] = field(SHARE, 0.5, doc="share that is kept")

    def kept(self, n):
        xp = np if is_concrete(n) and is_concrete(self.share) else jnp
        # Slightly more than one half: q n can be below a half by rounding error in single
        # precision.
        return xp.maximum(xp.floor(self.share * n + 0.5001), 1)

    @property
    def score(self):
        return self.reward

    def in_frame(self, frame):
        return scored_in_frame(self, "reward", frame)

    def weights(self, key, values, present):
        del key
        scores = jnp.where(present, self.reward(values), -jnp.inf)
        # The argsort of an argsort is the rank; stable, so that of equal rewards the first are
        # kept.
        rank = jnp.argsort(jnp.argsort(-scores, stable=True), stable=True)
        return present & (rank < self.kept(jnp.sum(present)))
