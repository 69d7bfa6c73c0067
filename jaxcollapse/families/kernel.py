r"""Kernel density estimates: a weighted sample plus kernel noise.

A draw picks a point by its weight and adds kernel noise; a fit stores the sample. After n draws
from a model of variance $M$ the next model has variance $(1-\frac1n)M + h^2$ in expectation, where
h is the kernel's standard deviation. The noise that prevents the collapse of the variance also
makes the mean wander without bound.
"""

import abc
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._keys import fold_in
from ..domains import REAL, Real
from ..numerics.solve import triangular_root
from ..records import AnyArray, Record, field
from ..sampling import categorical, normal
from ..sampling.normal import uniforms
from .base import AbstractFamily, as_float, per_model
from .frames import frame


class AbstractKernel(Record):
    """A centered, isotropic noise of unit bandwidth."""

    @abc.abstractmethod
    def noise(self, key, size: int, d: int) -> Array:
        """Independent draws, shape (size, d)."""

    @abc.abstractmethod
    def variance(self, d: int) -> float:
        """Variance of one coordinate."""


class GaussianKernel(AbstractKernel):
    """Standard normal noise."""

    def noise(self, key, size, d):
        return normal(key, (size, d))

    def variance(self, d):
        return 1.0


class TopHat(AbstractKernel):
    r"""Uniform noise on the unit ball.

    A coordinate has variance $1/(d+2)$, so $\frac13$ on the line.
    """

    def noise(self, key, size, d):
        direction = normal(fold_in(key, 0), (size, d))
        radius = uniforms(fold_in(key, 1), size) ** (1 / d)
        length = jnp.sqrt(jnp.sum(jnp.square(direction), axis=1))
        # A direction of length zero has probability zero, but would make NaN.
        return direction * (radius / jnp.where(length > 0, length, 1.0))[:, None]

    def variance(self, d):
        return 1 / (d + 2)


class AbstractBandwidth(Record):
    """How wide the kernel is: a rule from the sample to the matrix that shapes the noise."""

    @abc.abstractmethod
    def root(self, points, weights) -> Array:
        r"""Return a factor R of the bandwidth matrix $RR^\top$, shape (d, d).

        The points have shape (size, d).
        """

    def in_frame(self, frame) -> "AbstractBandwidth | None":
        """The rule for points that are seen from a frame; None where it is not known."""
        del frame


class FixedBandwidth(AbstractBandwidth):
    """The same width in every direction and generation; width 0 is the bootstrap."""

    width: Float[Array, ""] = field(
        Real(0.0, typical=(0.1, 1.0)), 0.5, doc="bandwidth, in units of the data"
    )

    def root(self, points, weights):
        return self.width * jnp.eye(points.shape[1], dtype=points.dtype)

    def in_frame(self, frame):
        return FixedBandwidth(frame.scaled(self.width))


class AbstractPlugIn(AbstractBandwidth):
    r"""A factor times the spread of the sample: bandwidth matrix $f^2\hat\Sigma$.

    $\hat\Sigma$ is the unbiased covariance.
    """

    @abc.abstractmethod
    def factor(self, n, d: int) -> Array:
        """Return the factor f for n observations in d dimensions."""

    def in_frame(self, frame):
        return self

    def root(self, points, weights):
        count, squares = jnp.sum(weights), jnp.sum(jnp.square(weights))
        centered = points - (weights @ points / count)[None, :]
        # Zero for a single present point, whose scatter is zero too: 0 / 1 instead of NaN.
        freedom = count - squares / count
        scatter = (weights[:, None] * centered).T @ centered / jnp.where(freedom > 0, freedom, 1.0)
        # Kish's effective size, with the division first: the square of a count leaves the range in
        # which single precision is exact.
        effective = count * (count / squares)
        return self.factor(effective, points.shape[1]) * triangular_root(scatter)


class Scott(AbstractPlugIn):
    """$f = n^{-1/(d+4)}$ (Scott, Multivariate Density Estimation, 1992).

    n is Kish's effective size where weights differ.
    """

    def factor(self, n, d):
        return n ** (-1 / (d + 4))


class Silverman(AbstractPlugIn):
    """$f = (n(d+2)/4)^{-1/(d+4)}$ (Silverman, Density Estimation, 1986).

    n is Kish's effective size where weights differ.
    """

    def factor(self, n, d):
        return (n * ((d + 2) / 4)) ** (-1 / (d + 4))


