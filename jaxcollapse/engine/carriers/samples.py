"""Weighted samples of stored generations, and the formal sum that says which of them are read
again.

The samples carrier is the ledger beside a store of generated data: workflows weigh sources, the
store resolves them.
A generation stays in the store only while the ledger of its own workflow says that a later fit
reads it.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ...evidence import Ledger, Samples
from ...families.base import as_float
from .base import AbstractCarrier, _selection_key


class Formal(AbstractCarrier):
    """Evidence is the weight of every source; the model is the ledger of the last fit."""

    sources: int = eqx.field(static=True)

    def empty(self, params):
        return ()

    def draw(self, store, ahead, source, selection, params, n, index):
        return one_source(index, n, self.sources), store

    def learn(self, store, keys, selection, evidence, init, n):
        return selection.select(keys[0], evidence, n, None), store


class Store(eqx.Module):
    """Generated data by slot: values (slots, capacity, *event), weights (slots, capacity), the
    source in each slot.
    """

    values: jax.Array
    weights: jax.Array
    sources: jax.Array


class Sampled(AbstractCarrier):
    """Evidence is weighted samples of the stored generations; `slots` says where each source is
    kept.
    """

    family: Any
    slots: jax.Array
    capacity: int = eqx.field(static=True)
    width: int = eqx.field(static=True)

    def empty(self, params):
        drawn = jax.eval_shape(
            lambda p: self.family.sample(jax.random.key(0), p, self.capacity), params
        )
        shape = (self.width, self.capacity)
        return Store(
            jnp.zeros((self.width, *drawn.shape), drawn.dtype),
            jnp.zeros(shape, jnp.result_type(float)),
            jnp.full((self.width,), -1, jnp.int32),
        )

    def draw(self, store, ahead, source, selection, params, n, index):
        present = (jnp.arange(self.capacity) < n).astype(store.weights.dtype)
        samples = Samples(self.family.sample(source.key, params, self.capacity), present)
        samples = selection.select(_selection_key(source), samples, n, self.capacity)
        slot = jnp.asarray(self.slots)[index]
        store = Store(
            store.values.at[slot].set(samples.values),
            store.weights.at[slot].set(samples.weights),
            store.sources.at[slot].set(index),
        )
        return one_source(index, samples.count, len(self.slots)), store

    def learn(self, store, keys, selection, evidence, init, n):
        weights = jnp.where(store.sources >= 0, evidence.weights[store.sources], 0.0)
        flat = store.values.reshape(-1, *store.values.shape[2:])
        samples = Samples(flat, (weights[:, None] * store.weights).reshape(-1))
        left = selection.select(keys[0], samples, n, self.capacity)
        if selection.loses:
            store = eqx.tree_at(
                lambda s: s.weights, store, left.weights.reshape(store.weights.shape)
            )
        return self.family.fit(keys[1], left, init), store


def one_source(index, count, sources: int) -> Ledger:
    """The ledger of `count` observations from one source."""
    weights = (jnp.arange(sources) == index).astype(jnp.result_type(float))
    return Ledger(as_float(count), weights)


def allocate_slots(weights: np.ndarray, born: np.ndarray) -> tuple[np.ndarray, int]:
    """Give every source a slot that is free from its birth to the last fit that weighs it.

    Args:
        weights: ledger, shape (fits, sources).
        born: index of the fit before which each source is drawn, shape (sources,).

    Returns:
        The slot of each source, and how many slots there are.
    """
    fits = np.arange(len(weights))[:, None]
    last_use = np.where(weights != 0, fits, -1).max(axis=0)
    slots, free_from = np.zeros(len(born), np.int32), [0]
    for source in np.argsort(born, kind="stable"):
        free = [slot for slot, time in enumerate(free_from) if time <= born[source]]
        if not free:
            free = [len(free_from)]
            free_from.append(0)
        slots[source] = free[0]
        free_from[free[0]] = max(last_use[source], born[source]) + 1
    return slots, len(free_from)
