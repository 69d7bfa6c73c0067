r"""Where the inputs of a regression come from: fresh in every generation, shared, or given.

A design states the law of the Gram matrix $X^\top X$ of n inputs and generates single inputs. It
knows nothing of labels. A model that is fitted to statistics remembers shared inputs as their Gram
matrix: labels with rotation-invariant noise depend on the inputs only through it. One that is
fitted to observations remembers the inputs, because a selection sees single rows.
"""

import abc
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._keys import fold_in
from ..domains import Covariance, Real, is_concrete
from ..evidence import Samples
from ..numerics.solve import triangular_root
from ..numerics.triangular import lower_triangle
from ..records import AnyArray, Record, field
from ..sampling import bartlett, normal
from .base import as_float

# Squares of inputs, summed, stay within single precision.
SMALLEST, LARGEST = 1e-15, 1e15


class Rows(eqx.Module):
    """Inputs that a model has seen, one a row, and which of the rows are there."""

    inputs: Float[Array, "rows d"]
    present: Float[Array, " rows"]

    @property
    def gram(self):
        return self.inputs.T @ (self.present[:, None] * self.inputs)


class AbstractDesign(Record):
    """The law of the inputs.

    `memory` is what the last model remembers of them; None where nothing is remembered.
    """

    @abc.abstractmethod
    def covariance_of(self, d: int) -> AnyArray:
        """Return the second moment of the inputs on which risk is measured, shape (d, d)."""

    @abc.abstractmethod
    def root(self, key, n, d: int, memory) -> Array:
        r"""Return a matrix R with $R R^\top = X^\top X$ for n inputs, shape (d, d).

        The number n may be traced.
        """

    @abc.abstractmethod
    def inputs(self, key, n, d: int, memory) -> Array:
        """Return the inputs themselves, shape (n, d), n static."""

    def forget(self, d: int) -> np.ndarray | None:
        """Return the memory of the truth, which has seen no inputs."""
        del d

    def remember(self, gram, memory) -> Any:
        """Return what a model keeps of the Gram matrix of the inputs that it was fitted to."""
        del gram, memory

    def remember_rows(self, samples: Samples, memory) -> Any:
        """Return what a model keeps of the inputs that it was fitted to one by one.

        The last number of an observation is its label.
        """
        del samples, memory


class GaussianDesign(AbstractDesign):
    r"""Fresh inputs $x \sim N(0, \Sigma)$ in every generation.

    $X^\top X$ is a Wishart matrix (Bartlett 1933).

    Args:
        covariance: $\Sigma$, shape (d, d); the identity unless given.
    """

    covariance: Float[Array, "d d"] | None = field(
        Covariance(), None, doc="covariance of the inputs"
    )

    def __check_init__(self):
        _check_covariance("GaussianDesign.covariance", self.covariance)

    def covariance_of(self, d):
        return _covariance_or_identity(self.covariance, d)

    def root(self, key, n, d, memory):
        del memory
        return _wishart_root(key, n, d, self.covariance)

    def inputs(self, key, n, d, memory):
        del memory
        return _colored(normal(key, (n, d)), self.covariance)


class SharedDesign(AbstractDesign):
    r"""Gaussian inputs drawn once per replica and relabeled in every generation.

    They are drawn with the real data. A run on statistics remembers $X^\top X$, one on samples the
    inputs. Outside of a run a model has $X^\top X$ alone, and single inputs are rebuilt as the rows
    of its Cholesky factor: another design with the same Gram matrix, under which every fit has the
    same law. All fits relabel all inputs, so n must stay constant.

    Args:
        covariance: $\Sigma$, shape (d, d); the identity unless given.
    """

    covariance: Float[Array, "d d"] | None = field(
        Covariance(), None, doc="covariance of the inputs"
    )

    def __check_init__(self):
        _check_covariance("SharedDesign.covariance", self.covariance)

    def covariance_of(self, d):
        return _covariance_or_identity(self.covariance, d)

    def root(self, key, n, d, memory):
        first = _wishart_root(key, n, d, self.covariance)
        # With n below d the Gram matrix is singular: the columns of its root beyond n are rounding
        # error.
        again = jnp.where(jnp.arange(d)[None, :] < n, triangular_root(memory), 0.0)
        return jnp.where(_is_blank(memory), first, again)

    def inputs(self, key, n, d, memory):
        if isinstance(memory, Rows):
            return memory.inputs[:n]
        axes = jnp.zeros((max(n, d), d)).at[:d].set(triangular_root(memory).T)[:n]
        first = _colored(normal(key, (n, d)), self.covariance)
        return jnp.where(_is_blank(memory), first, axes)

    def forget(self, d):
        return np.zeros((d, d))

    def remember(self, gram, memory):
        if isinstance(memory, Rows):
            return memory
        return jnp.where(_is_blank(memory), gram, memory)

    def remember_rows(self, samples, memory):
        if isinstance(memory, Rows):
            return memory
        # Fit 1 sees the real data alone, which come first among its samples.
        present = (samples.weights > 0).astype(samples.values.dtype)
        return Rows(samples.values[:, :-1], present)


