"""A linear classifier of two classes by the mean of the signed points, with wrong labels."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from .._keys import fold_in
from ..domains import PROBABILITY
from ..evidence import Sums
from ..records import AnyArray, field
from ..sampling import binomial, normal
from ..sampling.normal import uniforms
from .base import AbstractExponentialFamily, as_float
from .labels import checked_weights


class CentroidParams(eqx.Module):
    """The mean of y x, which is the direction of the classifier, and the number of fits so far."""

    weights: Float[AnyArray, " d"]
    age: Int[AnyArray, ""]


class CentroidClassifier(AbstractExponentialFamily):
    r"""Two classes, classified by the side of the mean of y x on which a point lies.

    Points of class $y=\pm1$ are $x\mid y\sim N(y\mu,I)$; the predicted class is $\mathrm{sign}(\hat
    w^\top x)$, where $\hat w$ is the mean of y x. A model generates points of both classes around
    its own $\pm\hat w$ and labels a share of them wrongly; real labels are right. An observation is
    (y x, r), where r is 1 if the label is right and 0 if it is wrong; `Marked` reads r.

    Args:
        mislabeled: probability that a model labels a point wrongly, in [0, 1].

    Example:
        >>> import jax, jaxcollapse as jc
        >>> family = jc.CentroidClassifier(mislabeled=0.3)
        >>> verify = jc.Verify(jc.Marked(), right=0.9, wrong=0.3)
        >>> truth = family.params([1.2, 0.0, 0.0])
        >>> r = jc.Recursion(family, jc.Replace(), truth=truth, n=20, selection=verify)
        >>> run = jc.simulate(jax.random.key(0), r, generations=2, replicas=5, observe=jc.accuracy)
        >>> run.observed["accuracy"].shape
        (5, 3)

    References:
        Feng et al., arXiv 2406.07515.
    """

    mislabeled: Float[Array, ""] = field(
        PROBABILITY, 0.0, doc="probability that a model labels a point wrongly"
    )

    def params(self, weights) -> CentroidParams:
        """The truth with classes centered at plus and minus these weights, shape (d,).

        Raises:
            ValueError: if the weights are not a vector.
        """
        return CentroidParams(checked_weights(weights), np.zeros((), np.int32))

    def wrong_share(self, params):
        """Return the probability that data of a model have a wrong label; real labels are right."""
        return jnp.where(params.age > 0, self.mislabeled, 0.0)

    def sample(self, key, params, size):
        right = uniforms(fold_in(key, 0), size) > self.wrong_share(params)
        points = params.weights[None, :] + normal(fold_in(key, 1), (size, params.weights.shape[-1]))
        return jnp.concatenate(
            [jnp.where(right, 1.0, -1.0)[:, None] * points, right[:, None].astype(points.dtype)],
            axis=1,
        )

    def statistics(self, samples, params):
        del params
        return Sums(jnp.sum(samples.weights), samples.weights @ samples.values[:, :-1])

    def sample_statistics(self, key, params, n, capacity):
        del capacity
        # A sum of y x needs only the number of wrong labels: each of them turns one signed mean
        # around.
        count, wrong = as_float(n), as_float(binomial(fold_in(key, 0), n, self.wrong_share(params)))
        noise = jnp.sqrt(count) * normal(fold_in(key, 1), (params.weights.shape[-1],))
        return Sums(count, (count - 2 * wrong) * params.weights + noise)

    def estimate(self, evidence: Sums):
        return CentroidParams(evidence.total / evidence.count, jnp.ones((), jnp.int32))

    def revise(self, evidence: Sums, init):
        return CentroidParams(evidence.total / evidence.count, init.age + 1)
