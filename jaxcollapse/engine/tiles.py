"""The width of a tile, and whether tiles may use wide vectors or must run one at a time."""

import math
from threading import Lock

import jax

from .._keys import RandomStream, Stream
from ..selection import Everything
from . import loop
from .loop import floating
from .programs import LAPACK, TRUSTED, by_structure

TILE_BYTES = 1 << 18

MATRIX_TILE_BYTES = 1 << 20

TILE_LANES = {"cpu": 1 << 12}

MOST_LANES = 1 << 17

_TURN = Lock()


@by_structure
def _layout(carrier, recursion, *, metrics, traced) -> tuple[int, bool, bool]:
    """The width of a tile, whether its vectors may be wide, and whether tiles run one at a time."""
    width = _tile_width(carrier, recursion, metrics)
    if traced or jax.default_backend() != "cpu":
        return width, False, False
    used = loop.operations_of(recursion, carrier, metrics)
    return width, used <= TRUSTED, bool(used & LAPACK)


def _tile_width(carrier, recursion, metrics) -> int:
    """Replicas per tile: fixed by the family, the metrics and what one replica holds, never by how
    many are asked for.
    """
    limits = [each.lanes for each in metrics or () if each.lanes is not None]
    if recursion.family.lanes is not None:
        return min([recursion.family.lanes, *limits])

    def held(truth):
        source = RandomStream(jax.random.key(0), 1, Stream.DATA)
        store, ahead = carrier.empty(truth), carrier.ahead(source, truth)
        evidence, store = carrier.draw(store, ahead, source, Everything(), truth, 1, 0)
        return store, ahead, evidence, recursion.workflow.init(evidence), truth

    shapes = jax.eval_shape(held, floating(recursion.truth))
    size = sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in jax.tree.leaves(shapes))
    most = max(TILE_LANES.get(jax.default_backend(), MOST_LANES), carrier.least_lanes)
    room = TILE_BYTES if carrier.replica_axis == 0 else MATRIX_TILE_BYTES
    lanes = max(room * most // TILE_LANES["cpu"] // max(size, 1), carrier.least_lanes)
    return max(1, min([most, 1 << max(0, lanes.bit_length() - 1), *limits]))
