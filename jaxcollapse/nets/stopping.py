"""Early stopping: which observations a fit watches, and which weights it keeps."""

import abc
import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._keys import words
from ..domains import Integer, Real
from ..records import Record, field


class AbstractStopping(Record):
    """Which weights of a training are kept.

    All replicas take all steps; a replica that has stopped keeps the weights that it had.
    """

    @abc.abstractmethod
    def check(self, steps: int) -> None:
        """Raise a `ValueError` where a training of this number of steps can never look."""

    @abc.abstractmethod
    def parted(self, key, weights, batch: int):
        """Return the weights of the observations to train on, and the rows of those to watch."""

    @abc.abstractmethod
    def begin(self, weights):
        """Return what is remembered before training."""

    @abc.abstractmethod
    def look(self, seen, index, weights, loss):
        """Return what is remembered after step `index`.

        `loss(weights)` is the loss of the watched observations.
        """

    @abc.abstractmethod
    def keep(self, seen, weights, loss):
        """Return the weights of the fit and its loss, from those of the last steps."""


class Never(AbstractStopping):
    """Train on all observations to the last step."""

    def check(self, steps):
        del steps

    def parted(self, key, weights, batch):
        return weights, None

    def begin(self, weights):
        return ()

    def look(self, seen, index, weights, loss):
        return ()

    def keep(self, seen, weights, loss):
        return weights, loss


class Patience(AbstractStopping):
    """Stop when the loss of watched observations has not improved for some looks.

    The best weights are kept. The loss of such a fit is that of the watched observations at the
    weights kept.

    Args:
        looks: number of looks without improvement after which a fit stops.
        every: steps between looks.
        share: share of the observations of each fit that are watched and not trained on.

    Raises:
        ValueError: no looks, no steps between them, more of those than the training has, or a share
            outside (0, 1).

    Example:
        >>> import jax, jax.numpy as jnp, jaxcollapse as jc
        >>> stopping = jc.nets.Patience(share=0.25)
        >>> trained, watched = stopping.parted(jax.random.key(0), jnp.ones(8), batch=4)
        >>> int(trained.sum()), len(set(watched.tolist()))
        (6, 2)

    References:
        Prechelt, Early stopping, but when?, in Neural Networks: Tricks of the Trade (1998).
    """

    looks: int = eqx.field(default=5, static=True)
    every: int = eqx.field(default=50, static=True)
    share: Float[Array, ""] = field(
        Real(0.0, 1.0, closed=(False, False), typical=(0.1, 0.3)), 0.1, doc="share watched"
    )

    def __check_init__(self):
        for name in ("looks", "every"):
            Integer(1, 10**8).check(f"Patience.{name}", getattr(self, name))

    def check(self, steps):
        if self.every > steps:
            raise ValueError(
                f"Patience.every must lie in [1, {steps}], the steps of the training, "
                f"got {self.every}"
            )

    def parted(self, key, weights, batch):
        present = weights > 0
        # Random words of 31 bits shuffle the present observations; 2^31 sorts the others behind.
        drawn = words(key, weights.shape[0]) >> 1
        order = jnp.argsort(jnp.where(present, drawn, jnp.uint32(2**31)))
        ranks = jnp.argsort(order)
        share = jnp.ceil(self.share * jnp.sum(present)).astype(jnp.int32)
        # At least one observation is watched and at least one is trained on.
        watched = jnp.clip(share, 1, jnp.sum(present) - 1)
        return jnp.where(ranks < watched, 0.0, weights), order[jnp.arange(batch) % watched]

    def begin(self, weights):
        least = jnp.asarray(math.inf, jax.tree.leaves(weights)[0].dtype)
        return weights, least, jnp.zeros((), jnp.int32)

    def look(self, seen, index, weights, loss):
        def compare(seen):
            best, least, waited = seen
            now = loss(weights)
            # A replica that has run out of patience goes on taking steps, since all replicas of a
            # tile do, but it never updates its best weights again.
            better = (now < least) & (waited < self.looks)
            waited = jnp.where(better, 0, waited + 1)
            best = jax.tree.map(lambda new, old: jnp.where(better, new, old), weights, best)
            return best, jnp.where(better, now, least), waited

        return jax.lax.cond((index + 1) % self.every == 0, compare, lambda seen: seen, seen)

    def keep(self, seen, weights, loss):
        return seen[0], seen[1]
