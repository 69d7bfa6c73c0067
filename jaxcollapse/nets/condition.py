"""Class-conditional nets.

The label is the last number of an observation, so carriers, workflows and selections need no
change.
"""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Num

from .._keys import words
from ..domains import Integer, Whole, is_concrete
from ..metrics import metric
from ..records import Record
from .base import AbstractNet, NetParams
from .empirical import Empirical


class Seen(nnx.Variable):
    """Shares of the classes in the data of a fit.

    No loss depends on them, so gradient descent leaves them unchanged.
    """


class AbstractCondition(Record):
    """Whether a net is given the class, and which classes it generates."""

    @property
    @abc.abstractmethod
    def width(self) -> int:
        """Number of inputs that the class takes."""

    @abc.abstractmethod
    def event(self, features: int) -> tuple[int, ...]:
        """Return the shape of an observation with this number of features."""

    @abc.abstractmethod
    def check(self, data: Empirical) -> None:
        """Raise a `ValueError` unless the labels of the data fit this condition."""

    @abc.abstractmethod
    def parted(
        self, observations
    ) -> tuple[Num[Array, "size features"], Float[Array, "size width"]]:
        """Return features, and classes as one-hot rows, shape (size, width)."""

    @abc.abstractmethod
    def joined(self, features, labels) -> Num[Array, "size *event"]:
        """Return observations: features with the label at their end."""

    @abc.abstractmethod
    def labels(self, key, seen, size: int):
        """Draw labels to generate for, after a fit to data with class shares `seen`."""

    @abc.abstractmethod
    def told(self, inputs, labels):
        """Return the inputs of a net: `inputs` and the class as a one-hot row."""

    @property
    def unseen(self) -> Seen:
        """Shares before any fit."""
        # Equal shares; `max` because a net without classes has width zero.
        return Seen(jnp.full((self.width,), 1 / max(1, self.width)))


class Unconditional(AbstractCondition):
    """The net is not given classes; labels of the data are left out."""

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
    """The class is a one-hot row beside the inputs."""

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
                f"labels of the data must be given to a net that is told the class, "
                f"{type(self).__name__}; got None"
            )
        Whole(0, self.classes - 1).check("labels", data.labels)

    def parted(self, observations):
        return observations[:, :-1], self.rows(observations[:, -1])

    def joined(self, features, labels):
        return jnp.concatenate([features, labels[:, None].astype(features.dtype)], axis=1)

    def told(self, inputs, labels):
        return jnp.concatenate([inputs, self.rows(labels)], axis=1)

    def rows(self, labels):
        """Return one-hot rows."""
        return jax.nn.one_hot(labels.astype(jnp.int32), self.classes)


class ByClass(AbstractByLabel):
    r"""Classes are drawn in the shares of the data of the fit.

    Under `Replace` with n observations the shares are a Wright-Fisher chain. Their heterozygosity
    is $E\,H_t=H_0(1-\frac1n)^t$ whatever the net learns of the features, and a class that is lost
    never returns.

    Args:
        classes: number of classes, at least 2; labels are 0 to classes - 1.

    Raises:
        ValueError: fewer than two classes; data without labels, or with labels out of range.

    Example:
        >>> import jax, numpy as np, jaxcollapse as jc
        >>> images = np.random.default_rng(0).uniform(size=(64, 4)).astype(np.float32)
        >>> training = jc.nets.Training(steps=5, batch=16)
        >>> condition = jc.nets.ByClass(3)
        >>> family = jc.nets.VAE(4, hidden=8, latent=2, condition=condition, training=training)
        >>> truth = family.data(images, labels=np.arange(64) % 3)
        >>> r = jc.Recursion(family, jc.Replace(), truth=truth, n=32)
        >>> shares = jc.nets.label_shares
        >>> run = jc.simulate(jax.random.key(0), r, generations=2, replicas=4, observe=shares)
        >>> run.values(shares).shape
        (4, 3, 3)

    References:
        Sohn, Lee, Yan, NeurIPS 2015 (conditional VAE); Mirza and Osindero, arXiv 1411.1784
        (conditional GAN).
    """

    classes: int = eqx.field(static=True)

    def labels(self, key, seen, size):
        cumulative = jnp.cumsum(seen)
        # 24 bits, so that the uniform is exact in single precision and below one.
        places = (words(key, size) >> 8) * (2.0**-24 * cumulative[-1])
        return jnp.searchsorted(
            # The product can round up to the total, which belongs to no class.
            cumulative,
            jnp.minimum(places, jnp.nextafter(cumulative[-1], 0.0)),
            side="right",
        )


class Balanced(AbstractByLabel):
    """Every class is generated equally often; what is left over goes to random classes.

    Args:
        classes: number of classes, at least 2; labels are 0 to classes - 1.

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
        # The class shares are known in closed form, so no step of training has to find them.
        module.seen[...] = samples.weights @ given / samples.count
        return self.flat(module)

    def shares(self, params: NetParams) -> Float[Array, " classes"]:
        """Return the shares of the classes in the data of a trained net."""
        return self.module_of(params).seen[...]


label_shares = metric(
    "label-shares", "shares of the classes among what the fit of a conditional net saw, a vector"
)


@label_shares.of(AbstractConditionalNet)
def _(family, params, truth):
    if not family.condition.width:
        raise ValueError(
            f"label-shares needs a net that is told the class: "
            f"{type(family).__name__} has {family.condition}"
        )
    if isinstance(params, Empirical):
        family.condition.check(params)
        return jnp.mean(jax.nn.one_hot(jnp.asarray(params.labels), family.condition.width), axis=0)
    return family.shares(params)
