r"""Quantities: what a law predicts and a run estimates. Functionals of a metric's distribution over replicas.

Every estimate comes with its standard error. `estimate` reads any number of replicas in bounded memory: moments are
merged tile by tile, and quantiles are exact order statistics found by replaying the run, digit by digit.
"""

import abc
import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .metrics import Metric
from .recursion import Recursion, simulate
from .streams import Digits, PowerSums

CHUNK_VALUES = 1 << 22


class Estimate(NamedTuple):
    """A value for every generation, its standard error, and the number of replicas behind it."""

    value: np.ndarray
    error: np.ndarray
    replicas: int


@dataclass(frozen=True)
class AbstractQuantity(abc.ABC):
    """A functional of the distribution of `metric` over replicas; call it on a `Trajectory`."""

    metric: Metric

    def __call__(self, run) -> Estimate:
        """Estimate from a run, for every generation from 0 on."""
        return self.of_values(defined(np.asarray(run.values(self.metric)), self.metric))

    @abc.abstractmethod
    def of_values(self, values: np.ndarray) -> Estimate:
        """Estimate from values of shape (replicas, generations + 1)."""

    def __str__(self):
        return f"{type(self).__name__}({self.metric})"


def defined(values: np.ndarray, metric) -> np.ndarray:
    """Leave out replicas that have no value (NaN) where others have one, such as nets that diverged, and warn how many."""
    if values.dtype.kind != "f":
        return values
    absent = np.isnan(values).reshape(*values.shape[:2], -1).any(axis=2)
    lost = (absent & ~absent.all(axis=0)).any(axis=1)
    if lost.any():
        first = np.flatnonzero((absent & ~absent.all(axis=0)).any(axis=0))[0]
        warnings.warn(
            f"{lost.sum()} of {len(values)} replicas have no {metric} from generation {first} on (they diverged): left out",
            RuntimeWarning, stacklevel=3,
        )  # fmt: skip
    return values[~lost]


class AbstractMomentQuantity(AbstractQuantity):
    """A quantity that is a function of power sums, so that it streams."""

    def of_values(self, values):
        return self.of_sums(PowerSums.of(values))

    @abc.abstractmethod
    def of_sums(self, sums: PowerSums) -> Estimate:
        """Estimate from merged power sums."""


class E(AbstractMomentQuantity):
    """Expectation over replicas."""

    def of_sums(self, sums):
        return Estimate(sums.mean, np.sqrt(sums.variance / sums.count), sums.count)


class Var(AbstractMomentQuantity):
    r"""Variance over replicas; its error is $\sqrt{(m_4 - m_2^2)/R}$, distribution-free."""

    def of_sums(self, sums):
        spread = np.maximum(sums.fourth / sums.count - (sums.second / sums.count) ** 2, 0.0)
        return Estimate(sums.variance, np.sqrt(spread / sums.count), sums.count)


class P(AbstractMomentQuantity):
    """Probability of an event, a metric with values 0 and 1 such as `jc.w2 > 1.0`."""

    def of_sums(self, sums):
        return Estimate(sums.mean, np.sqrt(sums.mean * (1 - sums.mean) / sums.count), sums.count)


class Rate(AbstractMomentQuantity):
    r"""Growth per generation, $E[m_t - m_0]/t$; of a logarithm, the exponential rate of collapse. Zero at t = 0."""

    def of_sums(self, sums):
        t = np.arange(len(sums.mean))
        time = np.maximum(t, 1)
        return Estimate((sums.mean - sums.mean[0]) / time, np.sqrt(sums.variance / sums.count) / time, sums.count)


@dataclass(frozen=True)
class Quantile(AbstractQuantity):
    r"""The order statistic at level q; its error is half the width of the one-sigma binomial interval of ranks."""

    q: float

    def __post_init__(self):
        if not 0 < self.q < 1:
            raise ValueError(f"Quantile.q must lie in (0, 1), got {self.q!r}")

    def ranks(self, replicas: int) -> np.ndarray:
        """Zero-based ranks of the quantile and of its one-sigma interval."""
        spread = np.sqrt(self.q * (1 - self.q) * replicas)
        ranks = np.ceil(self.q * replicas + np.array([0.0, -spread, spread])) - 1
        return np.clip(ranks, 0, replicas - 1).astype(int)

    def of_values(self, values):
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


class Time(AbstractQuantity):
    """Expected number of fits until an absorbing event, a metric with values 0 and 1; a horizon cuts it off."""

    def of_values(self, values):
        times = (values == 0).sum(axis=1)
        return Estimate(times.mean()[None], times.std(ddof=1)[None] / np.sqrt(len(times)), len(times))


class Law(AbstractQuantity):
    """The distribution itself: sorted values, shape (replicas, generations + 1)."""

    def of_values(self, values):
        return Estimate(np.sort(values, axis=0), np.zeros(values.shape[1]), len(values))


def estimate(key, recursion: Recursion, quantities, *, generations: int, replicas: int | range, carrier="auto"):
    """Estimate quantities over any number of replicas in memory that does not grow with replicas x generations.

    Args:
        key: a typed key.
        recursion: the configuration.
        quantities: a quantity or a sequence of them: `E`, `Var`, `P`, `Rate`, `Quantile`.
        generations: number of fits.
        replicas: how many, or a range.
        carrier: as in `simulate`.

    Returns:
        An `Estimate` for a single quantity, else a list of them, the same numbers as from a stored run.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> r = jc.Recursion(jc.Bernoulli(), jc.Replace(), truth=jc.Bernoulli().params(0.3), n=20)
        >>> median = jc.estimate(jax.random.key(0), r, jc.Quantile(jc.mean, 0.5), generations=3, replicas=999)
        >>> median.value.shape
        (4,)
    """
    wanted = list(quantities) if isinstance(quantities, (list, tuple)) else [quantities]
    chosen = range(replicas) if isinstance(replicas, int) else replicas
    streamed = {q: None for q in wanted if not isinstance(q, AbstractMomentQuantity)}
    if any(not isinstance(q, Quantile) for q in streamed):
        raise ValueError(f"estimate cannot stream {', '.join(map(str, streamed))}: store the run with simulate")
    metrics = tuple(dict.fromkeys(q.metric for q in wanted))

    def chunks(metrics):
        size = max(1, CHUNK_VALUES // ((generations + 1) * len(metrics)))
        for start in range(chosen.start, chosen.stop, size):
            part = range(start, min(start + size, chosen.stop))
            run = simulate(
                key, recursion, generations=generations, replicas=part, carrier=carrier, observe=metrics
            )
            yield {metric: np.asarray(run.observed[metric.name]) for metric in metrics}

    sums: dict[Metric, PowerSums] = {}
    for values in chunks(metrics):
        for metric, part in values.items():
            added = PowerSums.of(part)
            sums[metric] = sums[metric].merged(added) if metric in sums else added
    results = []
    for quantity in wanted:
        if isinstance(quantity, AbstractMomentQuantity):
            results.append(quantity.of_sums(sums[quantity.metric]))
        else:
            replay = lambda m=quantity.metric: (values[m] for values in chunks((m,)))  # noqa: E731
            chosen_values = Digits.order_statistics(replay, quantity.ranks(len(chosen)))
            results.append(quantity.of_order_statistics(chosen_values, len(chosen)))
    return results if isinstance(quantities, (list, tuple)) else results[0]
