r"""The shape of a figure, where numbers cannot be compared: which loop does better than which,
tested over replicas.

Loops run under one key, so a replica is a pair. If two loops did not differ, their results could be
exchanged within every pair, and each pattern of signs of the differences would be as likely as the
one that was seen (Fisher's randomization test).
"""

from typing import NamedTuple

import numpy as np
from scipy import stats

from .registry import Comparison

ERROR_RATE = 0.05
PATTERNS = 2**17


class Shape(NamedTuple):
    """That the mean of `differences`, one for each replica, is above zero."""

    what: str
    differences: np.ndarray


def sign_flip(differences) -> float:
    r"""p-value of a positive sum, over patterns of signs of the differences.

    With R replicas all $2^R$ patterns are asked where they are fewer than `PATTERNS`, and otherwise
    `PATTERNS` drawn ones, of which the pattern that was seen counts as one.

    Args:
        differences: one for each replica; replicas without a value (NaN, diverged) are left out.

    Raises:
        ValueError: fewer than two replicas.

    Example:
        >>> from jaxcollapse.figures.shapes import sign_flip
        >>> sign_flip([0.5, 0.2, 0.1]), sign_flip([0.5, -0.2, -0.1])
        (0.125, 0.5)

    References:
        Phipson and Smyth, Stat. Appl. Genet. Mol. Biol. 9:39 (2010).
    """
    values = np.asarray(differences, float)
    values = values[np.isfinite(values)]
    if len(values) < 2:
        raise ValueError(f"differences must hold at least 2 replicas, got {len(values)}")
    # Patterns of equal sums differ in their last bits: rounded, they are ties.
    scale = np.abs(values).sum() or 1.0
    found = stats.permutation_test(
        (values,),
        lambda x, axis: np.round(np.sum(x, axis=axis) / scale, 9),
        permutation_type="samples",
        alternative="greater",
        n_resamples=PATTERNS - 1,
        batch=2**12,
        rng=np.random.default_rng(0),
    )
    return float(found.pvalue)


def judged(claims: list[Shape]) -> list[Comparison]:
    """Each claim with its mean, p-value and verdict.

    The chance that any claim is said to hold which does not is at most `ERROR_RATE`: from the
    least p-value on, claims hold until one of those left exceeds the rate shared among them.

    References:
        Holm, Scand. J. Statist. 6:65 (1979).
    """
    values = [np.asarray(claim.differences, float) for claim in claims]
    values = [each[np.isfinite(each)] for each in values]
    p = np.array([sign_flip(each) for each in values])
    order = np.argsort(p)
    shown = np.minimum.accumulate(p[order] <= ERROR_RATE / np.arange(len(p), 0, -1))
    holds = dict(zip(order, shown, strict=True))
    return [
        Comparison(
            claim.what,
            None,
            None,
            float(each.mean()),
            float(each.std(ddof=1) / np.sqrt(len(each))),
            float(p[index]),
            "holds" if holds[index] else "not shown",
        )
        for index, (claim, each) in enumerate(zip(claims, values, strict=True))
    ]
