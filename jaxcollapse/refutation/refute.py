r"""The refuter: find a configuration where a claim fails, and shrink it to the smallest.

The error budget $\alpha$ is split in three. Each of the K configurations of the search is tested at
level $\alpha/3K$, each of the S steps of the shrinking at $\alpha/3S$, each of the C confirmations
at $\alpha/3C$. Every test has random numbers of its own. So the probability that a true claim is
called refuted, or that a wrong counterexample is returned, is at most $\alpha$ over the whole
search. Where an exact law of the same quantity is known, the formulas are compared first. A
contradiction found that way is shrunk by formulas and must still be confirmed by simulation.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from .._keys import check_key, fold_in
from ..arguments import check_all
from ..domains import Integer, Real
from ..progress import tracked
from ..space.answers import Simplest
from ..space.recursions import recursion_by_answers
from ..theory.kinds import Asymptotic, Bound, Exact
from ..theory.law import Law
from ..theory.registry import laws
from .claims import Claim
from .ladder import climbs_by_formula, climbs_by_simulation, climbs_from_law, ladders_far_up
from .points import Point, points_of, shrunk, times_up_to
from .report import Counterexample, Outcome
from .trials import Trial

FALSE_ALARM = 1e-3
CONFIGURATIONS = 24
STEPS = 48
CONFIRMATIONS = 8
PARTS = 3.0
MOST_REPLICAS = 1 << 17
PATIENCE = 1 << 15
CLEAR = 0.05
RATE = Real(0.0, 0.5, closed=(False, True))


@dataclass
class _Search:
    """What has been spent, and the means to spend more."""

    claim: Claim
    key: Any
    false_alarm: float
    configurations: int
    most: int
    against: list[Law]
    tests: int = 0
    trajectories: int = 0
    exact: bool = True
    resolutions: list[float] = field(default_factory=list)
    suspect: Law | None = None

    def test(
        self, point: Point, times, share: float, patience: int | None = None, most: int = 0
    ) -> tuple[bool, Trial, int]:
        """Whether simulation contradicts the claim at a point.

        The test has level `false_alarm / share` and random numbers of its own.
        """
        times = np.asarray(times)
        index = self.tests
        self.tests += 1
        trial = Trial(
            self.claim,
            point.recursion,
            times,
            self.claim.values(point.recursion, times),
            fold_in(self.key, index),
        )
        found = trial.contradicts(np.log(share / self.false_alarm), most or self.most, patience)
        self.trajectories += trial.replicas
        self.exact &= trial.exact
        self.resolutions.append(trial.resolution(np.log(share / self.false_alarm)))
        return found, trial, index


def refute(
    claim: Claim | Law,
    *,
    key=None,
    false_alarm: float = FALSE_ALARM,
    configurations: int = CONFIGURATIONS,
    most: int = MOST_REPLICAS,
    against: Iterable[Law] | None = None,
) -> Outcome:
    """Look for the smallest configuration that contradicts a claim.

    Args:
        claim: a conjecture made by `claim`, or a law.
        key: a typed key; `jax.random.key(0)` unless given.
        false_alarm: probability, in (0, 0.5], that a true claim is called refuted by the search.
        configurations: number of configurations searched.
        most: number of replicas that one configuration may cost.
        against: exact laws that are compared first; the package's unless given, `()` for none.

    Returns:
        An `Outcome`; `str` of it is a report with a snippet that reproduces the counterexample.

    Raises:
        ValueError: an unknown symbol, no configuration that fulfils the hypotheses, or an argument
            out of range.

    Example:
        >>> import jaxcollapse as jc
        >>> @jc.claim(family=jc.Gaussian(ddof=0), workflow=jc.Replace(), quantity=jc.E(jc.variance))
        ... def forgets_nothing(xp, variance):
        ...     return variance
        >>> outcome = jc.refute(forgets_nothing)
        >>> outcome.refuted, outcome.counterexample.t, int(outcome.counterexample.recursion.n)
        (True, 1, 2)
    """
    search = _search_of(claim, key, false_alarm, configurations, most, against)
    points = _points_of(search)
    with np.errstate(all="ignore"):
        if isinstance(search.claim.law.kind, Asymptotic):
            return _limit(search, points)
        return (
            _contradiction(search, points)
            or _counterexample(search, points)
            or Outcome.survived(search, len(points))
        )


def _search_of(claim, key, false_alarm, configurations, most, against) -> _Search:
    """The search that checked arguments describe."""
    claim = Claim.of(claim) if isinstance(claim, Law) else claim
    if not isinstance(claim, Claim):
        raise ValueError(
            f"claim must be made by @jaxcollapse.claim(...) or be a law, got {claim!r}"
        )
    RATE.check("false_alarm", false_alarm)
    Integer(1, 10**6).check("configurations", configurations)
    Integer(1 << 12, 1 << 30).check("most", most)
    key = check_key(jax.random.key(0) if key is None else key)
    if against is not None:
        check_all("against", against, Law)
    known = [law for law in (_shipped() if against is None else against) if _comparable(law, claim)]
    return _Search(claim, key, false_alarm, configurations, most, known)


def _points_of(search: _Search) -> list[Point]:
    """Random configurations of the claim. Raises `ValueError` where none fulfils its hypotheses."""
    claim = search.claim
    points = list(points_of(claim, search.key, search.configurations))
    if not points:
        # The simplest configuration may fail with a message that says why there is none.
        recursion_by_answers(Simplest(), claim.families, claim.workflows, claim.generations)
        raise ValueError(
            f"claim {claim.name}: no configuration below its family and workflow fulfils its "
            "hypotheses"
        )
    return points


def _shipped() -> list[Law]:
    """The package's own laws; what a user registers beside a claim is no authority on it."""
    return [law for law in laws() if law.body.__module__.startswith("jaxcollapse.")]


