"""The recursion and how it is run: the plan of a run, its tiles of replicas, and what a run returns.

Model 0 is nature. Fit 1 trains on real data; fit t + 1 trains on what the workflow makes of the data drawn from
models 0…t. Replica i at generation t draws from its own words, so a run can be extended, split or replayed
at will and every part keeps its bits.
"""

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, PyTree

from . import loop
from ._compile import LAPACK, TRUSTED, Static, by_structure
from ._keys import Source, Stream, check_key
from .carriers import AbstractCarrier, Formal, Sampled, Statistics, allocate_slots, one_source
from .chains import skeleton, stepped
from .decoding import AbstractDecoding, Faithful
from .domains import SAMPLE_SIZE, Integer, Record, field, is_concrete
from .families.base import AbstractExponentialFamily, AbstractFamily
from .loop import floating
from .population import Population
from .selection import AbstractSelection, Everything
from .trajectory import Trajectory
from .workflows import AbstractWorkflow, Replace

TILE_BYTES = 1 << 18
TILE_LANES = {"cpu": 1 << 12}
MOST_LANES = 1 << 17
_TURN = Lock()


class Recursion(Record):
    r"""The whole configuration of a recursive training: a pytree whose numbers are leaves.

    Args:
        family: what is fitted.
        workflow: which evidence each generation trains on.
        truth: parameters of model 0.
        n: observations drawn from each model; one integer, or one per fit.
        real: observations of fit 1; the first `n` unless given.
        fresh: fresh real observations in every later generation, for workflows that use them; one integer, or one per fit,
            of which the first is not used.
        selection: which generated observations get through before they enter the workflow.
        decoding: how a model is sampled: temperature, truncation, tilt. Real data are never decoded.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.0, 1.0), n=100)
        >>> run = jc.simulate(jax.random.key(0), r, generations=5, replicas=3)
        >>> run.params.mean.shape
        (3, 6)
    """

    family: AbstractFamily
    workflow: AbstractWorkflow
    truth: PyTree
    n: Int[Array, "..."] = field(SAMPLE_SIZE, doc="observations drawn from each model")
    real: Int[Array, ""] | None = field(SAMPLE_SIZE, None, doc="observations of fit 1")
    fresh: Int[Array, "..."] = field(Integer(0), 0, doc="fresh real observations a generation")
    selection: AbstractSelection = Everything()
    decoding: AbstractDecoding = Faithful()

    def __check_init__(self):
        for name in ("n", "fresh"):
            if len(shape := np.shape(getattr(self, name))) > 1:
                raise ValueError(f"Recursion.{name} must be an integer or one per fit, got shape {shape}")
        self._check_family()
        self._check_workflow()

    def _check_family(self):
        least = self.family.least_size(self.truth)
        for name in ("n", "real"):
            size = getattr(self, name)
            if size is not None and is_concrete(size) and np.min(size) < least:
                owner = type(self.family).__name__
                raise ValueError(f"Recursion.{name} must be at least {least} for {owner}, got {np.min(size)}")
        kept = self.selection.kept(self.n)
        if is_concrete(kept) and np.min(kept) < least:
            owner = type(self.selection).__name__
            raise ValueError(f"Recursion.n must leave at least {least} observations to {owner}, got {np.min(self.n)}")

    def _check_workflow(self):
        owner = type(self.workflow).__name__
        if is_concrete(self.n) and (self.real is None or is_concrete(self.real)):
            first, *later = np.atleast_1d(self.n)
            real = first if self.real is None else self.real
            needed = self.workflow.least_real(int(max(later, default=first)))
            if real < needed:
                raise ValueError(f"Recursion.real must be at least {needed} for {owner}, got {int(real)}")
        later = self.fresh[1:] if np.ndim(self.fresh) else self.fresh
        if self.workflow.uses_fresh and is_concrete(later) and np.min(later, initial=1) < 1:
            raise ValueError(f"Recursion.fresh must be at least 1 for {owner}, which needs fresh real data, got {np.min(later)}")

    @property
    def schedules(self) -> dict[str, int]:
        """Of how many fits the schedules among `n` and `fresh` speak, by name."""
        return {name: np.shape(value)[0] for name in ("n", "fresh") if np.ndim(value := getattr(self, name))}

    def check_schedule(self, generations: int) -> None:
        """Raise a `ValueError` unless `n` and `fresh` are one number or one for each of the generations."""
        for name, length in self.schedules.items():
            if length != generations:
                raise ValueError(f"Recursion.{name} is a schedule of {length} fits but generations is {generations}")

    def sizes(self, generations: int) -> np.ndarray:
        """Observations of the own draw of each of the first fits, on the host, shape (generations,): real ones first."""
        schedule = np.asarray(self.n)
        if schedule.ndim == 1 and len(schedule) < generations:
            self.check_schedule(generations)
        sizes = np.broadcast_to(schedule if schedule.ndim == 0 else schedule[:generations], (generations,)).copy()
        sizes[0] = sizes[0] if self.real is None else self.real
        return sizes

    def size(self, t):
        """Observations drawn for fit t from model t - 1."""
        return _at_fit(self.n, t)

    def arriving(self, t):
        """Fresh real observations that fit t, a later one, has beside."""
        return _at_fit(self.fresh, t)


