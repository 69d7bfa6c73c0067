"""Verification: each observation passes or not, independently of the others."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..domains import PROBABILITY, Integer, is_concrete
from ..records import field
from ..sampling.normal import uniforms
from .base import AbstractReweighing
from .rewards import AbstractJudge, scored_in_frame


class Verify(AbstractReweighing):
    r"""An imperfect verifier of single observations.

    What is right passes with probability $\phi$, what is wrong with probability $\psi$. The number
    that passes is random. Where fewer than `least` pass, the generation could not be fitted, and
    all of its observations pass.

    Args:
        judge: says what is right.
        right: $\phi$, probability that a right observation passes, in [0, 1].
        wrong: $\psi$, probability that a wrong one passes, in [0, 1].
        least: the fewest observations a generation is trained on.

    Example:
        >>> import jaxcollapse as jc
        >>> print(jc.Verify(jc.OneOf([0, 1]), right=0.9, wrong=0.3).audited(0.5).wrong)
        0.15

    References:
        Feng et al., arXiv 2406.07515; Yi et al., arXiv 2510.16657.
    """

    judge: AbstractJudge
    right: Float[Array, ""] = field(
        PROBABILITY, 1.0, doc="probability that a right observation passes"
    )
    wrong: Float[Array, ""] = field(PROBABILITY, 0.0, doc="probability that a wrong one passes")
    least: int = eqx.field(default=2, static=True)

    def __check_init__(self):
        Integer(1).check("Verify.least", self.least)

    def audited(self, share: float) -> "Verify":
        """Return the same verifier when a human decides a `share` of the cases without error."""
        PROBABILITY.check("share", share)
        return Verify(
            self.judge, (1 - share) * self.right + share, (1 - share) * self.wrong, self.least
        )

    def kept(self, n):
        return (np if is_concrete(n) else jnp).minimum(n, self.least)

    @property
    def score(self):
        return self.judge

    def in_frame(self, frame):
        return scored_in_frame(self, "judge", frame)

    def passing(self, values):
        """Return the probability that each observation passes."""
        return jnp.where(self.judge(values), self.right, self.wrong)

    def weights(self, key, values, present):
        passed = present & (uniforms(key, present.shape[0]) <= self.passing(values))
        # An empty training set has no estimate, and shapes cannot depend on what passed.
        return jnp.where(jnp.sum(passed) >= self.least, passed, present)
