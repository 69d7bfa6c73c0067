r"""Every law against simulation, with a verdict at a stated error rate.

A law passes when every simulated value lies within $z\,\mathrm{SE}$ of it and every rival lies outside somewhere. The
number of replicas follows from the rates: it grows until the error resolves half the gap to the nearest rival, a
rule that looks at standard errors only, so that looking more than once costs nothing.
"""

import os
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import jax
import numpy as np

from ._keys import fold_in
from .quantities import AbstractMomentQuantity, AbstractQuantity, E, Estimate, P, Time
from .recursion import Recursion, simulate
from .streams import PowerSums
from .theory.cases import default_cases
from .theory.kinds import Asymptotic, Bound, Distribution, Exact, Identity
from .theory.namespaces import numpy_namespace
from .theory.registry import Law, exact_law, law_named, laws
from .theory.symbols import symbols_of
from .thresholds import FALSE_ALARM, RESOLUTION, allowed_sigmas, described, deviations, rejects, resolved, rounding

CHUNK = 1 << 14
MOST_REPLICAS = 1 << 18
RUNGS = 2 ** np.arange(4)
GROWTH = 1.25
LADDER_REPLICAS = 1 << 16
LAWS_AT_A_TIME = 96


@dataclass(frozen=True)
class Verdict:
    """The outcome for one law: passed, failed or unresolved, and the evidence for it."""

    law: str
    kind: str
    passed: bool
    worst_z: float
    allowed_z: float
    resolution: float
    replicas: int
    rejected: tuple[str, ...]
    undecided: tuple[str, ...]
    entries: int
    worst: str
    remarks: str = ""
    seconds: float = field(default=0.0, compare=False)

    def line(self) -> str:
        """One line for people."""
        state = "pass" if self.passed else "FAIL"
        rivals = f"{len(self.rejected)}/{len(self.rejected) + len(self.undecided)}"
        return (
            f"{state}  {self.law:<52} |z| {self.worst_z:5.2f} of {self.allowed_z:4.2f}  "
            f"resolution {self.resolution:8.2e}  rivals {rivals}  replicas {self.replicas:>8}  {self.remarks}".rstrip()
        )


def verify_all(
    key, names: Iterable[str] | None = None, *, quick: bool = False, exhaustive: bool = False, report=None
) -> list[Verdict]:
    """Verify laws by simulation.

    Args:
        key: a typed key, the same for every law.
        names: the laws wanted; all of them unless given.
        quick: one configuration a law that is simulated and a coarser resolution, for a first look.
        exhaustive: every family with every workflow, instead of every family and every workflow at least once.
        report: called with every verdict as it is reached.
    """
    chosen = [law_named(name) for name in names] if names is not None else laws()
    verdicts = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for batch in _batches(chosen):
            for verdict in pool.map(lambda law: verify_law(key, law, quick=quick, exhaustive=exhaustive), batch):
                verdicts.append(verdict)
                if report is not None:
                    report(verdict)
    return verdicts


def _batches(chosen: list[Law]):
    """A few dozen laws at a time; between them compiled programs are forgotten, of which a process can map only so many."""
    for first in range(0, len(chosen), LAWS_AT_A_TIME):
        if first:
            jax.clear_caches()
        yield chosen[first : first + LAWS_AT_A_TIME]


def verify_law(key, law: Law, *, cases=None, quick: bool = False, exhaustive: bool = False) -> Verdict:
    """Try one law at its cases, or at those given as `(recursion, generations)`."""
    start = time.perf_counter()
    chosen = list(cases) if cases is not None else default_cases(law, exhaustive)
    if not chosen:
        raise ValueError(f"law {law.name} has no case to be tried at: give `at=` when registering it")
    law = law if cases is None else _with_rivals_that_differ(law, chosen)
    return replace(_verdict(key, law, chosen, quick), seconds=time.perf_counter() - start)


def _verdict(key, law, chosen, quick) -> Verdict:
    """What the law's kind asks for; identities and ladders without simulation are tried at every case, quick or not."""
    match law.kind:
        case Identity():
            return _identity(law, chosen)
        case Asymptotic(of=None):
            return _rungs(key, law, chosen, LADDER_REPLICAS)
        case Asymptotic():
            return _ladder(law, chosen)
    chosen = [max(chosen, key=lambda case: _sharpness(law, case))] if quick else chosen
    if isinstance(law.kind, Distribution):
        return _distribution(key, law, chosen)
    return _moments(key, law, chosen, RESOLUTION * (2 if quick else 1), MOST_REPLICAS * (8 if quick else 1))


