"""A model that is a generator and a classifier: the classifier labels what the generator draws."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from .._keys import fold_in
from .._names import known
from ..arguments import check_is
from ..evidence import Parts, Samples, Unchanged
from .grouped_classes import AbstractGroupedGenerator, AbstractLabeler, GaussianClasses
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
    generator: AbstractGroupedGenerator = GaussianClasses()
    classifier: AbstractLabeler = GaussianClasses()
    labels: str = eqx.field(default="previous", static=True)

    def __check_init__(self):
        known(self.labels, LABELS, "Labeled.labels")

    @property
    def slow_to_compile(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Whether a part is a net."""
        return self.generator.slow_to_compile or self.lanes is not None

    @property
    def lanes(self):
        limits = (self.generator.lanes, self.classifier.lanes)
        return min((each for each in limits if each is not None), default=None)

    def least_size(self, truth):
        return max(part.least_size(truth) for part in (self.generator, self.classifier))

    def features_of(self, observations):
        return self.generator.features_of(observations)

    def as_fit(self, truth):
        labeler = self.classifier.as_fit(truth)
        return LabeledParams(self.generator.as_fit(truth), labeler, labeler)

    def is_defined(self, params):
        if not isinstance(params, LabeledParams):
            return self.generator.is_defined(params)
        return self.generator.is_defined(params.generator) & self.classifier.is_defined(
            params.classifier
        )

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
        last = LabeledParams(init, init, init) if first else init

        def fitted(part, number, evidence, model):
            if isinstance(evidence, Unchanged):
                return model
            return part.fit(fold_in(key, number), evidence, model)

        generator = fitted(self.generator, 0, parts.generator, last.generator)
        classifier = fitted(self.classifier, 1, parts.classifier, last.classifier)
        return LabeledParams(generator, classifier, classifier if first else last.annotator)

    def confusion(self, params, truth):
        rows, labels = self.tested(params, truth)
        roles = self.generator.roles
        nothing = jnp.zeros((self.generator.groups(truth), 2, 2))
        counts = nothing.at[roles.group_of(rows), roles.label_of(rows), labels].add(1.0)
        return counts / rows.shape[0]

    def tested(self, params, truth):
        """Return real observations that are the same for all models, and a model's labels."""
        self.check_models(params=params, truth=truth)
        classifier = params.classifier if isinstance(params, LabeledParams) else params
        rows = self.generator.tested(truth, TEST_SIZE)
        return rows, self.classifier.classify(classifier, rows)

    @staticmethod
    def check_models(**models):
        """Raise a `ValueError` that names a model which is none."""
        for name, model in models.items():
            check_is(name, model, eqx.Module)

    def generated(self, params):
        """Return the labels of 2,048 observations of a model under a fixed key, as it hands on."""
        rows = self.sample(jax.random.key(2), params, TEST_SIZE)
        return self.generator.roles.label_of(rows)
