"""Simulations shared by several laws: those tried in one configuration share its trajectories."""

from collections.abc import Iterable
from threading import Lock

import jax
import numpy as np

from ..engine.simulate import simulate
from ..quantities.base import HittingTime
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

    def sums(self, trial, replicas: range) -> PowerSums:
        """Return power sums of what a trial observes over a range of replicas."""
        place = _place(trial)
        together = self._metrics.get(place, {})
        if together.get(trial.metric.name) != trial.metric:
            alone = _simulated(self.key, trial, replicas, {trial.metric.name: trial.metric})
            return alone[trial.metric.name]
        # Laws are judged in threads: the first to need a run makes it, the others wait for it.
        with self._turns[place]:
            at = (place, replicas.start, replicas.stop)
            if at not in self._sums:
                self._sums[at] = _simulated(self.key, trial, replicas, together)
            return self._sums[at][trial.metric.name]


def _place(trial) -> tuple:
    """What two trials must agree in to share a run: every bit of the configuration, and times."""
    leaves, structure = jax.tree.flatten(trial.recursion)
    numbers = tuple(
        (str(each.dtype), each.shape, each.tobytes()) for each in map(np.asarray, leaves)
    )
    return (
        structure,
        numbers,
        trial.generations,
        None if trial.t is None else tuple(trial.t.tolist()),
    )


def _simulated(key, trial, replicas, metrics) -> dict[str, PowerSums]:
    observe = tuple(metrics.values())
    run = simulate(
        key,
        trial.recursion,
        generations=trial.generations,
        replicas=replicas,
        observe=observe,
        at=trial.t,
    )
    recorded = {name: np.asarray(run.observed[name], float) for name in metrics}
    return {
        name: PowerSums.of(HittingTime.waits(each) if trial.t is None else each)
        for name, each in recorded.items()
    }
