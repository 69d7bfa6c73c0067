"""Fairness of any model's predictions by group, under the names and definitions of fairlearn.

`GroupTable.of(labels, predictions, groups)` counts, and everything else is read off the counts.
"""

import dataclasses
import reprlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np

from .._names import entry
from ..arguments import check_array, check_callable, checked
from ..domains import PROBABILITY, Integer, Real, Whole, as_array
from . import rates

BINARY = Whole(0, 1)


@dataclass(frozen=True)
class GroupTable:
    r"""Counts of items by group, true class and predicted label, shape (..., groups, 2, 2).

    Leading axes are kept, so one table holds many replicas and generations. A rate of a group
    without such items is NaN, and gaps leave that group out; fairlearn gives it 0 instead.

    Attributes:
        counts: the counts.
        groups: name of every group.

    Example:
        >>> import jaxcollapse as jc
        >>> table = jc.GroupTable.of(
        ...     labels=[1, 0, 1, 0], predictions=[1, 0, 0, 1], groups=["a", "a", "b", "b"]
        ... )
        >>> table.rate("true_positive_rate").tolist()
        [1.0, 0.0]
        >>> float(table.summary()["equalized_odds_difference"])
        1.0

    References:
        Weerts et al., fairlearn, J. Mach. Learn. Res. 24:257 (2023); Hardt, Price and Srebro,
        arXiv 1610.02413.
    """

    counts: np.ndarray
    groups: tuple[Hashable, ...]

    @classmethod
    def of(cls, labels, predictions, groups) -> "GroupTable":
        """Count labels in {0, 1} against predictions in {0, 1} by group.

        Args:
            labels: true classes, shape (items,), or the shape of the predictions.
            predictions: predicted labels, shape (..., items).
            groups: group of every item, shape (items,).

        Raises:
            ValueError: labels or predictions other than 0 and 1, no items, or shapes that differ.
        """
        groups, predictions = _groups(groups), np.asarray(predictions)
        BINARY.check("labels", labels)
        BINARY.check("predictions", predictions)
        labels = _shaped("labels", labels, groups.shape, predictions.shape)
        if predictions.shape[-1:] != groups.shape:
            raise ValueError(
                f"predictions must have one entry for each of {groups.size} items along their last "
                f"axis, got shape {predictions.shape}"
            )
        names, member = np.unique(groups, return_inverse=True)
        cell = 4 * member + 2 * labels.astype(int) + predictions.astype(int)
        rows = cell.reshape(-1, len(groups))
        counts = [np.bincount(row, minlength=4 * len(names)) for row in rows]
        shape = (*predictions.shape[:-1], len(names), 2, 2)
        return cls(np.reshape(counts, shape), tuple(names.tolist()))

    def rate(self, name: str) -> np.ndarray:
        """A rate of every group, shape (..., groups).

        `name` is one of selection_rate, true_positive_rate, false_positive_rate, accuracy,
        base_rate, group_share and informedness.
        """
        return entry(name, rates.RATES, "rate")(np, self.counts)

    def gap(self, name: str, how: str = "difference") -> np.ndarray | float:
        """The gap of a rate between groups: "difference" of the extremes, or their "ratio"."""
        return gap(self.rate(name), how)

    def worst(self, name: str) -> np.ndarray:
        """The smallest rate of a group."""
        return rates.worst(np, self.rate(name))

    @property
    def truth(self) -> "GroupTable":
        """The table of a perfect classifier: gaps of the truth, which no classifier removes."""
        return dataclasses.replace(self, counts=rates.of_the_truth(np, self.counts))

    @property
    def labeling(self) -> np.ndarray:
        """Which labeling a table is absorbed in, as a number of one binary digit per group.

        It is -1 while a group has both labels.
        """
        return self.labeling_within(0.0)

    def labeling_within(self, tolerance: float) -> np.ndarray:
        """The labeling, where a share of `tolerance` of a group may have the other label.

        Raises:
            ValueError: a tolerance that is not in [0, 1/2).
        """
        Real(0.0, 0.5, closed=(True, False)).check("tolerance", tolerance)
        return rates.labeling(np, self.counts, tolerance)

    def summary(self) -> dict[str, np.ndarray | float]:
        """Gaps by their names in fairlearn, the worst accuracy, and parity beyond the truth's."""
        parity = self.gap("selection_rate")
        return {
            "demographic_parity_difference": parity,
            "demographic_parity_ratio": self.gap("selection_rate", "ratio"),
            "excess_demographic_parity": parity - self.truth.gap("selection_rate"),
            "equalized_odds_difference": rates.equalized_odds_difference(np, self.counts),
            "equalized_odds_ratio": rates.equalized_odds_ratio(np, self.counts),
            "equal_opportunity_difference": self.gap("true_positive_rate"),
            "equal_opportunity_ratio": self.gap("true_positive_rate", "ratio"),
            "worst_group_accuracy": self.worst("accuracy"),
        }


