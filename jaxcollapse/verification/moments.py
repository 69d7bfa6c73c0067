"""z tests of exact laws and of bounds.

Replicas grow until the error is small enough; then every comparison is judged.
"""

from dataclasses import dataclass, field

import numpy as np

from ..quantities.estimates import Estimate
from ..quantities.significance import (
    allowed_sigmas,
    described,
    deviations,
    rejects,
    replicas_to_resolve,
    replicas_to_tell_apart,
    rounding,
)
from ..quantities.summaries import PowerSums
from ..theory.kinds import Bound
from ..theory.law import Law
from .rivals import relative
from .runs import Runs
from .verdict import Verdict

CHUNK = 1 << 14
LARGEST_CHUNK = 1 << 18
PATIENCE = 1 << 18
LEAST_EFFECTIVE = 0.01


def moments(runs: Runs, law, cases, resolution, most) -> Verdict:
    """Test an exact law or a bound by z tests over all its cases together.

    Args:
        runs: the simulations.
        law: the law.
        cases: its cases under test.
        resolution: the relative error at which growth stops, if that tells rivals apart.
        most: the number of replicas at which growth stops.
    """
    entries = sum(len(case.expected()) for case in cases)
    allowed = allowed_sigmas(entries, sides=1 if isinstance(law.kind, Bound) else 2)
    evidence = Deviations(law, allowed)
    for case in cases:
        told = frozenset(name for name, seen in evidence.told.items() if seen)
        tilted = case.with_tilt()
        grown = _grow(runs, case, allowed, resolution, most, told, tilted is not None)
        if tilted is not None and doubt_about(case, allowed):
            case, grown = tilted, _grow(runs, tilted, allowed, resolution, most, told)
        evidence.add(case, grown)
    return evidence.verdict(entries)


def _grow(runs, case, allowed, resolution, most, told, tilts=False) -> float:
    """Double the replicas of a case until its error is resolved; return the number that it takes.

    Of an equality only the errors and their skewness are read. After `PATIENCE` replicas growth
    stops where it would not end within `most`, and after two chunks where the mean lives on rare
    replicas and the case `tilts`. `told` names rivals that earlier cases have told.
    """
    start, needed = 0, np.inf
    while start < most:
        size = max(CHUNK, start)
        for first in range(start, start + size, LARGEST_CHUNK):
            case.grow(runs, range(first, min(first + LARGEST_CHUNK, start + size)))
        start += size
        needed = replicas_needed(case, allowed, resolution, told)
        patience = 2 * CHUNK if tilts and np.isinf(needed) else PATIENCE
        hopeless = start >= patience and needed > most
        if needed <= start or hopeless or case.estimate().censored:
            break
    return needed


def replicas_needed(case, allowed, resolution, told=frozenset()) -> float:
    """Return the number of replicas that resolve a case, as far as its errors tell.

    At configurations chosen by a user the resolution is reached at every generation and every
    rival is told apart. At a law's own cases every rival of its author that differs there is, and
    of those that the machine proposes the ones that no earlier case has `told`.
    """
    estimate, expected = case.estimate(), case.expected()
    if doubt_about(case, allowed):
        return np.inf
    chosen = case.chosen
    if isinstance(case.law.kind, Bound):
        size = float(np.min(np.asarray(case.recursion.n))) if chosen else 0.0
        fine = min(resolution, 1 / size) if chosen else resolution
        open_ = ~_kept(case.law, estimate, expected, allowed)
        needed = _to_resolve(estimate, expected, open_, allowed, fine)
        return max(needed, 2.0 * CHUNK)
    rivals = [
        each
        for name, each in case.rivals().items()
        if chosen or name in case.stated or name not in told
    ]
    sizes = [replicas_to_tell_apart(estimate, expected, each, allowed) for each in rivals]
    if chosen or not case.rivals():
        sizes.append(replicas_to_resolve(estimate, expected, allowed, resolution))
    return max(sizes, default=0.0)


def _kept(law, estimate, expected, allowed) -> np.ndarray:
    """Where the simulated values keep a bound by more than chance explains."""
    other = {"upper": "lower", "lower": "upper"}[law.kind.side]
    return (deviations(estimate, expected, other) > allowed) & estimate.trusted(allowed)


def _to_resolve(estimate, expected, chosen, allowed, resolution) -> float:
    if not np.any(chosen):
        return 0.0
    part = Estimate(estimate.value[chosen], estimate.error[chosen], estimate.replicas)
    return replicas_to_resolve(part, expected[chosen], allowed, resolution)


