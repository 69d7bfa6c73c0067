"""Asymptotic laws on a ladder x, 2x, 4x, …: against the exact law that they come from, or against
simulation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..quantities.base import Distribution
from ..quantities.significance import allowed_sigmas
from ..theory.registry import law_named
from ..theory.symbols import symbols_of
from .comparisons import OfRecursion
from .distances import distance_to, envelope, ordered_values
from .moments import CHUNK
from .rivals import sorted_rivals
from .runs import Runs
from .verdict import Verdict

RUNGS = 2 ** np.arange(4)
GROWTH = 1.25
LADDER_REPLICAS = 1 << 16
LOOKS = 4


def against_exact(law, chosen) -> Verdict:
    """An asymptotic law against the exact one it comes from, on x, 2x, 4x, …: x^order * error stays
    bounded.
    """
    exact = law_named(law.kind.of)
    scaled = [ladder_errors(law, exact, case) for case in chosen]
    bounded = all(each[-1] < GROWTH * max(each[:-1].max(), 1e-300) for each in scaled)
    remarks = f"{law.kind.in_}^{law.kind.order:g} · error: " + ", ".join(
        f"{e:.3g}" for e in scaled[0]
    )
    return Verdict(
        law.name, "Asymptotic", bounded, 0.0, 0.0, float(min(e.min() for e in scaled)), 0, (), (), len(scaled) * len(RUNGS),
        f"against {exact.name}", remarks,
    )  # fmt: skip


def ladder_errors(law, exact, case) -> np.ndarray:
    """x^order times the relative error of an asymptotic law against an exact one, on every rung of
    the ladder in x.
    """
    errors = []
    for step in RUNGS:
        symbols = _symbols_at(exact, case)
        symbols[law.kind.in_] = symbols[law.kind.in_] * step
        truth, limit = (
            np.asarray(
                each(**{name: symbols[name] for name in each.parameters if name in symbols}), float
            )
            for each in (exact, law)
        )
        errors.append(
            np.max(np.abs(limit - truth) / np.abs(truth))
            * float(symbols[law.kind.in_]) ** law.kind.order
        )
    return np.asarray(errors)


def _symbols_at(exact, case) -> dict:
    """The symbols of an exact law in a configuration, or as the case names them."""
    if isinstance(case, Mapping):
        return dict(case)
    recursion, generations = case
    return dict(symbols_of(recursion, generations if "t" in exact.parameters else None))


def against_simulation(runs: Runs, law, chosen) -> Verdict:
    """An asymptotic law against simulation, a rung a case: no more error is left than the order
    allows.

    Replicas double until every rival is rejected, and all looks share the error rate.
    """
    allowed = allowed_sigmas(LOOKS * len(chosen))
    evidence = (_Distances if isinstance(law.quantity, Distribution) else _Deviations)(
        runs, law, chosen, allowed
    )
    evidence.grow(range(LADDER_REPLICAS))
    verdict = _climbed(law, chosen, evidence, LADDER_REPLICAS, allowed)
    for look in range(1, LOOKS):
        if verdict.undecided:
            evidence.grow(range(verdict.replicas, LADDER_REPLICAS << look))
            verdict = _climbed(law, chosen, evidence, LADDER_REPLICAS << look, allowed)
    return verdict


def _climbed(law, chosen, evidence, replicas, allowed) -> Verdict:
    scale = np.asarray([float(symbols_of(r, t)[law.kind.in_]) ** law.kind.order for r, t in chosen])

    def growth(name):
        """How far the last rung is surely off, over how far the earlier ones may be, both in units
        of the order.
        """
        off, doubt = evidence.errors(name)
        last = scale == scale[-1]
        return np.max((off - doubt)[last] * scale[last], initial=0.0) / np.max(
            ((off + doubt) * scale)[~last]
        )

    off, doubt = evidence.errors(None)
    own, resolution = growth(None), doubt[-1]
    told = {name: growth(name) > GROWTH for name in law.rivals}
    rejected, undecided = sorted_rivals(told)
    remarks = f"{law.kind.in_}^{law.kind.order:g} · error: " + ", ".join(
        f"{o * s:.3g}" for o, s in zip(off, scale, strict=True)
    )
    return Verdict(
        law.name, "Asymptotic", own < GROWTH and not undecided, 0.0, allowed, float(resolution), replicas, rejected,
        undecided, len(chosen), f"error grew to {own:.2f} of what the order allows", remarks,
    )  # fmt: skip


@dataclass
class _Deviations:
    """Relative errors of a moment on every rung and the doubt about them."""

    runs: Runs
    law: Any
    chosen: list
    allowed: float

    def __post_init__(self):
        self.cases = [OfRecursion(self.law, *each) for each in self.chosen]

    def grow(self, replicas: range):
        for case in self.cases:
            for start in range(replicas.start, replicas.stop, CHUNK):
                case.grow(self.runs, range(start, start + CHUNK))

    def errors(self, name):
        """By the name of a rival, or None for the law."""
        estimates = [case.estimate() for case in self.cases]
        values = [
            (case.expected() if name is None else case.rivals()[name])[-1] for case in self.cases
        ]
        off = [np.abs(e.value[-1] / v - 1) for e, v in zip(estimates, values, strict=True)]
        doubt = [
            self.allowed * e.error[-1] / np.abs(v) for e, v in zip(estimates, values, strict=True)
        ]
        return np.asarray(off), np.asarray(doubt)


@dataclass
class _Distances:
    """Kolmogorov–Smirnov distances of a distribution on every rung and their envelope, likewise."""

    runs: Runs
    law: Any
    chosen: list
    allowed: float

    def __post_init__(self):
        self.ordered = [np.empty(0) for _ in self.chosen]

    def grow(self, replicas: range):
        added = [
            ordered_values(self.runs.key, self.law, recursion, [t], replicas)[0]
            for recursion, t in self.chosen
        ]
        self.ordered = [
            np.sort(np.concatenate(both)) for both in zip(self.ordered, added, strict=True)
        ]

    def errors(self, name):
        """By the name of a rival, or None for the law."""
        off = [
            distance_to(self.law, name, *case, values)
            for case, values in zip(self.chosen, self.ordered, strict=True)
        ]
        return np.asarray(off), np.full(len(off), envelope(len(self.ordered[0]), LOOKS * len(off)))
