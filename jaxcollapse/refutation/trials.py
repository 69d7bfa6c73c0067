"""One configuration under test: evidence against a claim grows with the replicas, and may be looked
at as it does.
"""

from dataclasses import dataclass, field
from functools import singledispatch

import numpy as np
from scipy.special import logsumexp

from ..domains import Real
from ..engine.simulate import simulate
from ..quantities.base import AbstractQuantity, E, P, Rate, Var
from ..quantities.estimates import Estimate
from ..quantities.summaries import PowerSums
from ..recursion import Recursion
from ..theory.kinds import Bound
from .claims import Claim
from .eprocesses import AbstractEProcess, Betting, evidence_for, sigmas_to_refute

CHUNK = 1 << 12


@singledispatch
def observations(quantity: AbstractQuantity, values: np.ndarray, within: Real):
    """Independent numbers whose mean is the quantity, shape (replicas, generations + 1), and their
    range.
    """
    raise ValueError(f"{quantity} is no mean of independent values")


@observations.register
def _(quantity: E, values, within):
    return np.clip(values, within.low, within.high), (within.low, within.high)


@observations.register
def _(quantity: P, values, within):
    return values, (0.0, 1.0)


@observations.register
def _(quantity: Var, values, within):
    pairs = len(values) // 2
    return 0.5 * (values[:pairs] - values[pairs : 2 * pairs]) ** 2, (
        0.0,
        0.5 * (within.high - within.low) ** 2,
    )


@observations.register
def _(quantity: Rate, values, within):
    t = np.maximum(np.arange(values.shape[1]), 1)
    return (values - values[:, :1]) / t, (-np.inf, np.inf)


@dataclass
class Trial:
    """A claim about one recursion at some generations.

    The e-processes of all generations, and of both sides of an equality, are averaged: their mean
    is an e-process.
    """

    claim: Claim
    recursion: Recursion
    times: np.ndarray
    claimed: np.ndarray
    key: object
    replicas: int = 0
    evidence: list[AbstractEProcess] = field(default_factory=list)
    sums: PowerSums | None = None

    @property
    def signs(self) -> tuple[int, ...]:
        kind = self.claim.law.kind
        return {"upper": (1,), "lower": (-1,)}[kind.side] if isinstance(kind, Bound) else (1, -1)

    def grow(self, size: int) -> None:
        """Simulate more replicas, as far as the last generation of interest."""
        quantity, start = self.claim.law.quantity, self.replicas
        horizon = max(self.claim.generations, int(self.times.max()))
        replicas = range(start, start + size)
        try:
            run = simulate(
                self.key,
                self.recursion,
                generations=horizon,
                replicas=replicas,
                observe=quantity.metric,
            )
            raw = np.asarray(run.observed[quantity.metric.name], np.float64)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            raise ValueError(
                f"claim {self.claim.name}: {self.recursion} cannot be simulated: {problem}"
            ) from error
        self._check(raw)
        values, (low, high) = observations(quantity, raw, self.claim.within)
        values = values[:, self.times]
        if not self.evidence:
            self.evidence = [evidence_for(self.claimed, sign, low, high) for sign in self.signs]
        for each in self.evidence:
            each.grow(values)
        added = PowerSums.of(raw)
        self.sums = added if self.sums is None else self.sums.merged(added)
        self.replicas += size

    def _check(self, raw: np.ndarray) -> None:
        within, metric = self.claim.within, self.claim.law.quantity.metric
        if np.any(np.isnan(raw)):
            raise ValueError(
                f"claim {self.claim.name}: metric {metric} is not a number for {self.recursion}"
            )
        slack = 1e-5 * np.maximum(1.0, np.abs(raw))
        outside = (raw < within.low - slack) | (raw > within.high + slack)
        if np.any(outside):
            found = f"{within.interval} and {raw[outside][0]:g}"
            raise ValueError(
                f"claim {self.claim.name}: within must hold every {metric}, got {found}"
            )

    def log_values(self) -> np.ndarray:
        """Logarithms of the e-processes, shape (sides, generations of interest)."""
        return np.array([each.log_value() for each in self.evidence])

    def log_value(self) -> float:
        """Logarithm of the e-process of the configuration."""
        values = self.log_values()
        return float(logsumexp(values) - np.log(values.size))

    def contradicts(self, log_threshold: float, most: int, patience: int | None = None) -> bool:
        """Grow until the evidence reaches the threshold or `most` replicas are spent, giving up on
        none after `patience`.
        """
        while self.replicas < most:
            self.grow(min(max(CHUNK, self.replicas), most - self.replicas))
            if self.log_value() >= log_threshold:
                return True
            if patience is not None and self.replicas >= patience and self.log_value() < 0:
                return False
        return False

    @property
    def exact(self) -> bool:
        """Whether every e-process of the trial is exact."""
        return all(isinstance(each, Betting) for each in self.evidence)

    @property
    def estimate(self) -> Estimate:
        """The quantity with its standard error at the generations of interest, as a run of so many
        replicas gives it.
        """
        whole = self.claim.law.quantity.of_sums(self.sums, np.arange(len(self.sums.mean)))
        columns = (each[self.times] for each in (whole.value, whole.error))
        return Estimate(*columns, whole.replicas, whole.skewness[self.times])

    def resolution(self, log_threshold: float) -> float:
        """The smallest relative difference, over the generations of interest, that so many replicas
        show.
        """
        entries = np.log(len(self.times) * len(self.signs))
        radius = sigmas_to_refute(self.replicas, log_threshold + entries) * self.estimate.error
        relative = radius / np.where(self.claimed == 0, 1, np.abs(self.claimed))
        return float(np.min(relative[relative > 0], initial=np.inf))

    def worst(self) -> int:
        """Index of the generation with the most evidence."""
        return int(np.argmax(self.log_values().max(axis=0)))
