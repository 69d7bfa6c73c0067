"""The training loop of all nets, and where a fit starts from.

The loop is a scan over minibatches that are drawn by weight.
"""

import abc
import functools
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from .._keys import fold_in, words
from ..arguments import check_is
from ..domains import POSITIVE, PROBABILITY, Integer
from ..records import Record, field
from .stopping import AbstractStopping, Never

# The loss of one minibatch is noisy, so a fit reports the mean of its last steps.
SUMMARY_STEPS = 16


class AbstractStart(Record):
    """Where a fit starts from, after the first one."""

    @abc.abstractmethod
    def again(self, last, fresh):
        """Return the weights to start from after the net `last`; `fresh()` draws new ones."""

    def remember(self, init, weights):
        """Return what to keep for later fits, a vector of constant length: nothing.

        `init` is the model before these weights.
        """
        return jnp.zeros((0,), weights.dtype)


class Cold(AbstractStart):
    """Fresh weights for every fit."""

    def again(self, last, fresh):
        return fresh()


class Warm(AbstractStart):
    """The weights of the last fit."""

    def again(self, last, fresh):
        return last.weights


class ShrinkPerturb(AbstractStart):
    r"""The weights of the last fit, shrunk, with those of a fresh net added.

    $\theta=\lambda\theta_{t-1}+\gamma\theta'$, where $\theta'$ are fresh weights: between `Warm`
    ($\lambda=1$, $\gamma=0$) and `Cold` ($\lambda=0$, $\gamma=1$). The functions of the last fit
    are kept, and the net can still unlearn them.

    Args:
        shrink: $\lambda$, in [0, 1].
        perturb: $\gamma$, in [0, 1].

    Raises:
        ValueError: a factor outside [0, 1].

    Example:
        >>> import jaxcollapse as jc
        >>> training = jc.nets.Training(start=jc.nets.ShrinkPerturb(0.5, 0.5))
        >>> float(training.start.shrink + training.start.perturb)
        1.0

    References:
        Ash and Adams, NeurIPS 2020, arXiv 1910.08475.
    """

    shrink: Float[Array, ""] = field(PROBABILITY, 0.4, doc="share of the last weights")
    perturb: Float[Array, ""] = field(PROBABILITY, 0.1, doc="share of fresh weights")

    def again(self, last, fresh):
        return self.shrink * last.weights + self.perturb * fresh()


class FromReal(AbstractStart):
    """The weights of fit 1, the only net trained on real data alone; later fits fine-tune it."""

    def again(self, last, fresh):
        return last.memory

    def remember(self, init, weights):
        return getattr(init, "memory", weights)


class Training(Record):
    """How a net is fitted: Adam on minibatches, for a fixed number of steps.

    Args:
        steps: steps of a fit.
        batch: observations of a step.
        learning_rate: step size of Adam.
        anneal: rate of the last step over that of the first; the rate falls linearly.
        decay: exponential decay rate of the first moment.
        start: where a fit starts from: `Cold`, `Warm`, `ShrinkPerturb` or `FromReal`.
        starts: trainings of a fit, of which the one of least loss is kept; the first begins by the
            rule of the start, the others at fresh weights.
        stopping: `Never`, or `Patience` for early stopping.
        lanes: replicas trained side by side; chosen by what fits into the cache unless given.
    """

    steps: int = eqx.field(default=600, static=True)
    batch: int = eqx.field(default=64, static=True)
    learning_rate: Float[Array, ""] = field(POSITIVE, 1e-3, doc="step size of Adam")
    anneal: Float[Array, ""] = field(
        PROBABILITY, 1.0, doc="rate of the last step over that of the first"
    )
    decay: Float[Array, ""] = field(PROBABILITY, 0.9, doc="decay rate of the first moment")
    start: AbstractStart = Cold()
    stopping: AbstractStopping = Never()
    lanes: int | None = eqx.field(default=None, static=True)
    starts: int = eqx.field(default=1, static=True)

    def __check_init__(self):
        check_is("Training.stopping", self.stopping, AbstractStopping)
        Integer(1, 10**8).check("Training.steps", self.steps)
        Integer(1, 2**20).check("Training.batch", self.batch)
        Integer(1, 1024).check("Training.starts", self.starts)
        self.stopping.check(self.steps)
        if self.lanes is not None:
            Integer(1, 4096).check("Training.lanes", self.lanes)

    @property
    def optimizer(self) -> optax.GradientTransformation:
        """Adam with this schedule of the learning rate."""
        rate = optax.linear_schedule(
            self.learning_rate, self.learning_rate * self.anneal, self.steps
        )
        return optax.adam(rate, b1=self.decay)

    def fitted(self, key, family, start, samples):
        """Return weights and loss of a fit that starts from the weights `start`."""
        return run(key, family, start, samples)


