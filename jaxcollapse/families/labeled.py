"""A model that is a generator and a classifier: the classifier labels what the generator draws."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from .._keys import fold_in
from .._names import known
from ..evidence import Parts, Samples
from .grouped_classes import AbstractGroupedClasses, GaussianClasses
from .grouped_labels import AbstractGrouped

LABELS = ("previous", "annotator")
TEST_SIZE = 2048


class LabeledParams(eqx.Module):
    """A generator, a classifier, and the annotator: the classifier of fit 1."""

    generator: Any
    classifier: Any
    annotator: Any


class Labeled(AbstractGrouped):
    """A generator whose observations are labeled by a classifier.

    Real data have their own labels. Data of a model are drawn from its generator and labeled by its
    classifier, or by the annotator, the classifier of fit 1 on real data. Under `Each` the
    generator and the classifier have workflows of their own; under any other workflow both train on
    the same data. Metrics of fairness classify 2,048 observations of the truth under a fixed key.

    Args:
        generator: the family of the generator.
        classifier: the family of the classifier.
        labels: "previous", labels of the last classifier, or "annotator", labels of the annotator.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> family = jc.Labeled(jc.GaussianClasses(), jc.GaussianClasses())
        >>> truth = jc.GaussianClasses.params([[0.3, 0.4], [0.2, 0.1]], [[-1, 1], [-0.5, 1]])
        >>> both = jc.Each(jc.Replace(), jc.Replace())
        >>> r = jc.Recursion(family, both, truth=truth, n=200)
        >>> observe = [jc.equalized_odds_difference, jc.group_accuracy(1)]
        >>> run = jc.simulate(jax.random.key(0), r, generations=3, replicas=2, observe=observe)
        >>> run.observed["equalized-odds-difference"].shape
        (2, 4)

    References:
        Wyllie, Shumailov and Papernot, arXiv 2403.07857.
    """

    has_parts: ClassVar[bool] = True
    generator: AbstractGroupedClasses = GaussianClasses()
    classifier: AbstractGroupedClasses = GaussianClasses()
    labels: str = eqx.field(default="previous", static=True)

    def __check_init__(self):
        known(self.labels, LABELS, "Labeled.labels")
        for name in ("generator", "classifier"):
            part = getattr(self, name)
            if not isinstance(part, AbstractGroupedClasses):
                raise ValueError(
                    f"Labeled.{name} must be a family of observations with group and label, "
                    f"got {part!r}"
                )

    def features_of(self, observations):
        return self.generator.features_of(observations)

    def as_fit(self, truth):
        return LabeledParams(truth, truth, truth)

    def sample(self, key, params, size):
        if not isinstance(params, LabeledParams):
            return self.generator.sample(key, params, size)
        return self.labeled(self.generator.sample(key, params.generator, size), params)

    def labeled(self, rows, params):
        """Return the rows with the labels that a model gives them."""
        labeler = params.annotator if self.labels == "annotator" else params.classifier
        return self.generator.roles.relabeled(rows, self.classifier.classify(labeler, rows))

    def fit(self, key, samples: Samples | Parts, init):
        parts = samples if isinstance(samples, Parts) else Parts(samples, samples)
        first = not isinstance(init, LabeledParams)
        last = self.as_fit(init) if first else init
        generator = self.generator.fit(fold_in(key, 0), parts.generator, last.generator)
        classifier = self.classifier.fit(fold_in(key, 1), parts.classifier, last.classifier)
        return LabeledParams(generator, classifier, classifier if first else last.annotator)

    def confusion(self, params, truth):
        model = params if isinstance(params, LabeledParams) else self.as_fit(params)
        rows = self.generator.sample(jax.random.key(1), truth, TEST_SIZE)
        labels = self.classifier.classify(model.classifier, rows)
        roles = self.generator.roles
        nothing = jnp.zeros((self.generator.groups(truth), 2, 2))
        counts = nothing.at[roles.group_of(rows), roles.label_of(rows), labels].add(1.0)
        return counts / TEST_SIZE
