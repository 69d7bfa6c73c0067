"""The replicas of a tile side by side: the work of one replica, vectorized."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp

from .. import progress
from .._keys import apart, together
from .carry import stable_types
from .recording import recorder
from .replica import Replica, State


@dataclass(frozen=True)
class Lanes:
    """Methods of `Replica` for many replicas at once, on states whose leaves have a replica axis.

    `axes` is a state of axes: where replicas lie in each leaf, None for a leaf that is the same in
    all of them and is carried once. The carrier chooses the axis.
    """

    replica: Replica
    keys: Any
    words: Any
    begin: Callable
    axes: State
    record: Callable

    @classmethod
    def of(cls, replica: Replica, keys, metrics) -> "Lanes":
        """The lanes of the replicas whose keys are given."""
        begin, dependent = stable_types(replica, keys.dtype)
        axis = replica.carrier.replica_axis
        axes = jax.tree.map(lambda varies: axis if varies else None, dependent)
        # Two arrays of words load faster inside the loop than one array of pairs: leaps take
        # 1.36 times less time.
        return cls(replica, keys, apart(keys), begin, axes, recorder(replica.recorded, metrics))

    def start(self) -> State:
        """Fit 1 of every replica."""
        return jax.vmap(self.begin, out_axes=self.axes)(self.keys)

    @functools.cached_property
    def advance(self):
        """Fit t of every replica: a compiled function of (state, t), traced once for all uses."""
        return jax.jit(self._advance)

    def _advance(self, state, t):
        refit = jax.vmap(
            lambda state, key, t: self.replica.refit(state, together(key), t),
            in_axes=(self.axes, 0, None),
            out_axes=replace(self.axes, ahead=None),
        )
        fitted = refit(state, self.words, t)
        draws = jax.tree.leaves(self.axes.ahead)
        noise = self._ahead((_after(fitted.params, t) if draws else t) + 1)
        return replace(fitted, ahead=noise)

    def _ahead(self, t):
        ahead = jax.vmap(
            lambda key, t: self.replica.ahead(together(key), t),
            in_axes=(0, None),
            out_axes=self.axes.ahead,
        )
        return ahead(self.words, t)

    def leap(self, state, t, stop):
        """Fit `stop` of every replica from fit t at once."""
        leap = jax.vmap(
            lambda state, key: self.replica.leap(state, together(key), t, stop),
            in_axes=(self.axes, 0),
            out_axes=self.axes,
        )
        return leap(state, self.words)

    def show(self, state):
        """The record of every replica."""
        return jax.vmap(
            lambda state: self.replica.noted(self.record(self.replica.model(state)), state),
            in_axes=(self.axes,),
            axis_size=self.keys.shape[0],
        )(state)

    def show_nothing(self, state):
        """Zeros in the place of a record."""
        shapes = jax.eval_shape(self.show, state)
        return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)


@dataclass(frozen=True)
class Ticking(Lanes):
    """Lanes that tell progress of every generation; `share` is the part of a tile that it makes."""

    share: Any

    def _advance(self, state, t):
        jax.debug.callback(_tick, self.share)
        return super()._advance(state, t)


def _tick(share) -> None:
    # A program is compiled once for many runs. Where several go on, tiles alone are counted.
    if (task := progress.only_task("replicas")) is not None:
        task.expect(float(share))


def _after(params, t):
    """Return `t` with an artificial dependency on `params`.

    XLA then draws the next noise only after the model is known and reuses the old noise's buffer
    instead of copying it: 2 to 14 % less time per generation, none at d = 10.
    """
    negative = functools.reduce(
        jnp.logical_and, [jnp.ravel(leaf)[0] < 0 for leaf in jax.tree.leaves(params)]
    )
    # 0 or 1, shifted right by one: always zero, which the compiler does not see.
    return t + (negative.astype(jnp.int32) >> jnp.int32(1))