class Optimum(Record):
    r"""A fit that is the global optimum of the loss, in closed form: of `LinearVAE` alone.

    Nothing is random in such a fit, and it does not depend on where it starts.

    Args:
        lanes: replicas fitted side by side; chosen by what fits into the cache unless given.

    Example:
        >>> import jax, numpy as np, jaxcollapse as jc
        >>> rows = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
        >>> family = jc.nets.LinearVAE(3, latent=1, training=jc.nets.Optimum())
        >>> r = jc.Recursion(family, jc.Replace(), truth=family.data(rows, replacement=True), n=8)
        >>> law = jc.predict(jc.E(jc.trace_ratio), r, t=[1, 2])
        >>> [round(float(ratio), 4) for ratio in law]
        [0.875, 0.7656]

    References:
        Tipping and Bishop, J. R. Stat. Soc. B 61:611 (1999); Lucas et al., arXiv 1911.02469.
    """

    lanes: int | None = eqx.field(default=None, static=True)
    starts: ClassVar[int] = 1
    batch: ClassVar[int] = 1
    start: ClassVar[AbstractStart] = Cold()

    def __check_init__(self):
        if self.lanes is not None:
            Integer(1, 4096).check("Optimum.lanes", self.lanes)

    def fitted(self, key, family, start, samples):
        """Return weights and loss of a fit to weighted samples."""
        del key, start
        return family.optimum(samples)


def joined(parts) -> Float[Array, " parameters"]:
    """Return arrays as one flat vector."""
    return jnp.concatenate([jnp.ravel(part) for part in parts])


# A run traces every fit several times: as an inlined program its Python runs once for all of them.
@functools.partial(jax.jit, inline=True)
def run(key, family, weights, samples):
    """Train `weights` on weighted samples for the steps of the family's training.

    Returns:
        The weights, and the mean loss of the last steps; both are NaN where training diverged.
    """
    training = family.training
    optimizer = training.optimizer
    used, watched = training.stopping.parted(fold_in(key, 2), samples.weights, training.batch)
    rows = minibatch_rows(fold_in(key, 0), used, training.steps, training.batch)

    def watched_loss(parts):
        return family.loss(family.assembled(parts), samples.values[watched], fold_in(key, 3))

    def step(carry, each):
        state, seen, batch = carry
        index, following = each
        state, loss = family.update(optimizer, state, batch, fold_in(key, index, 1))
        seen = training.stopping.look(seen, index, state[0], watched_loss)
        # The next minibatch is gathered here and carried, so that it is read from memory. Gathered
        # where it is used, XLA would gather it again in every fusion that reads it.
        return (state, seen, samples.values[following]), loss

    parts = family.parts(weights)
    start = (parts, optimizer.init(parts)), training.stopping.begin(parts), samples.values[rows[0]]
    # The last step gathers the first minibatch again, which nobody reads: cheaper than a branch.
    following = jnp.roll(rows, -1, axis=0)
    ((parts, _), seen, _), losses = jax.lax.scan(
        step, start, (jnp.arange(training.steps), following)
    )
    parts, loss = training.stopping.keep(seen, parts, jnp.mean(losses[-SUMMARY_STEPS:]))
    weights = joined(parts)
    # A diverged fit becomes NaN as a whole, so that metrics and descendants cannot look healthy.
    sound = jnp.isfinite(loss) & jnp.all(jnp.isfinite(weights))
    return jnp.where(sound, weights, jnp.nan), jnp.where(sound, loss, jnp.nan)


def best_of(keys, family, starts, samples):
    """Train from several starts, one row of weights each, and keep the fit of least loss.

    Returns:
        Its weights and its loss, which are NaN only where all trainings diverged.
    """
    fits, losses = jax.lax.map(lambda each: run(each[0], family, each[1], samples), (keys, starts))
    best = jnp.argmin(jnp.where(jnp.isnan(losses), jnp.inf, losses))
    return fits[best], losses[best]


def minibatch_rows(key, weights, steps: int, batch: int):
    """Return the rows of every minibatch, shape (steps, batch).

    Minibatches come from shuffled passes, in which row i occurs in proportion to its weight. By
    systematic sampling a pass of M draws takes row i either the floor or the ceiling of its
    expected M w_i times. With equal weights and M rows it is a permutation of the data.
    """
    size = weights.shape[0]
    draws = -(-size // batch) * batch
    passes = -(-steps * batch // draws)
    shuffled = permutations(fold_in(key, 0), passes, draws)
    # 24 bits: exact in single precision, and below one.
    offset = (words(fold_in(key, 1), passes) >> 8)[:, None] * 2.0**-24
    cumulative = jnp.cumsum(weights)
    places = (shuffled + offset) * (cumulative[-1] / draws)
    rows = jnp.searchsorted(cumulative, places.reshape(-1)[: steps * batch], side="right")
    return jnp.minimum(rows, size - 1).reshape(steps, batch)


def permutations(key, count: int, size: int):
    """Return random orders of 0 to size - 1, shape (count, size), for size up to 2^24.

    Numbers are sorted by the random bits above them. Where those bits are equal the numbers decide,
    under a random mask, so that any two come in either order equally often.
    """
    # One sort of single words: random high bits with the number in the low bits, instead of a sort
    # of pairs. Few high bits are left for large sizes, so ties occur and need the mask.
    low = jnp.uint32((1 << (size - 1).bit_length()) - 1)
    mask = words(fold_in(key, 1), count)[:, None] & low
    drawn = words(fold_in(key, 0), count * size).reshape(count, size) & ~low
    numbers = jnp.arange(size, dtype=jnp.uint32)[None] ^ mask
    return ((jnp.sort(drawn | numbers, axis=-1) & low) ^ mask).astype(jnp.int32)
