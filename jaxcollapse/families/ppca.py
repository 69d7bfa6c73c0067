r"""Probabilistic principal components, the optimum of a linear variational autoencoder.

$x = Wz + \mu + \sigma\epsilon$ with q latent dimensions. Maximum likelihood keeps the q leading
eigenvectors of the sample covariance and gives every other direction the mean of the remaining
eigenvalues.
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from ..domains import Integer
from ..evidence import MultivariateMoments
from ..numerics.eigen import symmetric_eigen
from ..numerics.triangular import ldl_factor
from .base import AbstractExponentialFamily
from .multivariate import MultivariateGaussian, MultivariateGaussianParams


class ProbabilisticPCA(AbstractExponentialFamily):
    r"""Gaussian with covariance $WW^\top + \sigma^2 I$, W of shape (d, q).

    It is fitted by maximum likelihood.

    Args:
        latent: q, at least 1; where q is d - 1 or more the covariance is unrestricted.

    Example:
        >>> import numpy as np, jaxcollapse as jc
        >>> covariance = np.diag([4.0, 2.0, 1.0])
        >>> truth = jc.ProbabilisticPCA.params(mean=[0.0, 1.0, 0.0], covariance=covariance)
        >>> nearest = jc.ProbabilisticPCA(1).nearest(truth)
        >>> [round(float(x), 3) for x in nearest.covariance.diagonal()]
        [4.0, 1.5, 1.5]

    References:
        Tipping and Bishop, J. R. Stat. Soc. B 61:611 (1999); as the linear VAE: Lucas et al., arXiv
        1911.02469.
    """

    latent: int = eqx.field(default=1, static=True)
    gaussian: ClassVar[MultivariateGaussian] = MultivariateGaussian(
        ddof=0  # pyright: ignore[reportArgumentType]: the field converts numbers to arrays
    )

    def __check_init__(self):
        Integer(1, 4096).check("ProbabilisticPCA.latent", self.latent)

    params = staticmethod(MultivariateGaussian.params)

    @property
    def minimum_size(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The number of observations that leaves a positive noise beside q components."""
        return self.latent + 2

    def frame_of(self, truth):
        return self.gaussian.frame_of(truth)

    def sample(self, key, params, size):
        return self.gaussian.sample(key, params, size)

    def statistics(self, samples, params):
        return self.gaussian.statistics(samples, params)

    def sample_statistics(self, key, params, n, capacity):
        return self.gaussian.sample_statistics(key, params, n, capacity)

    def estimate(self, evidence: MultivariateMoments):
        return self.nearest(self.gaussian.estimate(evidence))

    def nearest(self, params) -> MultivariateGaussianParams:
        """Return the member of the family with the least KL(params || member).

        This is the fit to infinitely many observations.
        """
        # Eigenvalues of the covariance relative to its scale, which may be far below the float
        # range.
        scale = jnp.max(params.log_diagonal)
        relative = MultivariateGaussianParams(
            params.mean, params.log_diagonal - scale, params.below
        )
        # Jacobi rotations in place of LAPACK, whose calls from several threads deadlock.
        eigenvalues, axes = symmetric_eigen(relative.covariance)
        rest, noise = discarded(eigenvalues, self.latent)
        kept = jnp.where(jnp.arange(eigenvalues.shape[0]) < rest, noise, eigenvalues)
        log_diagonal, below = ldl_factor((axes * kept[None, :]) @ axes.T)
        return MultivariateGaussianParams(params.mean, log_diagonal + scale, below)


def discarded(eigenvalues, latent: int):
    """How many eigenvalues, which rise, so many components leave out, and the mean of these."""
    rest = max(eigenvalues.shape[0] - latent, 1)
    return rest, jnp.mean(jnp.clip(eigenvalues[:rest], 0.0, None))