def _at_fit(size, t):
    return size if np.ndim(size) == 0 else jnp.asarray(size)[t - 1]


def simulate(
    key, recursion: Recursion, *, generations: int, replicas: int | range, carrier="auto", observe=None, at=None
):
    """Run the recursion, many replicas at once.

    Args:
        key: a typed key, `jax.random.key(0)`.
        recursion: the configuration. Its numbers are traced: changing them does not compile again.
        generations: number of fits, at least 1.
        replicas: how many, or a range of replica numbers, so that any part of a run can be computed alone.
        carrier: "statistics" draws sufficient statistics from their exact law, "samples" draws every observation,
            "auto" takes statistics where the family and the workflow's selection allow it; "skeleton" draws the generations
            `at` alone, equally spaced, from the kernel of several generations (replacement of categories); "population" is
            the limit of infinitely many observations, without chance.
        observe: a metric or a sequence of metrics to record instead of the parameters.
        at: the generations to record, increasing, from 1 to `generations`; all of them unless given.

    Returns:
        A `Trajectory`; index 0 of its generation axis is the truth, and `times` says which generations follow.

    Raises:
        ValueError: legacy or batched key, no generations, no replicas, schedule of the wrong length, unknown carrier,
            generations to record that are not increasing or out of range.
    """
    plan = Plan.of(key, recursion, generations, replicas, carrier, observe, at)
    if plan.traced:
        tiles = [plan.tile(start) for start in plan.starts]
        joined = jax.tree.map(lambda *parts: jnp.concatenate(parts, axis=1)[:, : len(plan.replicas)], *tiles)
        whole = jax.tree.map(_prepended, plan.at_truth, joined[0], joined[1])
    else:
        whole = gathered(plan)
    return Trajectory.assemble(recursion, key, plan.replicas, plan.metrics, whole, plan.times)


