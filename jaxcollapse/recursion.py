"""The recursion and the only generation loop of the package.

Model 0 is nature. Fit 1 trains on real data; fit t + 1 trains on what the workflow makes of the data drawn from
models 0…t. Replica i at generation t draws from its own words, so a run can be extended, split or replayed
at will and every part keeps its bits.
"""

import functools
import math
import os
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, PyTree

from ._keys import Stream, check_key, fold_in
from .carriers import AbstractCarrier, Formal, Sampled, Statistics, allocate_slots
from .domains import SAMPLE_SIZE, Integer, Record, field, is_concrete
from .families.base import AbstractExponentialFamily, AbstractFamily
from .selection import AbstractSelection, Everything
from .trajectory import Trajectory
from .workflows import AbstractWorkflow

TILE_BYTES = 1 << 18
TILE_LANES = 4096


class Recursion(Record):
    r"""The whole configuration of a recursive training: a pytree whose numbers are leaves.

    Args:
        family: what is fitted.
        workflow: which evidence each generation trains on.
        truth: parameters of model 0.
        n: observations drawn from each model; one integer, or one per fit.
        real: observations of fit 1; the first `n` unless given.
        fresh: fresh real observations in every later generation, for workflows that use them.
        selection: which generated observations get through before they enter the workflow.

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
    fresh: Int[Array, ""] = field(Integer(0), 0, doc="fresh real observations a generation")
    selection: AbstractSelection = Everything()

    def __check_init__(self):
        least = self.family.minimum_size
        for name in ("n", "real"):
            size = getattr(self, name)
            if size is not None and is_concrete(size) and np.min(size) < least:
                owner = type(self.family).__name__
                raise ValueError(f"Recursion.{name} must be at least {least} for {owner}, got {np.min(size)}")
        if np.ndim(self.n) > 1:
            raise ValueError(f"Recursion.n must be an integer or one per fit, got shape {np.shape(self.n)}")
        if self.workflow.uses_fresh and is_concrete(self.fresh) and np.min(self.fresh) < 1:
            owner = type(self.workflow).__name__
            raise ValueError(f"Recursion.fresh must be at least 1 for {owner}, which needs fresh real data, got 0")

    def sizes(self, generations: int):
        """Observations of each fit's own draw, shape (generations,): real ones first. Raises on a wrong length."""
        if np.ndim(self.n) == 1 and np.shape(self.n)[0] != generations:
            length = np.shape(self.n)[0]
            raise ValueError(f"Recursion.n is a schedule of {length} fits but generations is {generations}")
        xp = np if is_concrete(self.n) and is_concrete(self.real or 0) else jnp
        sizes = xp.broadcast_to(xp.asarray(self.n), (generations,))
        if self.real is None:
            return sizes
        return xp.concatenate([xp.reshape(xp.asarray(self.real), (1,)), sizes[1:]])


def simulate(key, recursion: Recursion, *, generations: int, replicas: int | range, carrier="auto", observe=None):
    """Run the recursion, many replicas at once.

    Args:
        key: a typed key, `jax.random.key(0)`.
        recursion: the configuration. Its numbers are traced: changing them does not compile again.
        generations: number of fits, at least 1.
        replicas: how many, or a range of replica numbers, so that any part of a run can be computed alone.
        carrier: "statistics" draws sufficient statistics from their exact law, "samples" draws every observation,
            "auto" takes statistics where the family and the workflow's selection allow it.
        observe: a metric or a sequence of metrics to record instead of the parameters.

    Returns:
        A `Trajectory`; index 0 of its generation axis is the truth.

    Raises:
        ValueError: legacy or batched key, no generations, no replicas, schedule of the wrong length, unknown carrier.
    """
    chosen, metrics, medium, sizes, width = planned(key, recursion, generations, replicas, carrier, observe)
    run = functools.partial(
        _tile, key, recursion, medium, sizes, generations=generations, width=width, metrics=metrics
    )
    starts = range(chosen.start, chosen.stop, width)
    leaves = [key, *jax.tree.leaves(recursion)]
    if any(isinstance(leaf, jax.core.Tracer) for leaf in leaves):
        tiles = [run(jnp.uint32(start)) for start in starts]
        fits = jax.tree.map(lambda *parts: jnp.concatenate(parts, axis=1)[:, : len(chosen)], *tiles)
        whole = jax.tree.map(_prepended, at_truth(recursion, metrics), fits)
    else:
        whole = _gather(run, starts, len(chosen), width, at_truth(recursion, metrics))
    return Trajectory.assemble(recursion, key, chosen, metrics, whole)


