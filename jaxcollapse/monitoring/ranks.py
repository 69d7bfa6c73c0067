r"""Bets on ranks: evidence that later observations are not exchangeable with those before.

As long as all observations have one law, the rank of each among those before it is uniform and
independent of the past (with random order among equals), whatever the law is. So
$\prod_i\kappa p_i^{\kappa-1}$ is a martingale of mean 1 in the observations, for every
$\kappa\in(0,1)$, and so is $\prod_i(1+\lambda(1-2p_i))$. They grow where ranks p are small.

References: Vovk, Nouretdinov and Gammerman, Testing exchangeability on-line, ICML 2003; Vovk,
Gammerman and Shafer, *Algorithmic Learning in a Random World* (2005).
"""

from typing import NamedTuple

import numpy as np

POWERS = np.linspace(0.05, 0.95, 10)
SLOPES = np.array([0.1, 0.2, 0.4, 0.8])
BLOCK = 512


def sequential_ranks(reference, generations, rng) -> list[np.ndarray]:
    """Return the rank in (0, 1] of every score among those before it, by generation.

    Ranks are uniform and independent as long as all scores are exchangeable; equal scores are put
    in random order. Small scores have small ranks.
    """
    before, found = np.sort(np.asarray(reference, float)), []
    for scores in generations:
        ranks = []
        for block in np.array_split(scores, max(1, -(-len(scores) // BLOCK))):
            ranks.append(_ranks_of_block(before, np.asarray(block, float), rng))
            before = np.sort(np.concatenate([before, block]))
        found.append(np.concatenate(ranks))
    return found


def _ranks_of_block(before, block, rng):
    earlier = np.tri(len(block), k=-1, dtype=bool)
    smaller = np.sum((block[None, :] < block[:, None]) & earlier, axis=1)
    equal = np.sum((block[None, :] == block[:, None]) & earlier, axis=1)
    low = np.searchsorted(before, block, side="left")
    smaller, equal = smaller + low, equal + np.searchsorted(before, block, side="right") - low
    # The observation itself is one of its equals.
    return (smaller + rng.uniform(size=len(block)) * (equal + 1)) / (
        len(before) + np.arange(len(block)) + 1
    )


def bets_on_ranks(ranks: list[np.ndarray]) -> np.ndarray:
    """Return the log gains of all powers and slopes by generation, shape (generations, bets)."""
    return np.stack([_gain(p) for p in ranks])


def _gain(p):
    powers = len(p) * np.log(POWERS) + (POWERS - 1) * np.sum(np.log(np.maximum(p, 1e-300)))
    slopes = np.log1p(SLOPES[:, None] * (1 - 2 * p)).sum(axis=1)
    return np.concatenate([powers, slopes])


class Evidence(NamedTuple):
    """What a sign says at every generation, shapes (generations + 1,).

    Attributes:
        nats: the logarithm of an e-process.
        since: the likeliest generation at which the change began, if there is one.
    """

    nats: np.ndarray
    since: np.ndarray


def restarted(gains) -> Evidence:
    r"""Return the log of an e-process that mixes bets and the generations at which they start.

    A start at generation j has weight $\frac1{j(j+1)}$, so that a long healthy past costs a factor
    $j(j+1)$ and no more. `gains` has shape (generations, bets); bets have equal weights. Nats are
    zero at generation 0.
    """
    gains = np.asarray(gains, float)
    generations, bets = gains.shape
    total = np.concatenate([np.zeros((1, bets)), np.cumsum(gains, axis=0)])
    start = np.arange(1, generations + 1)
    weights = -np.log(start * (start + 1.0)) - np.log(bets)
    nats, since = np.zeros(generations + 1), np.zeros(generations + 1, int)
    for t in range(1, generations + 1):
        begun = np.logaddexp.reduce(total[t] - total[:t], axis=1)
        since[t] = 1 + np.argmax(begun)
        # What has not started yet is kept: the weights of later starts sum to 1 / (t + 1).
        nats[t] = np.logaddexp(np.logaddexp.reduce(weights[:t] + begun), -np.log(t + 1.0))
    return Evidence(nats, since)
