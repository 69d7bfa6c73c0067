r"""Quantities: functionals of a metric's distribution over replicas.

A law predicts them and a run estimates them, every estimate with its standard error. `estimate`
reads any number of replicas in bounded memory.
"""

import abc
import reprlib
import warnings
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..domains import Integer, Real
from ..metrics import Metric
from .estimates import (
    Estimate,
    estimate_of_mean,
    least_skewness_of_variance,
    skewness_of_mean,
    with_losses,
)
from .summaries import PowerSums


@dataclass(frozen=True)
class AbstractQuantity(abc.ABC):
    """A functional of the distribution of `metric` over replicas; call it on a `Trajectory`."""

    metric: Metric

    def __post_init__(self):
        if not isinstance(self.metric, Metric):
            name, got = type(self).__name__, reprlib.repr(self.metric)
            raise ValueError(f"{name}.metric must be a metric such as jc.variance, got {got}")

    def __call__(self, run) -> Estimate:
        """Estimate from a run, for every recorded generation.

        A warning says where the standard errors cannot be trusted.
        """
        values = np.asarray(run.values(self.metric))
        if run.log_weights is not None:
            values = self.weighted(values, np.asarray(run.log_weights))
        return warned(self, self.of_values(defined(values, self.metric), np.asarray(run.times)))

    def weighted(self, values: np.ndarray, log_weights: np.ndarray) -> np.ndarray:
        """Values from which replicas of these weights are estimated as equal ones are.

        Raises:
            ValueError: a quantity that is not a mean.
        """
        raise ValueError(f"{self} needs replicas of equal weight: only E reads weighted ones")

    @abc.abstractmethod
    def of_values(self, values: np.ndarray, times: np.ndarray) -> Estimate:
        """Estimate from values of shape (replicas, times) at the generations `times`."""

    def __str__(self):
        return f"{type(self).__name__}({self.metric})"


def warned(quantity: AbstractQuantity, estimate: Estimate) -> Estimate:
    """Return the estimate; warn where its standard errors cannot be trusted.

    One replica has none.
    """
    if estimate.replicas == 1:
        estimate = replace(estimate, error=np.full_like(estimate.error, np.nan, dtype=float))
    if estimate.warning:
        warnings.warn(f"{quantity}: {estimate.warning}", RuntimeWarning, stacklevel=3)
    return estimate


def defined(values: np.ndarray, metric) -> np.ndarray:
    """Leave out replicas that have no value (NaN) where others have one, and warn how many.

    Such are nets whose training diverged, and logistic regressions on labels that are separated.
    """
    if values.dtype.kind != "f":
        return values
    absent = np.any(np.isnan(values).reshape(*values.shape[:2], -1), axis=2)
    lost = (absent & ~absent.all(axis=0)).any(axis=1)
    if lost.any():
        first = np.argmax((absent & ~absent.all(axis=0)).any(axis=0))
        warnings.warn(
            f"{lost.sum()} of {len(values)} replicas have no {metric} from generation {first} on "
            "(their fits diverged or do not exist): left out",
            RuntimeWarning,
            stacklevel=3,
        )
    return values[~lost]


def weighted_values(values: np.ndarray, log_weights: np.ndarray, what) -> np.ndarray:
    """Return values times weights, in double precision.

    Raises:
        ValueError: a value that is infinite in the precision of the run.
    """
    if np.any(np.isinf(values)):
        raise ValueError(
            f"values of {what} exceed the precision of the run: ask for double precision"
        )
    return np.exp(np.asarray(log_weights, np.float64)) * values


def check_event(quantity: AbstractQuantity) -> None:
    """Raise a `ValueError` unless the metric of a quantity has the values 0 and 1."""
    if not quantity.metric.event:
        raise ValueError(
            f"{type(quantity).__name__}.metric must be an event such as jc.w2 > 1.0, got "
            f"{quantity.metric}"
        )


class AbstractMomentQuantity(AbstractQuantity):
    """A quantity that is a function of power sums, up to the power `order`, so that it streams."""

    order: ClassVar[int] = 2

    def of_values(self, values, times):
        return self.of_sums(PowerSums.of(values), times)

    @abc.abstractmethod
    def of_sums(self, sums: PowerSums, times: np.ndarray) -> Estimate:
        """Estimate from merged power sums."""


class E(AbstractMomentQuantity):
    """Expectation over replicas; the third power tells whether its error can be trusted."""

    order: ClassVar[int] = 3

    def of_sums(self, sums, times):
        found = estimate_of_mean(sums)
        return with_losses(found, sums.mean[0]) if times[0] == 0 else found

    def weighted(self, values, log_weights):
        return weighted_values(values, log_weights, self)


class Var(AbstractMomentQuantity):
    r"""Variance over replicas; its error is $\sqrt{(m_4 - m_2^2)/R}$, distribution-free."""

    order: ClassVar[int] = 4

    def of_sums(self, sums, times):
        spread = np.maximum(sums.fourth / sums.count - (sums.second / sums.count) ** 2, 0.0)
        skewness = least_skewness_of_variance(sums)
        return Estimate(sums.variance, np.sqrt(spread / sums.count), sums.count, skewness)