class FixedDesign(AbstractDesign):
    r"""Inputs that are given, the same in every replica and generation.

    Risk is measured on them, with $\Sigma=X^\top X/T$. n observations use the rows in order and
    start again at the first after the last.

    Args:
        rows: X, shape (T, d).
    """

    rows: Float[Array, "T d"] = field(Real(), doc="inputs, one a row")

    def __check_init__(self):
        if np.ndim(self.rows) != 2:
            raise ValueError(
                f"FixedDesign.rows must be a matrix with one input per row, "
                f"got shape {np.shape(self.rows)}"
            )
        if is_concrete(self.rows):
            _check_units("FixedDesign.rows", np.max(np.abs(self.rows), axis=0, initial=0.0))

    def covariance_of(self, d):
        xp = np if isinstance(self.rows, np.ndarray) else jnp
        rows = xp.asarray(self.rows)
        return rows.T @ rows / rows.shape[0]

    def root(self, key, n, d, memory):
        del key, memory
        rows = self.matrix
        return triangular_root(rows.T @ (self.times(n)[:, None] * rows))

    def inputs(self, key, n, d, memory):
        del key, memory
        rows = self.matrix
        return rows[jnp.arange(n) % rows.shape[0]]

    @property
    def matrix(self) -> Array:
        """The rows as an array of the default type of floats, shape (T, d)."""
        return jnp.asarray(self.rows, jnp.result_type(float))

    def times(self, n):
        """How often each row is used when n observations cycle through the rows, shape (T,)."""
        size = np.shape(self.rows)[0]
        return (jnp.asarray(n) - jnp.arange(size) + size - 1) // size


def _check_units(name: str, sizes) -> None:
    """Raise a `ValueError` where squares of inputs of these sizes would leave single precision."""
    sizes = np.asarray(sizes)
    wrong = (sizes > 0) & ~((sizes >= SMALLEST) & (sizes <= LARGEST))
    if np.any(wrong):
        raise ValueError(
            f"{name} must have inputs of sizes in [{SMALLEST:g}, {LARGEST:g}], "
            f"got {sizes[wrong][0]:g} in column {int(np.argmax(wrong))}: choose another unit"
        )


def _check_covariance(name: str, covariance) -> None:
    if covariance is not None and is_concrete(covariance):
        _check_units(name, np.sqrt(np.diagonal(np.asarray(covariance, float))))


def _is_blank(memory):
    """Return whether the memory is that of the truth, the only one with trace zero."""
    return jnp.trace(memory) == 0


def _covariance_or_identity(covariance, d):
    return np.eye(d) if covariance is None else covariance


def _root(covariance):
    return triangular_root(jnp.asarray(covariance, jnp.result_type(float)))


def _colored(z, covariance):
    return z if covariance is None else z @ _root(covariance).T


def _wishart_root(key, n, d, covariance):
    """Return a root of the Gram matrix of n normal inputs; columns beyond n are zero."""
    log_diagonal, lower = bartlett(fold_in(key, 0), as_float(n), d)
    alive = jnp.arange(d) < n
    factor = jnp.where(alive[None, :], lower_triangle(d, lower, jnp.exp(log_diagonal)), 0.0)
    return factor if covariance is None else _root(covariance) @ factor
