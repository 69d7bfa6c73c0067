r"""Signs that are cumulative sums, whose level is found by permuting the stream itself.

A test of level $\alpha$ is an e-process too: 0 until it rejects, then $1/\alpha$.
"""

import math

import numpy as np

from .evidence import cusum
from .payoffs import standardizer
from .ranks import Evidence
from .signs import scores_of, sign
from .streams import Stream

ALLOWANCE = 0.5
# Permutations beyond the fewest that a level allows: more of them change an alarm less often.
RANKS = 10
BLOCK = 1 << 22  # numbers that are permuted at once


@sign("variance-cusum", of="numbers", asked=True)
def variance_cusum(stream: Stream, rng, alpha: float) -> Evidence:
    r"""Page's sum of how far the mean squared distance to the center of the reference has fallen.

    While all rows have one law they are exchangeable, so that the largest sum of the stream is in
    alarm with probability at most $\alpha$ over its length. That holds for this length alone, where
    an e-process holds it however long one looks.
    """
    scores = scores_of(stream, rng, _squared_distance)
    ends = np.cumsum([len(each) for each in scores])
    pooled = np.concatenate(scores)
    count = math.ceil(RANKS / alpha) - 1
    path = _path(pooled[None], ends)[0]
    most = np.concatenate(
        [
            _path(rng.permuted(np.tile(pooled, (size, 1)), axis=1), ends).max(axis=1)
            for size in _sizes(count, len(pooled))
        ]
    )
    as_large = np.array([np.sum(most >= each) for each in np.maximum.accumulate(path)])
    alarm = (1 + as_large) / (count + 1) <= alpha
    nats = np.concatenate([[0.0], np.where(alarm, -math.log(alpha), -np.inf)])
    t = np.arange(1, len(path) + 1)
    # The sum of an alarm began after its last zero.
    began = 1 + np.maximum.accumulate(np.where(path <= 0, t, 0))
    return Evidence(nats, np.concatenate([[0], np.minimum(began, t)]))


def _squared_distance(known):
    standard = standardizer(known, known.mean(axis=0))
    return lambda rows: np.sum(standard(rows) ** 2, axis=1)


def _sizes(count: int, rows: int) -> list[int]:
    """How many permutations are drawn in every block."""
    most = max(1, BLOCK // rows)
    return [min(most, count - done) for done in range(0, count, most)]


def _path(scores, ends) -> np.ndarray:
    """Cumulative sums by generation, shape (permutations, generations), of rows of scores."""
    sizes = np.diff(ends, prepend=0)
    # A generation without rows, as a group may have, leaves the sum as it is.
    full = sizes > 0
    means = np.add.reduceat(scores, (ends - sizes)[full], axis=1) / sizes[full]
    kept = scores[:, : ends[0]].std(axis=1, keepdims=True)
    error = kept * np.sqrt(1 / sizes[full][1:] + 1 / sizes[0])
    fallen = means[:, :1] - means[:, 1:]
    steps = np.full((len(scores), len(sizes) - 1), ALLOWANCE)
    steps[:, full[1:]] = np.divide(fallen, error, out=np.zeros_like(fallen), where=error > 0)
    return cusum(steps, ALLOWANCE)
