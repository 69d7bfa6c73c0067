"""How many observations a pool counts, checked before a run: whole numbers of 32 bits hold them."""

from typing import Any

import numpy as np

from ..domains import is_concrete
from ..evidence import Sums
from ..families.base import AbstractExponentialFamily
from ..recursion import Recursion

MOST = 2**31 - 1
# Generations after which the growth of a pool per generation is taken as settled.
SETTLED = 64


def check_pool(recursion: Recursion, generations: int) -> None:
    """Raise a `ValueError` where categories are pooled beyond 32-bit counts.

    Example:
        >>> import jaxcollapse as jc
        >>> truth = jc.Categorical.params([0.5, 0.5])
        >>> r = jc.Recursion(jc.Categorical(), jc.Accumulate(), truth=truth, n=10**7)
        >>> check_pool(r, 100)
        >>> check_pool(r, 1000)
        Traceback (most recent call last):
        ValueError: the pool of Accumulate must hold at most 2147483647 observations ...
    """
    sizes = recursion.n, recursion.fresh, 1 if recursion.real is None else recursion.real
    family = recursion.family
    counts = isinstance(family, AbstractExponentialFamily) and family.lossless
    if not counts or not all(is_concrete(size) for size in sizes):
        return
    # All that is ever drawn bounds every pool, and spares most runs the walk.
    drawn = int(np.max(recursion.n)) + int(np.max(recursion.fresh))
    if drawn * generations + int(sizes[2]) <= MOST:
        return
    held = largest_pool(recursion, generations)
    if held > MOST:
        owner = type(recursion.workflow).__name__
        raise ValueError(
            f"the pool of {owner} must hold at most {MOST} observations of categories, "
            f"got {held:.4g} at n={np.max(recursion.n)} after {generations} generations"
        )


def largest_pool(recursion: Recursion, generations: int) -> float:
    """Return the most observations that a fit trains on, by the workflow's own rule."""
    last, workflow = min(generations, SETTLED), recursion.workflow
    sizes, fresh = recursion.sizes(last), np.broadcast_to(np.asarray(recursion.fresh), (last,))
    counts = [float(sizes[0])]
    pool = workflow.init(_counted(sizes[0]))
    for t in range(1, last):
        arriving = _counted(fresh[t]) if workflow.uses_fresh else None
        evidence, pool = workflow.update(pool, _counted(sizes[t]), arriving)
        counts.append(float(evidence.count))
    growth = max(counts[-1] - counts[-2], 0.0) if last > 1 else 0.0
    return max(counts) + growth * (generations - last)


def _counted(size) -> Sums:
    """Evidence that is only counted, in float64 on the host."""
    count: Any = np.float64(size)
    return Sums(count, 0.0 * count)
