"""Levels of cumulative sums whose steps depend on one another, as those of a recursion do."""

import math

import numpy as np

from ..arguments import arrays, checked
from ..domains import REAL
from ..metrics import Metric
from .evidence import LEVEL, check_run, cusum, first_crossings, standardized_decline

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


@checked(run=check_run, metric=Metric, healthy=check_run, alpha=LEVEL, allowance=REAL)
def decline_alarms(run, metric, healthy, alpha: float, allowance: float = 0.5) -> np.ndarray:
    r"""Return the first generation at which the CUSUM of a metric's decline raises an alarm.

    The level is calibrated on a healthy run, so that it holds however generations depend on one
    another: a healthy replica ever raises an alarm with probability at most `alpha`.

    Args:
        run: a `Trajectory`, whose metric may fall.
        metric: the metric.
        healthy: a `Trajectory` of the same length that is healthy by definition, such as one that
            is trained on fresh real data; at least $1/\alpha-1$ replicas.
        alpha: false-alarm rate, in (0, 1).
        allowance: half the shift worth detecting, in standard deviations.

    Returns:
        Generations, shape (replicas,); infinite where there is no alarm.

    Raises:
        ValueError: too few healthy replicas, or runs of different lengths.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(), n=40)
        >>> slow = jc.Recursion(jc.Gaussian(), jc.Accumulate(), truth=jc.Gaussian.params(), n=40)
        >>> run = jc.simulate(jax.random.key(0), r, generations=40, replicas=99)
        >>> healthy = jc.simulate(jax.random.key(1), slow, generations=40, replicas=99)
        >>> alarms = jc.decline_alarms(run, jc.variance, healthy, alpha=0.05)
        >>> bool((alarms < 40).mean() > 0.5)
        True
    """
    if len(run.times) != len(healthy.times):
        raise ValueError(
            f"healthy must have as many generations as run, {len(run.times) - 1}, "
            f"got {len(healthy.times) - 1}"
        )
    paths, usual = (cusum(standardized_decline(each, metric), allowance) for each in (run, healthy))
    level = calibrated_level(usual, alpha)
    # Entry 0 of a path is fit 2; an alarm is above the level, not at it.
    return 2 + first_crossings(paths, np.nextafter(level, np.inf))
