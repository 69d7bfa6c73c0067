r"""How near a fit is to the optimum of its objective.

The measure is $\rho^2=\|\bar g\|^2/\sum_i(w_i/\sum w)^2\|g_i\|^2$, with $g_i$ the gradient of the
objective of observation i at the fit and $\bar g$ their weighted mean. It is zero at an optimum and
about one where the gradient is as large as sampling alone makes it.
"""

from functools import singledispatch

import jax
import jax.numpy as jnp
from jax import Array

from ..evidence import NormalEquations, Samples, Sums
from .blended import BlendedRegression
from .logistic_regression import LogisticRegression
from .mixture import GaussianMixture
from .regression import LinearRegression

# Labels without noise leave a gradient of rounding alone, which this part of the moment bounds.
ROUNDING = 1e-5


@singledispatch
def squared_gradient(family, evidence, model) -> Array:
    """The squared norm of the mean gradient at a fit, over its squared standard error.

    Register a function for your own family; `evidence` is what the model was fitted to.
    """
    raise ValueError(f"no gradient is known for {type(family).__name__}")


def relative(mean, squares):
    """A squared norm over a sum of squares; zero where both are."""
    return jnp.sum(jnp.square(mean)) / jnp.where(squares > 0, squares, 1.0)


@squared_gradient.register
def _(family: GaussianMixture, evidence: Samples, model):
    """Where the floor holds a variance, its gradient is that of the bounded problem."""
    weights = evidence.weights / jnp.sum(evidence.weights)
    center = jnp.sum(weights * evidence.values)
    log_scale = 0.5 * jnp.log(jnp.sum(weights * jnp.square(evidence.values - center)))
    z, seen = (
        (evidence.values - center) * jnp.exp(-log_scale),
        model.standardized(center, log_scale),
    )
    share, apart = family.shares(seen, z), z[:, None] - seen.means[None, :]
    ratio = jnp.square(apart) * jnp.exp(-seen.log_variances)[None, :]
    of_means = share * apart * jnp.exp(-0.5 * seen.log_variances)[None, :]
    of_variances = 0.5 * share * (ratio - 1)
    held = seen.log_variances <= jnp.log(family.floor) + 1e-4
    downwards = weights @ of_variances < 0
    of_variances = jnp.where((held & downwards)[None, :], 0.0, of_variances)
    of_weights = share - jnp.exp(jax.nn.log_softmax(seen.log_weights))[None, :]
    each = jnp.concatenate([of_means, of_variances, of_weights], axis=1)
    squares = jnp.sum(jnp.square(weights) * jnp.sum(jnp.square(each), axis=1))
    return relative(weights @ each, squares)


@squared_gradient.register
def _(family: LogisticRegression, evidence: Sums, model):
    rows, (trials, ones) = family.design.matrix, evidence.total
    chance = family.chances(model)
    residuals = ones * (1 - chance) - (trials - ones) * chance
    squares = ones * jnp.square(1 - chance) + (trials - ones) * jnp.square(chance)
    return relative(residuals @ rows, squares @ jnp.sum(jnp.square(rows), axis=1))


@squared_gradient.register(LinearRegression)
@squared_gradient.register(BlendedRegression)
def _(family, evidence: NormalEquations, model):
    used = jnp.arange(len(evidence.moment)) < family.estimator.features(len(evidence.moment))
    gradient = jnp.where(used, evidence.gram @ model.weights - evidence.moment, 0.0)
    squares = family.noise * jnp.sum(jnp.where(used, jnp.diagonal(evidence.gram), 0.0))
    rounding = jnp.square(ROUNDING) * jnp.sum(jnp.square(evidence.moment))
    return relative(gradient, squares + rounding)
