"""Laws by the hundred: each at its cases, by the test that its kind asks for, a few dozen at a time."""

import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import jax

from ..quantities import AbstractQuantity
from ..recursion import Recursion
from ..theory.cases import default_cases
from ..theory.kinds import Asymptotic, Distribution, Identity
from ..theory.prediction import exact_law
from ..theory.registry import law_named, laws
from ..theory.statements import Law
from ..thresholds import RESOLUTION
from .distances import distribution, identity
from .ladder import against_exact, against_simulation
from .moments import moments
from .rivals import sharpness, with_rivals_that_differ
from .verdict import Verdict

MOST_REPLICAS = 1 << 18
LAWS_AT_A_TIME = 96


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

    Example:
        >>> import jax, jaxcollapse as jc
        >>> [each.passed for each in jc.verify_all(jax.random.key(0), ["verification-threshold", "affine-refresh-distance"])]
        [True, True]
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
    """Try one law at its cases, or at those given as `(recursion, generations)`.

    Raises:
        ValueError: the law has no case.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> verdict = jc.verify_law(jax.random.key(0), jc.law_named("gaussian-replace-w2-growth"))
        >>> verdict.kind, verdict.passed
        ('Asymptotic', True)
    """
    start = time.perf_counter()
    chosen = list(cases) if cases is not None else default_cases(law, exhaustive)
    if not chosen:
        raise ValueError(f"law {law.name} has no case to be tried at: give `at=` when registering it")
    law = law if cases is None else with_rivals_that_differ(law, chosen)
    return replace(_verdict(key, law, chosen, quick), seconds=time.perf_counter() - start)


def _verdict(key, law, chosen, quick) -> Verdict:
    """What the law's kind asks for; identities and ladders without simulation are tried at every case, quick or not."""
    match law.kind:
        case Identity():
            return identity(law, chosen)
        case Asymptotic(of=None):
            return against_simulation(key, law, chosen)
        case Asymptotic():
            return against_exact(law, chosen)
    chosen = [max(chosen, key=lambda case: sharpness(law, case))] if quick else chosen
    if isinstance(law.kind, Distribution):
        return distribution(key, law, chosen)
    return moments(key, law, chosen, RESOLUTION * (2 if quick else 1), MOST_REPLICAS * (8 if quick else 1))


def verify(recursion: Recursion, quantity: AbstractQuantity, *, generations: int, key=None) -> Verdict:
    """Test what `predict` says of a quantity of a recursion against simulation, up to a generation."""
    key = jax.random.key(0) if key is None else key
    return verify_law(key, exact_law(quantity, recursion), cases=[(recursion, generations)])