def planned(key, recursion: Recursion, generations: int, replicas, carrier, observe):
    """Checked arguments of a run: replicas, metrics, carrier, sizes of the draws, width of a tile."""
    check_key(key)
    Integer(1, 10**9).check("generations", generations)
    chosen = range(replicas) if isinstance(replicas, int) else replicas
    if not isinstance(chosen, range) or len(chosen) < 1 or chosen.step != 1 or chosen.start < 0:
        raise ValueError(f"replicas must be a positive integer or a range of step 1 from 0 up, got {replicas!r}")
    metrics = None if observe is None else tuple(observe) if isinstance(observe, (list, tuple)) else (observe,)
    medium = carrier_for(recursion, generations, carrier)
    return chosen, metrics, medium, recursion.sizes(generations), _tile_width(medium, recursion, metrics or ())


def carrier_for(recursion: Recursion, generations: int, name: str = "auto") -> AbstractCarrier:
    """The carrier that `simulate` uses: by its name, or the cheapest that the recursion allows."""
    family, workflow = recursion.family, recursion.workflow
    reducible = isinstance(family, AbstractExponentialFamily)
    selects = workflow.selection.selects or recursion.selection.selects
    if name == "auto":
        exact = reducible and (family.lossless or not selects) and not recursion.selection.selects
        name = "statistics" if exact else "samples"
    if name == "statistics" and reducible:
        if selects and not family.lossless:
            raise ValueError(
                f"carrier 'statistics' cannot select observations of {type(family).__name__}: use 'samples'"
            )
        follows = family.shapes_follow_n or selects
        return Statistics(family, capacity_of(recursion) if follows else None)
    if name == "samples":
        ledger = mixing_ledger(_generic(workflow), generations)
        slots, width = allocate_slots(ledger, _births(generations, workflow))
        return Sampled(family, slots, capacity_of(recursion), width)
    known = "'auto', 'statistics' or 'samples'" if reducible else "'auto' or 'samples'"
    raise ValueError(f"carrier must be {known} for {type(family).__name__}, got {name!r}")


def capacity_of(recursion: Recursion) -> int:
    """The power of two that holds every draw of the recursion. Sample sizes must be concrete to be held."""
    sizes = [s for s in (recursion.n, recursion.real, recursion.fresh) if s is not None]
    if not all(is_concrete(size) for size in sizes):
        raise ValueError("Recursion.n must be a concrete integer where shapes follow it; it is being traced")
    largest = max(int(np.max(size)) for size in sizes)
    return 1 << max(0, math.ceil(math.log2(max(largest, 1))))


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
    sources = _sources(generations, workflow)
    sizes = np.broadcast_to(sizes, (generations,))
    recursion = Recursion(_Nothing(), workflow, truth=None, n=sizes, fresh=fresh)
    with jax.enable_x64(True):
        run = functools.partial(_tile, jax.random.key(0), recursion, Formal(sources), sizes)
        ledger = run(jnp.uint32(0), generations=generations, width=1, metrics=None)
        return np.asarray(ledger.weights[:, 0])


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


@functools.partial(jax.jit, static_argnames=("generations", "width", "metrics"))
def _tile(key, recursion, carrier, sizes, first, *, generations, width, metrics):
    """Replicas `first` to `first + width`: leaves of shape (generations, width, ...)."""
    sizes = jnp.asarray(sizes)

    def replica(index):
        return _trajectory(fold_in(key, index), recursion, carrier, sizes, generations, metrics)

    return jax.vmap(replica, out_axes=1)(first + jnp.arange(width, dtype=jnp.uint32))


def _trajectory(key, recursion, carrier, sizes, generations, metrics):
    """One replica: fit 1 on real data, then the scan over generations."""
    begin, generation, model = one_replica(recursion, carrier, generations)
    record = recorder(recursion, metrics)

    def step(state, each):
        state = generation(state, key, *each)
        return state, record(model(state))

    state = begin(key, sizes[0])
    steps = (jnp.arange(2, generations + 1), sizes[1:])
    state = _settled(step, state, (steps[0][0], steps[1][0])) if generations > 1 else state
    first = jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], record(model(state)))
    _, later = jax.lax.scan(step, state, steps)
    return jax.tree.map(lambda a, b: jnp.concatenate([a, b]), first, later)


