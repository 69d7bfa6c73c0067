r"""The shape of a figure, where numbers cannot be compared: which loop does better than which,
tested exactly over replicas.

Loops run under one key, so a replica is a pair. If two loops did not differ, their results could be
exchanged within every pair, and each pattern of signs of the differences would be as likely as the
one that was seen (Fisher's randomization test).
"""

from typing import NamedTuple

import numpy as np

from .registry import Comparison

ERROR_RATE = 0.05
MOST = 20


class Shape(NamedTuple):
    """That the mean of `differences`, one for each replica, is above zero."""

    what: str
    differences: np.ndarray


def sign_flip(differences) -> float:
    r"""Exact p-value of a positive sum: the share of the $2^R$ patterns of signs that reach it.

    Args:
        differences: one for each replica, 2 to 20 of them; replicas without a value (NaN, diverged)
            are left out.

    Raises:
        ValueError: too few or too many replicas.

    Example:
        >>> from jaxcollapse.figures.shapes import sign_flip
        >>> sign_flip([0.5, 0.2, 0.1]), sign_flip([0.5, -0.2, -0.1])
        (0.125, 0.5)
    """
    values = np.asarray(differences, float)
    values = values[np.isfinite(values)]
    if not 2 <= len(values) <= MOST:
        raise ValueError(f"differences must hold 2 to {MOST} replicas, got {len(values)}")
    sums = np.zeros(1)
    for size in np.abs(values):
        sums = np.concatenate([sums + size, sums - size])
    return float(np.mean(sums >= values.sum() - 1e-9 * np.abs(values).sum()))


def judged(claims: list[Shape]) -> list[Comparison]:
    """Each claim with its mean, p-value and verdict; all of them together are wrong at most at
    `ERROR_RATE` (Bonferroni).
    """
    level = ERROR_RATE / len(claims)
    rows = []
    for claim in claims:
        values = np.asarray(claim.differences, float)
        values = values[np.isfinite(values)]
        p = sign_flip(values)
        error = values.std(ddof=1) / np.sqrt(len(values))
        verdict = "holds" if p <= level else "not shown"
        rows.append(
            Comparison(claim.what, None, None, float(values.mean()), float(error), p, verdict)
        )
    return rows
