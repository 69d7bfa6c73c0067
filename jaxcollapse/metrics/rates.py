"""Rates of a classifier by group, as functions of one table.

A table counts items by group, true class and predicted label, shape (..., groups, 2, 2). The
functions take `xp`, NumPy or `jax.numpy`, and keep the leading axes. A rate of no items is NaN, and
gaps leave it out: a group that died out has no rate.
"""

from collections.abc import Callable


def selection_rate(xp, table):
    """Share of every group that is labeled 1, shape (..., groups)."""
    return _over(xp, table[..., 1].sum(-1), table.sum((-1, -2)))


def true_positive_rate(xp, table):
    """Share of every group's items of class 1 that is labeled 1."""
    return _over(xp, table[..., 1, 1], table[..., 1, :].sum(-1))


def false_positive_rate(xp, table):
    """Share of every group's items of class 0 that is labeled 1."""
    return _over(xp, table[..., 0, 1], table[..., 0, :].sum(-1))


def accuracy(xp, table):
    """Share of every group that is labeled with its class."""
    return _over(xp, table[..., 0, 0] + table[..., 1, 1], table.sum((-1, -2)))


def base_rate(xp, table):
    """Share of every group that is of class 1."""
    return _over(xp, table[..., 1, :].sum(-1), table.sum((-1, -2)))


def group_share(xp, table):
    """Share of every group among all items."""
    sizes = table.sum((-1, -2))
    return _over(xp, sizes, sizes.sum(-1, keepdims=True))


def informedness(xp, table):
    """True positive rate less false positive rate of every group, Youden's J."""
    return true_positive_rate(xp, table) - false_positive_rate(xp, table)


RATES: dict[str, Callable] = {
    each.__name__: each
    for each in (
        selection_rate,
        true_positive_rate,
        false_positive_rate,
        accuracy,
        base_rate,
        group_share,
        informedness,
    )
}


def difference(xp, values):
    """Largest value less the smallest along the last axis; NaN where no group has a value."""
    return _largest(xp, values) - _smallest(xp, values)


def ratio(xp, values):
    """Smallest value over the largest along the last axis; NaN where the largest is zero."""
    return _over(xp, _smallest(xp, values), _largest(xp, values))


def worst(xp, values):
    """Smallest value along the last axis."""
    return _smallest(xp, values)


GAPS: dict[str, Callable] = {"difference": difference, "ratio": ratio}


def equalized_odds_difference(xp, table):
    """The larger of the differences of true and of false positive rates."""
    gaps = [difference(xp, rate(xp, table)) for rate in (true_positive_rate, false_positive_rate)]
    return _largest(xp, xp.stack(gaps, -1))


def equalized_odds_ratio(xp, table):
    """The smaller of the ratios of true and of false positive rates."""
    gaps = [ratio(xp, rate(xp, table)) for rate in (true_positive_rate, false_positive_rate)]
    return _smallest(xp, xp.stack(gaps, -1))


def of_the_truth(xp, table):
    """The table of a perfect classifier of the same items."""
    classes = table.sum(-1)
    nothing = xp.zeros_like(classes[..., 0])
    rows = (xp.stack([classes[..., 0], nothing], -1), xp.stack([nothing, classes[..., 1]], -1))
    return xp.stack(rows, -2)


def labeling(xp, table, tolerance=0.0):
    r"""Number of the labeling that a table is absorbed in, -1 while a group has both labels.

    Binary digit g is the label of all items of group g, so that G groups have $2^G$ labelings. A
    group that died out has digit 0. A share of `tolerance` of a group may have the other label.
    """
    labels = table.sum(-2)
    least = tolerance * labels.sum(-1)
    inside = xp.any((labels[..., 0] > least) & (labels[..., 1] > least), -1)
    powers = 2.0 ** xp.arange(table.shape[-3])
    return xp.where(inside, -1.0, xp.sum(powers * (labels[..., 1] > least), -1))


def _over(xp, part, whole):
    # Two `where`s, so that neither NumPy warns nor a gradient becomes NaN.
    some = whole > 0
    return xp.where(some, part / xp.where(some, whole, 1), xp.nan)


def _largest(xp, values):
    known = ~xp.isnan(values)
    largest = xp.max(xp.where(known, values, -xp.inf), -1)
    return xp.where(xp.any(known, -1), largest, xp.nan)


def _smallest(xp, values):
    return -_largest(xp, -values)
