"""Weighted samples of stored generations.

The samples carrier is the ledger beside a store of generated data: workflows weigh sources, and the
store resolves them. A generation stays in the store only while the ledger of its own workflow says
that a later fit reads it, so Replace needs one slot and Accumulate all of them.
"""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Num

from ...evidence import Parts, Samples
from ..mixing import mixing_ledger, sources_of
from ..recording import floating
from .base import AbstractCarrier, capacity_of, selection_key
from .formal import one_source


class Store(eqx.Module):
    """Generated data by slot, with the number of the source that each slot holds, -1 for none."""

    values: Num[Array, "slots capacity *event"]
    weights: Float[Array, "slots capacity"]
    sources: Int[Array, " slots"]


class Sampled(AbstractCarrier):
    """Evidence is weighted samples of the stored generations.

    `slots` says where each source is kept among `width` slots of `capacity` observations.
    """

    name: ClassVar[str] = "samples"

    family: Any
    slots: Int[Array | np.ndarray, " sources"]
    capacity: int = eqx.field(static=True)
    width: int = eqx.field(static=True)

    @classmethod
    def why_not(cls, recursion, stops):
        objection = super().why_not(recursion, stops)
        rules = recursion.selection, recursion.workflow.selection
        for rule in (rule for rule in rules if rule.selects):
            objection = objection or _unscored(rule, recursion)
        return objection

    @classmethod
    def of(cls, recursion, generations, stops):
        workflow = recursion.workflow
        # Numbers of the workflow may be traced; the pattern of its ledger is that of generic ones.
        generic = jax.tree.map(lambda leaf: 0.5 * np.ones(np.shape(leaf)), workflow)
        sizes = np.where(np.arange(generations) == 0, 2, 1)
        ledger = mixing_ledger(generic, generations, sizes=sizes)
        drawn_before_fit = np.arange(sources_of(generations, workflow)) % generations
        slots, width = allocate_slots(ledger, drawn_before_fit)
        return cls(recursion.family, slots, capacity_of(recursion), width)

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
        samples = selection.select(selection_key(source), samples, n, self.capacity)
        store = self.kept(store, samples, index)
        return one_source(index, samples.count, len(self.slots)), store

    def kept(self, store: Store, samples: Samples, index) -> Store:
        """The store with the samples of source `index` in its slot."""
        slot = jnp.asarray(self.slots)[index]
        return Store(
            store.values.at[slot].set(samples.values),
            store.weights.at[slot].set(samples.weights),
            store.sources.at[slot].set(index),
        )

    def selected(self, selection, key, samples, n):
        """What the selection of a workflow leaves of a pool."""
        return selection.select(key, samples, n, self.capacity)

    def learn(self, store, keys, selection, evidence, init, n):
        if isinstance(evidence, Parts):
            samples = evidence.map(lambda part: self._weighed(store, part))
        else:
            samples = self._weighed(store, evidence)
        left = self.selected(selection, keys[0], samples, n)
        if selection.loses:
            weights = left.weights.reshape(store.weights.shape)
            store = Store(store.values, weights, store.sources)
        return self.family.fit(keys[1], left, init), store

    def _weighed(self, store, ledger) -> Samples:
        """The stored observations with the weights that a ledger gives to their sources."""
        weights = jnp.where(store.sources >= 0, ledger.weights[store.sources], 0.0)
        flat = store.values.reshape(-1, *store.values.shape[2:])
        return Samples(flat, (weights[:, None] * store.weights).reshape(-1))


def _unscored(rule, recursion) -> str | None:
    """Why a rule has no score of every observation: a shape that is not one number each."""
    if rule.score is None:
        return None
    family, size = recursion.family, 4
    drawn = jax.eval_shape(
        lambda truth: family.sample(jax.random.key(0), truth, size), floating(recursion.truth)
    )
    event = drawn.shape[1:]
    try:
        found = jax.eval_shape(rule.score, drawn).shape
    except (TypeError, ValueError, IndexError):
        found = None
    if found == (size,):
        return None
    return (
        f"{type(rule.score).__name__} must give one number per observation: it cannot score "
        f"observations of shape {event} of {type(family).__name__}"
    )


def allocate_slots(weights: np.ndarray, born: np.ndarray) -> tuple[np.ndarray, int]:
    """Give every source a slot of its own from its birth to the last fit that weighs it.

    Args:
        weights: the ledger, shape (fits, sources).
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
