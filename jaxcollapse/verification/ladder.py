"""Asymptotic laws on a ladder x, 2x, 4x, ...: against an exact law, or against simulation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..arguments import checked
from ..domains import Integer
from ..quantities.base import Distribution
from ..quantities.significance import allowed_sigmas
from ..theory.law import Law
from ..theory.registry import law_named
from ..theory.symbols import symbols_of
from .comparisons import OfRecursion
from .distances import distance_to, envelope, ordered_values
from .moments import CHUNK, doubt_about
from .runs import Runs
from .verdict import Verdict

RUNGS = 2 ** np.arange(4)
GROWTH = 1.25
LADDER_REPLICAS = 1 << 16
LOOKS = 4


def against_exact(law, chosen) -> Verdict:
    """Compare an asymptotic law with the exact law that tends to it.

    `x**order * error` must stay bounded along the ladder x, 2x, 4x, ...
    """
    exact = law_named(law.kind.of)
    scaled = [ladder_errors(law, exact, case) for case in chosen]
    bounded = all(each[-1] < GROWTH * max(each[:-1].max(), 1e-300) for each in scaled)
    return Verdict(
        law=law.name,
        kind="Asymptotic",
        outcome="holds" if bounded else "fails",
        resolution=float(min(each.min() for each in scaled)),
        entries=len(scaled) * len(RUNGS),
        worst=f"against {exact.name}",
        remarks=_errors_in_words(law, scaled[0]),
    )


def _errors_in_words(law, errors) -> str:
    shown = ", ".join(f"{each:.3g}" for each in errors)
    return f"{law.kind.in_}^{law.kind.order:g} · error: {shown}"


@checked(law=Law, exact=Law, case=(tuple, Mapping), start=Integer(1))
def ladder_errors(law, exact, case, start: int = 1) -> np.ndarray:
    """Return x**order times the relative error of an asymptotic law, on every rung in x.

    The lowest rung is `start` times the x of the case.
    """
    return np.asarray([_error_at(law, exact, case, start * step) for step in RUNGS])


def _error_at(law, exact, case, step) -> float:
    symbols = _symbols_at(exact, case)
    x = symbols[law.kind.in_] = symbols[law.kind.in_] * step

    def value(each):
        taken = {name: symbols[name] for name in each.parameters if name in symbols}
        return np.asarray(each(**taken), float)

    truth, limit = value(exact), value(law)
    return np.max(np.abs(limit - truth) / np.abs(truth)) * float(x) ** law.kind.order


def _symbols_at(exact, case) -> dict:
    """The symbols of an exact law in a configuration, or as the case names them."""
    if isinstance(case, Mapping):
        return dict(case)
    recursion, generations = case
    return dict(symbols_of(recursion, generations if "t" in exact.parameters else None))


def against_simulation(runs: Runs, law, chosen) -> Verdict:
    """Compare an asymptotic law with simulation; its cases are the rungs.

    The error at the last rung must not exceed what the order allows. Replicas double until every
    rival is rejected, and all looks share the error rate.
    """
    allowed = allowed_sigmas(LOOKS * len(chosen))
    kind = RungDistances if isinstance(law.quantity, Distribution) else RungDeviations
    evidence = kind(runs, law, chosen, allowed)
    evidence.grow(range(LADDER_REPLICAS))
    verdict = _verdict(evidence, LADDER_REPLICAS)
    for look in range(1, LOOKS):
        if verdict.undecided:
            evidence.grow(range(verdict.replicas, LADDER_REPLICAS << look))
            verdict = _verdict(evidence, LADDER_REPLICAS << look)
    return verdict


def _verdict(evidence, replicas: int) -> Verdict:
    law, off_and_doubt = evidence.law, evidence.errors(None)
    scale = _scale(evidence)
    own = _growth(off_and_doubt, scale)
    return Verdict.on(
        law,
        fails=not own < GROWTH,
        doubt=evidence.doubt(),
        told={name: _growth(evidence.errors(name), scale) > GROWTH for name in law.rivals},
        allowed_z=evidence.allowed,
        resolution=float(off_and_doubt[1][-1]),
        replicas=replicas,
        entries=len(evidence.chosen),
        worst=f"error grew to {own:.2f} of what the order allows",
        remarks=_errors_in_words(law, off_and_doubt[0] * scale),
    )


def _scale(evidence) -> np.ndarray:
    """x**order on every rung."""
    kind = evidence.law.kind
    x = [float(symbols_of(recursion, t)[kind.in_]) for recursion, t in evidence.chosen]
    return np.asarray([each**kind.order for each in x])


def _growth(off_and_doubt, scale) -> float:
    """The least error at the last rung over the largest that the earlier rungs allow.

    Both are in units of the order, which is what makes them comparable.
    """
    off, doubt = off_and_doubt
    last = scale == scale[-1]
    least = np.max((off - doubt)[last] * scale[last], initial=0.0)
    return least / np.max(((off + doubt) * scale)[~last])


@dataclass
class RungDeviations:
    """Relative errors of a moment on every rung, and their uncertainty."""

    runs: Runs
    law: Any
    chosen: list
    allowed: float
    cases: list = field(init=False)

    def __post_init__(self):
        self.cases = [OfRecursion(self.law, *each) for each in self.chosen]

    def grow(self, replicas: range):
        """Simulate further replicas."""
        for case in self.cases:
            for start in range(replicas.start, replicas.stop, CHUNK):
                case.grow(self.runs, range(start, start + CHUNK))

    def doubt(self) -> str:
        """Return why the errors cannot be trusted; empty where they can."""
        return next(
            (doubt for each in self.cases if (doubt := doubt_about(each, self.allowed))), ""
        )

    def errors(self, rival):
        """Return the errors of the law (None) or of a rival, and their uncertainty."""
        found = [self._error(case, rival) for case in self.cases]
        return np.asarray([off for off, _ in found]), np.asarray([doubt for _, doubt in found])

    def _error(self, case, rival):
        estimate = case.estimate()
        value = (case.expected() if rival is None else case.rivals()[rival])[-1]
        doubt = self.allowed * estimate.error[-1] / np.abs(value)
        return np.abs(estimate.value[-1] / value - 1), doubt


@dataclass
class RungDistances:
    """Kolmogorov-Smirnov distances of a distribution on every rung, and their envelope."""

    runs: Runs
    law: Any
    chosen: list
    allowed: float
    ordered: list = field(init=False)

    def __post_init__(self):
        self.ordered = [np.empty(0) for _ in self.chosen]

    def grow(self, replicas: range):
        """Simulate further replicas."""
        for at, (recursion, t) in enumerate(self.chosen):
            added = ordered_values(self.runs.key, self.law, recursion, [t], replicas)[0]
            self.ordered[at] = np.sort(np.concatenate([self.ordered[at], added]))

    def doubt(self) -> str:
        """Return no doubt: the envelope holds for every distribution."""
        return ""

    def errors(self, rival):
        """Return the distances from the law (None) or from a rival, and their uncertainty."""
        pairs = zip(self.chosen, self.ordered, strict=True)
        off = [distance_to(self.law, rival, *case, values) for case, values in pairs]
        return np.asarray(off), np.full(len(off), envelope(len(self.ordered[0]), LOOKS * len(off)))