class P(AbstractMomentQuantity):
    """Probability of an event, a metric with values 0 and 1 such as `jc.w2 > 1.0`."""

    order: ClassVar[int] = 1

    def __post_init__(self):
        super().__post_init__()
        check_event(self)

    def of_sums(self, sums, times):
        spread = np.sqrt(sums.mean * (1 - sums.mean)) if sums.count > 1 else sums.variance
        with np.errstate(divide="ignore", invalid="ignore"):
            skewness = (1 - 2 * sums.mean) / spread / np.sqrt(sums.count)
        return Estimate(sums.mean, spread / np.sqrt(sums.count), sums.count, skewness)


class Rate(AbstractMomentQuantity):
    r"""Growth per generation, $E[m_t - m_0]/t$, zero at t = 0.

    Of a logarithm it is the exponential rate of collapse.
    """

    order: ClassVar[int] = 3

    def of_sums(self, sums, times):
        time = np.maximum(times, 1)
        return Estimate(
            (sums.mean - sums.mean[0]) / time,
            np.sqrt(sums.variance / sums.count) / time,
            sums.count,
            skewness_of_mean(sums),
        )


@dataclass(frozen=True)
class Quantile(AbstractQuantity):
    r"""The order statistic at level q.

    Its error is half the width of the one-sigma binomial interval of ranks.
    """

    q: float

    def __post_init__(self):
        super().__post_init__()
        Real(0.0, 1.0, closed=(False, False)).check_one("Quantile.q", self.q)

    def ranks(self, replicas: int) -> np.ndarray:
        """Zero-based ranks of the quantile and of its one-sigma interval."""
        spread = np.sqrt(self.q * (1 - self.q) * replicas)
        ranks = np.ceil(self.q * replicas + np.array([0.0, -spread, spread])) - 1
        return np.clip(ranks, 0, replicas - 1).astype(int)

    def of_values(self, values, times):
        ranks = self.ranks(len(values))
        return self.of_order_statistics(np.partition(values, ranks, axis=0)[ranks], len(values))

    def of_order_statistics(self, chosen: np.ndarray, replicas: int) -> Estimate:
        """Estimate from the values at `ranks`, shape (3, generations + 1)."""
        value, low, high = chosen.astype(float)
        with np.errstate(invalid="ignore"):
            error = np.where(high > low, 0.5 * (high - low), 0.0)
        return Estimate(value, error, replicas)

    def __str__(self):
        return f"Quantile({self.metric}, {self.q:g})"


class HittingTime(AbstractQuantity):
    """Expected number of fits until an event first happens, cut off at the horizon.

    The event is a metric with values 0 and 1. The estimate carries the share of the replicas in
    which it had not happened when the run ended. If there are any, the mean is too small.
    """

    def __post_init__(self):
        super().__post_init__()
        check_event(self)

    @staticmethod
    def first(values: np.ndarray) -> np.ndarray:
        """The first generation of every replica at which the event has happened."""
        return (~np.logical_or.accumulate(values != 0, axis=1)).sum(axis=1)

    @classmethod
    def waits(cls, values: np.ndarray) -> np.ndarray:
        """First generations, and whether the event never happened: shape (replicas, 2)."""
        first = cls.first(values)
        return np.stack([first, first == values.shape[1]], axis=1)

    def of_values(self, values, times):
        if not np.array_equal(times, np.arange(len(times))):
            raise ValueError(
                f"{self} needs every generation from 0 on, got a run recorded at {list(times)}"
            )
        return self.of_sums(PowerSums.of(self.waits(values)))

    @staticmethod
    def of_sums(sums: PowerSums) -> Estimate:
        """Estimate from power sums of `waits`."""
        error = np.sqrt(sums.variance[:1] / sums.count)
        skewness = skewness_of_mean(sums)[:1]
        return Estimate(sums.mean[:1], error, sums.count, skewness, float(sums.mean[1]))


class Distribution(AbstractQuantity):
    """The distribution itself: sorted values, shape (replicas, generations + 1)."""

    def of_values(self, values, times):
        return Estimate(np.sort(values, axis=0), np.zeros(values.shape[1]), len(values))


@dataclass(frozen=True)
class Histogram(AbstractQuantity):
    """Probability of each of `bins` equal bins of [low, high), shape (bins, generations).

    Values outside count for no bin.
    """

    low: float
    high: float
    bins: int = 64

    def __post_init__(self):
        super().__post_init__()
        Real().check_one("Histogram.low", self.low)
        Real().check_one("Histogram.high", self.high)
        if not self.low < self.high:
            raise ValueError(f"Histogram.low must be below {self.high}, got {self.low}")
        Integer(1, 1 << 16).check_one("Histogram.bins", self.bins)

    def of_values(self, values, times):
        return self.of_counts(self.counts(values), len(values))

    def counts(self, values: np.ndarray) -> np.ndarray:
        """How many of the values, shape (replicas, generations), lie in each bin."""
        place = np.floor((values - self.low) * (self.bins / (self.high - self.low)))
        return np.stack([(place == each).sum(axis=0) for each in range(self.bins)])

    def of_counts(self, counts: np.ndarray, replicas: int) -> Estimate:
        """Estimate from counts of shape (bins, generations)."""
        p = counts / replicas
        return Estimate(p, np.sqrt(p * (1 - p) / replicas), replicas)

    def __str__(self):
        return f"Histogram({self.metric}, {self.low:g}, {self.high:g}, {self.bins})"
