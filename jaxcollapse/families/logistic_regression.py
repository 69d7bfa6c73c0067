r"""Logistic regression on recycled labels, $P(y=1\mid x)=1/(1+e^{-x^\top w_{t-1}})$.

The inputs are given and stay the same, so a sample is, up to its order, the number of labels 1 at
every row of the design. These counts are drawn from their exact law.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Float, Int

from .._keys import fold_in
from ..evidence import Sums
from ..numerics.solve import solve_positive
from ..records import AnyArray
from ..sampling.binomial import successes
from ..sampling.normal import uniforms
from .base import AbstractExponentialFamily, as_float
from .designs import FixedDesign
from .labels import checked_weights

# A step that changes no linear predictor by more than this is the last one. Newton's method is
# quadratic there, so that what is left is a few times 1e-7.
LAST_STEP = 1e-3
# Linear predictors of a fit that exists come to rest within this many steps of at most 1.
MOST_STEPS = 60
FACTORIAL = ((1.0, -1.0, -1.0), (1.0, -1.0, 1.0), (1.0, 1.0, -1.0), (1.0, 1.0, 1.0))


class LogisticParams(eqx.Module):
    """Weights of a logistic model and the number of fits so far; NaN where no fit exists."""

    weights: Float[AnyArray, " d"]
    age: Int[AnyArray, ""]


class LogisticRegression(AbstractExponentialFamily):
    r"""Logistic regression on given inputs, whose labels 0 and 1 come from the last model.

    The fit is the maximum likelihood estimate. It does not exist where a hyperplane separates the
    labels, which a small sample or a confident model makes likely. Such a fit and all that follow
    are NaN: `jc.E` leaves the replica out and warns how many there are. To first order in 1/n
    the excess risk is $\frac{d}{2n}t$ under `Replace`, and $\frac{d}{2n}\sum_{k\le t}k^{-2}$ under
    `Accumulate`.

    Args:
        design: the inputs, used in order and from the first again after the last; a column of ones
            is an intercept. The unit of a column does not matter.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> family = jc.LogisticRegression()
        >>> r = jc.Recursion(family, jc.Replace(), truth=family.params([0.4, 0.8, -0.5]), n=400)
        >>> run = jc.simulate(jax.random.key(0), r, generations=5, replicas=9)
        >>> run.params.weights.shape
        (9, 6, 3)

    References:
        Dey, Donoho, arXiv 2410.22812; Albert, Anderson, Biometrika 71:1 (1984), on existence.
    """

    design: FixedDesign = FixedDesign(FACTORIAL)  # pyright: ignore[reportArgumentType]

    def params(self, weights) -> LogisticParams:
        """The truth with these weights, shape (d,).

        Raises:
            ValueError: if the weights do not fit the design.
        """
        weights, d = checked_weights(weights), np.shape(self.design.rows)[1]
        if weights.shape != (d,):
            raise ValueError(
                f"weights must have shape ({d},) to go with the design, got {weights.shape}"
            )
        return LogisticParams(weights, np.zeros((), np.int32))

    def least_size(self, truth):
        return truth.weights.shape[-1]

    def sample(self, key, params, size):
        x = self.design.inputs(fold_in(key, 0), size, params.weights.shape[-1], None)
        chance = jax.nn.sigmoid(x @ params.weights)
        labels = uniforms(fold_in(key, 1), size) < chance
        return jnp.concatenate([x, labels[:, None].astype(x.dtype)], axis=1)

    def features_of(self, observations):
        return observations[..., :-1]

    def statistics(self, samples, params):
        del params
        x, labels = samples.values[:, :-1], samples.values[:, -1]
        rows = self.design.matrix
        # Equal rows of a design are one row for the likelihood: the first of them takes the labels.
        row = jnp.argmax(jnp.all(x[:, None, :] == rows[None, :, :], axis=-1), axis=1)
        counted = jnp.zeros((2, rows.shape[0]), x.dtype)
        weighed = jnp.stack([samples.weights, samples.weights * labels])
        return Sums(jnp.sum(samples.weights), counted.at[:, row].add(weighed))

    def sample_statistics(self, key, params, n, capacity):
        del capacity
        rows = self.design.matrix
        trials = as_float(self.design.times(n))
        # The sampler of counts does not end for a chance of NaN; the fit to it is NaN all the same.
        chance = jnp.nan_to_num(jax.nn.sigmoid(rows @ params.weights))
        keys = jax.vmap(lambda row: fold_in(key, row))(jnp.arange(rows.shape[0], dtype=jnp.uint32))
        ones = jax.vmap(successes)(keys, trials, chance)
        return Sums(as_float(n), jnp.stack([trials, ones]))

    def estimate(self, evidence: Sums):
        d = np.shape(self.design.rows)[1]
        return self.revise(evidence, self.params(jnp.zeros(d)))

    def revise(self, evidence: Sums, init):
        trials, ones = evidence.total / evidence.count
        fitted = most_likely(self.design.matrix, trials, ones, init.weights)
        return LogisticParams(fitted, init.age + 1)

    def chances(self, params):
        """The probability of label 1 at every row of the design."""
        return jax.nn.sigmoid(self.design.matrix @ params.weights)


def most_likely(rows, trials, ones, start):
    r"""The weights of largest likelihood, NaN where there are none or where `start` is NaN.

    Newton's steps are cut so that no linear predictor moves by more than 1. Then the log likelihood
    grows by at least $(3-e)$ times the squared Newton decrement, whatever the start. Where the
    labels are separated strictly, the weights come to separate them, which proves that no fit
    exists. Where they are separated with ties, predictors keep moving by 1 per step.

    Args:
        rows: inputs, shape (T, d).
        trials: weight of the labels at every row, shape (T,).
        ones: weight of the labels 1 at every row, shape (T,).
        start: weights to start from, shape (d,).
    """
    used = trials > 0

    def separates(weights):
        score = rows @ weights
        right = ((ones == trials) & (score > 0)) | ((ones == 0) & (score < 0))
        return jnp.all(right | ~used)

    def step(state):
        weights, _, steps = state
        chance = jax.nn.sigmoid(rows @ weights)
        against = jax.nn.sigmoid(-rows @ weights)
        # The difference ones - trials · chance would cancel where the chance is nearly 1.
        gradient = (ones * against - (trials - ones) * chance) @ rows
        information = rows.T @ ((trials * chance * against)[:, None] * rows)
        move = solve_positive(information, gradient)
        largest = jnp.max(jnp.where(used, jnp.abs(rows @ move), 0.0))
        return weights + move / jnp.maximum(largest, 1.0), largest, steps + 1

    def moving(state):
        weights, largest, steps = state
        return (largest > LAST_STEP) & (steps < MOST_STEPS) & ~separates(weights)

    first = jnp.where(jnp.any(jnp.isnan(start)), 0.0, jnp.inf).astype(rows.dtype)
    # At zero nothing is separated, while a confident model may separate what it did not label.
    weights, largest, _ = lax.while_loop(
        moving, step, (jnp.zeros_like(start), first, jnp.zeros((), jnp.int32))
    )
    exists = (largest <= LAST_STEP) & ~jnp.isnan(start).any()
    return jnp.where(exists, weights, jnp.nan)
