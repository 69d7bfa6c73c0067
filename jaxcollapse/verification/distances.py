"""Laws judged by a largest distance: a distribution function by Kolmogorov–Smirnov, an identity by
its relative gap.
"""

import numpy as np

from ..engine.simulate import simulate
from ..quantities.significance import FALSE_ALARM, allowed_sigmas
from ..theory.namespaces import numpy_namespace
from ..theory.symbols import symbols_of
from .comparisons import times_of
from .rivals import relative, sorted_rivals
from .verdict import Verdict


def distribution(key, law, chosen, replicas: int = 1 << 17) -> Verdict:
    """Kolmogorov–Smirnov with the Dvoretzky–Kiefer–Wolfowitz–Massart envelope, which holds for
    discrete laws too.
    """
    pairs = [
        (recursion, generations, t)
        for recursion, generations in chosen
        for t in times_of(generations)
    ]
    allowance = envelope(replicas, len(pairs))
    distances, told, worst = [], {name: False for name in law.rivals}, ""
    for recursion, generations in chosen:
        times = times_of(generations)
        for t, ordered in zip(
            times, ordered_values(key, law, recursion, times, replicas), strict=True
        ):
            distance = distance_to(law, None, recursion, t, ordered)
            if distance >= max(distances, default=0.0):
                worst = f"distance {distance:.2e} at t={t}, {allowance:.2e} allowed"
            distances.append(distance)
            for name in law.rivals:
                told[name] |= distance_to(law, name, recursion, t, ordered) > allowance
    rejected, undecided = sorted_rivals(told)
    passed = max(distances) < allowance and not undecided
    allowed = allowed_sigmas(len(pairs))
    return Verdict(
        law.name, "InDistribution", passed, max(distances) / allowance * allowed, allowed, allowance, replicas,
        rejected, undecided, len(pairs), worst, "KS distance in units of its envelope",
    )  # fmt: skip


def envelope(replicas: int, comparisons: int) -> float:
    """How far an empirical distribution function may be from its law anywhere, over all comparisons
    together.
    """
    return float(np.sqrt(np.log(2 * comparisons / FALSE_ALARM) / (2 * replicas)))


def ordered_values(key, law, recursion, times, replicas: int | range) -> np.ndarray:
    """Values of the law's metric in ascending order at each of some generations, shape (times,
    replicas).
    """
    metric = law.quantity.metric
    run = simulate(
        key, recursion, generations=int(times[-1]), replicas=replicas, observe=metric, at=times
    )
    return np.sort(np.asarray(run.observed[metric.name], float)[:, 1:], axis=0).T


def distance_to(law, rival, recursion, t, ordered) -> float:
    """Largest distance between the empirical distribution function and the law's, on both sides of
    every jump.
    """
    points, first = np.unique(ordered, return_index=True)
    after = np.append(first[1:], len(ordered)) / len(ordered)
    symbols = symbols_of(recursion, t)

    def value(x):
        if rival is None:
            return law.body(numpy_namespace(), x, **law.bound(recursion, t))
        return law.rival_at(rival, x=x, **symbols)

    tiny = 1e-5 * np.maximum(np.abs(points), 1e-3)
    right, left = value(points + tiny), value(points - tiny)
    return float(max(np.max(np.abs(after - right)), np.max(np.abs(first / len(ordered) - left))))


def identity(law, chosen) -> Verdict:
    """A statement without chance against an independent computation; every rival misses it
    somewhere.
    """
    gaps, told = [], {name: False for name in law.rivals}
    for symbols in chosen:
        checked = law.checked(symbols)
        reference = np.asarray(law.kind.reference(**checked), float)
        gaps.append(relative(np.asarray(law(**symbols), float) - reference, reference))
        for name in law.rivals:
            value = np.asarray(law.rival_at(name, **checked), float)
            told[name] |= relative(value - reference, reference) > law.kind.tolerance
    rejected, undecided = sorted_rivals(told)
    passed = max(gaps) <= law.kind.tolerance and not undecided
    return Verdict(
        law.name, "Identity", passed, 0.0, 0.0, law.kind.tolerance, 0, rejected, undecided, len(gaps),
        f"relative gap {max(gaps):.1e}, {law.kind.tolerance:.0e} allowed", f"gap {max(gaps):.1e}",
    )  # fmt: skip