@checked(metric=check_callable)
def by_group(metric: Callable, groups, *arrays) -> dict[Hashable, float]:
    """Return any function of arrays, applied to the items of every group.

    Example:
        >>> import numpy as np, jaxcollapse as jc
        >>> errors = jc.by_group(np.mean, ["a", "b", "a"], [1.0, 5.0, 3.0])
        >>> errors["a"], jc.gap(errors)
        (2.0, 3.0)
    """
    groups = _groups(groups)
    arrays = [_shaped("arrays", each, groups.shape) for each in arrays]
    members = {name: groups == name for name in np.unique(groups).tolist()}
    return {name: float(metric(*(a[inside] for a in arrays))) for name, inside in members.items()}


def _check_groups(name: str, values) -> None:
    check_array(name, list(values.values()) if isinstance(values, dict) else values)


@checked(values=_check_groups)
def gap(values, how: str = "difference"):
    """Return the gap between groups: the "difference" of the extremes, or the "ratio" of them.

    Args:
        values: one number for each group along the last axis, or a dictionary of them.
        how: "difference" is the largest less the smallest, "ratio" the smallest over the largest.
    """
    of_values = entry(how, rates.GAPS, "how")
    values = np.asarray(list(values.values()) if isinstance(values, dict) else values, float)
    found = of_values(np, values)
    return float(found) if found.ndim == 0 else found


@dataclass(frozen=True)
class Calibration:
    """Reliability of scores: in every bin with items, the mean score and the share of class 1."""

    mean_score: np.ndarray
    positive_share: np.ndarray
    count: np.ndarray

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of score and share, weighted by items."""
        distance = np.abs(self.mean_score - self.positive_share)
        return float(np.average(distance, weights=self.count))


@checked(bins=Integer(1, 10**6))
def calibration_by_group(labels, scores, groups, bins: int = 10) -> dict[Hashable, Calibration]:
    """Return the calibration of scores in every group, with bins of equal width.

    Raises:
        ValueError: scores outside [0, 1], labels other than 0 and 1, or shapes that differ.

    Example:
        >>> import jaxcollapse as jc
        >>> found = jc.calibration_by_group([0, 1, 1, 1], [0.5, 0.5, 0.75, 0.75], list("aabb"))
        >>> found["a"].error, found["b"].error
        (0.0, 0.25)
    """
    BINARY.check("labels", labels)
    PROBABILITY.check("scores", scores)
    groups = _groups(groups)
    labels, scores = (
        _shaped(name, each, groups.shape) for name, each in (("labels", labels), ("scores", scores))
    )
    inside = {name: groups == name for name in np.unique(groups).tolist()}
    return {name: _calibration(labels[m], scores[m], bins) for name, m in inside.items()}


def _calibration(labels, scores, bins: int) -> Calibration:
    # A score on the edge of two bins belongs to the lower one, as in scikit-learn.
    cell = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], scores)
    count = np.bincount(cell, minlength=bins)
    used = count > 0
    totals = [np.bincount(cell, weights=each, minlength=bins)[used] for each in (scores, labels)]
    return Calibration(totals[0] / count[used], totals[1] / count[used], count[used])


def check_present(name: str, column: np.ndarray) -> None:
    """Raise a `ValueError` for classes or groups with a missing value or of mixed types."""
    listed = column.tolist()
    # NaN is the value that differs from itself.
    missing = [place for place, each in enumerate(listed) if each is None or each != each]
    if missing:
        raise ValueError(f"{name} must have no missing values, got one at place {missing[0]}")
    if len({isinstance(each, str) for each in listed}) > 1:
        raise ValueError(f"{name} must be all text or all numbers, got both")


def _groups(groups) -> np.ndarray:
    """The group of every item. Raises `ValueError` unless there is one for each."""
    found = as_array(groups)
    if found is None or found.ndim != 1 or found.size == 0:
        raise ValueError(f"groups must have shape (items,), got {reprlib.repr(groups)}")
    check_present("groups", found)
    return found


def _shaped(name: str, values, *shapes: tuple[int, ...]) -> np.ndarray:
    found = as_array(values)
    if found is None or found.shape not in shapes:
        shown = reprlib.repr(values) if found is None else found.shape
        raise ValueError(f"{name} must have shape {shapes[0]} as groups have, got {shown}")
    return found