@dataclass(frozen=True)
class Plan:
    """A run that is ready to go: checked arguments, the carrier, and tiles of replicas of fixed width."""

    key: Any
    recursion: Recursion
    generations: int
    replicas: range
    metrics: tuple | None
    stops: np.ndarray | None
    carrier: AbstractCarrier
    width: int
    wide: bool
    alone: bool

    @classmethod
    def of(cls, key, recursion, generations, replicas, carrier, observe, at) -> "Plan":
        """Check the arguments before anything compiles."""
        check_key(key)
        Integer(1, 10**9).check("generations", generations)
        chosen = range(replicas) if isinstance(replicas, int) else replicas
        if not isinstance(chosen, range) or len(chosen) < 1 or chosen.step != 1 or chosen.start < 0:
            raise ValueError(f"replicas must be a positive integer or a range of step 1 from 0 up, got {replicas!r}")
        metrics = None if observe is None else tuple(observe) if isinstance(observe, (list, tuple)) else (observe,)
        stops = None if at is None else checked_stops(at, generations)
        recursion.check_schedule(generations)
        medium = carrier_for(recursion, room_for(recursion, generations), carrier, stops)
        width = _tile_width(medium, recursion, Static(metrics))
        plan = cls(key, recursion, generations, chosen, metrics, stops, medium, width, wide=False, alone=False)
        if plan.traced or jax.default_backend() != "cpu":
            return plan
        used = loop.operations_of(recursion, medium, Static(metrics))
        return replace(plan, wide=used <= TRUSTED, alone=bool(used & LAPACK))

    @property
    def times(self) -> np.ndarray:
        """The generations on record, the truth among them."""
        return np.arange(self.generations + 1) if self.stops is None else np.concatenate([[0], self.stops])

    @property
    def room(self) -> int:
        """Fits that the program has room for."""
        return room_for(self.recursion, self.generations)

    @property
    def starts(self) -> range:
        """The first replica of every tile."""
        return range(self.replicas.start, self.replicas.stop, self.width)

    @property
    def traced(self) -> bool:
        """Whether the run is part of a larger program that is being compiled or vectorized."""
        leaves = [self.key, jnp.zeros(()), *jax.tree.leaves(self.recursion)]
        return any(isinstance(leaf, jax.core.Tracer) for leaf in leaves)

    @property
    def at_truth(self):
        """What is recorded of the truth."""
        return loop.at_truth(self.recursion, self.metrics)

    def tile(self, start: int, digest=None, device=None):
        """Replicas from `start`: what is recorded at all times but the last and at the last, or a digest of it."""
        run = loop.wide_tile if self.wide else loop.tile
        present = min(self.width, self.replicas.stop - start)
        stops = _repeating_last(self.times[1:]) if self.recursion.family.slow_to_compile else self.stops
        inputs = (self.key, self.recursion, self.carrier, stops, np.uint32(start), np.int32(present))
        shape = {"generations": self.room, "width": self.width, "metrics": self.metrics, "digest": digest}
        with jax.default_device(device):
            earlier, last = run(*inputs, **shape)
        return jax.tree.map(lambda leaf: leaf[: len(self.times) - 2], earlier), last

    @property
    def workers(self) -> int:
        """Tiles that run at a time."""
        devices = len(jax.local_devices())
        if jax.default_backend() != "cpu":
            return 2 * devices
        return 1 if self.alone else max(os.cpu_count() or 1, devices)

    def tiles(self, receive: Callable, digest=None) -> None:
        """Run every tile, on every core or device that there is, and hand each to `receive(start, result)`."""
        devices = jax.local_devices()

        def one(number):
            start = self.starts[number]
            receive(start, self.tile(start, digest, devices[number % len(devices)]))

        with _TURN if self.alone else nullcontext():
            one(0)
            with ThreadPoolExecutor(self.workers) as pool:
                list(pool.map(one, range(1, len(self.starts))))


def room_for(recursion: Recursion, generations: int) -> int:
    """How many fits to compile a run for: the number itself, or one of two an octave where nothing has one entry a fit."""
    bound = recursion.schedules or any(np.ndim(leaf) for leaf in jax.tree.leaves(recursion.workflow))
    return generations if bound or not recursion.family.slow_to_compile else _two_an_octave(generations)


def _two_an_octave(count: int) -> int:
    octave = 1 << max(0, count - 1).bit_length()
    return 3 * octave // 4 if count <= 3 * octave // 4 else octave


def _repeating_last(stops: np.ndarray) -> np.ndarray:
    return np.pad(stops, (0, _two_an_octave(len(stops)) - len(stops)), mode="edge").astype(np.int32)


def checked_stops(at, generations: int) -> np.ndarray:
    """Generations to record, as an array. Raises `ValueError` unless they increase within 1 to `generations`."""
    stops = np.asarray(at)
    if stops.ndim != 1 or len(stops) < 1 or stops.dtype.kind not in "iu" or np.any(np.diff(stops) < 1):
        raise ValueError(f"at must be increasing generations, got {at!r}")
    if stops[0] < 1 or stops[-1] > generations:
        raise ValueError(f"at must lie in [1, {generations}], got {stops[0]} to {stops[-1]}")
    return stops.astype(np.int32)


