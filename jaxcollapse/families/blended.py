"""Regression on labels that mix fresh real labels with those of the last model.

Both label the same inputs.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._keys import fold_in
from ..domains import PROBABILITY
from ..evidence import NormalEquations
from ..records import AnyArray, field
from ..sampling import normal
from .base import as_float
from .designs import AbstractDesign, GaussianDesign
from .estimators import AbstractEstimator, LeastSquares
from .labels import NOISE, AbstractLinearLabels
from .regression import LinearParams, LinearRegression


class BlendedParams(eqx.Module):
    """A linear model, and the true weights that produce fresh real labels."""

    model: LinearParams
    true: Float[AnyArray, " d"]

    @property
    def weights(self):
        return self.model.weights

    def seen_from(self, frame):
        """The model of labels that are seen from a frame without offset."""
        return BlendedParams(self.model.seen_from(frame), frame.scaled(self.true))


class BlendedRegression(AbstractLinearLabels):
    r"""Linear regression on labels $w\,y^{\mathrm{real}}+(1-w)\,y^{\mathrm{model}}$.

    Both labels are noisy. `Refresh` pools fresh data at other inputs; here every input is labeled
    twice and the two labels are averaged. Fit 1 mixes two real labels. Use it with `Replace`.

    Args:
        weight: w of the real labels, in [0, 1].
        design: `GaussianDesign` for new inputs in every generation, `SharedDesign` or
            `FixedDesign`.
        estimator: as of `LinearRegression`.
        noise: variance of a label.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.BlendedRegression(0.6, estimator=jc.MinimumNorm(), noise=0.3)
        >>> r = jc.Recursion(family, jc.Replace(), truth=family.params([0.8, -0.5, 1.1, 0.2]), n=2)
        >>> round(float(jc.predict(jc.E(jc.excess_risk), r, t=1)), 4)
        1.382

    References:
        Garg, Bhattacharya, Sur 2025.
    """

    weight: Float[Array, ""] = field(PROBABILITY, 0.5, doc="weight of the real labels")
    design: AbstractDesign = GaussianDesign()
    estimator: AbstractEstimator = LeastSquares()
    noise: Float[Array, ""] = field(NOISE, 1.0, doc="variance of a label's noise")

    @property
    def plain(self) -> LinearRegression:
        """The linear regression with the same design, estimator and noise."""
        return LinearRegression(self.design, estimator=self.estimator, noise=self.noise)

    def params(self, weights) -> BlendedParams:
        """The truth with these weights, shape (d,).

        Raises:
            ValueError: if the weights do not fit the design.
        """
        truth = self.plain.params(weights)
        return BlendedParams(truth, truth.weights)

    def least_size(self, truth):
        return self.plain.least_size(truth.model)

    def labeling(self, params):
        """Return the weights that produce a mixed label and the standard deviation of its noise."""
        w = self.weight
        deviation = jnp.sqrt(self.noise * (w**2 + (1 - w) ** 2))
        return w * params.true + (1 - w) * params.weights, deviation

    def sample(self, key, params, size):
        weights, deviation = self.labeling(params)
        x = self.design.inputs(fold_in(key, 0), size, weights.shape[-1], params.model.inputs)
        labels = x @ weights + deviation * normal(fold_in(key, 1), (size,))
        return jnp.concatenate([x, labels[:, None]], axis=1)

    def statistics(self, samples, params):
        return self.plain.statistics(samples, params.model)

    def sample_statistics(self, key, params, n, capacity):
        del capacity
        weights, deviation = self.labeling(params)
        d = weights.shape[-1]
        root = self.design.root(fold_in(key, 0), n, d, params.model.inputs)
        noise = deviation * normal(fold_in(key, 1), (d,))
        return NormalEquations(as_float(n), root @ root.T, root @ (weights @ root + noise))

    def estimate(self, evidence: NormalEquations):
        return self.revise(evidence, self.params(jnp.zeros(evidence.moment.shape)))

    def revise(self, evidence: NormalEquations, init):
        return BlendedParams(self.plain.revise(evidence, init.model), init.true)

    def fit(self, key, samples, init):
        return BlendedParams(self.plain.fit(key, samples, init.model), init.true)

    def canonical(self, params):
        return BlendedParams(self.plain.canonical(params.model), params.true)
