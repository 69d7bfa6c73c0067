"""Workflows made of workflows: one for each part of a model, and one with a selection."""

from typing import ClassVar

from ..evidence import Parts, Unchanged
from ..selection import AbstractSelection, SelectEach
from .base import EVERYTHING, AbstractWorkflow
from .linear import Frozen


class Select(AbstractWorkflow):
    """A workflow whose fits see a selection of the data that it weighs, after fit 1.

    Args:
        workflow: which data each generation trains on.
        rule: which of these observations a fit sees.

    Example:
        >>> import jaxcollapse as jc
        >>> star = jc.Stratify(jc.GroupCells(2), batch=40, budget=20)
        >>> jc.Each(jc.Replace(), jc.Select(jc.Replace(), star)).selection.selects
        True
    """

    workflow: AbstractWorkflow
    rule: AbstractSelection

    def __check_init__(self):
        if self.workflow.selection.selects:
            raise ValueError(
                f"Select.workflow must be without a selection of its own, got {self.workflow!r}"
            )
        if isinstance(self.workflow, Frozen):
            raise ValueError("Select.workflow must train later fits, which Frozen does not")

    @property
    def uses_fresh(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.workflow.uses_fresh

    @property
    def selection(self):
        return self.rule

    @property
    def without_selection(self):
        return self.workflow

    @property
    def most_generations(self):
        return self.workflow.most_generations

    def least_real(self, n):
        return self.workflow.least_real(n)

    def init(self, real):
        return self.workflow.init(real)

    def update(self, pool, synthetic, fresh):
        return self.workflow.update(pool, synthetic, fresh)


class Each(AbstractWorkflow):
    """A workflow for the generator of a `Labeled` family and another one for its classifier.

    The settings of Wyllie et al. are configurations of it. SeqClass, one generator for ever and
    classifiers in sequence, is `Each(Frozen(), Replace())`. SeqGenSeqClass, both in sequence, is
    `Each(Replace(), Replace())`. With `labels="annotator"` the latter is SeqGenNonSeqClass.
    Reparation of a part is `Select(Replace(), Stratify(...))` in its place.

    Args:
        generator: which data the generator of each generation trains on.
        classifier: which data its classifier trains on.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> family = jc.Labeled()
        >>> truth = jc.example_truth(family)
        >>> sequence = jc.Each(jc.Frozen(), jc.Replace())
        >>> r = jc.Recursion(family, sequence, truth=truth, n=100)
        >>> run = jc.simulate(jax.random.key(0), r, generations=4, replicas=2)
        >>> means = run.params.generator.means[:, 1:]
        >>> bool((means == means[:, :1]).all())
        True

    References:
        Wyllie, Shumailov and Papernot, arXiv 2403.07857.
    """

    has_parts: ClassVar[bool] = True
    generator: AbstractWorkflow
    classifier: AbstractWorkflow

    def __check_init__(self):
        for name in ("generator", "classifier"):
            part = getattr(self, name)
            if isinstance(part, Each):
                raise ValueError(f"Each.{name} must be a workflow of one part, got {part!r}")
            if part.selection.loses:
                raise ValueError(
                    f"Each.{name} must not lose data of the other part, as {part!r} does"
                )

    @property
    def uses_fresh(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.generator.uses_fresh or self.classifier.uses_fresh

    @property
    def selection(self):
        rules = self.generator.selection, self.classifier.selection
        return SelectEach(*rules) if any(rule.selects for rule in rules) else EVERYTHING

    @property
    def without_selection(self):
        return Each(self.generator.without_selection, self.classifier.without_selection)

    @property
    def most_generations(self):
        parts = self.generator.most_generations, self.classifier.most_generations
        return min((each for each in parts if each is not None), default=None)

    def least_real(self, n):
        return max(self.generator.least_real(n), self.classifier.least_real(n))

    def init(self, real):
        return self.generator.init(real), self.classifier.init(real)

    def update(self, pool, synthetic, fresh):
        parts = zip((self.generator, self.classifier), pool, strict=True)
        (one, first), (two, second) = (part.update(kept, synthetic, fresh) for part, kept in parts)
        idle = isinstance(one, Unchanged) and isinstance(two, Unchanged)
        return Unchanged() if idle else Parts(one, two), (first, second)
