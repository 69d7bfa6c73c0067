r"""Linear regression on recycled labels, $y = x^\top w_{t-1} + \sigma\varepsilon$.

The law of the statistics of n observations is exact for every n: $X^\top X$ follows from the design
(Wishart for Gaussian inputs) and $X^\top y \mid X \sim N(X^\top X w, \sigma^2 X^\top X)$. Two
smaller chains follow from it for least squares: `AveragedRegression` draws only the fitted weights,
`RegressionRisk` only their squared error.
"""

from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from .._keys import fold_in
from ..domains import Integer, Real, is_concrete
from ..evidence import NormalEquations, Sums, Unpooled
from ..numerics.solve import solve_positive, triangular_root
from ..records import AnyArray, field
from ..sampling import complex_normals, log_chi2, log_chi2_from_normal, normal
from .base import AbstractExponentialFamily, AbstractInnovationsFamily, as_float
from .designs import AbstractDesign, GaussianDesign, Rows
from .estimators import AbstractEstimator, LeastSquares
from .labels import NOISE, AbstractLinearLabels, checked_weights, frame_of_labels

_NO_OBSERVATIONS = (
    "RegressionRisk has no observations: use carrier 'statistics' with a workflow such as Replace"
)


class LinearParams(eqx.Module):
    """Weights of a linear model, the number of fits so far, and what it remembers of its inputs."""

    weights: Float[AnyArray, " d"]
    age: Int[AnyArray, ""]
    inputs: Float[AnyArray, "d d"] | Rows | None = None

    def seen_from(self, frame):
        """The model of labels that are seen from a frame without offset."""
        return replace(self, weights=frame.scaled(self.weights))


class AbstractRegression(AbstractExponentialFamily):
    """Families that recycle the labels of a linear model."""


class LinearRegression(AbstractLinearLabels, AbstractRegression):
    r"""Linear regression whose labels come from the last model; pooled data sets are fitted as one.

    Least squares on n fresh Gaussian inputs under replacement has $E\|w_t-w_*\|_\Sigma^2 =
    t\,\sigma^2 d/(n-d-1)$.

    Args:
        design: `GaussianDesign`, `SharedDesign` or `FixedDesign`.
        estimator: `LeastSquares`, `Ridge`, `MinimumNorm`, `ColdDescent`, `WarmDescent`, `Features`
            of one of them, or `Student` of two.
        noise: variance of the labels around the model, added in every generation.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.LinearRegression(noise=0.5)
        >>> r = jc.Recursion(family, jc.Replace(), truth=family.params([1.0, -2.0, 0.5]), n=20)
        >>> round(float(jc.predict(jc.E(jc.excess_risk), r, t=4)), 6)
        0.375

    References:
        Dohmatob, Feng, Kempe, arXiv 2402.07712; Gerstgrasser et al., arXiv 2404.01413, Theorems 1
        and 2.
    """

    design: AbstractDesign = GaussianDesign()
    estimator: AbstractEstimator = LeastSquares()
    noise: Float[Array, ""] = field(NOISE, 1.0, doc="variance of the labels' noise")

    def params(self, weights) -> LinearParams:
        """The truth with these weights, shape (d,).

        Raises:
            ValueError: if the weights do not fit the design.
        """
        weights = checked_weights(weights)
        d = weights.shape[0]
        if (found := np.shape(self.design.covariance_of(d))) != (d, d):
            raise ValueError(
                f"weights must have shape ({found[0]},) to go with the design, got {weights.shape}"
            )
        return LinearParams(weights, np.zeros((), np.int32), self.design.forget(d))

    def least_size(self, truth):
        return self.estimator.least_size(truth.weights.shape[-1])

    def sample(self, key, params, size):
        d = params.weights.shape[-1]
        x = self.design.inputs(fold_in(key, 0), size, d, params.inputs)
        labels = x @ params.weights + jnp.sqrt(self.noise) * normal(fold_in(key, 1), (size,))
        return jnp.concatenate([x, labels[:, None]], axis=1)

    def statistics(self, samples, params):
        del params
        x, labels = samples.values[:, :-1], samples.values[:, -1]
        weighed = samples.weights[:, None] * x
        return NormalEquations(jnp.sum(samples.weights), x.T @ weighed, labels @ weighed)

    def sample_statistics(self, key, params, n, capacity):
        del capacity
        d = params.weights.shape[-1]
        # Given R R' = X'X, the moment X'y is R (R'w + noise): d normals instead of n, the same law.
        root = self.design.root(fold_in(key, 0), n, d, params.inputs)
        noise = jnp.sqrt(self.noise) * normal(fold_in(key, 1), (d,))
        return NormalEquations(as_float(n), root @ root.T, root @ (params.weights @ root + noise))

    def estimate(self, evidence: NormalEquations):
        return self.revise(evidence, self.params(jnp.zeros(evidence.moment.shape)))

    def revise(self, evidence: NormalEquations, init):
        # Warm starts begin at zero in fit 1: the weights of the truth must not leak into it.
        start = jnp.where(init.age > 0, init.weights, 0.0)
        second, cross = evidence.gram / evidence.count, evidence.moment / evidence.count
        weights = self.estimator.solve(second, cross, start, init.age)
        return LinearParams(weights, init.age + 1, self.design.remember(evidence.gram, init.inputs))

    def fit(self, key, samples, init):
        fitted = super().fit(key, samples, init)
        return replace(fitted, inputs=self.design.remember_rows(samples, init.inputs))

    def canonical(self, params):
        rows = params.inputs
        return replace(params, inputs=rows.gram) if isinstance(rows, Rows) else params


