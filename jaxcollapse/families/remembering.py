"""A mean whose data are drawn from the last few models in equal shares."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ..domains import POSITIVE, REAL, Integer
from ..evidence import Sums
from ..records import AnyArray, field
from ..sampling import normal
from .base import AbstractExponentialFamily
from .frames import frame_of_mean
from .qvf import MeanParams, NormalMean


class RememberedMeans(eqx.Module):
    """The means of the last models, newest first, and the number of fits so far."""

    means: Float[AnyArray, " memory"]
    age: Int[AnyArray, ""]

    @property
    def mean(self):
        return self.means[..., 0]

    def seen_from(self, frame):
        """The means of the data seen from a frame."""
        return RememberedMeans(frame.point(self.means), self.age)


class RememberingMean(AbstractExponentialFamily):
    r"""Normal with known variance that generates from its last K models.

    While there are fewer than K models, it generates from all of them. Every model generates an
    equal share of the observations; single observations take the models in turn, so n should be a
    multiple of 1…K. Beside fresh real data, more memory reduces the error:
    $E(\mu_\infty-\mu_0)^2=\frac{\sigma^2}{n_e}$ with $\frac{n_e}{n_r}=\frac{K+a}{K(1-a)+a}$, a the
    synthetic share.

    Args:
        memory: K, the number of models kept.
        known_variance: $\sigma^2$, known and kept.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> family = jc.RememberingMean(memory=3)
        >>> r = jc.Recursion(family, jc.Refresh(), truth=family.params(0.0), n=12, fresh=5)
        >>> jc.simulate(jax.random.key(0), r, generations=4, replicas=2).params.means.shape
        (2, 5, 3)

    References:
        Alemohammad et al., arXiv 2307.01850 (synthetic data from the last K models).
    """

    memory: int = eqx.field(default=2, static=True)
    known_variance: Float[Array, ""] = field(POSITIVE, 1.0, doc="the variance, known and kept")

    def __check_init__(self):
        Integer(1, 4096).check("RememberingMean.memory", self.memory)

    @property
    def mean_domain(self):
        """Where the mean may lie."""
        return REAL

    def params(self, mean) -> RememberedMeans:
        """The truth with this mean.

        Raises:
            ValueError: if the mean is not finite.
        """
        REAL.check_one("mean", mean)
        xp = jnp if isinstance(mean, jax.Array) else np
        return RememberedMeans(xp.full((self.memory,), mean, float), np.zeros((), np.int32))

    def frame_of(self, truth):
        return frame_of_mean(truth.mean, self.known_variance)

    def in_frame(self, frame):
        return replace(self, known_variance=frame.scaled(self.known_variance, 2))

    def sample(self, key, params, size):
        # In turn, not at random: the statistics below assume exactly equal shares.
        dealt = jnp.arange(size) % jnp.clip(params.age, 1, self.memory)
        return params.means[dealt] + jnp.sqrt(self.known_variance) * normal(key, (size,))

    def statistics(self, samples, params):
        return NormalMean(self.known_variance).statistics(samples, params)

    def sample_statistics(self, key, params, n, capacity):
        # Equal shares of normals with one variance: the sum of all observations has the law of a
        # sum from their mean.
        mixed = self.generated_mean(params)
        return NormalMean(self.known_variance).sample_statistics(
            key, MeanParams(mixed), n, capacity
        )

    def generated_mean(self, params):
        """Return the mean of the data that the last K models generate together."""
        used = jnp.clip(params.age, 1, self.memory)
        return jnp.sum(jnp.where(jnp.arange(self.memory) < used, params.means, 0.0)) / used

    def estimate(self, evidence: Sums):
        return self.revise(evidence, self.params(0.0))

    def revise(self, evidence: Sums, init):
        means = jnp.concatenate([(evidence.total / evidence.count)[None], init.means[:-1]])
        return RememberedMeans(means, init.age + 1)
