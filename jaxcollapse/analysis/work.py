"""The work of a decomposition: its runs, what they cost, and their values."""

import itertools
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from .. import progress
from ..quantities.base import E
from ..theory import predict
from .combinations import Combinations
from .costs import LEAST_REPLICAS, MOST_REPLICAS, Cost, Priced, pilot_of, shown_time, total
from .decomposition import Combination, subsets
from .runs import Measured, Run

Values = dict[Combination, np.ndarray]


@dataclass(frozen=True)
class Job:
    """One run and what it is for: a combination, a factor of its sample sizes, a weaker oracle."""

    on: Combination
    factor: int
    weaker: str | None
    run: Run


@dataclass(frozen=True)
class Found:
    """Values of all combinations, what extrapolated limits may be off by, and measured gaps.

    A gap is what a weaker oracle of a source changes where all other sources are on. Gradients are
    squared gradients that fits leave there, shape (replicas, times). Values of the combinations
    `exact` are not drawn.
    """

    values: Values
    beyond: Values
    gaps: dict[str, np.ndarray]
    gradients: dict[str, np.ndarray]
    exact: frozenset[Combination] = frozenset()


@dataclass(frozen=True)
class Work:
    """The work of one decomposition; `pilot` is the number of replicas of its pilot, 0 for none."""

    combinations: Combinations
    quantity: E
    t: np.ndarray
    key: Any
    replicas: int = 1
    pilot: int = 0

    @cached_property
    def times(self) -> tuple[int, ...]:
        """The generations that are recorded."""
        return tuple(int(each) for each in np.unique(self.t))

    @cached_property
    def jobs(self) -> list[Job]:
        """All runs: combinations with their ladders of sizes, and the checks of oracles."""
        oracles, found = self.combinations.oracles, []
        wanted: list[tuple[Combination, str | None]] = [(on, None) for on in subsets(oracles)]
        if self.key is not None:
            others = {name: frozenset(oracles) - {name} for name in oracles}
            wanted += [(others[name], name) for name in oracles if oracles[name].weaker is not None]
        for on, weaker in wanted:
            runs = self.combinations.runs(on, self.quantity.metric, self.times, weaker)
            graded = weaker is None and self._graded(on) is not None
            of_all = {"replicas": self.replicas, "gradients": graded}
            found += [Job(on, f, weaker, replace(r, **of_all)) for f, r in runs]
        return found

    def _graded(self, on) -> str | None:
        """The source whose gradients are measured where exactly the sources `on` are on."""
        everything, graded = frozenset(self.combinations.oracles), self.combinations.graded
        wanted = (name for name in graded if everything - {name} == on)
        return None if self.key is None else next(wanted, None)

    def allowed(
        self, replicas: int | None, seconds: float, memory: float, piloted: bool
    ) -> tuple["Work", Cost]:
        """The work with its number of replicas, and its cost, which is allowed.

        It has a pilot where it is `piloted`, and a pilot is short beside it.

        Raises:
            ValueError: more seconds or bytes than allowed.
        """
        priced = [Priced.of(job.run) for job in self.jobs]
        chosen = LEAST_REPLICAS if replicas is None else replicas
        if replicas is None:
            while chosen < MOST_REPLICAS:
                cost = total(each.cost(2 * chosen) for each in priced)
                if cost.seconds > seconds / 2 or cost.bytes > memory:
                    break
                chosen *= 2
        cost = total(each.cost(chosen) for each in priced)
        pilot, added = pilot_of(priced, chosen) if piloted else (0, 0.0)
        cost = replace(cost, seconds=cost.seconds + added)
        check_cost(cost, chosen, seconds, memory)
        return replace(self, replicas=chosen, pilot=pilot), cost

    def of_pilot(self) -> "Work":
        """The work of the pilot: fewer replicas, and no weaker oracle."""
        combined = self.combinations
        oracles = {name: replace(each, weaker=None) for name, each in combined.oracles.items()}
        return replace(
            self, combinations=replace(combined, oracles=oracles), replicas=self.pilot, pilot=0
        )

    def done(self) -> Found:
        """Run everything."""
        known, gradients = {}, {}
        for job in progress.tracked(self.jobs, "decompose", "runs"):
            measured = self._measured(job.run)
            known[job.on, job.weaker, job.factor] = measured.errors
            if measured.gradients is not None:
                gradients[self._graded(job.on)] = measured.gradients
        known = _defined(known, str(self.quantity))
        rungs: dict[tuple[Combination, str | None], dict[int, np.ndarray]] = {}
        for (on, weaker, factor), values in known.items():
            rungs.setdefault((on, weaker), {})[factor] = values
        limits = {name: limit_of(each) for name, each in rungs.items()}
        values = {on: limits[on, None][0] for on, weaker in limits if weaker is None}
        beyond = {
            on: limits[on, None][1]
            for on, weaker in limits
            if weaker is None and len(rungs[on, None]) > 1
        }
        replicas = max(map(len, values.values()))
        values = {
            on: np.broadcast_to(each, (replicas, *each.shape[1:])) for on, each in values.items()
        }
        drawn = {job.on for job in self.jobs if not (self.key is None or job.run.exact)}
        exact = frozenset(values) - drawn
        return Found(values, beyond, self._gaps(values, limits, rungs), gradients, exact)

    def _gaps(self, values, limits, rungs) -> dict[str, np.ndarray]:
        gaps = {w: limits[on, w][0] - values[on] for on, w in limits if w is not None}
        for name in self.combinations.oracles:
            others = frozenset(self.combinations.oracles) - {name}
            if len(rungs[others, None]) > 1:
                gaps[name] = limits[others, None][2]
        return gaps

    def _measured(self, run: Run) -> Measured:
        """Errors of shape (replicas, *t.shape): simulated, or one closed form without a key."""
        if self.key is None and not run.exact:
            closed = np.asarray(predict(self.quantity, run.recursion, t=self.t), float)
            return Measured(closed[None], None)
        found = run.measured(self.key)
        return found._replace(errors=found.errors[:, np.searchsorted(self.times, self.t)])


