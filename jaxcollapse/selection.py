"""Which observations get through: a random re-weighting of evidence, before it enters a workflow or after it."""

import abc
from typing import ClassVar

import equinox as eqx

from .domains import Record


class AbstractSelection(Record):
    """A rule that depends on the data. It acts on `Samples`, and on `Counts`, which keep the sample up to order."""

    selects: ClassVar[bool] = True

    @abc.abstractmethod
    def select(self, key, evidence, n, capacity: int):
        """Return what is left of `evidence`; `n` observations are wanted, `capacity` is a static bound on `n`."""


class Everything(AbstractSelection):
    """Keep all."""

    selects: ClassVar[bool] = False

    def select(self, key, evidence, n, capacity):
        del key, n, capacity
        return evidence


class Subsample(AbstractSelection):
    """Keep n observations drawn uniformly, without replacement unless asked otherwise."""

    replacement: bool = eqx.field(default=False, static=True)

    def select(self, key, evidence, n, capacity):
        return evidence.subsample(key, n, capacity, self.replacement)
