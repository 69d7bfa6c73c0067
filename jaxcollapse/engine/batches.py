"""Batches: many recursions of one structure in one call of one compiled program.

The runs follow one another inside the program, each as a tile of `loop.run_replicas`. So the bits
of a run do not depend on the batch that it is in, and a run that is absent costs nothing.
"""

import math
from collections.abc import Hashable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .executor import LAPACK_TURN
from .loop import run_replicas
from .plan import Plan
from .programs import WIDE, by_structure

# Tiles of one call, fewer where they leave much behind.
TILES = 64
TILES_BYTES = 1 << 26
# Arrays up to this size are stacked; larger ones, such as a vocabulary, are shared if they can be.
STACKED = 256


def narrowed(plan: Plan, replicas: int) -> Plan:
    """Return the plan with tiles that are no wider than so many replicas need."""
    width = min(plan.tiling.width, 1 << max(0, replicas - 1).bit_length())
    return replace(plan, tiling=plan.tiling._replace(width=width))


def program_of(plan: Plan) -> Hashable:
    """What two runs must have in common to share a compiled program."""
    leaves, structure = jax.tree.flatten((plan.recursion, plan.carrier))
    shapes = tuple((np.shape(leaf), str(np.result_type(leaf))) for leaf in leaves)
    stops = None if plan.compiled_stops is None else tuple(plan.compiled_stops.tolist())
    return structure, shapes, plan.tiling, plan.metrics, plan.compiled_generations, stops


def run_batch(plans: Sequence[Plan], keys, digest=None, device=None) -> list[dict]:
    """Run plans that share a program.

    Args:
        plans: the runs.
        keys: a key for every run, in the place of the plan's own.
        digest: what a tile keeps of a generation; the records unless given.
        device: the device to run on.

    Returns:
        For every plan its tiles by their first replica: the records or digests of all recorded
        generations but the last, and those of the last, as NumPy arrays.
    """
    first = plans[0]
    tiles = [(i, start) for i, plan in enumerate(plans) for start in plan.starts]
    at_once = tiles_at_once(first.recursion, first.carrier, plan=_Static(first, digest))
    found: list[dict] = [{} for _ in plans]
    turn = LAPACK_TURN if first.tiling.one_at_a_time else nullcontext()
    with turn, jax.default_device(device):
        for begin in range(0, len(tiles), at_once):
            part = tiles[begin : begin + at_once]
            for (i, start), tile in zip(
                part, _run(plans, keys, part, at_once, digest), strict=True
            ):
                found[i][start] = tile
    return found


class _Static:
    """The parts of a plan that a program is compiled for, hashable."""

    def __init__(self, plan: Plan, digest):
        self.plan, self.digest = plan, digest
        self.known = plan.tiling.width, plan.metrics, plan.compiled_generations, len(plan.times)

    def __hash__(self):
        return hash((self.known, self.digest))

    def __eq__(self, other):
        return (self.known, self.digest) == (other.known, other.digest)


@by_structure
def tiles_at_once(recursion, carrier, *, plan: _Static) -> int:
    """The number of tiles of one call, from what one of them leaves behind."""
    first, digest = plan.plan, plan.digest
    shapes = jax.eval_shape(
        lambda key: _tile(
            key, recursion, carrier, first.compiled_stops, 0, 1, **_static(first, digest)
        ),
        jax.random.key(0),
    )
    size = sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in jax.tree.leaves(shapes))
    return max(1, min(TILES, TILES_BYTES // max(size, 1)))


def _static(plan: Plan, digest) -> dict:
    return {
        "generations": plan.compiled_generations,
        "width": plan.tiling.width,
        "metrics": plan.metrics,
        "digest": digest,
    }


def _tile(key, recursion, carrier, stops, start, present, **static):
    start, present = jnp.asarray(start, jnp.uint32), jnp.asarray(present, jnp.int32)
    return run_replicas(key, recursion, carrier, stops, start, present, **static)


def _run(plans, keys, tiles, at_once: int, digest) -> list:
    """Run some tiles in one call of the program."""
    first, count = plans[0], len(tiles)
    width, repeats = first.tiling.width, first.repeats
    owners = [i for i, _ in tiles]
    chosen = [plans[i] for i in owners] + [plans[owners[0]]] * (at_once - count)
    shared, stacked = _stacked([(plan.recursion, plan.carrier) for plan in chosen])
    starts, present = np.zeros(at_once, np.uint32), np.ones(at_once, np.int32)
    for place, (i, start) in enumerate(tiles):
        starts[place] = start
        present[place] = min(width, plans[i].replicas.stop - start)
    program = _wide_batch if first.tiling.wide else _batch
    padded = np.array(owners + owners[:1] * (at_once - count))
    results = jax.device_get(
        program(
            keys[padded],
            shared,
            stacked,
            first.compiled_stops,
            starts,
            present,
            np.int32(count),
            **_static(first, digest),
        )
    )
    earlier, last = results
    if repeats:
        earlier = jax.tree.map(lambda leaf: leaf[:, :-repeats], earlier)
    return [jax.tree.map(lambda leaf, i=i: leaf[i], (earlier, last)) for i in range(count)]


def _stacked(trees):
    """Split trees of one structure into leaves that all share and leaves that are stacked."""
    columns = list(zip(*map(jax.tree.leaves, trees), strict=True))
    structure = jax.tree.structure(trees[0])
    shared = [
        column[0]
        if np.size(column[0]) > STACKED and all(each is column[0] for each in column)
        else None
        for column in columns
    ]
    stacked = [
        np.stack(column) if kept is None else None
        for kept, column in zip(shared, columns, strict=True)
    ]
    return _Parts(shared, structure), _Parts(stacked, structure)


@jax.tree_util.register_pytree_node_class
class _Parts:
    """Some of the leaves of a tree, None in the place of the others."""

    def __init__(self, leaves, structure):
        self.leaves, self.structure = leaves, structure

    def tree_flatten(self):
        return (self.leaves,), self.structure

    @classmethod
    def tree_unflatten(cls, structure, children):
        return cls(children[0], structure)


def _runs(keys, shared, stacked, stops, starts, present, count, **static):
    """Run the first `count` tiles, one after the other, and keep what each leaves."""

    def one(i):
        leaves = [
            own[i] if kept is None else kept
            for kept, own in zip(shared.leaves, stacked.leaves, strict=True)
        ]
        recursion, carrier = jax.tree.unflatten(shared.structure, leaves)
        return _tile(keys[i], recursion, carrier, stops, starts[i], present[i], **static)

    shapes = jax.eval_shape(one, 0)
    blank = jax.tree.map(lambda leaf: jnp.zeros((len(starts), *leaf.shape), leaf.dtype), shapes)
    return lax.fori_loop(
        0, count, lambda i, kept: jax.tree.map(lambda a, b: a.at[i].set(b), kept, one(i)), blank
    )


_STATIC = ("generations", "width", "metrics", "digest")
_batch = jax.jit(_runs, static_argnames=_STATIC)
_wide_batch = jax.jit(_runs, static_argnames=_STATIC, compiler_options=WIDE)


def compilations() -> int:
    """The number of programs for batches that this process has compiled."""
    programs: list[Any] = [_batch, _wide_batch]
    return sum(each._cache_size() for each in programs)
