"""The plan of a run: checked arguments, the carrier that draws, and how replicas are tiled.

Replica i at generation t draws from its own words, so a run can be extended, split or replayed, and
every part keeps its bits.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import jax
import numpy as np

from .._keys import check_key
from ..arguments import check_is
from ..domains import Integer, as_array
from ..families.frames import Frame
from ..metrics import Metric
from ..numerics.tracing import is_traced
from ..recursion import Recursion
from .branch import Branch
from .branching import branch_of
from .carriers.base import AbstractCarrier
from .carriers.choice import carrier_for
from .carriers.gradients import Measuring
from .carriers.samples import Sampled
from .counts import check_counts
from .frames import Units, check_numbers, frame_of, seen_from
from .programs import rounded_up
from .recording import at_truth, floating
from .tiles import Tiling, tiling_of

GENERATIONS = Integer(1, 10**9)


@dataclass(frozen=True)
class Plan:
    """A run that is ready to go; `executor` carries it out.

    `compiled_generations` is the number of fits that the program has room for, at least
    `generations`; `stops` are the generations to record, None for all of them. A run is `traced`
    where it is part of a larger program that is being compiled. `recursion` and `metrics` are seen
    from `frame`; `units` gives their values back in the unit of the user.
    """

    key: Any
    recursion: Recursion
    generations: int
    replicas: range
    metrics: tuple[Metric, ...] | None
    stops: np.ndarray | None
    carrier: AbstractCarrier
    compiled_generations: int
    traced: bool
    tiling: Tiling
    frame: Frame | None
    units: Units
    branch: Branch | None = None

    @classmethod
    def of(
        cls, key, recursion, generations, replicas, carrier, observe, at, *, weighed=False
    ) -> "Plan":
        """Check the arguments, before anything compiles, and make the plan.

        `weighed` says that the caller keeps the weights of replicas, where the carrier has them.
        """
        check_key(key)
        check_is("recursion", recursion, Recursion)
        check_is("carrier", carrier, str)
        GENERATIONS.check_one("generations", generations)
        chosen = checked_replicas(replicas)
        metrics = None if observe is None else checked_metrics(observe, recursion.family)
        stops = None if at is None else checked_stops(at, generations)
        recursion.check_schedule(generations)
        traced = is_traced(key, recursion)
        frame = None if traced else frame_of(recursion)
        recursion = seen_from(recursion, frame)
        metrics, units = Units.of(metrics, frame)
        if not traced:
            check_numbers(recursion)
        room = compiled_generations(recursion, generations)
        medium = carrier_for(recursion, room, carrier, stops)
        if medium.weighs and (metrics is None or not weighed):
            raise ValueError(
                f"carrier {carrier!r} gives every replica a weight: "
                "use simulate, and observe metrics"
            )
        check_counts(recursion, generations, chosen, pooled=not isinstance(medium, Sampled))
        tiling = tiling_of(medium, recursion, metrics=metrics, traced=traced)
        ready = metrics, stops, medium, room, traced, tiling, frame, units
        return cls(key, recursion, generations, chosen, *ready)

    def branching(self, other: Recursion, carrier: str) -> "Plan":
        """The same run, whose every generation is also fitted as `other` would fit it.

        What is recorded are these branches. `carrier` names the carrier of their data.

        Raises:
            ValueError: a carrier that cannot run `other`, or whose evidence the run cannot pool.
        """
        seen = seen_from(other, self.frame)
        room = self.compiled_generations
        run, branch = branch_of(self.carrier, self.recursion, seen, room, carrier)
        tiling = tiling_of(run, self.recursion, branch, metrics=self.metrics, traced=self.traced)
        return replace(self, carrier=run, branch=branch, tiling=tiling)

    def measuring_gradients(self) -> "Plan":
        """The same run, which also records how near every fit is to the optimum of its objective.

        Its draws are the same, and so are its values up to rounding.
        """
        if self.branch is None:
            return replace(self, carrier=Measuring(self.carrier, self.recursion.family))
        learning = Measuring(self.branch.learning, self.branch.recursion.family)
        return replace(self, branch=replace(self.branch, learning=learning))

    @cached_property
    def times(self) -> np.ndarray:
        """The generations on record, the truth among them."""
        if self.stops is None:
            return np.arange(self.generations + 1)
        return np.concatenate([[0], self.stops])

    @property
    def starts(self) -> range:
        """The first replica of every tile."""
        return range(self.replicas.start, self.replicas.stop, self.tiling.width)

    @cached_property
    def at_truth(self):
        """The record of the truth."""
        recursion, carrier = self.recursion, self.carrier
        if self.branch is not None:
            recursion, carrier = self.branch.recursion, self.branch.learning
        record = at_truth(recursion, self.metrics)
        # To make an empty store takes operations of its own, which most carriers need not pay.
        if not carrier.notes:
            return record
        return carrier.noted(record, carrier.empty(floating(recursion.truth)))

    @cached_property
    def repeats(self) -> int:
        """How often the compiled program repeats the last stop.

        The loop does nothing at a repeated stop, so runs of nearby lengths share one program.
        """
        recorded = len(self.times) - 1
        return rounded_up(recorded, 2) - recorded if self.recursion.family.slow_to_compile else 0

    @cached_property
    def compiled_stops(self) -> np.ndarray | None:
        """The stops of the compiled program; None where it records every generation."""
        if not self.recursion.family.slow_to_compile:
            return self.stops
        stops = self.times[1:].astype(np.int32)
        return np.concatenate([stops, np.full(self.repeats, stops[-1])])


def checked_replicas(replicas) -> range:
    """Return the replica numbers as a range. Raises `ValueError` for anything else."""
    chosen = range(replicas) if isinstance(replicas, (int, np.integer)) else replicas
    if not isinstance(chosen, range) or len(chosen) < 1 or chosen.step != 1 or chosen.start < 0:
        raise ValueError(
            f"replicas must be a positive integer or a range of step 1 from 0 up, got {replicas!r}"
        )
    return chosen


def checked_metrics(observe, family) -> tuple[Metric, ...]:
    """Return one metric or several as a tuple, with their formulas for a family.

    Raises:
        ValueError: anything that is not a metric, or different metrics of one name.
    """
    metrics = tuple(observe) if isinstance(observe, (list, tuple)) else (observe,)
    if not metrics:
        raise ValueError(f"observe must hold at least one metric, got {observe!r}")
    for each in metrics:
        if not isinstance(each, Metric):
            raise ValueError(
                f"observe must be a metric such as jc.variance, or several, got {each!r}"
            )
    named: dict[str, Metric] = {}
    for each in metrics:
        if named.setdefault(each.name, each) != each:
            raise ValueError(
                f"observe must not hold different metrics of one name, got two named {each.name!r}"
            )
    return tuple(each.fixed_for(family) for each in metrics)


def checked_stops(at, generations: int) -> np.ndarray:
    """Return the generations to record as an array.

    Raises:
        ValueError: unless they increase within 1 to `generations`.
    """
    stops = as_array(at)
    one_axis = stops is not None and stops.ndim == 1 and len(stops) > 0 and stops.dtype.kind in "iu"
    if stops is None or not one_axis or np.any(np.diff(stops) < 1):
        raise ValueError(f"at must be increasing generations, got {at!r}")
    if stops[0] < 1 or stops[-1] > generations:
        raise ValueError(f"at must lie in [1, {generations}], got {stops[0]} to {stops[-1]}")
    return stops.astype(np.int32)


def compiled_generations(recursion: Recursion, generations: int) -> int:
    """How many fits a program for this run has room for.

    A family that is slow to compile rounds up to one of two sizes per octave, so that runs of
    nearby lengths share a program, unless some array has one entry per fit.
    """
    bound = recursion.schedules or any(
        np.ndim(leaf) for leaf in jax.tree.leaves(recursion.workflow)
    )
    exact = bound or not recursion.family.slow_to_compile
    return generations if exact else rounded_up(generations, 2)