class AveragedRegression(AbstractLinearLabels, AbstractRegression):
    r"""Every data set is fitted alone by least squares; workflows average the fits.

    A data set of n observations is represented by its fit, $\hat w = w + \sigma
    L^{-\top}z/\sqrt{\chi^2_{n-d+1}}$ with $\Sigma=LL^\top$: d normals and one chi-square instead of
    n d normals. Under `Replace` it is `LinearRegression`; workflows that pool average models with
    their weights.

    Args:
        design: fresh Gaussian inputs.
        noise: variance of the labels' noise.

    References:
        Dohmatob et al., arXiv 2402.07712; He, Xu, Cheng, arXiv 2502.18049 (weighted averages).
    """

    design: GaussianDesign = GaussianDesign()
    noise: Float[Array, ""] = field(NOISE, 1.0, doc="variance of the labels' noise")

    def params(self, weights) -> LinearParams:
        """The truth with these weights, shape (d,).

        Raises:
            ValueError: if the weights do not fit the design.
        """
        return LinearRegression(self.design).params(weights)

    def least_size(self, truth):
        return truth.weights.shape[-1]

    def sample(self, key, params, size):
        return LinearRegression(self.design, noise=self.noise).sample(key, params, size)

    def statistics(self, samples, params):
        raise ValueError(
            "AveragedRegression fits data sets one by one, and samples do not say theirs: "
            "use carrier 'statistics'"
        )

    def sample_statistics(self, key, params, n, capacity):
        del capacity
        d, count = params.weights.shape[-1], as_float(n)
        log_freedom = log_chi2(fold_in(key, 0), count - d + 1)
        step = jnp.sqrt(self.noise) * jnp.exp(-0.5 * log_freedom) * normal(fold_in(key, 1), (d,))
        return Sums(count, count * (params.weights + self._colored(step)))

    def _colored(self, z):
        if self.design.covariance is None:
            return z
        # Errors have the inverse covariance of the inputs, so the root is inverted and transposed.
        factor = triangular_root(jnp.asarray(self.design.covariance, z.dtype))
        return solve_positive(factor.T, z)

    def estimate(self, evidence: Sums):
        return LinearParams(evidence.total / evidence.count, jnp.ones((), jnp.int32))

    def revise(self, evidence: Sums, init):
        return LinearParams(evidence.total / evidence.count, init.age + 1)


class RiskParams(eqx.Module):
    """The excess risk of a linear model."""

    excess: Float[AnyArray, ""]

    def seen_from(self, frame):
        """The risk in the unit of a frame."""
        return RiskParams(frame.scaled(self.excess, 2))


class RegressionRisk(AbstractInnovationsFamily, AbstractRegression):
    r"""The excess risk of least squares on fresh Gaussian inputs, a Markov chain under replacement.

    $E' = (\sqrt E + s g)^2 + s^2\chi^2_{d-1}$ with $s^2=\sigma^2/\chi^2_{n-d+1}$: two chi-squares
    and a normal for any d and n.

    Args:
        dimension: d, traced.
        noise: variance of the labels' noise.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> family = jc.RegressionRisk(dimension=100)
        >>> r = jc.Recursion(family, jc.Replace(), truth=family.params(), n=200)
        >>> jc.simulate(jax.random.key(0), r, generations=50, replicas=4).params.excess.shape
        (4, 51)
    """

    dimension: Int[Array, ""] = field(Integer(1), 5, doc="number of features")
    noise: Float[Array, ""] = field(NOISE, 1.0, doc="variance of the labels' noise")

    def params(self, excess: float = 0.0) -> RiskParams:
        """A model of this excess risk; the truth has risk 0.

        Raises:
            ValueError: for a negative risk.
        """
        Real(0.0).check_one("excess", excess)
        return RiskParams(np.asarray(excess, dtype=float))

    def least_size(self, truth):
        return int(self.dimension) if is_concrete(self.dimension) else self.minimum_size

    def frame_of(self, truth):
        return frame_of_labels(self.noise, np.sqrt(np.asarray(truth.excess, float)))

    def in_frame(self, frame):
        return replace(self, noise=frame.scaled(self.noise, 2))

    def sample(self, key, params, size):
        raise ValueError(_NO_OBSERVATIONS)

    def statistics(self, samples, params):
        raise ValueError(_NO_OBSERVATIONS)

    def innovations(self, source, params):
        del params
        return complex_normals(source, 2)

    def respond(self, innovations, params, n, capacity):
        del capacity
        d, count = as_float(self.dimension), as_float(n)
        # For d = 1 there is no direction across; the clamp keeps the unused draw finite.
        across = jnp.exp(log_chi2_from_normal(innovations.real[1], jnp.maximum(d - 1, 1)))
        log_freedom = log_chi2_from_normal(innovations.imag[0], count - d + 1)
        step = jnp.sqrt(self.noise) * jnp.exp(-0.5 * log_freedom)
        along = jnp.sqrt(params.excess) + step * innovations.real[0]
        return Unpooled(count, along**2 + jnp.where(d > 1, step**2 * across, 0.0))

    def estimate(self, evidence: Unpooled):
        return RiskParams(evidence.summary)
