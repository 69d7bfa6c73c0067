"""Carriers: what evidence is made of while the loop runs. Statistics, samples, or the formal sum.

The samples carrier is the ledger beside a store of generated data: workflows weigh sources, the store resolves them.
A generation is kept in the store only while the ledger of its own workflow says that a later fit reads it.
"""

import abc
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .evidence import Ledger, Samples
from .families.base import AbstractExponentialFamily, as_float


class AbstractCarrier(eqx.Module):
    """How data is drawn from a model, and how evidence becomes the next model."""

    @abc.abstractmethod
    def empty(self, params) -> Any:
        """What the carrier keeps beside the evidence, before anything is drawn."""

    @abc.abstractmethod
    def draw(self, store, keys, selection, params, n, source) -> tuple[Any, Any]:
        """What `selection` leaves of n observations from `params`, registered as `source`: (evidence, store)."""

    @abc.abstractmethod
    def learn(self, store, keys, selection, evidence, init, n) -> Any:
        """The model fitted to what `selection` leaves of the evidence; keys are (select, fit)."""


class Statistics(AbstractCarrier):
    """Evidence is sufficient statistics drawn from their exact law."""

    family: AbstractExponentialFamily
    capacity: int | None = eqx.field(static=True)

    def empty(self, params):
        return ()

    def draw(self, store, keys, selection, params, n, source):
        evidence = self.family.sample_statistics(keys[0], params, n, self.capacity)
        return selection.select(keys[1], evidence, n, self.capacity), store

    def learn(self, store, keys, selection, evidence, init, n):
        return self.family.revise(selection.select(keys[0], evidence, n, self.capacity), init)


class Formal(AbstractCarrier):
    """Evidence is the weight of every source; the model is the ledger of the last fit."""

    sources: int = eqx.field(static=True)

    def empty(self, params):
        return ()

    def draw(self, store, keys, selection, params, n, source):
        return one_source(source, n, self.sources), store

    def learn(self, store, keys, selection, evidence, init, n):
        return selection.select(keys[0], evidence, n, None)


class Store(eqx.Module):
    """Generated data by slot: values (slots, capacity, *event), weights (slots, capacity), the source in each slot."""

    values: jax.Array
    weights: jax.Array
    sources: jax.Array


class Sampled(AbstractCarrier):
    """Evidence is weighted samples of the stored generations; `slots` says where each source is kept."""

    family: Any
    slots: jax.Array
    capacity: int = eqx.field(static=True)
    width: int = eqx.field(static=True)

    def empty(self, params):
        drawn = jax.eval_shape(lambda p: self.family.sample(jax.random.key(0), p, self.capacity), params)
        shape = (self.width, self.capacity)
        return Store(
            jnp.zeros((self.width, *drawn.shape), drawn.dtype),
            jnp.zeros(shape, jnp.result_type(float)),
            jnp.full((self.width,), -1, jnp.int32),
        )

    def draw(self, store, keys, selection, params, n, source):
        present = (jnp.arange(self.capacity) < n).astype(store.weights.dtype)
        samples = Samples(self.family.sample(keys[0], params, self.capacity), present)
        samples = selection.select(keys[1], samples, n, self.capacity)
        slot = jnp.asarray(self.slots)[source]
        store = Store(
            store.values.at[slot].set(samples.values),
            store.weights.at[slot].set(samples.weights),
            store.sources.at[slot].set(source),
        )
        return one_source(source, samples.count, len(self.slots)), store

    def learn(self, store, keys, selection, evidence, init, n):
        weights = jnp.where(store.sources >= 0, evidence.weights[store.sources], 0.0)
        flat = store.values.reshape(-1, *store.values.shape[2:])
        samples = Samples(flat, (weights[:, None] * store.weights).reshape(-1))
        return self.family.fit(keys[1], selection.select(keys[0], samples, n, self.capacity), init)


def one_source(source, count, sources: int) -> Ledger:
    """The ledger of `count` observations from one source."""
    weights = (jnp.arange(sources) == source).astype(jnp.result_type(float))
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
