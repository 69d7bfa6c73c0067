"""A net as the generator of a `Labeled` family: it draws features, an annotator tells the group."""

from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from .._keys import fold_in
from ..data.dataset import empirical
from ..domains import is_concrete
from ..evidence import Samples
from ..families import AbstractGroupedGenerator
from .base import AbstractNet
from .classifier import AbstractClassifier
from .empirical import Empirical


class GroupedNetParams(eqx.Module):
    """A trained generator of features, and the annotator of groups, which was trained at fit 1."""

    net: Any
    annotator: Any

    def draw(self, family, key, size):
        """Return generated features with their annotated group and the label zero."""
        features = self.net.draw(family.net, key, size)
        group = family.annotator.predict(self.annotator, features)
        ends = jnp.stack([group, jnp.zeros_like(group)], axis=1).astype(features.dtype)
        return jnp.concatenate([features, ends], axis=1)


class GroupedNet(AbstractGroupedGenerator):
    """A net that draws features; a classifier of real groups says to which group they belong.

    It is the generator of a `Labeled` family, whose classifier gives the labels. The net is told
    neither group nor label. The annotator is trained on the real data of fit 1 and never again.
    Model 0 is a data set whose rows are features, group and label, from `data`. Labelers are
    compared on its held-out rows, where there are any.

    Args:
        net: the generator of the features, without a condition.
        annotator: a classifier of groups; its `classes` are their number.

    Example:
        >>> import jax, numpy as np, jaxcollapse as jc
        >>> rows = np.random.default_rng(0).uniform(size=(64, 6)).astype(np.float32)
        >>> rows[:, 4:] = rows[:, 4:] > 0.5
        >>> training = jc.nets.Training(steps=3, batch=16)
        >>> judge = jc.nets.Classifier(4, classes=2, hidden=4, width=2, training=training)
        >>> vae = jc.nets.VAE(4, hidden=8, latent=2, training=training)
        >>> family = jc.Labeled(jc.nets.GroupedNet(vae, judge), judge)
        >>> both = jc.Each(jc.Replace(), jc.Replace())
        >>> r = jc.Recursion(family, both, truth=family.generator.data(rows), n=32)
        >>> run = jc.simulate(jax.random.key(0), r, generations=2, replicas=2)
        >>> run.params.generator.net.loss.shape
        (2, 3)

    References:
        Wyllie, Shumailov and Papernot, arXiv 2403.07857.
    """

    slow_to_compile: ClassVar[bool] = True
    net: AbstractNet
    annotator: AbstractClassifier

    def __check_init__(self):
        if len(self.net.event) != 1 or self.net.event[0] != self.annotator.features:
            raise ValueError(
                f"GroupedNet.net must draw rows of {self.annotator.features} features, as "
                f"GroupedNet.annotator takes them, got observations of shape {self.net.event}"
            )

    @staticmethod
    def data(rows, held_out=None, replacement: bool = False) -> Empirical:
        """A data set of rows (features, group, label) as model 0.

        Raises:
            ValueError: for values that are not finite, or fewer than two observations.
        """
        return AbstractNet.data(rows, None, held_out, replacement)

    def groups(self, params):
        del params
        return self.annotator.classes

    @property
    def lanes(self):
        return min(self.net.lanes, self.annotator.lanes)

    def least_size(self, truth):
        if not isinstance(truth, Empirical):
            raise ValueError(
                f"truth of a GroupedNet must be a data set from its `data`, "
                f"got {type(truth).__name__}"
            )
        self.check_data(truth)
        return max(self.net.minimum_size, self.annotator.minimum_size)

    def check_data(self, data: Empirical) -> None:
        """Raise a `ValueError` for a data set that this net cannot start from."""
        for name in ("values", "held_out"):
            array = getattr(data, name)
            if array is None or not is_concrete(array):
                continue
            width = np.shape(array)[1:]
            if width != (self.annotator.features + 2,):
                raise ValueError(
                    f"{name} must have rows of {self.annotator.features} features, a group and a "
                    f"label for a GroupedNet, got shape {width}"
                )
            self.roles.check(array, self.annotator.classes)
            features = np.asarray(array)[:, :-2]
            self.net.check_data(self.net.data(features))
        group = np.asarray(data.values)[:, self.roles.group] if is_concrete(data.values) else ()
        missing = set(range(self.annotator.classes)) - set(np.asarray(group, int).tolist())
        if len(group) and missing:
            raise ValueError(f"groups must all have real observations, got none of {min(missing)}")

    def observations(self, data: Empirical):
        """Return the rows of a data set."""
        return data.values

    def tested(self, truth, size):
        if isinstance(truth, Empirical) and truth.held_out is not None:
            return truth.held_out
        return super().tested(truth, size)

    def sample(self, key, params, size):
        return params.draw(self, key, size)

    def fit(self, key, samples, init):
        features = Samples(self.roles.features_of(samples.values), samples.weights)
        if isinstance(init, GroupedNetParams):
            return GroupedNetParams(self.net.fit(key, features, init.net), init.annotator)
        groups = self.roles.relabeled(samples.values, self.roles.group_of(samples.values))
        annotator = self.annotator.fit(fold_in(key, 2), Samples(groups, samples.weights), init)
        return GroupedNetParams(self.net.fit(key, features, init), annotator)

    def as_fit(self, truth):
        return GroupedNetParams(truth.as_fit(self.net), self.annotator.as_fit(truth))

    def is_defined(self, params):
        return self.net.is_defined(params.net) if isinstance(params, GroupedNetParams) else True


@empirical.register
def _(family: GroupedNet, data):
    if data.roles != family.roles:
        raise ValueError(
            f"data {data.name!r} must have features, a group and a label in its last columns "
            "for a GroupedNet"
        )
    return family.data(data.values)
