"""The formal sum of data sources: the carrier of the mixing ledger."""

import equinox as eqx
import jax.numpy as jnp

from ...evidence import Ledger, Parts
from ...families.base import as_float
from .base import AbstractCarrier


class Formal(AbstractCarrier):
    """Evidence is the weight of every source; the model is the ledger of the last fit."""

    sources: int = eqx.field(static=True)

    def empty(self, params):
        return ()

    def draw(self, store, ahead, source, selection, params, n, index):
        return one_source(index, n, self.sources), store

    def learn(self, store, keys, selection, evidence, init, n):
        return of_all_parts(selection.select(keys[0], evidence, n, None)), store


def one_source(index, count, sources: int) -> Ledger:
    """The ledger of `count` observations from one source."""
    weights = (jnp.arange(sources) == index).astype(jnp.result_type(float))
    return Ledger(as_float(count), weights)


def of_all_parts(evidence) -> Ledger:
    """One ledger of the sources that any part of a model trains on."""
    if not isinstance(evidence, Parts):
        return evidence
    weights = [part.weights for part in evidence.trained]
    return Ledger(evidence.count, jnp.sum(jnp.stack(weights), axis=0))
