"""A carrier that measures how near every fit is to the optimum of its objective."""

from dataclasses import replace
from typing import Any, ClassVar

import jax.numpy as jnp

from ...families.base import AbstractExponentialFamily
from ...families.gradients import squared_gradient
from .base import AbstractCarrier

SQUARED_GRADIENT = "squared_gradient"


class Measuring(AbstractCarrier):
    """Another carrier that also records the squared gradient of every fit."""

    notes: ClassVar[bool] = True

    inner: AbstractCarrier
    family: Any

    @property
    def replica_axis(self):
        return self.inner.replica_axis

    @property
    def least_lanes(self):
        return self.inner.least_lanes

    def empty(self, params):
        return self.inner.empty(params), jnp.zeros(())

    def ahead(self, source, params):
        return self.inner.ahead(source, params)

    def draw(self, store, ahead, source, selection, params, n, index):
        # A decoding replaces the family of this carrier, through which the data are drawn.
        inner: Any = replace(self.inner, family=self.family)
        evidence, kept = inner.draw(store[0], ahead, source, selection, params, n, index)
        return evidence, (kept, store[1])

    def noted(self, record, store):
        return record | {SQUARED_GRADIENT: store[1]}

    def learn(self, store, keys, selection, evidence, init, n):
        inner: Any = replace(self.inner, family=_Measured(self.family))
        fitted, kept = inner.learn(store[0], keys, selection, evidence, init, n)
        return fitted[0], (kept, fitted[1].astype(jnp.result_type(float)))


class _Measured(AbstractExponentialFamily):
    """A family whose fits come with their squared gradients."""

    family: Any

    def sample(self, key, params, size):
        return self.family.sample(key, params, size)

    def statistics(self, samples, params):
        return self.family.statistics(samples, params)

    def sample_statistics(self, key, params, n, capacity):
        return self.family.sample_statistics(key, params, n, capacity)

    def estimate(self, evidence):
        return self.family.estimate(evidence)

    def fit(self, key, samples, init):
        if isinstance(self.family, AbstractExponentialFamily):
            return self.revise(self.family.statistics(samples, init), init)
        model = self.family.fit(key, samples, init)
        return model, squared_gradient(self.family, samples, model)

    def revise(self, evidence, init):
        model = self.family.revise(evidence, init)
        return model, squared_gradient(self.family, evidence, model)
