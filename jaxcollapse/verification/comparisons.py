"""Cases under test: a configuration of a recursion, or symbols with the law's own simulation.

Replicas are added until they are enough; both kinds of case keep power sums of what they saw.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from .._keys import fold_in
from ..arguments import checked
from ..domains import Integer
from ..engine.carriers.tilted import LOG_WEIGHT, Tilted
from ..metrics import Metric
from ..quantities.base import AbstractMomentQuantity, E, HittingTime, P
from ..quantities.estimates import Estimate, skewness_of_mean
from ..quantities.significance import RESOLUTION
from ..quantities.summaries import PowerSums
from ..recursion import Recursion
from ..theory.kinds import Exact
from ..theory.law import Law
from .proposals import AGREEMENT, proposals
from .runs import Runs

MOST_TIMES = 64


@checked(generations=Integer(1, 10**9))
def times_of(generations: int) -> np.ndarray:
    """Return the generations at which a case is compared: every one.

    Of long runs these are `MOST_TIMES`, closer together at the start.
    """
    steps = np.geomspace(1, generations, min(generations, MOST_TIMES))
    every = np.arange(1, generations + 1)
    return every if generations <= MOST_TIMES else np.unique(steps.round()).astype(int)


@dataclass
class OfRecursion:
    """One configuration of a law under test.

    Rivals proposed by the machine stand beside those of the law's author where the law is exact and
    they differ by more than the resolution. At a configuration that a user has chosen, all of them
    do, and a bound has them too. A `tilted` case is simulated by the carrier "tilted".
    """

    law: Law
    recursion: Recursion
    generations: int
    chosen: bool = False
    tilted: bool = False
    sums: PowerSums | None = None
    weights: PowerSums | None = None

    @property
    def metric(self) -> Metric:
        return self.law.quantity.metric

    @property
    def t(self):
        waits = isinstance(self.law.quantity, HittingTime)
        return None if waits else times_of(self.generations)

    def expected(self):
        return self._expected

    @cached_property
    def _expected(self):
        return self._at_every_time(self.law.of(self.recursion, self.t))

    def rivals(self):
        return self.stated | self._proposed

    @cached_property
    def stated(self) -> dict[str, np.ndarray]:
        """The rivals of the law's author."""
        return {
            name: self._at_every_time(self.law.rival_of(name, self.recursion, self.t))
            for name in self.law.rivals
        }

    @cached_property
    def _proposed(self):
        if not (self.chosen or isinstance(self.law.kind, Exact)):
            return {}
        least = AGREEMENT if self.chosen else RESOLUTION
        machine = proposals(self.law, self.recursion, self.t, least)
        return {name: self._at_every_time(value) for name, value in machine.items()}

    def _at_every_time(self, value) -> np.ndarray:
        times = 1 if self.t is None else len(self.t)
        return np.array(np.broadcast_to(np.asarray(value, float).ravel(), times))

    def grow(self, runs: Runs, replicas: range):
        added = runs.sums(self, replicas)
        self.sums = _merged(self.sums, added[self.metric.name])
        self.weights = _merged(self.weights, added.get(LOG_WEIGHT))

    def with_tilt(self) -> "OfRecursion | None":
        """The same case simulated by tilted draws; None where there is no tilt for it."""
        possible = type(self.law.quantity) is E and not self.tilted
        if not possible or Tilted.why_not(self.recursion, self.t) is not None:
            return None
        return replace(self, tilted=True, sums=None, weights=None)

    def estimate(self) -> Estimate:
        quantity = self.law.quantity
        if self.t is None:
            return HittingTime.of_sums(self.sums)
        if not isinstance(quantity, AbstractMomentQuantity):
            raise ValueError(f"law {self.law.name}: {quantity} cannot be tested by a z test")
        whole = quantity.of_sums(self.sums, np.concatenate([[0], self.t]))
        later = Estimate(whole.value[1:], whole.error[1:], whole.replicas, whole.skewness[1:])
        return _under_the_law(later, self.expected()) if isinstance(quantity, P) else later

    def __str__(self):
        return f"{type(self.recursion.family).__name__}/{type(self.recursion.workflow).__name__}"


def _merged(known: PowerSums | None, added: PowerSums | None) -> PowerSums | None:
    return added if known is None or added is None else known.merged(added)


def _under_the_law(seen: Estimate, expected) -> Estimate:
    """The estimate of a probability with the error that it has if the law is true.

    An event that was never seen, or always, has no standard error of its own.
    """
    chance = np.clip(expected, 0, 1)
    spread = np.sqrt(chance * (1 - chance))
    with np.errstate(divide="ignore", invalid="ignore"):
        skewness = np.nan_to_num((1 - 2 * chance) / spread / np.sqrt(seen.replicas), nan=np.inf)
    own = np.nan_to_num(seen.skewness, nan=np.inf)
    # Of a binomial no rare replica is missing that neither the sample nor the law shows.
    smaller = np.where(np.abs(own) < np.abs(skewness), own, skewness)
    error = np.maximum(seen.error, spread / np.sqrt(seen.replicas))
    return Estimate(seen.value, error, seen.replicas, smaller)


@dataclass
class OfSymbols:
    """One set of symbols of a law under test, simulated by the law's own `draw`."""

    law: Law
    symbols: Mapping
    sums: PowerSums | None = None
    t = None
    chosen = False
    weights = None

    def expected(self):
        return np.atleast_1d(np.asarray(self.law(**self.symbols), float))

    def rivals(self):
        return self.stated

    @cached_property
    def stated(self) -> dict[str, np.ndarray]:
        """The rivals of the law's author."""
        checked = self.law.checked(self.symbols)
        return {
            name: np.atleast_1d(np.asarray(self.law.rival_at(name, **checked), float))
            for name in self.law.rivals
        }

    def with_tilt(self) -> None:
        """No tilt: the law draws by itself."""

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
        error = np.sqrt(self.sums.variance / self.sums.count)
        return Estimate(self.sums.mean, error, self.sums.count, skewness_of_mean(self.sums))

    def __str__(self):
        return ", ".join(f"{name}={value}" for name, value in self.symbols.items())


def trial_of(law: Law, case, chosen: bool = False) -> "OfRecursion | OfSymbols":
    """Return a case of a law as what is tested."""
    if law.draw is not None:
        return OfSymbols(law, case)
    return OfRecursion(law, *case, chosen=chosen)
