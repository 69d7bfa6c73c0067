"""Work on the few lanes that need it: gather them into a short array and finish them there."""

import jax.numpy as jnp
from jax import lax

# Below this many lanes all are finished together, since gathering has a fixed cost.
_FEW_LANES = 1024


def finished(finish, lanes, drawn, mark: float, room: int):
    """Finish the lanes that bear a mark, `room` at a time, in arrays of that length.

    Args:
        finish: function of the gathered lanes, and of which of them are present, to their results.
        lanes: arrays of what a lane is drawn from.
        drawn: results so far, or `mark` for the lanes that are to be finished.
        mark: value of unfinished lanes.
        room: number of lanes that one round finishes.
    """
    if drawn.shape[0] < _FEW_LANES:
        wanted = drawn == mark
        return jnp.where(wanted, finish(lanes, wanted), drawn)

    def some(state):
        drawn = state[1]
        # Marks are read inside the loop, which carries the draws as one array. If they were read
        # before it, XLA would draw everything a second time in the fusion that reads them.
        bits = _bits(drawn == mark)
        ends = _ends(lax.population_count(bits).astype(jnp.int32))
        lane, present = _chosen(bits, ends, jnp.arange(room, dtype=jnp.int32))
        taken = [x.at[lane].get(mode="clip") for x in lanes]
        lane = jnp.where(present, lane, drawn.shape[0])
        return ends[-1] > room, drawn.at[lane].set(finish(taken, present), mode="drop")

    return lax.while_loop(lambda state: state[0], some, (jnp.array(True), drawn))[1]


def _bits(wanted):
    """Pack flags into words of 32.

    Bit j of word w is flag j W + w, where W is the number of words.
    """
    padded = jnp.concatenate([wanted, jnp.zeros(-wanted.shape[0] % 32, bool)])
    # Strided, not consecutive: the sum runs over the leading axis, which vectorizes.
    place = jnp.arange(32, dtype=jnp.uint32)[:, None]
    return jnp.sum(padded.reshape(32, -1).astype(jnp.uint32) << place, axis=0, dtype=jnp.uint32)


def _ends(counts):
    """Return cumulative sums, by two sums over triangles of at most 32 terms."""
    rows = jnp.pad(counts, (0, -counts.shape[0] % 32)).reshape(-1, 32)
    # Two masked sums compile to much less code than `jnp.cumsum`.
    inner = jnp.sum(jnp.where(jnp.tri(32, dtype=bool).T, rows[:, :, None], 0), axis=1)
    earlier = jnp.tri(rows.shape[0], k=-1, dtype=bool)
    before = jnp.sum(jnp.where(earlier, inner[None, :, -1], 0), axis=1)
    return (inner + before[:, None]).reshape(-1)[: counts.shape[0]]


def _chosen(bits, ends, rank):
    """Return the lanes of the flags with these ranks, and whether there are that many flags."""
    word = jnp.searchsorted(ends, rank, side="right", method="compare_all").astype(jnp.int32)
    present, word = word < bits.shape[0], jnp.minimum(word, bits.shape[0] - 1)
    left, rest = bits[word], rank - jnp.where(word > 0, ends[word - 1], 0)
    place = jnp.zeros_like(rest)
    # Binary search for the bit of a given rank within a word, by population counts of its halves.
    for half in (16, 8, 4, 2, 1):
        below = lax.population_count(left & jnp.uint32((1 << half) - 1)).astype(jnp.int32)
        beyond = rest >= below
        place, rest = jnp.where(beyond, place + half, place), jnp.where(beyond, rest - below, rest)
        left = jnp.where(beyond, left >> jnp.uint32(half), left)
    return place * bits.shape[0] + word, present
