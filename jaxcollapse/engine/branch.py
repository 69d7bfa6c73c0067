"""A run whose every generation is also fitted otherwise: an intervention in one generation only.

The branch of generation t is fitted to data of the run's own model t - 1, under the run's own
noise, and leaves no descendants.
"""

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from .._keys import RandomStream, Stream
from ..recursion import Recursion
from ..selection import Everything
from .carriers.base import AbstractCarrier
from .recording import floating
from .replica import Replica, State, fit_keys


class Branch(eqx.Module):
    """The other fit: its family and sample size, and how its data are drawn and learned from.

    `drawing` carries the family of the run, whose model generates, and `learning` that of the
    branch, which is fitted. Both are of one kind.
    """

    recursion: Recursion
    drawing: AbstractCarrier
    learning: AbstractCarrier


class BranchingReplica(Replica):
    """A replica that fits every generation twice; what is recorded is the branch.

    The store of its state is a pair: what the carrier of the run keeps, and the last branch with
    what its carrier notes of it.
    """

    branch: Branch

    @property
    def recorded(self) -> Recursion:
        """The recursion that the recorded models belong to."""
        return self.branch.recursion

    def begin(self, key) -> State:
        state = super().begin(key)
        other, carrier = self.branch.recursion, self.branch.learning
        truth, source = floating(self.recursion.truth), RandomStream(key, 1, Stream.DATA)
        size = other.size(1) if other.real is None else other.real
        noise = carrier.ahead(source, truth)
        store = carrier.empty(truth)
        real, store = carrier.draw(store, noise, source, Everything(), truth, size, 0)
        learned = carrier.learn(store, fit_keys(key, 1), Everything(), real, truth, size)
        return replace(state, store=(state.store, self._kept(*learned)))

    def refit(self, state: State, key, t) -> State:
        alone = replace(state, store=state.store[0])
        after = super().refit(alone, key, t)
        return replace(after, store=(after.store, self._branch(alone, key, t)))

    def _branch(self, state: State, key, t) -> Any:
        other, branch = self.branch.recursion, self.branch
        n, source = other.size(t), RandomStream(key, t, Stream.DATA)
        synthetic, store = other.decoding.through(branch.drawing).draw(
            state.store, state.ahead[0], source, other.selection, state.params, n, t - 1
        )
        fresh = None
        if other.workflow.uses_fresh:
            fresh, store = replace(self, carrier=branch.drawing).draw_fresh(
                store, state.ahead[1], key, t
            )
        # Expected counts are no integers: a pool of integers would cut them off.
        pool = jax.tree.map(_as_floats, state.pool)
        evidence, _ = other.workflow.update(pool, synthetic, fresh)
        selection = other.workflow.selection
        # The carrier that drew the data notes nothing.
        store = (store, jnp.zeros(())) if branch.learning.notes else store
        learned = branch.learning.learn(
            store, fit_keys(key, t), selection, evidence, state.params, n
        )
        return self._kept(*learned)

    def _kept(self, model, store):
        """A branch, and what is noted of it."""
        note = store[1] if self.branch.learning.notes else None
        return self.branch.recursion.family.canonical(model), note

    def model(self, state: State):
        return state.store[1][0]

    def noted(self, record, state: State):
        return self.branch.learning.noted(record, state.store[1])


def replica_of(recursion: Recursion, carrier: AbstractCarrier, generations: int, branch) -> Replica:
    """The replica of a run, with a branch or without one."""
    if branch is None:
        return Replica(recursion, carrier, generations)
    return BranchingReplica(recursion, carrier, generations, branch)


def _as_floats(leaf):
    """An array of integers as floats where those hold them exactly."""
    return leaf.astype(jnp.result_type(float)) if leaf.dtype.kind in "iu" and leaf.ndim else leaf