def doubt_about(case, allowed) -> str:
    """Return why the standard errors of a case cannot be trusted; empty where they can."""
    estimate = case.estimate()
    if estimate.censored:
        return f"{case}: {estimate.warning}"
    if case.weights is not None and (off := weights_off(case.weights, allowed)):
        return f"{case}: {off}"
    trusted = estimate.trusted(allowed)
    # Zeros of all replicas are no evidence, but a law that says zero is kept by them.
    trusted |= (estimate.error == 0) & (np.abs(estimate.value - case.expected()) <= rounding(0.0))
    if isinstance(case.law.kind, Bound):
        trusted |= _kept(case.law, estimate, case.expected(), allowed)
    if np.all(trusted):
        return ""
    first = int(np.argmin(trusted))
    when = "" if case.t is None else f" at t={case.t[first]}"
    return f"{case}{when}: the mean lives on rare replicas"


def weights_off(weights: PowerSums, allowed) -> str:
    """Return why the weights of a tilted case cannot be used; empty where they can.

    Their mean is 1 in every generation. At most 4 each, they are told apart from degenerate ones by
    their standard errors.
    """
    error = np.sqrt(weights.variance / weights.count) + rounding(1.0)
    z = np.abs(weights.mean - 1) / error
    if not np.all(z <= allowed):
        at = int(np.argmax(np.nan_to_num(z, nan=np.inf)))
        return f"the weights of tilted draws have mean {weights.mean[at]:.3g}, not 1"
    if effective_share(weights) < LEAST_EFFECTIVE:
        return f"tilted draws have an effective sample of {effective_share(weights):.1%}"
    return ""


def effective_share(weights: PowerSums) -> float:
    """Return Kish's effective sample size over the number of replicas, of the worst generation."""
    square = weights.second / weights.count + weights.mean**2
    return float(np.min(weights.mean**2 / square))


@dataclass
class Deviations:
    """Deviations of simulated values from a law in units of their standard errors."""

    law: Law
    allowed: float
    told: dict[str, bool] = field(default_factory=dict)
    worst_z: float = 0.0
    worst: str = ""
    doubt: str = ""
    needed: float = 0.0
    replicas: int = 0
    effective: list[float] = field(default_factory=list)
    resolution: float = 0.0
    tightness: list = field(default_factory=list)

    def add(self, case, needed: float):
        """Compare one case, which takes `needed` replicas, with the law and with its rivals."""
        estimate, expected = case.estimate(), case.expected()
        self.replicas = max(self.replicas, estimate.replicas)
        if case.weights is not None:
            self.effective.append(effective_share(case.weights))
        self._compare(case, estimate, expected)
        error = estimate.error + rounding(expected)
        self.resolution = max(self.resolution, relative(2 * self.allowed * error, expected))
        rivals = case.rivals()
        for name, rival in rivals.items():
            seen = rejects(estimate, expected, rival, self.allowed)
            self.told[name] = self.told.get(name, False) or seen
        unresolved = needed > estimate.replicas
        self._doubt(case, estimate, needed if unresolved else 0.0, bool(rivals))

    def _doubt(self, case, estimate, needed, rivals):
        """Note what a case leaves in doubt."""
        doubt = doubt_about(case, self.allowed)
        # Rivals that are told apart in another case need not be told apart in this one.
        own = rivals and not case.chosen
        if needed and not own and not doubt:
            doubt = f"{case}: the resolution was not reached with {estimate.replicas} replicas"
        self.doubt = self.doubt or doubt
        self.needed = max(self.needed, needed)

    def _compare(self, case, estimate, expected):
        bound = isinstance(self.law.kind, Bound)
        z = deviations(estimate, expected, self.law.kind.side if bound else "both")
        if bound:
            known = np.where(estimate.value == 0, np.nan, estimate.value)
            self.tightness.append(expected / known)
        at = int(np.argmax(z))
        if z[at] >= self.worst_z:
            when = "" if case.t is None else f" at t={case.t[at]}"
            self.worst_z = float(z[at])
            what = described(estimate, at, expected, z[at], self.allowed)
            self.worst = f"{case}{when}: {what}"

    def verdict(self, entries: int) -> Verdict:
        """Return the verdict on the law."""
        undecided = self.doubt or not all(self.told.values())
        return Verdict.on(
            self.law,
            fails=not self.worst_z < self.allowed,
            told=self.told,
            doubt=self.doubt,
            needed=self.needed if undecided else 0.0,
            worst_z=self.worst_z,
            allowed_z=self.allowed,
            resolution=self.resolution,
            replicas=self.replicas,
            entries=entries,
            worst=self.worst,
            remarks=self._remarks(),
        )

    def _remarks(self) -> str:
        remarks = []
        if self.tightness:
            ratios = np.concatenate(self.tightness)
            remarks.append(f"bound/simulated {np.nanmin(ratios):.3g} to {np.nanmax(ratios):.3g}")
        if self.effective:
            remarks.append(f"tilted, effective sample {min(self.effective):.0%}")
        return ", ".join(remarks)
