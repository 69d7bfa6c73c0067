"""Sufficient statistics drawn from their exact law."""

from typing import Any, ClassVar, cast

import equinox as eqx
import jax

from ...families.base import AbstractExponentialFamily
from ...recursion import Recursion
from ...workflows import AbstractWorkflow
from ..programs import by_structure
from .base import AbstractCarrier, capacity_of, selection_key
from .formal import one_source


class Statistics(AbstractCarrier):
    """Evidence is sufficient statistics drawn from their exact law.

    `pooled` says whether the workflow remembers any evidence, which then has to be in reduced form.
    """

    name: ClassVar[str] = "statistics"
    families: ClassVar[type] = AbstractExponentialFamily

    family: Any
    capacity: int | None = eqx.field(static=True)
    pooled: bool = eqx.field(static=True)

    @classmethod
    def why_not(cls, recursion, stops):
        objection = super().why_not(recursion, stops)
        if objection is not None:
            return objection
        if not recursion.decoding.closed:
            decoding = type(recursion.decoding).__name__
            return f"carrier {cls.name!r} cannot draw through {decoding}: use 'samples'"
        if _selects(recursion) and not _selects_exactly(recursion):
            family = type(recursion.family).__name__
            return f"carrier {cls.name!r} cannot select observations of {family}: use 'samples'"
        return None

    @classmethod
    def of(cls, recursion, generations, stops):
        follows = _family(recursion).shapes_follow_n or _selects(recursion)
        capacity = capacity_of(recursion) if follows else None
        return cls(recursion.family, capacity, _remembers(recursion.workflow))

    @property
    def replica_axis(self):
        return self.family.replica_axis

    @property
    def least_lanes(self):
        return self.family.least_lanes

    def empty(self, params):
        return ()

    def ahead(self, source, params):
        return self.family.innovations(source, params)

    def draw(self, store, ahead, source, selection, params, n, index):
        evidence = self.family.draw_statistics(ahead, source, params, n, self.capacity)
        evidence = evidence.reduced() if self.pooled or selection.selects else evidence
        return selection.select(selection_key(source), evidence, n, self.capacity), store

    def learn(self, store, keys, selection, evidence, init, n):
        left = selection.select(keys[0], evidence, n, self.capacity)
        return self.family.revise(left, init), store


def _family(recursion: Recursion) -> AbstractExponentialFamily:
    return cast(AbstractExponentialFamily, recursion.family)  # as `why_not` has made sure


def _selects(recursion: Recursion) -> bool:
    return recursion.selection.selects or recursion.workflow.selection.selects


def _selects_exactly(recursion: Recursion) -> bool:
    """Whether the statistics hold all that the selections look at: the sample up to its order."""
    rules = recursion.selection, recursion.workflow.selection
    return _family(recursion).lossless and all(rule.reads_counts for rule in rules)


@by_structure
def _remembers(workflow: AbstractWorkflow) -> bool:
    """Whether a workflow keeps any evidence from one generation to the next."""
    return bool(jax.tree.leaves(jax.eval_shape(lambda: workflow.init(one_source(0, 1, 1)))))
