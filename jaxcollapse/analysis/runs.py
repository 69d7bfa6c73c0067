"""The runs that a decomposition takes: one per combination of sources, sample size and check."""

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np

from ..engine.carriers.gradients import SQUARED_GRADIENT
from ..engine.plan import Plan
from ..engine.simulate import gathered
from ..engine.trajectory import Trajectory
from ..metrics import Metric
from ..recursion import Recursion

POPULATION = "population"


class Measured(NamedTuple):
    """The errors of every replica at the recorded generations, shape (replicas, times).

    `gradients` are the squared gradients that its fits leave, None where they are not measured.
    """

    errors: np.ndarray
    gradients: np.ndarray | None


@dataclass(frozen=True)
class Run:
    """One run: the recursion, and the run that it branches from where it is one-shot.

    Args:
        recursion: what is fitted.
        metric: what is measured of every fit.
        times: the generations that are recorded, increasing.
        replicas: number of replicas; one where nothing is drawn.
        carrier: carrier of the recursion.
        base: the ordinary recursion whose models the data of a one-shot fit come from.
        gradients: whether the gradients that fits leave are measured too.
    """

    recursion: Recursion
    metric: Metric
    times: tuple[int, ...]
    replicas: int
    carrier: str = "auto"
    base: Recursion | None = None
    gradients: bool = False

    @property
    def exact(self) -> bool:
        """Whether nothing is drawn: one replica in double precision is the limit itself."""
        return self.carrier == POPULATION and self.base is None

    def plan(self, key) -> Plan:
        """The plan of the run, checked before anything compiles."""
        start = self.recursion if self.base is None else self.base
        carrier = self.carrier if self.base is None else "auto"
        replicas = 1 if self.exact else self.replicas
        made = Plan.of(key, start, self.times[-1], replicas, carrier, self.metric, self.times)
        if self.base is not None:
            made = made.branching(self.recursion, self.carrier)
        return made.measuring_gradients() if self.gradients else made

    def precision(self):
        """The scope of precision that the run is made in."""
        return jax.enable_x64(True) if self.exact else nullcontext()

    def measured(self, key: Any) -> Measured:
        """Carry the run out, and read the metric at the recorded generations."""
        with self.precision():
            # Where nothing is drawn, any key will do.
            plan = self.plan(jax.random.key(0) if self.exact else key)
            run = Trajectory.assemble(plan.recursion, plan, gathered(plan), plan.times)
            errors = np.asarray(run.observed[self.metric.name], float)[:, 1:]
            squared = run.observed.get(SQUARED_GRADIENT)
            return Measured(errors, None if squared is None else np.asarray(squared)[:, 1:])
