"""Sufficient statistics drawn from their exact law."""

import equinox as eqx

from ...families.base import AbstractExponentialFamily
from .base import AbstractCarrier, _selection_key


class Statistics(AbstractCarrier):
    """Evidence is sufficient statistics drawn from their exact law; `pooled` where the workflow
    remembers any.
    """

    family: AbstractExponentialFamily
    capacity: int | None = eqx.field(static=True)
    pooled: bool = eqx.field(static=True)

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
        return selection.select(_selection_key(source), evidence, n, self.capacity), store

    def learn(self, store, keys, selection, evidence, init, n):
        return self.family.revise(
            selection.select(keys[0], evidence, n, self.capacity), init
        ), store
