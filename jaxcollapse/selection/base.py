"""What a selection is: a random re-weighting of evidence, before it enters a workflow or after it.
"""

import abc
from typing import ClassVar

import equinox as eqx

from ..domains import Record


class AbstractSelection(Record):
    """A rule that depends on the data. It acts on `Samples` and, if it `reads_counts`, on `Counts`,
    the sample up to order.
    """

    selects: ClassVar[bool] = True
    reads_counts: ClassVar[bool] = True

    @property
    def loses(self) -> bool:
        """Whether what a fit leaves out is lost to all later fits too."""
        return False

    @abc.abstractmethod
    def select(self, key, evidence, n, capacity: int):
        """Return what is left of `evidence`; `n` observations are wanted, `capacity` is a static
        bound on `n`.
        """

    def kept(self, n):
        """The fewest observations that can be left of `n`; all of them unless a selection says
        otherwise.
        """
        return n


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


class Displace(AbstractSelection):
    """Observations of weight one displace as many of smaller weight, drawn uniformly; the rest
    stay, with weight one.

    Args:
        lasting: whether what is displaced is lost to all later fits too.
    """

    reads_counts: ClassVar[bool] = False
    lasting: bool = eqx.field(default=False, static=True)

    @property
    def loses(self):
        return self.lasting

    def select(self, key, evidence, n, capacity):
        del n, capacity
        return evidence.displaced(key)


class AbstractReweighing(AbstractSelection):
    """A selection that looks at the observations and gives each a weight; on counts it sees their
    labels in random order.
    """

    @abc.abstractmethod
    def weights(self, key, values, present):
        """Weight of every observation, shape (size,); those not `present` have weight zero whatever
        is returned.
        """

    def select(self, key, evidence, n, capacity):
        del n
        return evidence.reweighed(key, self.weights, capacity)
