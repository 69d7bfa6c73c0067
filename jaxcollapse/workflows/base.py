"""What a workflow is: a rule that weighs the history."""

import abc
from typing import Any, ClassVar

from .._names import import_below
from ..evidence import AbstractEvidence
from ..families.base import kebab
from ..records import Record, concrete_subclasses
from ..selection import AbstractSelection, Everything

Pool = Any
# Made once: to make a record takes 20 us, and every call of `simulate` asks for it.
EVERYTHING = Everything()


class AbstractWorkflow(Record):
    """A rule that weighs the history.

    `uses_fresh` asks the loop for fresh real data in every later generation. `has_parts` says that
    a generator and a classifier train on data of their own.
    """

    uses_fresh: ClassVar[bool] = False
    has_parts: ClassVar[bool] = False

    @property
    def selection(self) -> AbstractSelection:
        """What is drawn from the pool before fitting: everything, for most workflows."""
        return EVERYTHING

    @property
    def without_selection(self) -> "AbstractWorkflow":
        """The same weights of the history, for data from which a user's rule does not select."""
        return self

    def shortened(self, generations: int) -> "AbstractWorkflow":
        """The same workflow without room for a history that a run of so many fits does not have."""
        return self

    @property
    def most_generations(self) -> int | None:
        """The most fits that there are weights for; None where there is no limit."""
        return None

    def least_real(self, n: int) -> int:
        """The fewest real observations needed where each generation draws n."""
        return 1

    @abc.abstractmethod
    def init(self, real: AbstractEvidence) -> Pool:
        """What is remembered after fit 1, which trains on the real data."""

    @abc.abstractmethod
    def update(
        self, pool: Pool, synthetic: AbstractEvidence, fresh: Any
    ) -> tuple[AbstractEvidence, Pool]:
        """The evidence of the next fit and what is remembered after it."""


def list_workflows() -> dict[str, type[AbstractWorkflow]]:
    """Every concrete workflow by its kebab-case name."""
    import_below("jaxcollapse.workflows")
    return {kebab(workflow): workflow for workflow in concrete_subclasses(AbstractWorkflow)}
