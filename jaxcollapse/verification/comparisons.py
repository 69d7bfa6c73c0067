"""Cases under test: a configuration of a recursion, or symbols with the law's own simulation.

Replicas are added until they are enough; both kinds of case keep power sums of what they saw.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .._keys import fold_in
from ..metrics import Metric
from ..quantities.base import AbstractMomentQuantity, E, Estimate, HittingTime, P
from ..quantities.summaries import PowerSums
from ..recursion import Recursion
from ..theory.law import Law
from .runs import Runs


def times_of(generations: int) -> np.ndarray:
    """Return the generations at which a case is compared: the first, a middle one and the last."""
    return np.unique([1, (generations + 1) // 2, generations])


@dataclass
class OfRecursion:
    """One configuration of a law under test."""

    law: Law
    recursion: Recursion
    generations: int
    sums: PowerSums | None = None

    @property
    def metric(self) -> Metric:
        return self.law.quantity.metric

    @property
    def t(self):
        if isinstance(self.law.quantity, HittingTime):
            return None
        if "t" in self.law.parameters:
            return times_of(self.generations)
        return np.asarray([self.generations])

    def expected(self):
        return np.atleast_1d(np.asarray(self.law.of(self.recursion, self.t), float))

    def rivals(self):
        return {
            name: np.atleast_1d(np.asarray(self.law.rival_of(name, self.recursion, self.t), float))
            for name in self.law.rivals
        }

    def grow(self, runs: Runs, replicas: range):
        added = runs.sums(self, replicas)
        self.sums = added if self.sums is None else self.sums.merged(added)

    def estimate(self) -> Estimate:
        quantity = self.law.quantity
        if self.t is None:
            return E(quantity.metric).of_sums(self.sums, np.zeros(1))
        if not isinstance(quantity, AbstractMomentQuantity):
            raise ValueError(f"law {self.law.name}: {quantity} cannot be tested by a z test")
        whole = quantity.of_sums(self.sums, np.concatenate([[0], self.t]))
        value, error = whole.value[1:], whole.error[1:]
        if isinstance(quantity, P):
            expected = np.clip(self.expected(), 0, 1)
            # An event that was never seen, or always, has no standard error of its own.
            error = np.maximum(error, np.sqrt(expected * (1 - expected) / whole.replicas))
        return Estimate(value, error, whole.replicas)

    def __str__(self):
        return f"{type(self.recursion.family).__name__}/{type(self.recursion.workflow).__name__}"


@dataclass
class OfSymbols:
    """One set of symbols of a law under test, simulated by the law's own `draw`."""

    law: Law
    symbols: Mapping
    sums: PowerSums | None = None
    t = None

    def expected(self):
        return np.atleast_1d(np.asarray(self.law(**self.symbols), float))

    def rivals(self):
        checked = self.law.checked(self.symbols)
        return {
            name: np.atleast_1d(np.asarray(self.law.rival_at(name, **checked), float))
            for name in self.law.rivals
        }

    def grow(self, runs: Runs, replicas: range):
        if self.law.draw is None:
            raise ValueError(
                f"law {self.law.name} has neither a recursion nor a draw to be tried with"
            )
        key, count = fold_in(runs.key, replicas.start), len(replicas)
        values = np.asarray(self.law.draw(key, count, **self.symbols), float)
        added = PowerSums.of(values.reshape(count, -1))
        self.sums = added if self.sums is None else self.sums.merged(added)

    def estimate(self) -> Estimate:
        return Estimate(
            self.sums.mean, np.sqrt(self.sums.variance / self.sums.count), self.sums.count
        )

    def __str__(self):
        return ", ".join(f"{name}={value}" for name, value in self.symbols.items())


def trial_of(law: Law, chosen) -> "OfRecursion | OfSymbols":
    """Return a case of a law as what is tested."""
    return OfSymbols(law, chosen) if law.draw is not None else OfRecursion(law, *chosen)
