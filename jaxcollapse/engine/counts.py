"""Counts that a run meets, checked before it: single precision and 32-bit integers hold them.

Every count is a product of others: observations, trials, means, generations, replicas.
"""

import os
from typing import Any

import jax
import numpy as np

from ..domains import is_concrete
from ..evidence import Sums
from ..families import AbstractBinomial, AbstractQVF, NegativeBinomial, Poisson
from ..families.base import AbstractExponentialFamily
from ..recursion import Recursion

MOST = 2**31 - 1
# The replica's number is one word of its key.
MOST_REPLICAS = 2**32
# Whole numbers up to here are exact in single precision.
EXACT = 2**24
# Measured: single precision moves the variance of a pool by 0.1 % in 3e4 batches, 0.7 % in 1e5.
MOST_BATCHES = 2**16
# Families whose totals are whole numbers.
WHOLE = Poisson, AbstractBinomial, NegativeBinomial
# Generations after which the growth of a pool per generation is taken as settled.
SETTLED = 64


def check_counts(recursion: Recursion, generations: int, replicas: range, pooled: bool) -> None:
    """Raise a `ValueError` that names the count which a run could not hold.

    Args:
        recursion: the run.
        generations: number of fits.
        replicas: the numbers of the replicas.
        pooled: whether pools are statistics, not samples.

    Example:
        >>> import jaxcollapse as jc
        >>> truth = jc.Categorical.params([0.5, 0.5])
        >>> r = jc.Recursion(jc.Categorical(), jc.Accumulate(), truth=truth, n=10**7)
        >>> check_counts(r, 100, range(1), pooled=True)
        >>> check_counts(r, 1000, range(1), pooled=True)
        Traceback (most recent call last):
        ValueError: the pool of Accumulate must hold at most 2147483647 observations ...
    """
    if replicas.stop > MOST_REPLICAS:
        raise ValueError(f"replicas must be below {MOST_REPLICAS}, got {replicas.stop}")
    sizes = recursion.n, recursion.fresh, 1 if recursion.real is None else recursion.real
    if not pooled or not all(is_concrete(size) for size in sizes):
        return
    largest = max(int(np.max(size)) for size in sizes)
    if problem := _lost_noise(recursion, largest, "n"):
        raise ValueError(problem)
    # All that is ever drawn bounds every pool, and spares most runs the walk.
    drawn = int(np.max(recursion.n)) + int(np.max(recursion.fresh))
    bound, (most, _) = drawn * generations + int(sizes[2]), _most(recursion)
    if bound > most or _lost_noise(recursion, bound, "pool"):
        _check_pool(recursion, generations)


def _least(recursion: Recursion) -> int:
    """The fewest observations that enter a pool at a time."""
    return int(np.min(recursion.n))


def _most(recursion: Recursion) -> tuple[int, str]:
    """Return the most observations that a pool may hold, and of what or in what."""
    family = recursion.family
    if isinstance(family, AbstractExponentialFamily) and family.lossless:
        return MOST, "of categories"
    # Totals of counts are exact while they are small; everything else rounds at every addition.
    exact = EXACT if isinstance(family, WHOLE) else 0
    return max(MOST_BATCHES * _least(recursion), exact), "in single precision"


def _check_pool(recursion: Recursion, generations: int) -> None:
    held, owner = largest_pool(recursion, generations), type(recursion.workflow).__name__
    most, where = _most(recursion)
    if held > most:
        raise ValueError(
            f"the pool of {owner} must hold at most {most} observations {where}, got {held:.4g} "
            f"at n={np.max(recursion.n)} after {generations} generations"
        )
    if problem := _lost_noise(recursion, held, f"the pool of {owner}"):
        raise ValueError(problem)


def _lost_noise(recursion: Recursion, count: float, what: str) -> str | None:
    """Say where the noise of a generation is lost in the rounding of a total of `count`."""
    family = recursion.family
    if not isinstance(family, AbstractQVF):
        return None
    mean = recursion.truth.mean
    if not is_concrete(mean) or not all(map(is_concrete, family.variance_function)):
        return None
    mean = abs(float(mean))
    noise = np.sqrt(_least(recursion) * float(type(family).variance_of(family, mean)))
    total = count * mean
    # The noise of a mean near its end is none: there the chain is absorbed.
    if total == 0 or noise == 0 or (total <= EXACT and isinstance(family, WHOLE)):
        return None
    grid = 2.0 ** (np.floor(np.log2(total)) - 23) if np.isfinite(total) else np.inf
    if grid <= noise / 16:
        return None
    return (
        f"{what} times the mean of the truth must leave the noise of a generation in single "
        f"precision: a total of {total:.4g} is rounded to {grid:.3g}, and the noise of "
        f"n={_least(recursion)} is {noise:.3g}"
    )


def check_memory(recursion: Recursion, metrics, times: int, replicas: int) -> None:
    """Raise a `ValueError` that says what a stored run takes, where the machine has not so much.

    Models of nets are not counted: their size is known to their programs alone.
    """
    if metrics is None and recursion.family.slow_to_compile:
        return
    numbers = (
        sum(map(np.size, jax.tree.leaves(recursion.truth))) if metrics is None else len(metrics)
    )
    needed = 4 * numbers * times * replicas
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > memory:
        raise ValueError(
            f"replicas must fit into memory: {replicas} replicas at {times} generations take "
            f"{needed / 1e9:.4g} GB and this machine has {memory / 1e9:.4g} GB; record fewer "
            "generations (at=), metrics alone (observe=), or sum as you go (jc.estimate)"
        )


def largest_pool(recursion: Recursion, generations: int) -> float:
    """Return the most observations that a fit trains on, by the workflow's own rule."""
    # A schedule or weights per fit may grow at any time; other workflows settle soon.
    scheduled = recursion.schedules or any(map(np.ndim, _numbers(recursion.workflow)))
    last, workflow = generations if scheduled else min(generations, SETTLED), recursion.workflow
    sizes, fresh = recursion.sizes(last), np.asarray(recursion.fresh)
    fresh = np.maximum(np.broadcast_to(fresh if not fresh.ndim else fresh[:last], (last,)), 1)
    counts = [float(sizes[0])]
    pool = workflow.init(_counted(sizes[0]))
    for t in range(1, last):
        arriving = _counted(fresh[t]) if workflow.uses_fresh else None
        evidence, pool = workflow.update(pool, _counted(sizes[t]), arriving)
        counts.append(float(evidence.count))
    growth = max(counts[-1] - counts[-2], 0.0) if last > 1 else 0.0
    return max(counts) + growth * (generations - last)


def _numbers(record) -> list:
    return [value for value in vars(record).values() if hasattr(value, "dtype")]


def _counted(size) -> Sums:
    """Evidence that is only counted, in float64 on the host."""
    count: Any = np.float64(size)
    return Sums(count, 0.0 * count)
