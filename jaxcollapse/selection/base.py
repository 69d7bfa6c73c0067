"""What a selection is: a random re-weighting of evidence, before or after it enters a workflow."""

import abc
from typing import ClassVar

import equinox as eqx

from ..families.frames import Frame
from ..records import Record


class AbstractSelection(Record):
    """A rule that re-weights the data and may depend on them.

    It acts on `Samples`. If it `reads_counts` it also acts on `Counts`, which are the sample
    without its order.
    """

    selects: ClassVar[bool] = True
    reads_counts: ClassVar[bool] = True

    @property
    def loses(self) -> bool:
        """Whether what a fit leaves out is lost to all later fits too."""
        return False

    @abc.abstractmethod
    def select(self, key, evidence, n, capacity: int):
        """Return what is left of `evidence`.

        The number of observations wanted is `n`; `capacity` is a static bound on it.
        """

    def kept(self, n):
        """Return the fewest observations that can be left of `n`; all of them unless overridden."""
        return n

    @property
    def score(self):
        """What it computes of every observation; None for a rule that does not look at them."""
        return None

    def in_frame(self, frame: Frame) -> "AbstractSelection | None":
        """Return the same rule for data that are seen from a frame; None where it is not known."""
        del frame


class Everything(AbstractSelection):
    """Keep all observations."""

    selects: ClassVar[bool] = False

    def in_frame(self, frame):
        return self

    def select(self, key, evidence, n, capacity):
        del key, n, capacity
        return evidence


class Subsample(AbstractSelection):
    """Keep n observations drawn uniformly, without replacement unless asked otherwise."""

    replacement: bool = eqx.field(default=False, static=True)

    def in_frame(self, frame):
        return self

    def select(self, key, evidence, n, capacity):
        return evidence.subsample(key, n, capacity, self.replacement)


class Displace(AbstractSelection):
    """Observations of weight one displace as many of smaller weight.

    Those displaced are drawn uniformly; the rest stay, with weight one.

    Args:
        lasting: whether what is displaced is lost to all later fits too.
    """

    reads_counts: ClassVar[bool] = False
    lasting: bool = eqx.field(default=False, static=True)

    @property
    def loses(self):
        return self.lasting

    def in_frame(self, frame):
        return self

    def select(self, key, evidence, n, capacity):
        del n, capacity
        return evidence.displaced(key)


class AbstractReweighing(AbstractSelection):
    """A selection that looks at the observations and gives each a weight.

    On counts it sees their labels in random order.
    """

    @abc.abstractmethod
    def weights(self, key, values, present):
        """Return the weight of every observation, shape (size,).

        Observations that are not `present` have weight zero whatever is returned.
        """

    def select(self, key, evidence, n, capacity):
        del n
        return evidence.reweighed(key, self.weights, capacity)