class KernelParams(eqx.Module):
    """A weighted sample and the factor of its bandwidth matrix.

    Points of weight zero are absent.
    """

    points: Float[AnyArray, "size *event"]
    weights: Float[AnyArray, " size"]
    root: Float[AnyArray, "d d"]

    def seen_from(self, frame):
        """The law of the data seen from a frame."""
        return KernelParams(frame.point(self.points), self.weights, frame.scaled(self.root))

    @per_model
    def cloud(self):
        """The points as rows, shape (size, d)."""
        return self.points.reshape(self.weights.shape[0], -1)

    @per_model
    def mean(self):
        """Mean vector, shape (d,)."""
        return self.weights @ self.cloud / jnp.sum(self.weights)

    @per_model
    def cloud_variance(self):
        """Trace of the covariance of the points alone, about their mean."""
        squares = jnp.sum(jnp.square(self.cloud - self.mean[None, :]), axis=1)
        return self.weights @ squares / jnp.sum(self.weights)


class KernelDensity(AbstractFamily):
    """Kernel density estimate in one or several dimensions.

    Args:
        kernel: `GaussianKernel()` or `TopHat()`.
        bandwidth: `FixedBandwidth(width)`, `Scott()` or `Silverman()`.

    The size of a model is that of its training set: under `Accumulate` it keeps every point ever
    drawn. Runs are recorded through metrics (`observe=`), because the truth has another size than
    the fits. Workflows that subsample the pool change the size of a model between fits and are not
    supported.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.KernelDensity(jc.GaussianKernel(), jc.FixedBandwidth(0.4))
        >>> truth = family.params([0.0, 1.0, 3.0], width=0.5)
        >>> r = jc.Recursion(family, jc.Replace(), truth=truth, n=20)
        >>> [round(float(v), 4) for v in jc.predict(jc.E(jc.variance), r, t=[0, 1, 1000])]
        [1.8056, 1.8753, 3.2]

    References:
        Kazdan et al., arXiv 2410.16713 (simulations); Silverman, Density Estimation, 1986.
    """

    kernel: AbstractKernel = GaussianKernel()
    bandwidth: AbstractBandwidth = FixedBandwidth()
    minimum_size: ClassVar[int] = 2

    @staticmethod
    def params(points, weights=None, width=0.0) -> KernelParams:
        """The law of a weighted sample of points with kernel noise of this width.

        The points have shape (size,) or (size, d).

        Raises:
            ValueError: for no points, points or weights that are not finite, or a negative weight
                or width.
        """
        points = np.asarray(points, float)
        if points.ndim not in (1, 2) or points.size == 0:
            raise ValueError(
                f"points must have shape (size,) or (size, d) with at least one point, "
                f"got {points.shape}"
            )
        REAL.check("points", points)
        weights = np.ones(len(points)) if weights is None else np.asarray(weights, float)
        Real(0.0).check("weights", weights)
        if weights.shape != points.shape[:1] or not weights.sum() > 0:
            raise ValueError(
                f"weights must be one per point and not all zero, got shape {weights.shape}"
            )
        Real(0.0).check("width", width)
        d = points.reshape(len(points), -1).shape[1]
        return KernelParams(points, weights, width * np.eye(d))

    def frame_of(self, truth):
        points, weights = np.asarray(truth.points, float), np.asarray(truth.weights, float)
        mean = np.average(points, axis=0, weights=weights)
        reach = np.max(np.abs(points - mean)) or np.max(np.abs(truth.root))
        found = None if reach == 0 else frame(mean, np.log(reach))
        known = found is not None and self.bandwidth.in_frame(found) is not None
        return found if known else None

    def in_frame(self, frame):
        bandwidth = self.bandwidth.in_frame(frame)
        # `frame_of` makes no frame for a bandwidth that does not know it.
        return self if bandwidth is None else KernelDensity(self.kernel, bandwidth)

    def sample(self, key, params, size):
        cloud = jnp.asarray(params.cloud)
        chosen = cloud[categorical(fold_in(key, 0), params.weights, size)]
        noise = self.kernel.noise(fold_in(key, 1), size, cloud.shape[1])
        return (chosen + noise @ params.root.T).reshape(size, *params.points.shape[1:])

    def fit(self, key, samples, init):
        del key
        points = samples.values.reshape(samples.weights.shape[0], -1)
        return KernelParams(
            samples.values, samples.weights, self.bandwidth.root(points, samples.weights)
        )

    def noise_variance(self, params):
        """Return the trace of the covariance that the kernel adds."""
        return self.kernel.variance(params.root.shape[0]) * as_float(
            jnp.sum(jnp.square(params.root))
        )