def _comparable(law: Law, claim: Claim) -> bool:
    return (
        isinstance(law.kind, Exact)
        and law.quantity == claim.law.quantity
        and law.body is not claim.law.body
        and law.draw is None
    )


def _violation(search: _Search, point: Point, t) -> tuple[np.ndarray, Law] | None:
    """The relative difference of the claim from the most specific exact law, at generations t."""
    speaking = [law for law in search.against if law.holds_for(point.recursion)]
    if not speaking:
        return None
    law = max(speaking, key=lambda each: (len(each.family.__mro__), len(each.workflow.__mro__)))
    times = np.asarray(t)
    with np.errstate(all="ignore"):
        exact = np.broadcast_to(np.asarray(law.of(point.recursion, times), float), times.shape)
        gap = (exact - search.claim.values(point.recursion, times)) / np.where(
            exact == 0, 1, np.abs(exact)
        )
    kind = search.claim.law.kind
    gap = {"upper": gap, "lower": -gap}[kind.side] if isinstance(kind, Bound) else np.abs(gap)
    return np.where(np.isfinite(gap), gap, 0.0), law


def _contradiction(search: _Search, points: list[Point]) -> Outcome | None:
    """A contradiction with a law, shrunk by formulas and confirmed by simulation."""
    worst, start = 1e-6, None
    for point in points:
        times = times_up_to(point.t)
        compared = _violation(search, point, times)
        if compared is not None and compared[0].max() > worst:
            worst, start = float(compared[0].max()), (point, int(times[np.argmax(compared[0])]))
    if start is None:
        return None
    least = min(CLEAR, worst / 2)

    def contradicts(point):
        compared = _violation(search, point, np.array([point.t]))
        return compared is not None and compared[0][0] >= least

    path = shrunk(search.claim, *start, contradicts, steps=10**4)
    search.suspect = law = _violation(search, path[-1], np.array([path[-1].t]))[1]
    for smallest in path[: -CONFIRMATIONS - 1 : -1]:
        found, trial, index = search.test(
            smallest, [smallest.t], PARTS * CONFIRMATIONS, PATIENCE, 8 * search.most
        )
        if found:
            return _refuted(search, smallest, trial, index, len(points), law)
    return None


def _counterexample(search: _Search, points: list[Point]) -> Outcome | None:
    """A contradiction with simulation alone."""
    for tried, point in enumerate(tracked(points, "refute", "configurations"), 1):
        times = times_up_to(point.t)
        times = times[np.isfinite(search.claim.values(point.recursion, times))]
        found, trial, index = search.test(point, times, PARTS * search.configurations)
        if not found:
            continue
        best = (point, trial, index)

        def contradicts(candidate):
            nonlocal best
            found, trial, index = search.test(candidate, [candidate.t], PARTS * STEPS, PATIENCE)
            best = (candidate, trial, index) if found else best
            return found

        shrunk(search.claim, point, int(times[trial.worst()]), contradicts, steps=STEPS)
        compared = _violation(search, best[0], np.array([best[0].t]))
        law = compared[1] if compared is not None and compared[0][0] > 1e-6 else None
        return _refuted(search, *best, tried, law)
    return None


def _refuted(search, point, trial, index, tried, law=None) -> Outcome:
    at = trial.worst()
    estimate = trial.estimate
    example = Counterexample(
        point.recursion,
        point.arguments,
        t=int(trial.times[at]),
        claimed=float(trial.claimed[at]),
        simulated=float(estimate.value[at]),
        error=float(estimate.error[at]),
        replicas=trial.replicas,
        stream=index,
        log_evidence=float(trial.log_value()),
    )
    return Outcome.refuted_by(search, tried, example, law)


def _limit(search: _Search, points: list[Point]) -> Outcome:
    """An asymptotic claim: on a ladder x, 2x, 4x, 8x its scaled error must not grow.

    Where an exact law is known the ladder is one of formulas, and simulation confirms the law.
    Otherwise all points are simulated. Then ladders from the least x follow, where an order claimed
    too high shows with the fewest replicas, and ladders far up, where a constant that is a little
    wrong outweighs the error that the order allows.
    """
    further = ladders_far_up(search, points)
    share = PARTS * (len(points) + len(further))
    for tried, point in enumerate(tracked(points, "refute", "configurations"), 1):
        law = climbs_by_formula(search, point)
        if law is not None:
            search.suspect = law
            point = shrunk(
                search.claim,
                point,
                point.t,
                lambda each: climbs_by_formula(search, each) is not None,
                steps=10**3,
            )[-1]
            law = climbs_by_formula(search, point)
            example = climbs_from_law(search, point, law, share)
            if example is not None:
                return Outcome.refuted_by(search, tried, example, law)
        example = climbs_by_simulation(search, point, share)
        if example is not None:
            return Outcome.refuted_by(search, tried, example, law)
    for point, start, effort in further:
        example = climbs_by_simulation(search, point, share, start, effort)
        if example is not None:
            return Outcome.refuted_by(search, len(points), example, None)
    return Outcome.survived(search, len(points))