def one_replica(recursion, carrier, generations):
    """Fit 1, a later generation, and the model in a state, all of one replica."""
    workflow, truth = recursion.workflow, _floating(recursion.truth)

    def generation(state, key, t, n):
        params, pool, store = state
        keys = fold_in(key, t, Stream.DATA), fold_in(key, t, Stream.SELECT)
        synthetic, store = carrier.draw(store, keys, recursion.selection, params, n, t - 1)
        fresh = None
        if workflow.uses_fresh:
            fresh, store = nature(store, key, t, Stream.FRESH, recursion.fresh, generations + t - 1)
        evidence, pool = workflow.update(pool, synthetic, fresh)
        return learn(store, key, t, workflow.selection, evidence, params, n), pool, store

    def learn(store, key, t, selection, evidence, params, n):
        keys = fold_in(key, t, Stream.POOL), fold_in(key, t, Stream.FIT)
        return carrier.learn(store, keys, selection, evidence, params, n)

    def nature(store, key, t, stream, n, source):
        return carrier.draw(store, (fold_in(key, t, stream), key), Everything(), truth, n, source)

    def begin(key, n):
        real, store = nature(carrier.empty(truth), key, 1, Stream.DATA, n, 0)
        return learn(store, key, 1, Everything(), real, truth, n), workflow.init(real), store

    return begin, generation, lambda state: state[0]


def _settled(generation, state, step):
    """Give the first state the types that later ones have: a scaled count is no longer an integer."""
    for _ in range(2):
        after = jax.eval_shape(generation, state, step)[0]
        if jax.tree.structure(after) != jax.tree.structure(state):
            raise ValueError("a workflow's update must return a pool of the same structure as its init")
        state = jax.tree.map(
            lambda a, b: jnp.asarray(a).astype(jnp.promote_types(jnp.result_type(a), b.dtype)), state, after
        )
    return state


def recorder(recursion, metrics):
    """What is kept of a model: the model itself or metrics of it."""
    if metrics is None:
        return lambda params: params
    truth = _floating(recursion.truth)
    return lambda params: {metric.name: metric(recursion.family, params, truth) for metric in metrics}


def _floating(params):
    """Host float64 leaves in the default precision of JAX."""
    return jax.tree.map(jnp.asarray, params)


def at_truth(recursion, metrics):
    """What is kept of the truth, at index 0."""
    truth = _floating(recursion.truth)
    return recorder(recursion, metrics)(truth) if metrics else recursion.family.as_fit(truth)


def _prepended(start, fits):
    dtype = jnp.promote_types(jnp.result_type(start), fits.dtype)
    start = jnp.broadcast_to(jnp.asarray(start, dtype), (1, *fits.shape[1:]))
    return jnp.concatenate([start, fits.astype(dtype)])


def _gather(run, starts, replicas, width, truth):
    """Run all tiles, on every core that there is, and lay them side by side below the truth."""
    workers = min(len(starts), os.cpu_count() or 1) if jax.default_backend() == "cpu" else 1
    first = run(jnp.uint32(starts[0]))

    def room(start, fits):
        dtype = jnp.promote_types(jnp.result_type(start), fits.dtype)
        array = np.empty((fits.shape[0] + 1, replicas, *fits.shape[2:]), dtype)
        array[0] = np.asarray(start)
        return array

    whole = jax.tree.map(room, truth, first)

    def place(tile, start):
        at = start - starts[0]
        jax.tree.map(
            lambda out, part: out.__setitem__(
                (slice(1, None), slice(at, at + width)), np.asarray(part)[:, : replicas - at]
            ),
            whole,
            tile,
        )

    place(first, starts[0])
    with ThreadPoolExecutor(max(workers, 1)) as pool:
        list(pool.map(lambda start: place(run(jnp.uint32(start)), start), starts[1:]))
    return whole


def _tile_width(carrier, recursion, metrics) -> int:
    """Replicas per tile: fixed by the family, the metrics and what one replica holds, never by how many are asked for."""
    limits = [each.lanes for each in metrics if each.lanes is not None]
    if recursion.family.lanes is not None:
        return min([recursion.family.lanes, *limits])

    def held(truth):
        store = carrier.empty(truth)
        evidence, store = carrier.draw(store, (jax.random.key(0),) * 2, Everything(), truth, 1, 0)
        return store, evidence, recursion.workflow.init(evidence), truth

    shapes = jax.eval_shape(held, _floating(recursion.truth))
    size = sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in jax.tree.leaves(shapes))
    lanes = TILE_BYTES // max(size, 1)
    return max(1, min([TILE_LANES, 1 << max(0, lanes.bit_length() - 1), *limits]))


def _sources(generations, workflow):
    return generations * (2 if workflow.uses_fresh else 1)


def _births(generations, workflow):
    """The fit before which each source is drawn."""
    return np.arange(_sources(generations, workflow)) % generations


def _generic(workflow):
    """The workflow at generic values, so that the pattern of its ledger can be read while they are traced."""
    return jax.tree.map(lambda leaf: 0.5 * np.ones(np.shape(leaf)), workflow)