def carrier_for(recursion: Recursion, generations: int, name: str = "auto", stops=None) -> AbstractCarrier:
    """The carrier that `simulate` uses: by its name, or the cheapest that the recursion allows."""
    if name == "skeleton":
        return _skeleton(recursion, stops)
    family, workflow = recursion.family, recursion.workflow
    reducible = isinstance(family, AbstractExponentialFamily)
    rules = workflow.selection, recursion.selection
    selects = any(rule.selects for rule in rules)
    lossless = reducible and family.lossless and all(rule.reads_counts for rule in rules)
    if name == "auto":
        exact = reducible and (lossless or not selects) and not recursion.selection.selects
        exact = exact and recursion.decoding.closed
        name = "statistics" if exact else "samples"
    if name == "population" and reducible:
        return Population(family)
    if name == "statistics" and reducible:
        if not recursion.decoding.closed:
            raise ValueError(f"carrier 'statistics' cannot draw through {type(recursion.decoding).__name__}: use 'samples'")
        if selects and not lossless:
            raise ValueError(
                f"carrier 'statistics' cannot select observations of {type(family).__name__}: use 'samples'"
            )
        by_table = stepped(family, int(recursion.n)) if _is_chain(recursion) else None
        if by_table is not None:
            return by_table
        follows = family.shapes_follow_n or selects
        return Statistics(family, capacity_of(recursion) if follows else None, _remembers(workflow))
    if name == "samples":
        ledger = mixing_ledger(_generic(workflow), generations, sizes=np.where(np.arange(generations) == 0, 2, 1))
        slots, width = allocate_slots(ledger, _births(generations, workflow))
        return Sampled(family, slots, capacity_of(recursion), width)
    known = "'auto', 'statistics', 'samples', 'skeleton' or 'population'" if reducible else "'auto' or 'samples'"
    raise ValueError(f"carrier must be {known} for {type(family).__name__}, got {name!r}")


def _is_chain(recursion: Recursion) -> bool:
    """Whether generations are steps of one Markov chain: replacement by samples of one known size."""
    faithful = isinstance(recursion.decoding, Faithful) and not recursion.selection.selects
    plain = isinstance(recursion.workflow, Replace) and faithful and recursion.real is None
    return plain and is_concrete(recursion.n) and np.ndim(recursion.n) == 0


def _skeleton(recursion: Recursion, stops) -> AbstractCarrier:
    gaps = np.unique(np.diff(stops)) if stops is not None else []
    if len(gaps) != 1:
        raise ValueError("carrier 'skeleton' needs `at` to hold two or more equally spaced generations")
    if not _is_chain(recursion):
        raise ValueError("carrier 'skeleton' needs Replace, one concrete n, no selection and no `real`")
    return skeleton(recursion.family, int(recursion.n), capacity_of(recursion), int(gaps[0]))


@by_structure
def _remembers(workflow: AbstractWorkflow) -> bool:
    """Whether a workflow keeps any evidence from one generation to the next."""
    kept = jax.eval_shape(lambda: workflow.init(one_source(0, 1, 1)))
    return bool(jax.tree.leaves(kept))


