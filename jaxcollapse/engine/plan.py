"""The plan of a run: checked arguments, a carrier, and tiles of replicas that run on every core or
device.

Replica i at generation t draws from its own words, so a run can be extended, split or replayed at
will and every part
keeps its bits.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import numpy as np

from .._keys import check_key
from ..domains import Integer
from ..metrics import Metric
from ..recursion import Recursion
from . import loop
from .carriers.base import AbstractCarrier
from .carriers.choice import carrier_for
from .programs import is_traced, rounded_up
from .tiles import _TURN, _layout

GENERATIONS = Integer(1, 10**9)


@dataclass(frozen=True)
class Plan:
    """A run that is ready to go: checked arguments, the carrier, and tiles of replicas of fixed
    width.
    """

    key: Any
    recursion: Recursion
    generations: int
    replicas: range
    metrics: tuple | None
    stops: np.ndarray | None
    carrier: AbstractCarrier
    room: int
    traced: bool
    width: int
    wide: bool
    alone: bool

    @classmethod
    def of(cls, key, recursion, generations, replicas, carrier, observe, at) -> "Plan":
        """Check the arguments before anything compiles."""
        check_key(key)
        GENERATIONS.check("generations", generations)
        chosen = range(replicas) if isinstance(replicas, (int, np.integer)) else replicas
        if not isinstance(chosen, range) or len(chosen) < 1 or chosen.step != 1 or chosen.start < 0:
            raise ValueError(
                f"replicas must be a positive integer or a range of step 1 from 0 up, got {replicas!r}"
            )
        metrics = None if observe is None else checked_metrics(observe, recursion.family)
        stops = None if at is None else checked_stops(at, generations)
        if recursion.schedules:
            recursion.check_schedule(generations)
        room = room_for(recursion, generations)
        medium = carrier_for(recursion, room, carrier, stops)
        traced = is_traced(key, recursion)
        layout = _layout(medium, recursion, metrics=metrics, traced=traced)
        return cls(
            key, recursion, generations, chosen, metrics, stops, medium, room, traced, *layout
        )

    @cached_property
    def times(self) -> np.ndarray:
        """The generations on record, the truth among them."""
        return (
            np.arange(self.generations + 1)
            if self.stops is None
            else np.concatenate([[0], self.stops])
        )

    @cached_property
    def _spare(self) -> int | None:
        """How often the last stop is repeated, where the program goes by stops to have room for
        more of them.
        """
        stops = len(self.times) - 1
        return rounded_up(stops, 2) - stops if self.recursion.family.slow_to_compile else None

    @cached_property
    def _stops(self) -> np.ndarray | None:
        """The stops that the program goes by."""
        if self._spare is None:
            return self.stops
        return np.pad(self.times[1:], (0, self._spare), mode="edge").astype(np.int32)

    @property
    def starts(self) -> range:
        """The first replica of every tile."""
        return range(self.replicas.start, self.replicas.stop, self.width)

    @property
    def at_truth(self):
        """What is recorded of the truth."""
        return loop.at_truth(self.recursion, self.metrics)

    def tile(self, start: int, digest=None, device=None):
        """Replicas from `start`: what is recorded at all times but the last and at the last, or a
        digest of it.
        """
        run = loop.wide_tile if self.wide else loop.tile
        present = min(self.width, self.replicas.stop - start)
        spare = self._spare
        inputs = (
            self.key,
            self.recursion,
            self.carrier,
            self._stops,
            np.uint32(start),
            np.int32(present),
        )
        shape = {
            "generations": self.room,
            "width": self.width,
            "metrics": self.metrics,
            "digest": digest,
        }
        with jax.default_device(device):
            earlier, last = run(*inputs, **shape)
        return jax.tree.map(lambda leaf: leaf[:-spare], earlier) if spare else earlier, last

    @property
    def workers(self) -> int:
        """Tiles that run at a time."""
        devices = len(jax.local_devices())
        if jax.default_backend() != "cpu":
            return 2 * devices
        return 1 if self.alone else max(os.cpu_count() or 1, devices)

    def tiles(self, receive: Callable, digest=None) -> None:
        """Run every tile, on every core or device that there is, and hand each to `receive(start,
        result)`.
        """
        devices = jax.local_devices()

        def one(number):
            start = self.starts[number]
            receive(start, self.tile(start, digest, devices[number % len(devices)]))

        numbers = range(len(self.starts))
        if self.alone or len(numbers) == 1:
            with _TURN if self.alone else nullcontext():
                for number in numbers:
                    one(number)
            return
        with ThreadPoolExecutor(min(self.workers, len(numbers))) as pool:
            list(pool.map(one, numbers))


def checked_metrics(observe, family) -> tuple[Metric, ...]:
    """One metric or several as a tuple, with their formulas for a family. Raises `ValueError` for
    anything else.
    """
    metrics = tuple(observe) if isinstance(observe, (list, tuple)) else (observe,)
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


def room_for(recursion: Recursion, generations: int) -> int:
    """How many fits to compile a run for: the number itself, or one of two an octave where nothing
    has one entry a fit.
    """
    bound = recursion.schedules or any(
        np.ndim(leaf) for leaf in jax.tree.leaves(recursion.workflow)
    )
    return (
        generations if bound or not recursion.family.slow_to_compile else rounded_up(generations, 2)
    )


def checked_stops(at, generations: int) -> np.ndarray:
    """Generations to record, as an array. Raises `ValueError` unless they increase within 1 to
    `generations`.
    """
    stops = np.asarray(at)
    if (
        stops.ndim != 1
        or len(stops) < 1
        or stops.dtype.kind not in "iu"
        or np.any(np.diff(stops) < 1)
    ):
        raise ValueError(f"at must be increasing generations, got {at!r}")
    if stops[0] < 1 or stops[-1] > generations:
        raise ValueError(f"at must lie in [1, {generations}], got {stops[0]} to {stops[-1]}")
    return stops.astype(np.int32)
