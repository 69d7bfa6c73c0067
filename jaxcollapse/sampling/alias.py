"""Wright–Fisher steps of two categories from an alias table: one random word and one gather each.

A step covers one generation or m of them. Row x of $P^m$ is rounded to multiples of $2^{-32}$ such
that its sum and its mean are kept, so the share stays a martingale. The rounded row is stored as
cells of a threshold and an alias (Walker, ACM TOMS 3:253, 1977). The table draws from the rounded
law to the last bit. The total variation distance between this law and the row is computed when the
table is built; its maximum is the certified `bound`.
"""

from functools import lru_cache

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int, UInt32

from ..arguments import checked
from ..domains import Integer
from ..records import AnyArray

LARGEST = 2048
# Masses are integers that sum to 2^32, so that a uniform 32-bit word draws from them exactly.
_WORD = 1 << 32
# Half a unit of a 32-bit mass: what a row has outside the band would be rounded away anyway.
_CUT = 2.0**-33


class AliasTable(eqx.Module):
    """Alias cells, `2**log_columns` per state, for the states 0 to n / 2.

    The other states are mirror images of these. `bound` is the largest total variation distance
    over all states between the law of the table and the row of $P^m$. Over T steps the law of the
    path is within T `bound` of the exact one.
    """

    cells: UInt32[AnyArray, " cells"]
    n: Int[AnyArray, ""]
    steps: Int[AnyArray, ""]
    bound: Float[AnyArray, ""]
    log_columns: int = eqx.field(static=True)


def step(table: AliasTable, state, word):
    """Return the counts `table.steps` generations after `state`, from uniform 32-bit words.

    Args:
        table: from `alias_table`.
        state: counts from 0 to n, int32, any shape.
        word: uniform uint32 words of the same shape.

    Returns:
        Counts, int32, of the same shape.

    Example:
        >>> import jax.numpy as jnp
        >>> table = alias_table(10)
        >>> step(table, jnp.array([0, 10]), jnp.array([7, 7], jnp.uint32)).tolist()
        [0, 10]
    """
    n, log_columns = table.n, table.log_columns
    mirrored = 2 * state > n
    folded = jnp.where(mirrored, n - state, state)
    # The high bits of the word choose the column and the low bits are compared with the threshold:
    # the two are independent, so one word is enough.
    column = (word >> jnp.uint32(32 - log_columns)).astype(jnp.int32)
    # The index is in bounds by construction. Promising it spares XLA the clamp of every gather.
    cells = jnp.asarray(table.cells)
    cell = cells.at[(folded << log_columns) + column].get(mode="promise_in_bounds")
    alias = (cell & jnp.uint32((1 << log_columns) - 1)).astype(jnp.int32)
    kept = (word & jnp.uint32((1 << (32 - log_columns)) - 1)) < (cell >> jnp.uint32(log_columns))
    after = _first_column(folded, n, 1 << log_columns) + jnp.where(kept, column, alias)
    return jnp.where(mirrored, n - after, after)


@checked(n=Integer(1, LARGEST), steps=Integer(1, 10**9))
@lru_cache(maxsize=8)
def alias_table(n: int, steps: int = 1) -> AliasTable:
    """Build the table for `steps` generations of n observations, in float64 on the host.

    Args:
        n: observations per generation, 1 to 2,048.
        steps: generations per step, at least 1.

    Raises:
        ValueError: if n or steps is out of range.
    """
    rows = _powers(n, steps)
    log_columns = _log_columns(rows, n)
    band, first = _banded(rows, n, 1 << log_columns)
    masses = _rounded(band, first)
    outside = 1 - band.sum(axis=1)
    bound = 0.5 * (np.abs(masses / _WORD - band).sum(axis=1) + np.abs(outside)).max()
    cells = _packed(masses, log_columns)
    # The length is a power of two, so that tables of nearby n have one shape and share a program.
    padded = np.zeros(1 << int(cells.size - 1).bit_length(), np.uint32)
    padded[: cells.size] = cells.reshape(-1)
    return AliasTable(
        padded,
        np.asarray(n, np.int32),
        np.asarray(steps, np.int32),
        np.asarray(bound, np.float64),
        log_columns,
    )


