"""Verification of laws: each at its cases, by the test that its kind asks for."""

import os
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import jax

from .. import progress
from .._keys import check_key
from ..arguments import check_all, check_callable, check_is, checked
from ..domains import Integer
from ..quantities.base import AbstractQuantity
from ..quantities.significance import RESOLUTION
from ..recursion import Recursion
from ..theory.cases import default_cases
from ..theory.kinds import Asymptotic, Bound, Exact, Identity, InDistribution
from ..theory.law import Law
from ..theory.prediction import exact_law
from ..theory.registry import law_named, laws
from .comparisons import OfRecursion, trial_of
from .distances import distribution, identity
from .ladder import against_exact, against_simulation
from .moments import moments
from .rivals import sharpness, with_rivals_that_differ
from .runs import Runs
from .verdict import Verdict

MOST_REPLICAS = 1 << 18
MOST_OF_CHOSEN = 1 << 22
LAWS_AT_A_TIME = 96


@checked(quick=bool, exhaustive=bool, report=check_callable)
def verify_all(
    key,
    names: Iterable[str] | None = None,
    *,
    quick: bool = False,
    exhaustive: bool = False,
    report=None,
) -> list[Verdict]:
    """Verify laws by simulation.

    Args:
        key: a typed key, the same for every law.
        names: the laws wanted; all of them unless given.
        quick: one configuration per simulated law and a coarser resolution, for a first look.
        exhaustive: every family with every workflow, instead of each at least once.
        report: called with every verdict as it is reached.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> names = ["verification-threshold", "affine-refresh-distance"]
        >>> [each.passed for each in jc.verify_all(jax.random.key(0), names)]
        [True, True]
    """
    check_key(key)
    if names is not None:
        check_all("names", names, str)
    chosen = [law_named(name) for name in names] if names is not None else laws()
    verdicts = []
    wanted = progress.task("verify", len(chosen), "laws")
    with ThreadPoolExecutor(os.cpu_count()) as pool, wanted as task:
        for batch in _batches(chosen):
            tried = list(pool.map(lambda law: _tried(law, quick, exhaustive), batch))
            trials = [trial for each in tried for trial in each.trials]
            runs = Runs(key, [trial for trial in trials if isinstance(trial, OfRecursion)])

            def judged(each, runs=runs):
                verdict = each.verdict(runs)
                task.advance()
                return verdict

            for verdict in pool.map(judged, tried):
                verdicts.append(verdict)
                if report is not None:
                    report(verdict)
    return verdicts


def _batches(chosen: list[Law]):
    """The laws in batches of `LAWS_AT_A_TIME`."""
    for first in range(0, len(chosen), LAWS_AT_A_TIME):
        # A process can map only so many compiled programs into memory.
        if first:
            jax.clear_caches()
        yield chosen[first : first + LAWS_AT_A_TIME]


@checked(quick=bool, exhaustive=bool)
def verify_law(
    key,
    law: Law,
    *,
    cases=None,
    quick: bool = False,
    exhaustive: bool = False,
    most: int | None = None,
) -> Verdict:
    """Verify one law at its cases, or at those given as `(recursion, generations)`.

    The rivals of its author and those that the machine proposes must be rejected in some case. At
    given cases each must be rejected in every case, and the resolution reached at every generation.

    Args:
        key: a typed key.
        law: the law.
        cases: configurations with their last generation; the law's own unless given.
        quick: one of the law's own cases, and a coarser resolution.
        exhaustive: every family with every workflow.
        most: number of replicas of one case after which it is not resolved; 2**18 at the law's own
            cases and 2**22 at given ones unless given.

    Raises:
        ValueError: the law has no case.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> verdict = jc.verify_law(jax.random.key(0), jc.law_named("gaussian-replace-w2-growth"))
        >>> verdict.kind, verdict.passed
        ('Asymptotic', True)
    """
    check_key(key)
    check_is("law", law, Law)
    if most is not None:
        Integer(1, 2**32).check_one("most", most)
    if cases is not None:
        check_all("cases", cases, tuple, Mapping)
        if not cases:
            raise ValueError(f"cases must hold at least one case, got {cases!r}")
    chosen = None if cases is None else list(cases)
    law = law if chosen is None else with_rivals_that_differ(law, chosen)
    tried = _tried(law, quick, exhaustive, chosen, most)
    return tried.verdict(Runs(key))


@dataclass(frozen=True)
class Tried:
    """A law with its cases, and with its trials where its kind asks for z tests."""

    law: Law
    cases: list
    quick: bool
    chosen: bool
    most: int

    @cached_property
    def trials(self) -> list:
        return (
            [trial_of(self.law, each, self.chosen) for each in self.cases]
            if isinstance(self.law.kind, Exact | Bound)
            else []
        )

    def verdict(self, runs: Runs) -> Verdict:
        """Return the verdict of the test that the law's kind asks for."""
        start = time.perf_counter()
        return replace(self._judged(runs), seconds=time.perf_counter() - start)

    def _judged(self, runs) -> Verdict:
        match self.law.kind:
            case Identity():
                return identity(self.law, self.cases)
            case Asymptotic(of=None):
                return against_simulation(runs, self.law, self.cases)
            case Asymptotic():
                return against_exact(self.law, self.cases)
            case InDistribution():
                return distribution(runs.key, self.law, self.cases)
        coarser = 2 if self.quick else 1
        return moments(runs, self.law, self.trials, RESOLUTION * coarser, self.most * coarser**3)


def _tried(law, quick, exhaustive, cases=None, most=None) -> Tried:
    """A law at its cases, or at those given.

    With `quick` only the case with the nearest rival is simulated.
    """
    chosen = cases is not None
    cases = default_cases(law, exhaustive) if cases is None else cases
    if not cases:
        raise ValueError(f"law {law.name} has no case to be tried at: name some by `@jc.tried`")
    if quick and not isinstance(law.kind, Identity | Asymptotic):
        cases = [max(cases, key=lambda case: sharpness(law, case))]
    most = (MOST_OF_CHOSEN if chosen else MOST_REPLICAS) if most is None else most
    return Tried(law, cases, quick, chosen, most)


def verify(
    recursion: Recursion,
    quantity: AbstractQuantity,
    *,
    generations: int,
    key=None,
    most: int | None = None,
) -> Verdict:
    """Test the prediction of a quantity of a recursion against simulation, up to a generation.

    Args:
        recursion: the configuration.
        quantity: what is predicted and simulated.
        generations: number of fits.
        key: a typed key; `jax.random.key(0)` unless given.
        most: number of replicas after which the law is not resolved; 2**22 unless given.
    """
    check_is("recursion", recursion, Recursion)
    check_is("quantity", quantity, AbstractQuantity)
    Integer(1).check("generations", generations)
    key = jax.random.key(0) if key is None else key
    law = exact_law(quantity, recursion)
    return verify_law(key, law, cases=[(recursion, generations)], most=most)
