r"""Classes inside groups: generators that are their own classifiers, in closed form.

A cell is a group with a label. A model knows the share of every cell and the law of the feature in
it. An observation is (feature, group, label). A model classifies an observation by the more
probable of the two cells of its group, which is Bayes' rule.
"""

import abc
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from .._keys import fold_in
from ..domains import POSITIVE, REAL, Simplex
from ..evidence import Samples
from ..records import AnyArray, Record
from ..sampling import categorical, normal
from .base import AbstractFamily
from .roles import Roles


class AbstractLabeler(Record):
    """What learns labels from observations with group and label, and gives them to others.

    Truths of generators are models of every labeler: that of real data, whose labels are right.
    """

    @abc.abstractmethod
    def fit(self, key, samples: Samples, init) -> Any:
        """Learn from weighted samples; `init` is the model that came before."""

    @abc.abstractmethod
    def classify(self, params, rows) -> Any:
        """Return the label that a model gives to every row, an integer array of shape (size,)."""

    def least_size(self, truth) -> int:
        """The smallest sample that a fit needs."""
        del truth
        return 1

    def as_fit(self, truth):
        """The truth in the form of a fit."""
        return truth

    @abc.abstractmethod
    def is_defined(self, params) -> Any:
        """Whether a model is one."""

    @property
    def lanes(self) -> int | None:
        """Number of replicas to run side by side; None lets the loop choose."""
        return None


class AbstractGroupedGenerator(AbstractFamily):
    """A family of observations (features, group, label)."""

    @property
    def roles(self) -> Roles:
        """Which columns are the label and the group."""
        return Roles()

    @abc.abstractmethod
    def groups(self, params) -> int:
        """Return the number of groups."""

    def tested(self, truth, size: int) -> Any:
        """Return the real observations on which labelers are compared: `size` under a fixed key."""
        return self.sample(jax.random.key(1), truth, size)

    def features_of(self, observations):
        return self.roles.features_of(observations)


class AbstractGroupedClasses(AbstractGroupedGenerator, AbstractLabeler):
    """A family of observations (features, group, label) that also classifies them.

    Labels of the rows are not read.
    """


class GaussianClassesParams(eqx.Module):
    """Share, mean and log-variance of every cell, by group and label."""

    shares: Float[AnyArray, "groups labels"]
    means: Float[AnyArray, "groups labels"]
    log_variances: Float[AnyArray, "groups labels"]


