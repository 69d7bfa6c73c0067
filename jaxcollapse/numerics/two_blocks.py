r"""The labels of two blocks of items that belong to one group: an exact Markov chain.

A state is the number of items labeled 1 in each block. The next labels are binomial in each block,
with probabilities that depend on both, so that the chain has $(n_0+1)(n_1+1)$ states.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from .reach import within, within_steps

LARGEST = 1700
ALL_ABSORBED = 1e-13


def block_sizes(n, blocks) -> np.ndarray:
    """The number of items in every block: shares of n, rounded so that they sum to n."""
    flat = np.ravel(np.asarray(blocks, np.float32))
    ends = np.floor(np.float32(n) * np.cumsum(flat, dtype=np.float32) + np.float32(0.5))
    ends[-1] = n
    return np.diff(ends, prepend=0.0).astype(int).reshape(np.shape(blocks))


class TwoBlocks(NamedTuple):
    """A group of two blocks: sizes, shares of the group, first shares of label 1, and the labeler.

    `sizes`, `weights` and `start` are pairs; a block without items keeps its first share.
    """

    sizes: tuple[int, int]
    weights: tuple[float, float]
    start: tuple[float, float]
    forgetting: float
    retention: float
    up: float
    down: float

    def check(self) -> None:
        """Raise `Unreachable` where there are too many states."""
        states = (self.sizes[0] + 1) * (self.sizes[1] + 1)
        within("states", states, LARGEST, "the chain of the labels of two blocks is a matrix")

    @property
    def shares(self) -> np.ndarray:
        """Shares of label 1 of every state, shape (states, 2)."""
        self.check()
        axes = [
            np.arange(size + 1) / size if size else np.array([first])
            for size, first in zip(self.sizes, self.start, strict=True)
        ]
        return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)

    def chances(self, shares) -> np.ndarray:
        """Probability of label 1 in both blocks in the next generation."""
        shares = np.asarray(shares, float)
        kept = self.retention * shares / (self.retention * shares + 1 - shares)
        labeled = kept * (1 - self.down) + (1 - kept) * self.up
        weights = np.asarray(self.weights)
        group = (labeled @ weights / (weights.sum() or 1.0))[..., None]
        return np.clip(labeled + self.forgetting * (group - labeled), 0.0, 1.0)

    def next_law(self, shares) -> np.ndarray:
        """Law of the next state after each of the shares, shape (..., states)."""
        from scipy.stats import binom

        self.check()
        chances = self.chances(shares)
        one, two = (
            binom.pmf(np.arange(size + 1), size, chances[..., i, None])
            for i, size in enumerate(self.sizes)
        )
        return (one[..., :, None] * two[..., None, :]).reshape(*chances.shape[:-1], -1)

    @property
    def corners(self) -> tuple[np.ndarray, np.ndarray]:
        """States in which all items are labeled 0, and in which all are labeled 1."""
        ends = self.ends(self.shares) > 0
        return ends[:, 0], ends[:, 1]

    def ends(self, shares) -> np.ndarray:
        """Whether all items are labeled 0, and whether all are labeled 1, shape (..., 2).

        A group without items counts as labeled 0.
        """
        some = np.asarray(self.weights) > 0
        inside = np.asarray(shares)[..., some]
        ones = np.all(inside == 1, axis=-1) & some.any()
        return np.stack([np.all(inside == 0, axis=-1), ones], axis=-1) + 0.0

    def laws(self, t) -> list[np.ndarray]:
        """Laws of the state after fits 1, 2, ..., t."""
        laws = [self.next_law(self.start)]
        if t > 1:
            matrix = _matrix(self)
            within_steps(int(t), matrix.size)
            for _ in range(int(t) - 1):
                laws.append(laws[-1] @ matrix)
        return laws

    def expected(self, t, functional) -> np.ndarray:
        """Expectation of a function of the shares (..., 2) at every t."""
        times = np.asarray(t, int)
        values, known = functional(self.shares), [functional(np.asarray(self.start, float))]
        known += [law @ values for law in self.laws(times.max(initial=1))]
        return np.asarray(known, float)[times]

    def absorbed(self, t) -> np.ndarray:
        """Probability that all labels are 0, and that all are 1, at every t; shape (..., 2)."""
        return self.expected(t, self.ends)


@lru_cache(maxsize=8)
def _matrix(chain: TwoBlocks) -> np.ndarray:
    """The transition matrix."""
    return chain.next_law(chain.shares)


def ultimate(chain: TwoBlocks) -> float:
    """Probability that all items end with label 1, where no error brings labels back."""
    zeros, ones = chain.corners
    inside = ~(zeros | ones)
    matrix = _matrix(chain)
    system = np.eye(inside.sum()) - matrix[np.ix_(inside, inside)]
    won = ones.astype(float)
    won[inside] = np.linalg.solve(system, matrix[inside][:, ones].sum(axis=1))
    return float(chain.next_law(chain.start) @ won)


def last_absorption(chains: list[TwoBlocks]) -> float:
    """Mean number of fits until the last of several independent groups has a single label.

    It is infinite where a group never has.
    """
    done = [chain.absorbed(0).sum(-1) for chain in chains]
    laws = [chain.next_law(chain.start) for chain in chains]
    within_steps(1, sum(law.size for law in laws) ** 2)
    ends = [np.logical_or(*chain.corners) for chain in chains]
    if not all(end.any() for end in ends):
        return np.inf  # a block without items keeps a share of both labels
    mean = missing = 1 - np.prod(done)
    while missing > ALL_ABSORBED:
        missing = 1 - np.prod([law @ end for law, end in zip(laws, ends, strict=True)])
        mean += missing
        laws = [law @ _matrix(chain) for law, chain in zip(laws, chains, strict=True)]
    return float(mean)
