"""Anything that gradient descent fits: how it is built, and what one step of its training is."""

import abc
import functools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float

from ..records import Record
from .training import Training, joined


class AbstractTrainable(Record):
    """Something with weights that gradient descent fits.

    A subclass says how its module is built and what its loss is.
    """

    training: eqx.AbstractVar[Training]

    @abc.abstractmethod
    def build(self, rngs: nnx.Rngs) -> nnx.Module:
        """Return the module with fresh weights."""

    @abc.abstractmethod
    def loss(self, module, batch, key) -> Float[Array, ""]:
        """Return what training minimizes, averaged over a batch."""

    @property
    @abc.abstractmethod
    def activations(self) -> int:
        """Approximate number of floats that one observation keeps in memory during a step."""

    def update(self, optimizer, state, batch, key):
        """Take one step of training: return (state, loss).

        The state consists of the parts of the weights and the optimizer's moments.
        """
        parts, moments = state

        def loss(parts):
            return self.loss(self.assembled(parts), batch, key)

        value, gradient = jax.value_and_grad(loss)(parts)
        change, moments = optimizer.update(gradient, moments, parts)
        paces = self.parts(jnp.broadcast_to(self.paces, (self.weights,)))
        parts = jax.tree.map(lambda w, pace, by: w + pace * by, parts, paces, change)
        return (parts, moments), value

    @property
    def paces(self):
        """Factor of the optimizer's step: one number, or one per weight."""
        return 1.0

    def initial(self, key) -> Float[Array, " parameters"]:
        """Return fresh weights as one vector."""
        return _initial(self, key)

    @staticmethod
    def flat(module) -> Float[Array, " parameters"]:
        """Return the weights of a module as one vector."""
        return joined(jax.tree.leaves(nnx.split(module)[1]))

    def module_from(self, weights):
        """Return the flax module with the weights of a flat vector."""
        return self.assembled(self.parts(weights))

    def parts(self, weights) -> list[Array]:
        """Return the arrays of the module from a flat vector: the inverse of `joined`."""
        # Training works on separate arrays, because slices of one long vector would be copied in
        # every step; outside of it a model is one vector, which the loop stores and copies at once.
        leaves = self._abstract()[1]
        cuts = np.cumsum([math.prod(leaf.shape) for leaf in leaves])[:-1]
        return [
            part.reshape(leaf.shape)
            for part, leaf in zip(jnp.split(weights, cuts), leaves, strict=True)
        ]

    def assembled(self, parts):
        """Return the flax module that has these arrays."""
        graph, structure = self._abstract()[0]
        return nnx.merge(graph, jax.tree.unflatten(structure, parts))

    @property
    def weights(self) -> int:
        """Number of weights."""
        return sum(math.prod(leaf.shape) for leaf in self._abstract()[1])

    def _abstract(self):
        return _blueprint(jax.tree.structure(self))


# A run traces every fit several times: as an inlined program its Python runs once for all of them.
@functools.partial(jax.jit, inline=True)
def _initial(trainable, key):
    return trainable.flat(trainable.build(nnx.Rngs(key)))


@functools.lru_cache(maxsize=256)
def _blueprint(structure):
    """The graph of a module and the shapes of its weights, by the static fields that build it."""
    # Every build inside a trace costs a tenth of a second: flax asks tracers for their sharding,
    # and JAX prints the whole program into the message that there is none.
    trainable = jax.tree.unflatten(structure, [0.0] * structure.num_leaves)
    graph, state = nnx.split(nnx.eval_shape(lambda: trainable.build(nnx.Rngs(0))))
    leaves, inner = jax.tree.flatten(state)
    return (graph, inner), leaves
