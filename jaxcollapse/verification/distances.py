"""Laws tested by a largest distance.

A distribution function is tested by its Kolmogorov-Smirnov distance from the simulated one, an
identity by its relative difference from an independent computation.
"""

from dataclasses import dataclass, field

import numpy as np

from ..engine.simulate import simulate
from ..quantities.significance import FALSE_ALARM, allowed_sigmas
from ..theory.law import Law
from ..theory.namespaces import numpy_namespace
from ..theory.symbols import symbols_of
from .comparisons import times_of
from .rivals import relative
from .verdict import Verdict


@dataclass
class Distances:
    """Distances from a law and which rivals lie further than allowed."""

    law: Law
    allowed: float
    told: dict[str, bool]
    found: list[float] = field(default_factory=list)
    worst: str = ""

    def add(self, recursion, t, ordered):
        """Compare the sorted values of one generation with the law and with its rivals."""
        distance = distance_to(self.law, None, recursion, t, ordered)
        if distance >= max(self.found, default=0.0):
            self.worst = f"distance {distance:.2e} at t={t}, {self.allowed:.2e} allowed"
        self.found.append(distance)
        for name in self.told:
            self.told[name] |= distance_to(self.law, name, recursion, t, ordered) > self.allowed

    def verdict(self, replicas: int) -> Verdict:
        """Return the verdict on the law."""
        sigmas = allowed_sigmas(len(self.found))
        return Verdict.on(
            self.law,
            fails=max(self.found) >= self.allowed,
            told=self.told,
            worst_z=max(self.found) / self.allowed * sigmas,
            allowed_z=sigmas,
            resolution=self.allowed,
            replicas=replicas,
            entries=len(self.found),
            worst=self.worst,
            remarks="KS distance in units of its envelope",
        )


def distribution(key, law, chosen, replicas: int = 1 << 17) -> Verdict:
    """Test a distribution function by Kolmogorov-Smirnov distances.

    The envelope of Dvoretzky, Kiefer, Wolfowitz and Massart holds for discrete laws too.
    """
    comparisons = sum(len(times_of(generations)) for _, generations in chosen)
    told = {name: False for name in law.rivals}
    evidence = Distances(law, envelope(replicas, comparisons), told)
    for recursion, generations in chosen:
        times = times_of(generations)
        values = ordered_values(key, law, recursion, times, replicas)
        for t, ordered in zip(times, values, strict=True):
            evidence.add(recursion, t, ordered)
    return evidence.verdict(replicas)


def envelope(replicas: int, comparisons: int) -> float:
    """Return the largest distance that chance explains, over all comparisons together."""
    return float(np.sqrt(np.log(2 * comparisons / FALSE_ALARM) / (2 * replicas)))


def ordered_values(key, law, recursion, times, replicas: int | range) -> np.ndarray:
    """Simulate the law's metric and sort its values, shape (times, replicas)."""
    metric = law.quantity.metric
    run = simulate(
        key, recursion, generations=int(times[-1]), replicas=replicas, observe=metric, at=times
    )
    return np.sort(np.asarray(run.observed[metric.name], float)[:, 1:], axis=0).T


def distance_to(law, rival, recursion, t, ordered) -> float:
    """Return the largest distance between the empirical and the law's distribution function.

    Both sides of every jump count. `rival` names a rival to take the law's place, or is None.
    """
    points, first = np.unique(ordered, return_index=True)
    after = np.append(first[1:], len(ordered)) / len(ordered)
    symbols = symbols_of(recursion, t)

    def value(x):
        if rival is None:
            return law.body(numpy_namespace(), x, **law.bound(recursion, t))
        return law.rival_at(rival, x=x, **symbols)

    # Simulated values are rounded to float32, so the law is read a little beside each jump.
    tiny = 1e-5 * np.maximum(np.abs(points), 1e-3)
    right, left = value(points + tiny), value(points - tiny)
    return float(max(np.max(np.abs(after - right)), np.max(np.abs(first / len(ordered) - left))))


def identity(law, chosen) -> Verdict:
    """Compare a statement without chance with its independent computation.

    Every rival must differ from the computation in some case.
    """
    gaps, told = [], {name: False for name in law.rivals}
    for symbols in chosen:
        checked = law.checked(symbols)
        reference = np.asarray(law.kind.reference(**checked), float)
        gaps.append(relative(np.asarray(law(**symbols), float) - reference, reference))
        for name in law.rivals:
            value = np.asarray(law.rival_at(name, **checked), float)
            told[name] |= relative(value - reference, reference) > law.kind.tolerance
    return Verdict.on(
        law,
        fails=not max(gaps) <= law.kind.tolerance,
        told=told,
        resolution=law.kind.tolerance,
        entries=len(gaps),
        worst=f"relative gap {max(gaps):.1e}, {law.kind.tolerance:.0e} allowed",
        remarks=f"gap {max(gaps):.1e}",
    )