def limit_of(rungs: Mapping[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""The limit of large samples from values at n times some factors, by $v+a/n$ through two.

    Returns:
        The limit from the two largest sizes, a bound of what it may be off by, and how far the
        limit from the two sizes before lies from it. What is left out falls by a factor of more
        than 4 from one pair of sizes to the next, so a quarter of the difference bounds it.
    """
    factors = sorted(rungs)
    limits = [
        (large * rungs[large] - small * rungs[small]) / (large - small)
        for small, large in itertools.pairwise(factors)
    ]
    if not limits:
        nothing = np.zeros_like(rungs[factors[0]])
        return rungs[factors[0]], nothing[0], nothing
    before = limits[-2] if len(limits) > 1 else rungs[factors[-1]]
    moved = limits[-1] - before
    share = 0.25 if len(limits) > 1 else 1.0
    return limits[-1], share * np.abs(moved.mean(axis=0)), moved


def check_cost(cost: Cost, replicas: int, seconds: float, memory: float) -> None:
    """Raise a `ValueError` for more work than allowed, with an estimate and what to change."""
    if cost.seconds <= seconds and cost.bytes <= memory:
        return
    raise ValueError(
        f"decompose may take {shown_time(seconds)} and {memory / 1e9:.2g} GB, and {replicas} "
        f"replicas would take {cost}: allow more (seconds=, memory=), or lower replicas, t, n or "
        "the steps of a fit"
    )


def _defined(known: dict, quantity: str) -> dict:
    """Leave out replicas that have no value (NaN) in some run, and warn how many.

    Raises:
        ValueError: no replica is left, or an error is infinite.
    """
    for (on, *_), values in known.items():
        if np.isinf(values).any():
            places = " and ".join(sorted(on)) or "no source"
            raise ValueError(
                f"{quantity} must be finite in every combination, got infinity with {places} on: "
                "choose another error, such as E(w2)"
            )
    replicas = max(map(len, known.values()))
    lost = np.zeros(replicas, bool)
    for values in known.values():
        absent = np.isnan(values).reshape(len(values), -1).any(axis=1)
        lost |= absent if len(values) == replicas else absent.any()
    if not lost.any():
        return known
    if lost.all():
        raise ValueError(f"{quantity} must have a value in every combination, got none (NaN)")
    warnings.warn(
        f"{lost.sum()} of {replicas} replicas have no {quantity} in some combination (their fits "
        "diverged or do not exist): left out",
        RuntimeWarning,
        stacklevel=4,
    )
    return {
        name: values[~lost] if len(values) == replicas else values for name, values in known.items()
    }
