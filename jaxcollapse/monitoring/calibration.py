"""Levels of cumulative sums whose steps depend on one another, as those of a recursion do."""

import math

import numpy as np

from ..arguments import arrays, checked
from ..domains import REAL
from .evidence import LEVEL

Z = 5.0


@checked(healthy=arrays(REAL, 2), alpha=LEVEL)
def calibrated_level(healthy, alpha: float) -> float:
    r"""Return a level that a healthy path reaches with probability at most `alpha`.

    It is the $\lceil(R+1)(1-\alpha)\rceil$-th smallest of the maxima of R healthy paths, such as
    `cusum(standardized_decline(run, metric))` of a run that is healthy by definition. That holds
    whatever the law of the paths is, and however their steps depend on one another, for a new path
    of the same length. A path is in alarm where it exceeds the level.

    Args:
        healthy: paths, shape (replicas, generations).
        alpha: false-alarm rate, in (0, 1).

    Raises:
        ValueError: fewer than $1/\alpha-1$ replicas, or paths that are not finite.

    Example:
        >>> import numpy as np, jaxcollapse as jc
        >>> steps = np.random.default_rng(0).normal(size=(999, 50))
        >>> level = jc.calibrated_level(jc.cusum(steps, 0.5), alpha=0.05)
        >>> bool(3 < level < 8)
        True

    References:
        Vovk, Gammerman and Shafer, *Algorithmic Learning in a Random World* (2005).
    """
    healthy = np.asarray(healthy, float)
    replicas = len(healthy)
    rank = math.ceil((replicas + 1) * (1 - alpha) - 1e-9)
    if rank > replicas:
        least = math.ceil(1 / alpha) - 1
        raise ValueError(
            f"healthy must have at least {least} replicas at alpha {alpha:g}, got {replicas}"
        )
    return float(np.sort(healthy.max(axis=1))[rank - 1])


@checked(scores=arrays(REAL, 2))
def check_independent(scores) -> None:
    """Raise a `ValueError` where steps of healthy scores are correlated with the steps before them.

    `cusum_level` assumes independent steps. Scores of a recursion are not, because each generation
    descends from the last; `calibrated_level` holds for them.

    Args:
        scores: healthy scores, shape (replicas, generations).

    Raises:
        ValueError: the correlation of neighbors is 5 standard errors from zero.
    """
    scores = np.asarray(scores, float)
    centered = scores - scores.mean(axis=0)
    before, after = centered[:, :-1].ravel(), centered[:, 1:].ravel()
    size = math.sqrt(float(before @ before) * float(after @ after))
    correlation = float(before @ after) / size if size > 0 else 0.0
    if abs(correlation) * math.sqrt(before.size) > Z:
        raise ValueError(
            f"scores must have independent steps for a level of `cusum_level`, got a correlation "
            f"of {correlation:.2f} between neighbors: use `calibrated_level`"
        )