def implied_law(table: AliasTable) -> np.ndarray:
    """Decode the law of the table from its cells.

    Returns:
        Probabilities of the counts after 0…n/2, shape (n // 2 + 1, n + 1).
    """
    n, width = int(table.n), 1 << table.log_columns
    rows = n // 2 + 1
    cells = np.asarray(table.cells)[: rows * width].reshape(rows, width).astype(np.int64)
    threshold, alias = cells >> table.log_columns, cells & (width - 1)
    masses = np.zeros((rows, max(width, n + 1) + width))
    row = np.arange(rows)[:, None]
    first = _first_column(row, n, width)
    np.add.at(masses, (row, first + np.arange(width)), threshold)
    np.add.at(masses, (row, first + alias), _WORD // width - threshold)
    return masses[:, : n + 1] / _WORD


def _powers(n: int, steps: int) -> np.ndarray:
    """Return rows 0 to n / 2 of the power of P, each summing to one."""
    from ..numerics.wright_fisher import transition_matrix

    power = np.linalg.matrix_power(transition_matrix(n), steps)[: n // 2 + 1]
    return power / power.sum(axis=1, keepdims=True)


def _first_column(state, n, width: int):
    """Return the first count that the band of a state covers."""
    xp = np if isinstance(state, np.ndarray) else jnp
    return xp.clip(state - width // 2, 0, xp.maximum(n + 1 - width, 0))


def _log_columns(rows, n: int) -> int:
    """Return the narrowest band that leaves a mass below 2^-33 outside in every row."""
    whole = int(n).bit_length()
    for log_columns in range(3, whole):
        band, _ = _banded(rows, n, 1 << log_columns)
        if np.max(1 - band.sum(axis=1)) < _CUT:
            return log_columns
    return whole


def _banded(rows, n: int, width: int):
    """Return the masses in the band of every row, and the first count of each band."""
    first = _first_column(np.arange(len(rows)), n, width)
    columns = first[:, None] + np.arange(width)
    inside = columns <= n
    return np.where(
        inside, np.take_along_axis(rows, np.where(inside, columns, 0), axis=1), 0.0
    ), first


def _rounded(band, first) -> np.ndarray:
    """Return integers that sum to 2^32 in every row and keep the mean of the row exactly.

    The cumulative sums are rounded. A change of one unit in a cumulative sum changes the mean by
    one unit, so the excess of the mean is removed by moving that many sums by one unit. Those that
    were rounded farthest in the other direction move first.
    """
    scaled = np.cumsum(band, axis=1) * _WORD
    total = np.rint(scaled)
    total[:, -1] = _WORD
    state, width = np.arange(len(band)), band.shape[1]
    excess = ((first + width - 1 - state) * _WORD - total[:, :-1].sum(axis=1)).astype(np.int64)
    for row in np.flatnonzero(excess):
        total[row] = _moved(total[row], scaled[row], int(excess[row]))
    return np.diff(total, axis=1, prepend=0.0).astype(np.int64)


def _moved(total, scaled, excess: int):
    """Raise (`excess` > 0) or lower |excess| cumulative sums by one, where they stay increasing."""
    sign = 1 if excess > 0 else -1
    # A sum that moves can make room beside it, which the next pass sees.
    for _ in range(4):
        gaps = np.diff(total, prepend=0.0)
        room = gaps[1:] > 1 if sign > 0 else gaps[:-1] > 1
        # Adding 4 puts the sums that have no room behind all others.
        order = np.argsort(sign * (total - scaled)[:-1] + 4.0 * ~room, kind="stable")[
            : min(abs(excess), int(room.sum()))
        ]
        total = total.copy()
        total[order] += sign
        excess -= sign * len(order)
        if excess == 0:
            return total
    raise ArithmeticError(f"{excess} units of the mean could not be placed")


def _packed(masses, log_columns: int) -> np.ndarray:
    """Build the alias cells of integer masses, all rows side by side.

    Every pass settles one column of every row. Light and heavy columns stand in one sorted list, so
    that a pass is a few NumPy operations over all rows.
    """
    rows, width = masses.shape
    room = _WORD // width
    light = masses <= room
    order = np.argsort(~light, axis=1, kind="stable")
    lights = light.sum(axis=1)
    row, left = np.arange(rows), masses.copy()
    threshold, alias = np.zeros_like(masses), np.tile(np.arange(width), (rows, 1))
    i, j = np.zeros(rows, int), lights.copy()
    for _ in range(width):
        heavy = order[row, np.minimum(j, width - 1)]
        # A heavy column that has given away its surplus is settled before the next heavy one is
        # opened.
        spent = (j < width) & (left[row, heavy] <= room) & (left[row, heavy] < masses[row, heavy])
        use_light = (~spent & (i < lights)) | (j >= width)
        settled = np.where(use_light, order[row, np.minimum(i, width - 1)], heavy)
        follower = np.where(use_light, heavy, order[row, np.minimum(j + 1, width - 1)])
        mass = left[row, settled]
        full = mass >= room
        threshold[row, settled] = np.where(full, 0, mass)
        alias[row, settled] = np.where(full, settled, follower)
        left[row, follower] -= np.where(full, 0, room - mass)
        i, j = i + use_light, j + ~use_light
    return ((threshold << log_columns) | alias).astype(np.uint32)
