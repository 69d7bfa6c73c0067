"""Evidence for the parts of a model, where each part trains on data of its own."""

from typing import Any

from ..arguments import check_is
from .base import AbstractEvidence


class Parts(AbstractEvidence):
    """Evidence for the generator and for the classifier of a model."""

    generator: Any
    classifier: Any

    # The total weight is a property here, so that the constructor takes no `count`.
    def __init__(self, generator, classifier):
        check_is("Parts.generator", generator, AbstractEvidence)
        check_is("Parts.classifier", classifier, AbstractEvidence)
        self.generator, self.classifier = generator, classifier

    @property
    def count(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.generator.count

    def reduced(self):
        return Parts(self.generator.reduced(), self.classifier.reduced())

    def __add__(self, other):
        return Parts(self.generator + other.generator, self.classifier + other.classifier)

    def __rmul__(self, weight):
        return Parts(weight * self.generator, weight * self.classifier)
