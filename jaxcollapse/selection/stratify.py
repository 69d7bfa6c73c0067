"""Algorithmic reparation (STAR): batches in which every annotated cell has at most its quota."""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._keys import fold_in
from ..domains import Integer, Simplex, is_concrete
from ..evidence import Parts, Unchanged
from ..families import Roles
from ..records import Record, field
from .base import AbstractReweighing, AbstractSelection


class AbstractAnnotator(Record):
    """A rule that says to which of several cells an observation belongs."""

    @property
    @abc.abstractmethod
    def cells(self) -> int:
        """Number of cells."""

    @abc.abstractmethod
    def __call__(self, values) -> Array:
        """Return the cell of every observation along the leading axis, an integer."""


class CategoryCells(AbstractAnnotator):
    """Every category is a cell.

    Args:
        count: number of categories.
    """

    count: int = eqx.field(static=True)

    def __check_init__(self):
        Integer(1, 2**15).check("CategoryCells.count", self.count)

    @property
    def cells(self):
        return self.count

    def __call__(self, values):
        return values


class GroupCells(AbstractAnnotator):
    """Every group with a label is a cell; cell 2 g + l holds label l of group g.

    Args:
        groups: number of groups.
        roles: which columns are the label and the group.
    """

    groups: int = eqx.field(static=True)
    roles: Roles = Roles()

    def __check_init__(self):
        Integer(1, 2**14).check("GroupCells.groups", self.groups)

    @property
    def cells(self):
        return 2 * self.groups

    def __call__(self, values):
        return 2 * self.roles.group_of(values) + self.roles.label_of(values)


class Stratify(AbstractReweighing):
    r"""Reparation: keep at most $\lfloor B/K\rfloor$ of B + budget observations in each of K cells.

    Further observations, whatever their cells, fill the batch of B. So the observations that are
    drawn have to be at least $2B+\mathrm{budget}-\lfloor B/K\rfloor$. It reads samples, and counts
    through labels in random order.

    Args:
        annotator: says to which cell an observation belongs.
        batch: B, the observations that are left.
        budget: observations beyond B that are offered to the quotas.
        confusion: probability of every annotated cell for each true cell, rows sum to one; an
            annotator without errors unless given.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> family, star = jc.Categorical(), jc.Stratify(jc.CategoryCells(3), batch=12, budget=30)
        >>> truth = family.params([0.7, 0.25, 0.05])
        >>> r = jc.Recursion(family, jc.Replace(), truth=truth, n=60, selection=star)
        >>> run = jc.simulate(jax.random.key(0), r, generations=9, replicas=400)
        >>> bool(jc.E(jc.share(2))(run).value[9] > 0.1)
        True

    References:
        Wyllie, Shumailov and Papernot, arXiv 2403.07857.
    """

    annotator: AbstractAnnotator
    batch: int = eqx.field(static=True)
    budget: int = eqx.field(default=25, static=True)
    confusion: Float[Array, "cells cells"] | None = field(
        Simplex(), None, doc="probability of annotated cells for every true cell"
    )

    def __check_init__(self):
        cells = self.annotator.cells
        Integer(cells, 10**6).check("Stratify.batch", self.batch)
        Integer(0, 10**6).check("Stratify.budget", self.budget)
        if self.confusion is not None and np.shape(self.confusion) != (cells, cells):
            raise ValueError(
                f"Stratify.confusion must have shape {(cells, cells)}, "
                f"got {np.shape(self.confusion)}"
            )

    @property
    def quota(self) -> int:
        """The most observations of a cell that are kept before the batch is filled."""
        return self.batch // self.annotator.cells

    def kept(self, n):
        least = 2 * self.batch + self.budget - self.quota
        if is_concrete(n) and np.min(n) < least:
            raise ValueError(
                f"Recursion.n must be at least 2 batch + budget - quota = {least} for Stratify, "
                f"got {np.min(n)}"
            )
        return (np if is_concrete(n) else jnp).minimum(n, self.batch)

    def annotated(self, key, values):
        """Return the cell in which the annotator puts every observation."""
        cell = self.annotator(values)
        if self.confusion is None:
            return cell
        return jax.random.categorical(key, jnp.log(jnp.asarray(self.confusion))[cell])

    def weights(self, key, values, present):
        rank = jnp.cumsum(present) - 1
        offered = present & (rank < self.batch + self.budget)
        cell = self.annotated(fold_in(key, 2), values)
        members = (cell[:, None] == jnp.arange(self.annotator.cells)[None, :]) & offered[:, None]
        place = jnp.sum(jnp.where(members, jnp.cumsum(members, axis=0), 0), axis=1)
        kept = offered & (place <= self.quota)
        later = rank - (self.batch + self.budget)
        filling = present & (later >= 0) & (later < self.batch - jnp.sum(kept))
        return kept | filling


class SelectEach(AbstractSelection):
    """A selection for the data of the generator, and another for those of the classifier."""

    generator: AbstractSelection
    classifier: AbstractSelection

    def kept(self, n):
        return (np if is_concrete(n) else jnp).minimum(
            self.generator.kept(n), self.classifier.kept(n)
        )

    def select(self, key, evidence, n, capacity):
        if not isinstance(evidence, Parts):
            return evidence
        parts = (self.generator, evidence.generator), (self.classifier, evidence.classifier)
        return Parts(
            *(
                part
                if isinstance(part, Unchanged)
                else rule.select(fold_in(key, i), part, n, capacity)
                for i, (rule, part) in enumerate(parts)
            )
        )
