r"""How weights are fitted to $\hat\Sigma=X^\top X/T$ and $\hat c=X^\top y/T$.

Estimators are types that compose. Every estimator is a linear smoother $\hat w =
h(\hat\Sigma)\hat\Sigma^{+}\hat c$: least squares has $h=1$, ridge $h=x/(x+\lambda)$, k steps of
descent $h=1-(1-\eta x)^k$.
"""

import abc

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from ..domains import POSITIVE, Integer, Real
from ..numerics.solve import solve_positive, solve_shortest
from ..records import Record, field


class AbstractEstimator(Record):
    """Weights from second moments.

    `init` is the weights of the last model and `age` the number of fits so far.
    """

    @abc.abstractmethod
    def solve(self, second, cross, init, age) -> Array:
        """Return the weights, shape (d,).

        Args:
            second: second moment of the inputs, shape (d, d).
            cross: moment of inputs and labels, shape (d,).
            init: weights of the last model, shape (d,).
            age: number of fits so far.
        """

    @abc.abstractmethod
    def response(self, x):
        r"""Return the share of the signal that one fit from zero keeps along an eigenvector.

        Its eigenvalue under $\hat\Sigma$ is x > 0.
        """

    def least_size(self, d: int) -> int:
        """Return the smallest number of observations that determines the weights."""
        del d
        return 1

    def features(self, d: int) -> int:
        """Return how many of d features are used."""
        return d

    def converged(self) -> "AbstractEstimator":
        """Return the limit of infinitely many steps; itself for estimators without steps."""
        return self

    def unrestricted(self) -> "AbstractEstimator":
        """Return the same estimator on all features."""
        return self


class LeastSquares(AbstractEstimator):
    r"""Ordinary least squares, $\hat w=(X^\top X)^{-1}X^\top y$; needs at least d observations."""

    def solve(self, second, cross, init, age):
        del init, age
        return solve_positive(second, cross)

    def response(self, x):
        # Not the number 1: the result has the shape and the number system of x.
        return 0 * x + 1

    def least_size(self, d):
        return d


class MinimumNorm(AbstractEstimator):
    r"""The shortest of the weights that fit best, $\hat w=X^{+}y$.

    With fewer observations than d it interpolates. Which weights are shortest depends on the units
    of the inputs among each other, but not on one that is common to all.
    """

    def solve(self, second, cross, init, age):
        del init, age
        return solve_shortest(second, cross)

    def response(self, x):
        return 0 * x + 1


class Ridge(AbstractEstimator):
    r"""Ridge regression, $\hat w=(X^\top X+\lambda T)^{-1}X^\top y$.

    Args:
        penalty: $\lambda > 0$, in units of the inputs' second moment.
    """

    penalty: Float[Array, ""] = field(POSITIVE, 0.1, doc="ridge penalty")

    def solve(self, second, cross, init, age):
        del init, age
        return solve_positive(second + self.penalty * jnp.eye(len(cross)), cross)

    def response(self, x):
        return x / (x + self.penalty)


class AbstractDescent(AbstractEstimator):
    r"""Gradient descent on $\|y-Xw\|^2/2T$: k steps of size $\eta$ from a starting point."""

    steps: Int[Array, ""] = field(Integer(1, 10**6), 10, doc="steps of descent")
    rate: Float[Array, ""] = field(Real(0.0, typical=(0.05, 0.5)), 0.1, doc="step size")

    def descended(self, second, cross, start):
        """Return the weights after all steps from `start`, shape (d,)."""
        return lax.fori_loop(
            0, self.steps, lambda _, w: w - self.rate * (second @ w - cross), start
        )

    def response(self, x):
        return 1 - (1 - self.rate * x) ** self.steps

    def converged(self):
        return LeastSquares()


class ColdDescent(AbstractDescent):
    r"""Gradient descent on $\|y-Xw\|^2/2T$ from zero, stopped early.

    Args:
        steps: number of steps k.
        rate: step size $\eta$, in units of the inverse of the inputs' second moment.
    """

    def solve(self, second, cross, init, age):
        del age
        return self.descended(second, cross, jnp.zeros_like(init))


class WarmDescent(AbstractDescent):
    r"""Gradient descent on $\|y-Xw\|^2/2T$ from the last model; fit 1 starts from zero.

    Args:
        steps: number of steps k.
        rate: step size $\eta$, in units of the inverse of the inputs' second moment.
    """

    def solve(self, second, cross, init, age):
        del age
        return self.descended(second, cross, init)


class Features(AbstractEstimator):
    """Another estimator on the first `number` features; all other weights stay zero.

    Args:
        number: number of features that the model has.
        estimator: what fits them.
    """

    number: int = eqx.field(default=1, static=True)
    estimator: AbstractEstimator = LeastSquares()

    def __check_init__(self):
        Integer(1).check("Features.number", self.number)

    def solve(self, second, cross, init, age):
        p = min(self.number, len(cross))
        return (
            jnp.zeros_like(cross)
            .at[:p]
            .set(self.estimator.solve(second[:p, :p], cross[:p], init[:p], age))
        )

    def response(self, x):
        return self.estimator.response(x)

    def least_size(self, d):
        return self.estimator.least_size(min(self.number, d))

    def features(self, d):
        return self.estimator.features(min(self.number, d))

    def converged(self):
        return Features(self.number, self.estimator.converged())

    def unrestricted(self):
        return self.estimator


class Student(AbstractEstimator):
    """Models that generate labels by one estimator, and students that fit their labels by another.

    Args:
        generators: number of fits before the first student.
        generator: how those are fitted.
        student: how all later fits are fitted.
    """

    generators: Int[Array, ""] = field(Integer(1), 1, doc="fits before the first student")
    generator: AbstractEstimator = LeastSquares()
    student: AbstractEstimator = Ridge()

    def solve(self, second, cross, init, age):
        # Both are computed: the number of fits differs between replicas under `vmap`, where a
        # branch would compute both as well.
        by_generator, by_student = (
            each.solve(second, cross, init, age) for each in (self.generator, self.student)
        )
        return jnp.where(age < self.generators, by_generator, by_student)

    def response(self, x):
        return self.student.response(x)

    def least_size(self, d):
        return max(self.generator.least_size(d), self.student.least_size(d))

    def features(self, d):
        return self.student.features(d)

    def converged(self):
        return Student(self.generators, self.generator.converged(), self.student.converged())

    def unrestricted(self):
        return Student(self.generators, self.generator.unrestricted(), self.student.unrestricted())