def capacity_of(recursion: Recursion) -> int:
    """A static size, one of four an octave, that holds every draw. Sample sizes must be concrete to be held."""
    sizes = [s for s in (recursion.n, recursion.real, recursion.fresh) if s is not None]
    if not all(is_concrete(size) for size in sizes):
        raise ValueError("Recursion.n must be a concrete integer where shapes follow it; it is being traced")
    largest = max(int(np.max(size)) for size in sizes)
    step = max(1, (1 << max(0, largest - 1).bit_length()) // 8)
    return -(-largest // step) * step


def mixing_ledger(workflow: AbstractWorkflow, generations: int, *, sizes=1, fresh=1) -> np.ndarray:
    """Weight of an observation of every source in every fit, in float64: the loop on the ledger carrier.

    Args:
        workflow: whose weights are wanted.
        generations: number of fits.
        sizes: observations drawn for every fit, which matter to workflows that weigh whole data sets.
        fresh: fresh real observations a generation.

    Returns:
        Shape (generations, sources): column s is the data drawn from model s; where the workflow uses fresh data,
        column generations + t is the fresh data of fit t + 1.
    """
    sizes = np.broadcast_to(sizes, (generations,))
    recursion = Recursion(_Nothing(), workflow, truth=None, n=sizes, fresh=fresh)
    with jax.enable_x64(True):
        carrier = Formal(_sources(generations, workflow))
        inputs = (jax.random.key(0), recursion, carrier, None, np.uint32(0), np.int32(1))
        earlier, last = loop.tile(*inputs, generations=generations, width=1, metrics=None, digest=None)
        return np.concatenate([earlier.weights[:, 0], last.weights[:, 0]])


def mixing_matrix(workflow: AbstractWorkflow, generations: int, *, sizes=1, fresh=1) -> np.ndarray:
    """What training sets are made of: `W[t, s]` is the weight of an observation of model s in fit t + 1.

    Derived by running the workflow, never written down: replace is the identity, accumulate the lower triangle of
    ones, a kept real set adds the first column, a window is a band. Fresh real data count for model 0.

    Example:
        >>> import jaxcollapse as jc
        >>> jc.mixing_matrix(jc.Window(2), generations=3).tolist()
        [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]
    """
    Integer(1, 10**5).check("generations", generations)
    ledger = mixing_ledger(workflow, generations, sizes=sizes, fresh=fresh)
    matrix = ledger[:, :generations].copy()
    matrix[:, 0] += ledger[:, generations:].sum(axis=1)
    return matrix


class _Nothing(AbstractFamily):
    """The family of the formal sum: there is nothing to draw and nothing to fit."""

    def sample(self, key, params, size):
        return jnp.zeros((size, 0))

    def fit(self, key, samples, init):
        return init


def _prepended(start, earlier, last):
    dtype = jnp.promote_types(jnp.result_type(start), last.dtype)
    start = jnp.broadcast_to(jnp.asarray(start, dtype), last.shape)
    return jnp.concatenate([start, earlier.astype(dtype), last.astype(dtype)])


def gathered(plan: Plan):
    """All tiles side by side below the truth, in host memory."""
    truth, room, lock = plan.at_truth, [], Lock()

    def make_room(start, last):
        dtype = jnp.promote_types(jnp.result_type(start), last.dtype)
        array = np.empty((len(plan.times), len(plan.replicas), *last.shape[2:]), dtype)
        array[0] = np.asarray(start)
        return array

    def place(start, tile):
        with lock:
            room.extend([] if room else [jax.tree.map(make_room, truth, tile[1])])
        at = start - plan.replicas.start
        lanes = slice(at, at + plan.width)

        def put(array, earlier, last):
            width = array[0, lanes].shape[0]
            array[1:-1, lanes], array[-1:, lanes] = np.asarray(earlier)[:, :width], np.asarray(last)[:, :width]

        jax.tree.map(put, room[0], *tile)

    plan.tiles(place)
    return room[0]


@by_structure
def _tile_width(carrier, recursion, metrics) -> int:
    """Replicas per tile: fixed by the family, the metrics and what one replica holds, never by how many are asked for."""
    limits = [each.lanes for each in metrics.value or () if each.lanes is not None]
    if recursion.family.lanes is not None:
        return min([recursion.family.lanes, *limits])

    def held(truth):
        source = Source(jax.random.key(0), 1, Stream.DATA)
        store, ahead = carrier.empty(truth), carrier.ahead(source, truth)
        evidence, store = carrier.draw(store, ahead, source, Everything(), truth, 1, 0)
        return store, ahead, evidence, recursion.workflow.init(evidence), truth

    shapes = jax.eval_shape(held, floating(recursion.truth))
    size = sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in jax.tree.leaves(shapes))
    most = max(TILE_LANES.get(jax.default_backend(), MOST_LANES), carrier.least_lanes)
    lanes = max(TILE_BYTES * most // TILE_LANES["cpu"] // max(size, 1), carrier.least_lanes)
    return max(1, min([most, 1 << max(0, lanes.bit_length() - 1), *limits]))


def _sources(generations, workflow):
    return generations * (2 if workflow.uses_fresh else 1)


def _births(generations, workflow):
    """The fit before which each source is drawn."""
    return np.arange(_sources(generations, workflow)) % generations


def _generic(workflow):
    """The workflow at generic values, so that the pattern of its ledger can be read while they are traced."""
    return jax.tree.map(lambda leaf: 0.5 * np.ones(np.shape(leaf)), workflow)