class GaussianClasses(AbstractGroupedClasses):
    """One Gaussian feature in every cell of group and label, fitted by maximum likelihood.

    A cell without observations has share zero and keeps its mean and variance.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> family = jc.GaussianClasses()
        >>> truth = family.params([[0.3, 0.4], [0.2, 0.1]], means=[[-1, 1], [-0.5, 1]])
        >>> r = jc.Recursion(family, jc.Replace(), truth=truth, n=200)
        >>> jc.simulate(jax.random.key(0), r, generations=3, replicas=2).params.shares.shape
        (2, 4, 2, 2)
    """

    @staticmethod
    def params(shares, means, variances=1.0) -> GaussianClassesParams:
        """Shares, means and variances of the cells, shape (groups, 2).

        Raises:
            ValueError: shares that are no probabilities, variances that are not positive, or shapes
                that differ.
        """
        shares = checked_cells(shares)
        REAL.check("means", means)
        POSITIVE.check("variances", variances)
        if np.shape(means) != shares.shape or np.shape(variances) not in ((), shares.shape):
            found = f"{np.shape(means)} and {np.shape(variances)}"
            raise ValueError(f"means and variances must have shape {shares.shape}, got {found}")
        logs = np.broadcast_to(np.log(np.asarray(variances, float)), shares.shape).copy()
        return GaussianClassesParams(shares, np.asarray(means, float), logs)

    def groups(self, params):
        return params.shares.shape[-2]

    def sample(self, key, params, size):
        cell = categorical(fold_in(key, 0), jnp.ravel(params.shares), size)
        noise = normal(fold_in(key, 1), (size,))
        scale = jnp.exp(0.5 * jnp.ravel(params.log_variances))
        feature = jnp.ravel(params.means)[cell] + scale[cell] * noise
        return jnp.stack([feature, cell // 2, cell % 2], axis=1)

    def fit(self, key, samples, init):
        del key
        cells, count = _cells(self.roles, samples, self.groups(init))
        feature, known = samples.values[:, 0], count > 0
        safe = jnp.where(known, count, 1.0)
        means = jnp.where(known, cells.T @ feature / safe, init.means.reshape(-1))
        apart = jnp.square(feature[:, None] - means[None, :])
        variances = jnp.sum(cells * apart, axis=0) / safe
        logs = jnp.where(known, jnp.log(variances), init.log_variances.reshape(-1))
        shares = count / jnp.sum(count)
        return GaussianClassesParams(*(x.reshape(-1, 2) for x in (shares, means, logs)))

    def classify(self, params, rows):
        feature, group = rows[:, 0], self.roles.group_of(rows)
        # A cell of one observation has variance zero: the floor keeps its density finite.
        logs = jnp.maximum(params.log_variances[group], -60.0)
        distance = jnp.square(feature[:, None] - params.means[group])
        scores = jnp.log(params.shares[group]) - 0.5 * (logs + distance * jnp.exp(-logs))
        return (scores[:, 1] > scores[:, 0]).astype(int)


class CategoryClassesParams(eqx.Module):
    """Share of every category in every cell, by group, label and category; they sum to one."""

    shares: Float[AnyArray, "groups labels categories"]


class CategoryClasses(AbstractGroupedClasses):
    """A categorical feature in every cell of group and label, fitted by frequencies.

    A category that a group has lost takes the more frequent label of the group.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> family = jc.CategoryClasses()
        >>> truth = family.params([[[0.3, 0.1], [0.1, 0.2]], [[0.1, 0.1], [0.0, 0.1]]])
        >>> r = jc.Recursion(family, jc.Replace(), truth=truth, n=200)
        >>> jc.simulate(jax.random.key(0), r, generations=3, replicas=2).params.shares.shape
        (2, 4, 2, 2, 2)
    """

    @staticmethod
    def params(shares) -> CategoryClassesParams:
        """Shares by group, label and category, shape (groups, 2, categories).

        Raises:
            ValueError: unless they are probabilities that sum to one.
        """
        return CategoryClassesParams(checked_cells(shares, axes=3))

    def groups(self, params):
        return params.shares.shape[-3]

    def sample(self, key, params, size):
        categories = params.shares.shape[-1]
        cell, category = jnp.divmod(categorical(key, jnp.ravel(params.shares), size), categories)
        rows = jnp.stack([category, cell // 2, cell % 2], axis=1)
        return rows.astype(jnp.result_type(float))

    def fit(self, key, samples, init):
        del key
        group, label = self.roles.group_of(samples.values), self.roles.label_of(samples.values)
        category = samples.values[:, 0].astype(int)
        nothing = jnp.zeros(init.shares.shape, samples.weights.dtype)
        counts = nothing.at[group, label, category].add(samples.weights)
        return CategoryClassesParams(counts / samples.count)

    def classify(self, params, rows):
        group, category = self.roles.group_of(rows), rows[:, 0].astype(int)
        shares = params.shares[group, :, category]
        usual = jnp.sum(params.shares, axis=-1)[group]
        shares = jnp.where(jnp.sum(shares, axis=1, keepdims=True) > 0, shares, usual)
        return (shares[:, 1] > shares[:, 0]).astype(int)


def checked_cells(shares, axes: int = 2) -> np.ndarray:
    """Shares of cells as an array (groups, 2, ...). Raises `ValueError` if they are not."""
    found = np.asarray(shares, float)
    if found.ndim != axes or found.shape[1] != 2:
        more = ", categories" * (axes == 3)
        raise ValueError(f"shares must have shape (groups, 2{more}), got {found.shape}")
    Simplex().check("shares", found.ravel())
    return found


def _cells(roles: Roles, samples, groups: int):
    """The weight of every observation in every cell, shape (size, cells), and of the cells."""
    cell = 2 * roles.group_of(samples.values) + roles.label_of(samples.values)
    members = (cell[:, None] == jnp.arange(2 * groups)[None, :]) * samples.weights[:, None]
    return members, jnp.sum(members, axis=0)