def verify(recursion: Recursion, quantity: AbstractQuantity, *, generations: int, key=None) -> Verdict:
    """Test what `predict` says of a quantity of a recursion against simulation, up to a generation."""
    key = jax.random.key(0) if key is None else key
    return verify_law(key, exact_law(quantity, recursion), cases=[(recursion, generations)])


def times_of(generations: int) -> np.ndarray:
    """The generations at which a case is compared: first, middle and last."""
    return np.unique([1, (generations + 1) // 2, generations])


def _with_rivals_that_differ(law, chosen) -> Law:
    """The law without the rivals that agree with it at all the given cases, where nothing could tell them apart."""
    if not isinstance(law.kind, Exact):
        return law
    tried = [_case(law, each) for each in chosen]
    differs = {name for case in tried for name, rival in case.rivals().items() if not np.allclose(rival, case.expected(), 1e-9, 0)}
    return replace(law, rivals={name: body for name, body in law.rivals.items() if name in differs})


def _sharpness(law, case) -> float:
    """How far the nearest rival lies from the law in one configuration, relative to the law."""
    if not isinstance(law.kind, Exact):
        return 0.0
    tried = _case(law, case)
    expected = tried.expected()
    return min((_relative(rival - expected, expected) for rival in tried.rivals().values()), default=0.0)


@dataclass
class _Case:
    """One configuration under test: its simulated values grow with the replicas."""

    law: Law
    recursion: Recursion
    generations: int
    sums: PowerSums | None = None

    @property
    def t(self):
        if isinstance(self.law.quantity, Time):
            return None
        return times_of(self.generations) if "t" in self.law.parameters else np.asarray([self.generations])

    def expected(self):
        return np.atleast_1d(np.asarray(self.law.of(self.recursion, self.t), float))

    def rivals(self):
        return {
            name: np.atleast_1d(np.asarray(self.law.rival_of(name, self.recursion, self.t), float))
            for name in self.law.rivals
        }

    def grow(self, key, replicas: range):
        quantity = self.law.quantity
        run = simulate(
            key, self.recursion, generations=self.generations, replicas=replicas, observe=quantity.metric, at=self.t
        )
        values = np.asarray(run.observed[quantity.metric.name], float)
        values = Time.first(values)[:, None] if self.t is None else values
        added = PowerSums.of(values)
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
            error = np.maximum(error, np.sqrt(expected * (1 - expected) / whole.replicas))
        return Estimate(value, error, whole.replicas)

    def __str__(self):
        return f"{type(self.recursion.family).__name__}/{type(self.recursion.workflow).__name__}"


@dataclass
class _Drawn:
    """One set of symbols under test by the law's own simulation."""

    law: Law
    symbols: Mapping
    sums: PowerSums | None = None
    t = None

    def expected(self):
        return np.atleast_1d(np.asarray(self.law(**self.symbols), float))

    def rivals(self):
        checked = self.law.checked(self.symbols)
        bodies = self.law.rivals.items()
        return {name: np.atleast_1d(np.asarray(body(numpy_namespace(), **checked), float)) for name, body in bodies}

    def grow(self, key, replicas: range):
        if self.law.draw is None:
            raise ValueError(f"law {self.law.name} has neither a recursion nor a draw to be tried with")
        values = np.asarray(self.law.draw(fold_in(key, replicas.start), len(replicas), **self.symbols), float)
        added = PowerSums.of(values.reshape(len(replicas), -1))
        self.sums = added if self.sums is None else self.sums.merged(added)

    def estimate(self) -> Estimate:
        return Estimate(self.sums.mean, np.sqrt(self.sums.variance / self.sums.count), self.sums.count)

    def __str__(self):
        return ", ".join(f"{name}={value}" for name, value in self.symbols.items())


def _case(law, chosen):
    return _Drawn(law, chosen) if law.draw is not None else _Case(law, *chosen)


def _moments(key, law, chosen, resolution, most) -> Verdict:
    """z tests of an exact law or of a bound, over all cases together."""
    cases = [_case(law, each) for each in chosen]
    entries = sum(len(case.expected()) for case in cases)
    sides = 1 if isinstance(law.kind, Bound) else 2
    allowed = allowed_sigmas(entries, sides=sides)
    for case in cases:
        start = 0
        while start < most:
            size = max(CHUNK, start)
            case.grow(key, range(start, start + size))
            start += size
            if _resolved(case, allowed, resolution):
                break
    return _judged(law, cases, allowed, entries)


def _resolved(case, allowed, resolution) -> bool:
    estimate = case.estimate()
    if isinstance(case.law.kind, Bound):
        return estimate.replicas >= 2 * CHUNK
    return resolved(estimate, case.expected(), case.rivals(), allowed, resolution)


def _judged(law, cases, allowed, entries) -> Verdict:
    worst_z, worst, resolution, told = 0.0, "", 0.0, {name: False for name in law.rivals}
    tightness = []
    for case in cases:
        estimate, expected = case.estimate(), case.expected()
        z = deviations(estimate, expected, law.kind.side if isinstance(law.kind, Bound) else "both")
        if isinstance(law.kind, Bound):
            tightness.append(expected / np.where(estimate.value == 0, np.nan, estimate.value))
        at = int(np.argmax(z))
        if z[at] >= worst_z:
            when = "" if case.t is None else f" at t={case.t[at]}"
            worst_z, worst = float(z[at]), f"{case}{when}: {described(estimate, at, expected, z[at], allowed)}"
        resolution = max(resolution, _relative(2 * allowed * (estimate.error + rounding(expected)), expected))
        for name, rival in case.rivals().items():
            told[name] |= rejects(estimate, expected, rival, allowed)
    rejected, undecided = _sorted_rivals(told)
    passed = worst_z < allowed and not undecided
    replicas = max(case.sums.count for case in cases)
    remarks = ""
    if tightness:
        ratios = np.concatenate(tightness)
        remarks = f"bound/simulated {np.nanmin(ratios):.3g} to {np.nanmax(ratios):.3g}"
    kind = type(law.kind).__name__
    return Verdict(
        law.name, kind, passed, worst_z, allowed, resolution, replicas, rejected, undecided, entries, worst, remarks
    )


def _sorted_rivals(told: Mapping[str, bool]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the rivals that the data rejected, and of those it did not."""
    return tuple(n for n, seen in told.items() if seen), tuple(n for n, seen in told.items() if not seen)


def _relative(difference, expected) -> float:
    """The largest difference in units of what is expected, or as it is where zero is expected."""
    return float(np.max(np.abs(difference) / np.where(expected == 0, 1, np.abs(expected))))


def _distribution(key, law, chosen, replicas: int = 1 << 17) -> Verdict:
    """Kolmogorov–Smirnov with the Dvoretzky–Kiefer–Wolfowitz–Massart envelope, which holds for discrete laws too."""
    pairs = [(recursion, generations, t) for recursion, generations in chosen for t in times_of(generations)]
    envelope = float(np.sqrt(np.log(2 * len(pairs) / FALSE_ALARM) / (2 * replicas)))
    distances, told, worst = [], {name: False for name in law.rivals}, ""
    for recursion, generations in chosen:
        metric, times = law.quantity.metric, times_of(generations)
        run = simulate(key, recursion, generations=generations, replicas=replicas, observe=metric, at=times)
        values = np.sort(np.asarray(run.observed[metric.name], float), axis=0)
        for column, t in enumerate(times, start=1):
            distance = _ks(law, None, recursion, t, values[:, column])
            if distance >= max(distances, default=0.0):
                worst = f"distance {distance:.2e} at t={t}, {envelope:.2e} allowed"
            distances.append(distance)
            for name in law.rivals:
                told[name] |= _ks(law, name, recursion, t, values[:, column]) > envelope
    rejected, undecided = _sorted_rivals(told)
    passed = max(distances) < envelope and not undecided
    allowed = allowed_sigmas(len(pairs))
    return Verdict(
        law.name, "Distribution", passed, max(distances) / envelope * allowed, allowed, envelope, replicas,
        rejected, undecided, len(pairs), worst, "KS distance in units of its envelope",
    )  # fmt: skip


def _ks(law, rival, recursion, t, ordered) -> float:
    """Largest distance between the empirical distribution function and the law's, on both sides of every jump."""
    points, first = np.unique(ordered, return_index=True)
    after = np.append(first[1:], len(ordered)) / len(ordered)
    body = law.body if rival is None else law.rivals[rival]
    inside = law.bound(recursion, t)
    tiny = 1e-5 * np.maximum(np.abs(points), 1e-3)
    right = body(numpy_namespace(), points + tiny, **inside)
    left = body(numpy_namespace(), points - tiny, **inside)
    return float(max(np.max(np.abs(after - right)), np.max(np.abs(first / len(ordered) - left))))


def _identity(law, chosen) -> Verdict:
    """A statement without chance against an independent computation; every rival misses it somewhere."""
    gaps, told = [], {name: False for name in law.rivals}
    for symbols in chosen:
        checked = law.checked(symbols)
        reference = np.asarray(law.kind.reference(**checked), float)
        gaps.append(_relative(np.asarray(law(**symbols), float) - reference, reference))
        for name, body in law.rivals.items():
            value = np.asarray(body(numpy_namespace(), **checked), float)
            told[name] |= _relative(value - reference, reference) > law.kind.tolerance
    rejected, undecided = _sorted_rivals(told)
    passed = max(gaps) <= law.kind.tolerance and not undecided
    return Verdict(
        law.name, "Identity", passed, 0.0, 0.0, law.kind.tolerance, 0, rejected, undecided, len(gaps),
        f"relative gap {max(gaps):.1e}, {law.kind.tolerance:.0e} allowed", f"gap {max(gaps):.1e}",
    )  # fmt: skip


def _ladder(law, chosen) -> Verdict:
    """An asymptotic law against the exact one it comes from, on x, 2x, 4x, …: x^order * error stays bounded."""
    exact = law_named(law.kind.of)
    scaled = [ladder_errors(law, exact, case) for case in chosen]
    bounded = all(each[-1] < GROWTH * max(each[:-1].max(), 1e-300) for each in scaled)
    remarks = f"{law.kind.in_}^{law.kind.order:g} · error: " + ", ".join(f"{e:.3g}" for e in scaled[0])
    return Verdict(
        law.name, "Asymptotic", bounded, 0.0, 0.0, float(min(e.min() for e in scaled)), 0, (), (), len(scaled) * len(RUNGS),
        f"against {exact.name}", remarks,
    )  # fmt: skip


def ladder_errors(law, exact, case) -> np.ndarray:
    """x^order times the relative error of an asymptotic law against an exact one, on every rung of the ladder in x."""
    errors = []
    for step in RUNGS:
        symbols = _symbols_at(exact, case)
        symbols[law.kind.in_] = symbols[law.kind.in_] * step
        truth, limit = (
            np.asarray(each(**{name: symbols[name] for name in each.parameters if name in symbols}), float)
            for each in (exact, law)
        )
        errors.append(np.max(np.abs(limit - truth) / np.abs(truth)) * float(symbols[law.kind.in_]) ** law.kind.order)
    return np.asarray(errors)


def _symbols_at(exact, case) -> dict:
    """The symbols of an exact law in a configuration, or as the case names them."""
    if isinstance(case, Mapping):
        return dict(case)
    recursion, generations = case
    return dict(symbols_of(recursion, generations if "t" in exact.parameters else None))


def _rungs(key, law, chosen, replicas) -> Verdict:
    """An asymptotic law against simulation, a rung a case: no more error is left than the order allows."""
    cases = [_Case(law, *each) for each in chosen]
    allowed = allowed_sigmas(len(cases))
    for case in cases:
        for start in range(0, replicas, CHUNK):
            case.grow(key, range(start, start + CHUNK))
    scale = np.asarray([float(symbols_of(r, t)[law.kind.in_]) ** law.kind.order for r, t in chosen])

    def growth(values):
        """How far the last rung is surely off, over how far the earlier ones may be, both in units of the order."""
        estimates = [case.estimate() for case in cases]
        off = [np.abs(e.value[-1] / v[-1] - 1) for e, v in zip(estimates, values, strict=True)]
        doubt = [allowed * e.error[-1] / np.abs(v[-1]) for e, v in zip(estimates, values, strict=True)]
        early = max((o + d) * s for o, d, s in zip(off[:-1], doubt[:-1], scale[:-1], strict=True))
        return max(off[-1] - doubt[-1], 0.0) * scale[-1] / early, off, doubt[-1]

    own, off, resolution = growth([case.expected() for case in cases])
    told = {name: growth([case.rivals()[name] for case in cases])[0] > GROWTH for name in law.rivals}
    rejected, undecided = _sorted_rivals(told)
    remarks = f"{law.kind.in_}^{law.kind.order:g} · error: " + ", ".join(f"{o * s:.3g}" for o, s in zip(off, scale, strict=True))
    return Verdict(
        law.name, "Asymptotic", own < GROWTH and not undecided, 0.0, allowed, float(resolution), replicas, rejected,
        undecided, len(cases), f"error grew to {own:.2f} of what the order allows", remarks,
    )  # fmt: skip
