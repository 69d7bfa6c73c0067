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


def climbs_by_formula(search, point):
    """The exact law against which the scaled error of the claim grows, or None."""
    kind, t = search.claim.law.kind, point.t
    speaking = (
        [law_named(kind.of)]
        if kind.of
        else [law for law in search.against if law.holds_for(point.recursion)]
    )
    for law in speaking:
        if kind.in_ in law.parameters:
            errors = ladder_errors(search.claim.law, law, (point.recursion, t))
            if (
                np.all(np.isfinite(errors))
                and errors[-1] > FINEST
                and errors[-1] >= GROWTH * errors[:-1].max()
            ):
                return law
    return None


def climbs_by_simulation(search, point, share: float) -> Counterexample | None:
    """The top of a ladder on which the scaled error grows beyond doubt, or None.

    The radius of every rung is that of the normal mixture, so that the ladder may be looked at as
    replicas are added.
    """
    trials = [_rung(search, point, step) for step in RUNGS]
    order = search.claim.law.kind.order
    scale = np.array(
        [_position(search, trial) ** order / abs(trial.claimed[0]) for trial in trials]
    )
    threshold = np.log(len(RUNGS) * share / search.false_alarm)
    search.exact = False
    while trials[0].replicas < search.most:
        for trial in trials:
            before = trial.replicas
            trial.grow(max(1 << 12, before))
            search.trajectories += trial.replicas - before
        gaps = (
            np.array([abs(trial.estimate.value[0] - trial.claimed[0]) for trial in trials]) * scale
        )
        radius = (
            sigmas_to_refute(trials[0].replicas, threshold)
            * np.array([trial.estimate.error[0] for trial in trials])
            * scale
        )
        if gaps[-1] - radius[-1] > GROWTH * np.max((gaps + radius)[:-1]):
            return _example(search, point, trials[-1], gaps)
    return None


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


def _example(search, point, trial, gaps) -> Counterexample:
    kind = search.claim.law.kind
    top = _position(search, trial)
    rungs = ", ".join(f"{top * step / RUNGS[-1]:g}" for step in RUNGS)
    scaled = ", ".join(f"{gap:.3g}" for gap in gaps)
    estimate = trial.estimate
    return Counterexample(
        trial.recursion,
        point.arguments,
        t=int(trial.times[0]),
        claimed=float(trial.claimed[0]),
        simulated=float(estimate.value[0]),
        error=float(estimate.error[0]),
        replicas=trial.replicas,
        stream=search.tests - 1,
        # The evidence of a ladder is no e-value of one configuration.
        log_evidence=np.inf,
        remarks=f"{kind.in_}^{kind.order:g} · relative error on {kind.in_} = {rungs}: {scaled}",
    )
