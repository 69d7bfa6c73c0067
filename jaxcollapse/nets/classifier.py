"""A small classifier, trained on real labels, that classifies generated observations.

Its hidden layer also gives features to compare observations by.
"""

import hashlib
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax.scipy.special import xlogy

from .._keys import check_key, fold_in
from ..domains import Integer, Whole
from ..evidence import Samples
from ..families import AbstractLabeler
from ..metrics import Metric
from ..metrics.comparisons import reached
from ..metrics.samples import SIZE, on_samples
from .base import AbstractFitted, NetParams
from .layers import dense
from .training import Training, run


class Perceptron(nnx.Module):
    """Two hidden layers; the activations of the second are the features."""

    def __init__(self, features, hidden, width, classes, rngs):
        self.first = dense(features, hidden, rngs)
        self.second = dense(hidden, width, rngs)
        self.last = dense(width, classes, rngs)

    def features(self, x):
        """Return the features, shape (size, width)."""
        return jax.nn.tanh(self.second(jax.nn.relu(self.first(x))))

    def logits(self, x):
        """Return the logits, shape (size, classes)."""
        return self.last(self.features(x))


class AbstractClassifier(AbstractFitted, AbstractLabeler):
    """A net with `features` and `logits`, trained on cross-entropy.

    `train` returns it ready to use. As a part of a `Labeled` family it learns labels in the loop;
    there an observation also has a group, which it does not see.
    """

    features: eqx.AbstractVar[int]
    classes: eqx.AbstractVar[int]

    def least_size(self, truth):
        del truth
        return self.minimum_size

    def fit(self, key, samples, init):
        values = samples.values
        rows = jnp.concatenate([values[:, : self.features], values[:, -1:]], axis=1)
        # The truth of another generator, such as `GaussianClasses`, begins no training.
        begin = init.begin if isinstance(init, NetParams) else lambda _, key: self.initial(key)
        start, samples = begin(self, fold_in(key, 0)), Samples(rows, samples.weights)
        return self.trained(key, start, samples, init)

    def predict(self, params, features):
        """Return the most probable class of every row of features under a trained net."""
        logits = self.module_from(params.weights).logits(features)
        return jnp.argmax(logits, axis=1).astype(jnp.int32)

    def classify(self, params, rows):
        if not isinstance(params, NetParams):
            return rows[:, -1].astype(jnp.int32)
        return self.predict(params, rows[:, : self.features])

    def as_fit(self, truth):
        del truth
        return self.absent

    def loss(self, module, batch, key):
        logits, labels = module.logits(batch[:, :-1]), batch[:, -1].astype(jnp.int32)
        return jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits, labels))

    def train(self, key, values, labels) -> "TrainedClassifier":
        """Fit to labeled observations.

        Raises:
            ValueError: observations that are not finite, of another length or fewer than a batch;
                labels out of range; a training that diverged.
        """
        check_key(key)
        values, labels = np.asarray(values, np.float32).reshape(len(values), -1), np.asarray(labels)
        Whole(0, self.classes - 1).check("labels", labels)
        if values.shape[1] != self.features:
            raise ValueError(
                f"values must have {self.features} numbers each, got {values.shape[1]}"
            )
        if not np.all(np.isfinite(values)):
            bad = np.sum(~np.isfinite(values))
            raise ValueError(
                f"values must hold finite numbers, got {bad} that are not among {values.size}"
            )
        Integer(self.training.batch).check("observations to train the classifier on", len(values))
        rows = np.concatenate([values, labels[:, None].astype(np.float32)], axis=1)
        weights, loss = _trained(key, self, rows)
        if not math.isfinite(loss):
            rate = self.training.learning_rate
            raise ValueError(f"training of the classifier diverged at learning_rate {rate}")
        return TrainedClassifier(self, np.asarray(weights))


class Classifier(AbstractClassifier):
    """A multilayer perceptron trained on cross-entropy.

    Args:
        features: numbers in one observation.
        classes: number of classes.
        hidden: width of the first hidden layer.
        width: width of the second hidden layer, the features that Fréchet distances use.
        training: steps, batch and rate.
    """

    features: int = eqx.field(static=True)
    classes: int = eqx.field(default=10, static=True)
    hidden: int = eqx.field(default=64, static=True)
    width: int = eqx.field(default=12, static=True)
    training: Training = Training(steps=1000, learning_rate=3e-3, anneal=0.1)

    def __check_init__(self):
        for name in ("features", "classes", "hidden", "width"):
            Integer(1, 10**6).check(f"Classifier.{name}", getattr(self, name))

    @property
    def activations(self):
        return 3 * (self.hidden + self.width + self.classes)

    def build(self, rngs):
        return Perceptron(self.features, self.hidden, self.width, self.classes, rngs)


@jax.jit
def _trained(key, classifier, rows):
    samples = Samples(rows, jnp.ones(rows.shape[0]))
    return run(fold_in(key, 1), classifier, classifier.initial(fold_in(key, 0)), samples)


class TrainedClassifier(eqx.Module):
    """A classifier with its weights; called with rows, it returns their features."""

    classifier: Classifier
    weights: np.ndarray

    @property
    def name(self) -> str:
        """A name that differs between trained classifiers."""
        # Metrics are known by their names, so the name has to identify the weights.
        return f"classifier-{hashlib.sha256(self.weights.tobytes()).hexdigest()[:8]}"

    def __call__(self, x):
        return self.classifier.module_from(jnp.asarray(self.weights)).features(x)

    def classify(self, x):
        """Return the most probable class of every row."""
        return jnp.argmax(self.classifier.module_from(jnp.asarray(self.weights)).logits(x), axis=1)

    def accuracy(self, values, labels) -> float:
        """Return the share of rows that are classified correctly."""
        return float(jnp.mean(self.classify(jnp.asarray(values)) == jnp.asarray(labels)))

    def histogram(self, size: int = SIZE) -> Metric:
        """Return a metric: the share of every class among generated observations, a vector."""
        return on_samples(
            f"class-shares@{self.name}", "share of every class", lambda x, y: self._shares(x), size
        )

    def entropy(self, size: int = SIZE) -> Metric:
        """Return a metric: the entropy of the classes of generated observations, nats.

        It is at most the logarithm of the number of classes.
        """

        def formula(x, y):
            shares = self._shares(x)
            return -jnp.sum(xlogy(shares, shares))

        return on_samples(
            f"class-entropy@{self.name}", "entropy of the classes, nats", formula, size
        )

    def recall(self, size: int = SIZE) -> Metric:
        """Return a metric: for every class, the share of its true observations near generated ones.

        It is zero for a class without true observations.
        """

        def formula(x, y):
            members = jax.nn.one_hot(self.classify(y), self.classifier.classes)
            found = jnp.sum(members * reached(y, x)[:, None], axis=0)
            return found / jnp.maximum(jnp.sum(members, axis=0), 1.0)

        return on_samples(
            f"class-recall@{self.name}",
            "recall of the true observations of every class",
            formula,
            size,
        )

    def _shares(self, x):
        return jnp.mean(jax.nn.one_hot(self.classify(x), self.classifier.classes), axis=0)
