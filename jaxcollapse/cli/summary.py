"""What `simulate` says of a metric: only numbers, and in words where there is none."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..quantities.estimates import LOST, Estimate, estimate_of_mean, with_losses
from ..quantities.summaries import PowerSums
from .numbers import plain, shown

ALONE = " (one replica has no standard error)"
UNTRUSTED = " (not to be trusted: the mean lives on rare replicas)"


@dataclass(frozen=True)
class Summary:
    """A metric at the first and the last generation of a run, over the replicas that have it.

    `absent` replicas have no value at the last generation, as after a training that diverged, and
    are left out; in `infinite` ones it is infinite.
    """

    truth: float
    sums: PowerSums | None
    absent: int
    infinite: int
    replicas: int

    @classmethod
    def of(cls, first: np.ndarray, last: np.ndarray) -> "Summary":
        """Summarize the values of all replicas at the first and the last generation."""
        finite = last[np.isfinite(last)]
        sums = PowerSums.of(finite[:, None]) if len(finite) else None
        absent, infinite = int(np.isnan(last).sum()), int(np.isinf(last).sum())
        return cls(float(first[0]), sums, absent, infinite, len(last))

    def merged(self, other: "Summary") -> "Summary":
        """The summary of both groups of replicas."""
        found = [each.sums for each in (self, other) if each.sums is not None]
        sums = found[0].merged(found[1]) if len(found) == 2 else (found or [None])[0]
        counts = (
            getattr(self, name) + getattr(other, name)
            for name in ("absent", "infinite", "replicas")
        )
        return Summary(self.truth, sums, *counts)

    @property
    def estimate(self) -> Estimate | None:
        """The mean over replicas at the last generation; None where there is none."""
        if self.sums is None or self.infinite:
            return None
        return with_losses(estimate_of_mean(self.sums), self.truth)

    def record(self) -> dict[str, Any]:
        """The summary as numbers; those left out and those infinite where there are any."""
        last = error = None
        trusted = True
        if (found := self.estimate) is not None:
            last, error, trusted = float(found.value[0]), plain(found.error[0]), found.trusted()[0]
        counts = {"absent": self.absent, "infinite": self.infinite}
        numbers = {"truth": plain(self.truth), "last": last, "error": error}
        doubt = {} if trusted else {"trusted": False}
        return numbers | doubt | {name: count for name, count in counts.items() if count}

    def _doubt(self, value: float) -> str:
        """Why a value with an error cannot be trusted."""
        return UNTRUSTED if value else f" (not to be trusted: all replicas are 0, {LOST})"

    def text(self, t: int) -> str:
        """The summary as a line."""
        found = self.record()
        if self.infinite:
            end = f"infinite in {self.infinite} of {self.replicas} replicas at t={t}"
        elif found["last"] is None:
            end = f"no value at t={t}"
        else:
            value, error = found["last"], found["error"]
            if error is None:
                return f"{shown(self.truth)} at first, {shown(value)} at t={t}{ALONE}"
            digits = max(6, math.ceil(math.log10(abs(value / error))) + 2 if error and value else 0)
            end = f"{shown(value, f'.{min(digits, 15)}g')} ± {shown(error, '.2g')} at t={t}"
            end += "" if found.get("trusted", True) else self._doubt(value)
        left = f" ({self.absent} of {self.replicas} replicas have no value)" if self.absent else ""
        return f"{shown(self.truth)} at first, {end}{left}"
