"""Simulations shared by several laws: those tried in one configuration share its trajectories."""

from collections.abc import Iterable
from threading import Lock

import jax
import numpy as np

from .._keys import Stream, fold_in
from ..engine.carriers.tilted import LOG_WEIGHT
from ..engine.simulate import simulate
from ..quantities.base import HittingTime, weighted_values
from ..quantities.summaries import PowerSums


class Runs:
    """Simulations by key, made once for all the trials that are announced.

    A run observes the metrics of all its trials. Every law keeps its false-alarm rate, since the
    bound over several comparisons holds for dependent values too.
    """

    def __init__(self, key, trials: Iterable = ()):
        self.key = key
        self._metrics: dict[tuple, dict] = {}
        self._sums: dict[tuple, dict[str, PowerSums]] = {}
        for each in trials:
            if each.metric.lanes is None:
                self._metrics.setdefault(_place(each), {}).setdefault(each.metric.name, each.metric)
        self._turns = {place: Lock() for place in self._metrics}

    def sums(self, trial, replicas: range) -> dict[str, PowerSums]:
        """Return power sums of what a trial observes over a range of replicas, by metric.

        Weights are among them where replicas have some.
        """
        place = _place(trial)
        together = self._metrics.get(place, {})
        if together.get(trial.metric.name) != trial.metric:
            return _simulated(self.key, trial, replicas, {trial.metric.name: trial.metric})
        # Laws are judged in threads: the first to need a run makes it, the others wait for it.
        with self._turns[place]:
            at = (place, replicas.start, replicas.stop)
            if at not in self._sums:
                self._sums[at] = _simulated(self.key, trial, replicas, together)
            return self._sums[at]


def _place(trial) -> tuple:
    """What two trials must agree in to share a run: the configuration, carrier and times."""
    leaves, structure = jax.tree.flatten(trial.recursion)
    numbers = tuple(
        (str(each.dtype), each.shape, each.tobytes()) for each in map(np.asarray, leaves)
    )
    return (
        structure,
        numbers,
        trial.tilted,
        trial.generations,
        None if trial.t is None else tuple(trial.t.tolist()),
    )


def _simulated(key, trial, replicas, metrics) -> dict[str, PowerSums]:
    if trial.tilted:
        return _tilted(key, trial, replicas, metrics)
    run = _run(key, trial, replicas, metrics)
    recorded = {name: np.asarray(run.observed[name], float) for name in metrics}
    return {
        name: PowerSums.of(HittingTime.waits(each) if trial.t is None else each)
        for name, each in recorded.items()
    }


def _run(key, trial, replicas, metrics, carrier="auto"):
    return simulate(
        key,
        trial.recursion,
        generations=trial.generations,
        replicas=replicas,
        carrier=carrier,
        observe=tuple(metrics.values()),
        at=trial.t,
    )


def _tilted(key, trial, replicas, metrics) -> dict[str, PowerSums]:
    """Power sums of weighted values, and of the weights themselves.

    The words are others than those of the plain run, which has said that a tilt is needed. Values
    that a tilt makes common may exceed single precision.
    """
    with jax.enable_x64(True):
        run = _run(fold_in(key, 0, Stream.TILT), trial, replicas, metrics, "tilted")
    log_weights = np.asarray(run.log_weights)
    weighted = {
        name: weighted_values(np.asarray(run.observed[name]), log_weights, name) for name in metrics
    }
    weighted[LOG_WEIGHT] = np.exp(log_weights)
    return {name: PowerSums.of(each) for name, each in weighted.items()}
