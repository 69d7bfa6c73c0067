"""Evidence for the parts of a model, where each part trains on data of its own, or stays."""

from typing import Any

import numpy as np

from ..arguments import check_is
from .base import AbstractEvidence


class Unchanged(AbstractEvidence):
    """No evidence: the model of the last fit, or the part of it, stays as it is."""

    # The total weight is a property here, so that the constructor takes no `count`.
    def __init__(self):
        pass

    @property
    def count(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        return np.float64(0.0)

    def __add__(self, other):
        return other

    def __rmul__(self, weight):
        del weight
        return self


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
    def trained(self) -> list[Any]:
        """The evidence of the parts that train."""
        parts = self.generator, self.classifier
        return [part for part in parts if not isinstance(part, Unchanged)]

    def map(self, function) -> "Parts":
        """Return a function of the evidence of every part that trains."""
        parts = self.generator, self.classifier
        return Parts(*(p if isinstance(p, Unchanged) else function(p) for p in parts))

    @property
    def count(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.trained[0].count if self.trained else np.float64(0.0)

    def reduced(self):
        return self.map(lambda part: part.reduced())

    def __add__(self, other):
        return Parts(self.generator + other.generator, self.classifier + other.classifier)

    def __rmul__(self, weight):
        return self.map(lambda part: weight * part)
