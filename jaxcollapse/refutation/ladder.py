"""Claims about a limit: on a ladder x, 2x, 4x, 8x the error times x^order must not grow."""

import dataclasses

import jax.numpy as jnp
import numpy as np

from .._keys import fold_in
from ..theory.registry import law_named
from ..verification import GROWTH, RUNGS, ladder_errors
from .eprocesses import sigmas_to_refute
from .report import Counterexample
from .trials import Trial

FINEST = 1e-6
ROUNDING = 1e-9
STARTS = (1, 8, 64)
FAR = 16
FAR_POINTS = 4
FAR_EFFORT = 4
ABOVE_LOWEST = 8
LOWEST_EFFORT = 16
LOWEST_POINTS = 2


def climbs_by_formula(search, point):
    """The exact law against which the scaled error of the claim grows, or None."""
    kind = search.claim.law.kind
    speaking = (
        [law_named(kind.of)]
        if kind.of
        else [law for law in search.against if law.holds_for(point.recursion)]
    )
    return next(
        (law for law in speaking if kind.in_ in law.parameters and _climb(search, point, law)), None
    )


def _climb(search, point, law) -> str:
    """The lowest x and the scaled errors of a ladder that climbs, in words; empty if none does.

    A wrong constant and an order claimed too high show at large x only: their ladders start there.
    """
    kind = search.claim.law.kind
    for start in STARTS[:1] if law.host else STARTS:
        try:
            errors = ladder_errors(search.claim.law, law, (point.recursion, point.t), start)
        except (ValueError, ArithmeticError):
            break
        x = (point.t if kind.in_ == "t" else float(point.recursion.n)) * start
        seen = errors[-1] > max(FINEST, ROUNDING * (x * RUNGS[-1]) ** kind.order)
        if np.all(np.isfinite(errors)) and seen and errors[-1] >= GROWTH * errors[:-1].max():
            return _in_words(kind, x * RUNGS, errors)
    return ""


def _in_words(kind, rungs, errors) -> str:
    shown = ", ".join(f"{each:g}" for each in rungs)
    scaled = ", ".join(f"{each:.3g}" for each in errors)
    return f"{kind.in_}^{kind.order:g} · relative error on {kind.in_} = {shown}: {scaled}"


def climbs_from_law(search, point, law, share: float) -> Counterexample | None:
    """The ladder on which a claim leaves an exact law, or None where simulation doubts that law."""
    trial = _rung(search, point, 1)
    trial.claimed = np.atleast_1d(np.asarray(law.of(trial.recursion, trial.times), float))
    doubted = trial.contradicts(np.log(share / search.false_alarm), search.most)
    search.trajectories += trial.replicas
    search.exact &= trial.exact
    if doubted or not np.all(trial.estimate.trusted()):
        return None
    trial.claimed = search.claim.values(trial.recursion, trial.times)
    return _example(point, trial, search.tests - 1, _climb(search, point, law))


def climbs_by_simulation(search, point, share: float, start: int = 1, effort: int = 1):
    """The top of a ladder on which the scaled error grows beyond doubt, or None.

    The radius of every rung is that of the normal mixture, so that the ladder may be looked at as
    replicas are added. They go to the rung that leaves most in doubt: the errors of the top are
    multiplied by the largest power of x. A ladder that starts far up is compared with its lower
    half, for there the error is all of its leading order.
    """
    trials = [_rung(search, point, start * step) for step in RUNGS]
    kind = search.claim.law.kind
    rungs = np.array([_position(search, trial) for trial in trials])
    scale = rungs**kind.order / np.array([abs(trial.claimed[0]) for trial in trials])
    threshold = np.log(len(RUNGS) * share / search.false_alarm)
    earlier = slice(None, -1) if start == 1 else slice(None, 2)
    search.exact = False
    growing, budget = trials, len(RUNGS) * effort * search.most
    while sum(trial.replicas for trial in trials) < budget:
        for trial in growing:
            before = trial.replicas
            trial.grow(max(1 << 12, before))
            search.trajectories += trial.replicas - before
        gaps = np.array([abs(each.estimate.value[0] - each.claimed[0]) for each in trials]) * scale
        errors = np.array([trial.estimate.error[0] for trial in trials])
        sigmas = np.array([sigmas_to_refute(trial.replicas, threshold) for trial in trials])
        radius = sigmas * errors * scale
        if gaps[-1] - radius[-1] > GROWTH * np.max((gaps + radius)[earlier]):
            return _example(point, trials[-1], search.tests - 1, _in_words(kind, rungs, gaps))
        compared = np.concatenate([(GROWTH * radius)[earlier], radius[-1:]])
        places = [*np.arange(len(trials))[earlier], len(trials) - 1]
        growing = [trials[places[int(np.argmax(compared))]]]
    return None


def ladders_far_up(search, points) -> list:
    """The ladders that are tried last, as points with their lowest rung and their effort.

    Those far up start at points of the search; those of the lowest points start there, and at eight
    times their x, where replicas tell a small difference from the noise.
    """
    low = [_lowest(search, point) for point in points[:LOWEST_POINTS]]
    starts = [(each, start, LOWEST_EFFORT) for each in low for start in (1, ABOVE_LOWEST)]
    return starts + [(each, FAR, FAR_EFFORT) for each in points[:FAR_POINTS]]


def _lowest(search, point):
    """The point at the least x at which the claim speaks, up to its own."""
    if search.claim.law.kind.in_ == "t":
        return dataclasses.replace(point, t=1)
    for n in range(1, int(np.max(np.asarray(point.recursion.n)))):
        try:
            recursion = dataclasses.replace(point.recursion, n=n)
            value = search.claim.values(recursion, np.array([point.t]))
        except ValueError:
            continue
        if search.claim.speaks_of(recursion) and np.all(np.isfinite(value)):
            return dataclasses.replace(point, recursion=recursion)
    return point


def _rung(search, point, step: int) -> Trial:
    claim, in_time = search.claim, search.claim.law.kind.in_ == "t"
    times = np.array([point.t * step if in_time else point.t])
    sizes = {} if in_time else {"n": jnp.asarray(point.recursion.n) * step}
    recursion = dataclasses.replace(point.recursion, **sizes)
    index, search.tests = search.tests, search.tests + 1
    return Trial(
        claim, recursion, times, claim.values(recursion, times), fold_in(search.key, index)
    )


def _position(search, trial: Trial) -> float:
    return float(trial.times[0] if search.claim.law.kind.in_ == "t" else trial.recursion.n)


def _example(point, trial, stream: int, remarks: str) -> Counterexample:
    estimate = trial.estimate
    return Counterexample(
        trial.recursion,
        point.arguments,
        t=int(trial.times[0]),
        claimed=float(trial.claimed[0]),
        simulated=float(estimate.value[0]),
        error=float(estimate.error[0]),
        replicas=trial.replicas,
        stream=stream,
        # The evidence of a ladder is no e-value of one configuration.
        log_evidence=np.inf,
        remarks=remarks,
    )
