"""How a run is cut into tiles: their width, and how tiles may be compiled and run."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp

from .._keys import RandomStream, Stream
from ..selection import Everything
from .branch import replica_of
from .programs import LAPACK, TRUSTED, by_structure, operations
from .recording import floating, recorder

# What the replicas of a tile may hold together, so that a tile stays in the cache of its core.
TILE_BYTES = 1 << 18

# A generation of small matrices is about a hundred kernels of some 0.15 us to start each, so more
# lanes are faster although they leave the first cache: 1.2 times at d = 5 and 10.
MATRIX_TILE_BYTES = 1 << 20

TILE_LANES = {"cpu": 1 << 12}

MOST_LANES = 1 << 17


class Tiling(NamedTuple):
    """The width of a tile in replicas, and what its program allows.

    `wide` programs may use 512-bit vectors. `one_at_a_time` programs call LAPACK, so that no two
    tiles may run at once.
    """

    width: int
    wide: bool
    one_at_a_time: bool


# Asked on every call of `simulate`: the answer depends on the structure of a recursion alone, so
# it is remembered. A warm call of a few replicas takes 1.3 ms of processor time, 2.2 ms without.
@by_structure
def tiling_of(carrier, recursion, branch=None, *, metrics, traced) -> Tiling:
    """Return how a run is cut into tiles."""
    width = _tile_width(carrier, recursion, metrics)
    if traced or jax.default_backend() != "cpu":
        return Tiling(width, wide=False, one_at_a_time=False)
    used = _operations_of(recursion, carrier, metrics, branch)
    return Tiling(width, wide=used <= TRUSTED, one_at_a_time=bool(used & LAPACK))


def _operations_of(recursion, carrier, metrics, branch) -> set[str]:
    """Names of all operations that one replica executes."""
    replica = replica_of(recursion, carrier, 2, branch)
    second, fourth = jnp.int32(2), jnp.int32(4)

    def everything(key):
        state = replica.step(replica.begin(key), key, second)
        later = replica.leap(state, key, second, fourth) if carrier.leaps else state
        return recorder(replica.recorded, metrics)(replica.model(state)), later

    return operations(jax.make_jaxpr(everything)(jax.random.key(0)).jaxpr)


def _tile_width(carrier, recursion, metrics) -> int:
    """Replicas per tile, from the family, the metrics and what one replica holds.

    The width never depends on how many replicas are asked for, so that all runs share programs.
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
