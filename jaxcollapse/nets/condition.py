"""Class-conditional nets: the label is the last number of an observation, so that all else in the
loop stays as it is.
"""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float

from .._keys import words
from ..domains import Integer, Record, is_concrete
from ..metrics import metric
from .base import AbstractNet, Empirical, NetParams


class Seen(nnx.Variable):
    """Shares of the classes among what a fit saw; no loss depends on them, so gradient descent
    leaves them as they are.
    """


class AbstractCondition(Record):
    """Whether a net is told the class of what it sees and makes, and which classes it is asked for
    when it generates.
    """

    @property
    @abc.abstractmethod
    def width(self) -> int:
        """Numbers that a class takes at the entrance of a net."""

    @abc.abstractmethod
    def event(self, features: int) -> tuple[int, ...]:
        """Shape of an observation with so many features."""

    @abc.abstractmethod
    def check(self, data: Empirical) -> None:
        """Raise a `ValueError` unless the labels of the data go with this condition."""

    @abc.abstractmethod
    def parted(self, observations):
        """Features, and classes as one-hot rows, shape (size, width)."""

    @abc.abstractmethod
    def joined(self, features, labels):
        """Observations: features with the label at their end."""

    @abc.abstractmethod
    def labels(self, key, seen, size: int):
        """Labels to generate for, after a fit that saw classes in the shares `seen`."""

    @abc.abstractmethod
    def told(self, inputs, labels):
        """What a net reads: inputs, and the class as a one-hot row beside them."""

    @property
    def unseen(self) -> Seen:
        """Shares before any fit."""
        return Seen(jnp.full((self.width,), 1 / max(1, self.width)))


class Unconditional(AbstractCondition):
    """The net knows of no classes; labels of the data are left out."""

    @property
    def width(self):
        return 0

    def event(self, features):
        return (features,)

    def check(self, data):
        del data

    def parted(self, observations):
        return observations, observations[:, :0]

    def joined(self, features, labels):
        return features

    def labels(self, key, seen, size):
        return None

    def told(self, inputs, labels):
        return inputs


class AbstractByLabel(AbstractCondition):
    """The class enters as a one-hot row beside the inputs."""

    classes: eqx.AbstractVar[int]

    def __check_init__(self):
        Integer(2, 10**4).check(f"{type(self).__name__}.classes", self.classes)

    @property
    def width(self):
        return self.classes

    def event(self, features):
        return (features + 1,)

    def check(self, data):
        if data.labels is None:
            raise ValueError(
                f"labels of the data must be given to a net that is told the class, {type(self).__name__}; got None"
            )
        Integer(0, self.classes - 1).check("labels", data.labels)

    def parted(self, observations):
        return observations[:, :-1], self.rows(observations[:, -1])

    def joined(self, features, labels):
        return jnp.concatenate([features, labels[:, None].astype(features.dtype)], axis=1)

    def told(self, inputs, labels):
        return jnp.concatenate([inputs, self.rows(labels)], axis=1)

    def rows(self, labels):
        """One-hot rows."""
        return jax.nn.one_hot(labels.astype(jnp.int32), self.classes)


class ByClass(AbstractByLabel):
    r"""Classes are drawn in the shares that the fit has seen.

    Under `Replace` with n observations the shares are a Wright-Fisher chain: their heterozygosity
    is $E\,H_t=H_0(1-\frac1n)^t$ whatever the net learns of the features, and a class that is lost
    never returns.

    Args:
        classes: how many, at least 2; labels are 0 to classes - 1.

    Raises:
        ValueError: fewer than two classes; data without labels, or with labels out of range.

    Example:
        >>> import jax, numpy as np, jaxcollapse as jc
        >>> images = np.random.default_rng(0).uniform(size=(64, 4)).astype(np.float32)
        >>> training = jc.nets.Training(steps=5, batch=16)
        >>> family = jc.nets.VAE(4, hidden=8, latent=2, condition=jc.nets.ByClass(3), training=training)
        >>> r = jc.Recursion(family, jc.Replace(), truth=family.data(images, labels=np.arange(64) % 3), n=32)
        >>> run = jc.simulate(jax.random.key(0), r, generations=2, replicas=4, observe=jc.nets.label_shares)
        >>> run.values(jc.nets.label_shares).shape
        (4, 3, 3)

    References:
        Sohn, Lee, Yan, NeurIPS 2015 (conditional VAE); Mirza and Osindero, arXiv 1411.1784
        (conditional GAN).
    """

    classes: int = eqx.field(static=True)

    def labels(self, key, seen, size):
        cumulative = jnp.cumsum(seen)
        places = (words(key, size) >> 8) * (2.0**-24 * cumulative[-1])
        return jnp.searchsorted(
            cumulative, jnp.minimum(places, jnp.nextafter(cumulative[-1], 0.0)), side="right"
        )


class Balanced(AbstractByLabel):
    """Every class is asked for equally often, whatever the fit has seen; what is left over goes to
    classes at random.

    Args:
        classes: how many, at least 2; labels are 0 to classes - 1.

    Raises:
        ValueError: fewer than two classes; data without labels, or with labels out of range.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> labels = jc.nets.Balanced(3).labels(jax.random.key(0), None, 7)
        >>> sorted(jax.numpy.bincount(labels, length=3).tolist())
        [2, 2, 3]
    """

    classes: int = eqx.field(static=True)

    def labels(self, key, seen, size):
        return jnp.argsort(words(key, self.classes))[jnp.arange(size) % self.classes]


class AbstractConditionalNet(AbstractNet):
    """A net with a condition; its module has a field `seen`."""

    condition: eqx.AbstractVar[AbstractCondition]

    def check_data(self, data):
        self.condition.check(data)
        features, *rest = data.values.shape[1:]
        self.check_event((*self.condition.event(features), *rest))
        for name in ("values", "held_out"):
            if is_concrete(array := getattr(data, name)) and array.size:
                seen = np.asarray(array)[:, :features]
                self.support.check(
                    f"{name} of a {type(self).__name__} by its likelihood", [seen.min(), seen.max()]
                )

    def observations(self, data):
        self.check_data(data)
        return self.condition.joined(data.values, data.labels)

    def features_of(self, observations):
        return self.condition.parted(observations)[0]

    def settled(self, weights, samples):
        module = self.module_from(weights)
        given = self.condition.parted(samples.values)[1]
        module.seen[...] = samples.weights @ given / samples.count
        return self.flat(module)

    def shares(self, params: NetParams) -> Float[Array, " classes"]:
        """Shares of the classes among what a trained net saw."""
        return self.module_of(params).seen[...]


label_shares = metric(
    "label-shares", "shares of the classes among what the fit of a conditional net saw, a vector"
)


@label_shares.of(AbstractConditionalNet)
def _(family, params, truth):
    if not family.condition.width:
        raise ValueError(
            f"label-shares needs a net that is told the class: {type(family).__name__} has {family.condition}"
        )
    if isinstance(params, Empirical):
        family.condition.check(params)
        return jnp.mean(jax.nn.one_hot(jnp.asarray(params.labels), family.condition.width), axis=0)
    return family.shares(params)
