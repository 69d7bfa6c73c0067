"""One replica of a run: the state it carries, and how one generation turns it into the next."""

from dataclasses import replace
from typing import Any

import equinox as eqx

from .._keys import RandomStream, Stream, fold_in
from ..evidence import Unchanged
from ..recursion import Recursion
from ..selection import Everything
from .carriers.base import AbstractCarrier
from .recording import floating


class State(eqx.Module):
    """What a replica carries from one generation to the next."""

    params: Any
    """The model of the last fit."""
    pool: Any
    """What the workflow remembers."""
    store: Any
    """What the carrier keeps beside the evidence, such as the samples themselves."""
    ahead: Any
    """Noise for the draws of the next fit: the part that does not depend on the model."""


class Replica(eqx.Module):
    """What one replica does. The loop vectorizes these methods; `key` is the replica's own key."""

    recursion: Recursion
    carrier: AbstractCarrier
    generations: int = eqx.field(static=True)

    @property
    def recorded(self) -> Recursion:
        """The recursion that the recorded models belong to."""
        return self.recursion

    def begin(self, key) -> State:
        """Fit 1, on real data."""
        recursion, carrier, truth = self.recursion, self.carrier, floating(self.recursion.truth)
        source = RandomStream(key, 1, Stream.DATA)
        size = recursion.size(1) if recursion.real is None else recursion.real
        noise, store = carrier.ahead(source, truth), carrier.empty(truth)
        real, store = carrier.draw(store, noise, source, Everything(), truth, size, 0)
        params, store = carrier.learn(store, fit_keys(key, 1), Everything(), real, truth, size)
        return State(params, recursion.workflow.init(real), store, self.ahead(key, 2))

    def step(self, state: State, key, t) -> State:
        """Fit t of the state after fit t - 1."""
        return replace(self.refit(state, key, t), ahead=self.ahead(key, t + 1))

    def refit(self, state: State, key, t) -> State:
        """Fit t, without the noise for fit t + 1."""
        recursion, carrier = self.recursion, self.carrier
        n, source = recursion.size(t), RandomStream(key, t, Stream.DATA)
        synthetic, store = recursion.decoding.through(carrier).draw(
            state.store, state.ahead[0], source, recursion.selection, state.params, n, t - 1
        )
        fresh = None
        if recursion.workflow.uses_fresh:
            fresh, store = self.draw_fresh(store, state.ahead[1], key, t)
        evidence, pool = recursion.workflow.update(state.pool, synthetic, fresh)
        if isinstance(evidence, Unchanged):
            return State(state.params, pool, store, None)
        selection = recursion.workflow.selection
        params, store = carrier.learn(store, fit_keys(key, t), selection, evidence, state.params, n)
        return State(params, pool, store, None)

    def draw_fresh(self, store, noise, key, t):
        """Draw the fresh real data of fit t: the evidence, and the store after it."""
        source, index = RandomStream(key, t, Stream.FRESH), self.generations + t - 1
        truth, size = floating(self.recursion.truth), self.recursion.arriving(t)
        return self.carrier.draw(store, noise, source, Everything(), truth, size, index)

    def leap(self, state: State, key, t, stop) -> State:
        """Fit `stop` of the state after fit t, drawn at once by a carrier that leaps."""
        params = self.carrier.leap(state.params, RandomStream(key, t + 1, Stream.DATA))
        return replace(state, params=params, ahead=self.ahead(key, stop + 1))

    def model(self, state: State):
        """The model that is recorded of a state."""
        return state.params

    def noted(self, record, state: State):
        """The record of a state's model, with what the carrier adds to it."""
        return self.carrier.noted(record, state.store)

    def ahead(self, key, t):
        """The part of the draws for fit t that does not depend on the model, one per stream."""
        truth = floating(self.recursion.truth)
        fresh = (Stream.FRESH,) if self.recursion.workflow.uses_fresh else ()
        streams = (Stream.DATA, *fresh)
        return tuple(self.carrier.ahead(RandomStream(key, t, stream), truth) for stream in streams)


def fit_keys(key, t):
    """The keys with which fit t selects from its evidence, and fits."""
    return fold_in(key, t, Stream.POOL), fold_in(key, t, Stream.FIT)
