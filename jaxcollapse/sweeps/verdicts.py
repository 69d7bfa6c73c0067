"""Theory against a sweep: a verdict per cell and quantity, at one error rate for the whole grid."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..arguments import checked
from ..domains import Real
from ..quantities.estimates import Estimate
from ..quantities.significance import FALSE_ALARM, allowed_sigmas, described, deviations, rounding
from ..theory.law import Law
from ..verification.verdict import Verdict
from .beside import law_beside
from .cells import Cell
from .planning import Grid
from .store import Store, stored_sweep


@dataclass(frozen=True)
class Compared:
    """One quantity of one cell beside its law, at every generation but the truth."""

    cell: Cell
    law: Law
    estimate: Estimate
    expected: np.ndarray

    def verdict(self, allowed: float, resolution: float, entries: int) -> Verdict:
        """The verdict, where a true law exceeds `allowed` standard errors at the error rate."""
        z = deviations(self.estimate, self.expected)
        at = int(np.argmax(z))
        error = self.estimate.error + rounding(self.expected)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = 2 * allowed * error / np.abs(self.expected)
        reached = float(np.max(np.where(np.isfinite(share), share, 0.0)))
        return Verdict.on(
            self.law,
            fails=not z[at] < allowed,
            told={},
            doubt=self._doubt(allowed, reached, resolution),
            worst_z=float(z[at]),
            allowed_z=allowed,
            resolution=reached,
            replicas=self.estimate.replicas,
            entries=entries,
            worst=f"{self.cell}: {described(self.estimate, at, self.expected, z[at], allowed)}",
            remarks=str(self.cell),
        )

    def _doubt(self, allowed, reached, resolution) -> str:
        # With few replicas skewness may take all evidence off a deviation: that is no agreement.
        plain = replace(self.estimate, skewness=None)
        far = deviations(plain, self.expected) > allowed
        if np.any(far) or not np.all(self.estimate.trusted(allowed)):
            return f"{self.cell}: the mean lives on rare replicas"
        if reached > resolution:
            replicas = self.estimate.replicas
            return f"{self.cell}: the resolution was not reached with {replicas} replicas"
        return ""


@checked(
    resolution=Real(0.0, 1.0, closed=(False, True)),
    false_alarm=Real(0.0, 1.0, closed=(False, False)),
)
def verify_store(path, resolution: float = 0.5, false_alarm: float = FALSE_ALARM) -> list[Verdict]:
    """Compare every finished cell of a store with its exact laws.

    A law fails in a cell where a deviation exceeds what a true grid exceeds with probability
    `false_alarm` in all comparisons together. It is not resolved where standard errors cannot be
    trusted, or where two allowed errors are larger than the share `resolution` of the law.

    Args:
        path: the store.
        resolution: the relative error that is fine enough.
        false_alarm: the error rate of the whole grid.

    Raises:
        ValueError: not a store of a sweep.
    """
    compared = list(comparisons(Path(path)))
    entries = sum(len(each.expected) for each in compared)
    allowed = allowed_sigmas(entries, false_alarm)
    return [each.verdict(allowed, resolution, entries) for each in compared]


def comparisons(path: Path) -> Iterator[Compared]:
    """Every quantity of every finished cell that has an exact law with a value."""
    sweep = stored_sweep(path)
    store, grid = Store(path, sweep), Grid.of(sweep)
    store.refresh()
    read, known = store.reader(), {}
    for number, identity in enumerate(grid.identities):
        if store.replicas(identity) < sweep.replicas:
            continue
        cell = sweep.cell(number)
        estimates = store.estimates(identity, read)
        for quantity, estimate in zip(sweep.quantities, estimates, strict=True):
            law = law_beside(quantity, cell.recursion, known)
            if law is None:
                continue
            try:
                values = np.broadcast_to(law.of(cell.recursion, sweep.times), sweep.times.shape)
            except ValueError:
                continue
            yield Compared(cell, law, _later(estimate), np.asarray(values[1:], float))


def _later(estimate: Estimate) -> Estimate:
    """The estimate without the truth, at which there is nothing to test."""
    skewness = estimate.skewness
    return Estimate(
        np.asarray(estimate.value)[1:],
        np.asarray(estimate.error)[1:],
        estimate.replicas,
        None if skewness is None else np.asarray(skewness)[1:],
    )
