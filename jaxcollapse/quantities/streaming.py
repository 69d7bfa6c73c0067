"""Estimates over any number of replicas, in memory that does not grow with them.

Moments and histograms are summed on the device, tile by tile, and merged in float64 on the host;
quantiles are exact order statistics found by replaying the run.
"""

import functools
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..arguments import check_is
from ..engine.executor import run_tiles
from ..engine.plan import Plan
from ..engine.simulate import gathered
from ..recursion import Recursion
from .base import AbstractMomentQuantity, AbstractQuantity, Estimate, Histogram, Quantile, warned
from .order_statistics import Digits
from .summaries import PowerSums, bin_counts, scaled_power_sums

CHUNK_VALUES = 1 << 22


@dataclass(frozen=True)
class Digest:
    """What a tile keeps of a generation: power sums of some metrics, bin counts of others.

    `moments` holds pairs of a metric's name and the largest power; no more is summed than needed.
    """

    moments: tuple[tuple[str, int], ...]
    histograms: tuple[Histogram, ...]

    @classmethod
    def of(cls, quantities) -> "Digest":
        """The digest that the quantities need, and no more."""
        histograms = tuple(q for q in quantities if isinstance(q, Histogram))
        orders: dict[str, int] = {}
        for each in quantities:
            if isinstance(each, AbstractMomentQuantity):
                orders[each.metric.name] = max(each.order, orders.get(each.metric.name, 1))
        return cls(tuple(orders.items()), histograms)

    def __call__(self, values, present):
        """Summarize one generation's values, shape (replicas,), over those `present`."""
        real = jnp.result_type(float)
        sums = {
            name: scaled_power_sums(values[name].astype(real), present, order)
            for name, order in self.moments
        }
        return sums, [
            bin_counts(values[h.metric.name], present, h.low, h.high, h.bins)
            for h in self.histograms
        ]


def estimate(
    key,
    recursion: Recursion,
    quantities,
    *,
    generations: int,
    replicas: int | range,
    carrier="auto",
    at=None,
) -> Any:
    """Estimate quantities without storing the run.

    Memory does not grow with the number of replicas: moments and histograms are summed on the
    device, quantiles are found by replaying the run.

    Args:
        key, recursion, generations, replicas, carrier, at: as in `simulate`.
        quantities: a quantity or a sequence of them: `E`, `Var`, `P`, `Rate`, `Histogram`,
            `Quantile`.

    Returns:
        An `Estimate`, or a list where a sequence was given: those of a stored run to single
        precision.

    Raises:
        ValueError: a quantity that needs a stored run, and what `simulate` refuses.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> r = jc.Recursion(jc.Bernoulli(), jc.Replace(), truth=jc.Bernoulli().params(0.3), n=20)
        >>> median = jc.Quantile(jc.mean, 0.5)
        >>> jc.estimate(jax.random.key(0), r, median, generations=3, replicas=999).value.shape
        (4,)
    """
    wanted = _listed(quantities)
    stored = [q for q in wanted if not isinstance(q, (AbstractMomentQuantity, Histogram, Quantile))]
    if stored:
        raise ValueError(
            f"estimate cannot stream {', '.join(map(str, stored))}: store the run with simulate"
        )
    run = functools.partial(Plan.of, key, recursion, generations, replicas, carrier, at=at)
    summed = [q for q in wanted if not isinstance(q, Quantile)]
    found = dict(zip(summed, _summed(run, summed), strict=True)) if summed else {}
    results = [_quantile(run, q) if isinstance(q, Quantile) else found[q] for q in wanted]
    return results if isinstance(quantities, (list, tuple)) else results[0]


def _listed(quantities) -> list[Any]:
    """One quantity or several as a list. Raises `ValueError` for anything else."""
    wanted = list(quantities) if isinstance(quantities, (list, tuple)) else [quantities]
    if not wanted:
        raise ValueError(f"quantities must hold at least one quantity, got {quantities!r}")
    for each in wanted:
        check_is("quantities", each, AbstractQuantity)
    return wanted


def _summed(run, quantities) -> list[Estimate]:
    """Moments and histograms, from the digests that every tile leaves."""
    plan = run(observe=tuple(dict.fromkeys(q.metric for q in quantities)))
    digest = digest_of(plan, quantities)
    summaries = Summaries.of(plan, digest, _digests(plan, digest), quantities)
    return [warned(quantity, summaries.estimate(quantity)) for quantity in quantities]


def digest_of(plan: Plan, quantities) -> Digest:
    """The digest that quantities need of a run in its frame."""
    return Digest.of([_seen_from(plan.units, q) for q in quantities])


@dataclass(frozen=True)
class Summaries:
    """What the digests of a run say, at every recorded generation from the truth on.

    Power sums by the name of their metric and bin counts by the text of their histogram, in the
    unit of the user. Those of different replicas of one run can be merged.
    """

    times: np.ndarray
    replicas: int
    sums: dict[str, PowerSums]
    counts: dict[str, np.ndarray]

    @classmethod
    def of(cls, plan: Plan, digest: Digest, left: dict[int, Any], quantities) -> "Summaries":
        """Put together what the tiles of a plan left, by their first replicas."""
        size, truth = len(plan.replicas), {k: float(v) for k, v in plan.at_truth.items()}
        sums, counts = {}, {}
        for name, later in _merged_sums(plan, left).items():
            whole = PowerSums.constant(size, truth[name]).followed_by(later)
            sums[name] = whole.moved(*plan.units.affine.get(name, (0.0, 1.0)))
        for quantity in quantities:
            if isinstance(quantity, Histogram):
                seen = _seen_from(plan.units, quantity)
                which = digest.histograms.index(seen)
                later = sum(kept[1][which].T[1:-1].astype(np.int64) for kept in left.values())
                first = size * seen.counts(np.full((1, 1), truth[quantity.metric.name]))
                counts[str(quantity)] = np.concatenate([first, later], axis=1)
        return cls(plan.times, size, sums, counts)

    def merged(self, other: "Summaries") -> "Summaries":
        """The summaries of both groups of replicas together."""
        sums = {name: each.merged(other.sums[name]) for name, each in self.sums.items()}
        counts = {name: each + other.counts[name] for name, each in self.counts.items()}
        return Summaries(self.times, self.replicas + other.replicas, sums, counts)

    def estimate(self, quantity) -> Estimate:
        """Estimate a moment or a histogram."""
        if isinstance(quantity, Histogram):
            return quantity.of_counts(self.counts[str(quantity)], self.replicas)
        return quantity.of_sums(self.sums[quantity.metric.name], self.times)


def _seen_from(units, quantity):
    """The quantity with the bins of a histogram in the unit of the frame."""
    if not isinstance(quantity, Histogram):
        return quantity
    name = quantity.metric.name
    low, high = (units.within(name, end) for end in (quantity.low, quantity.high))
    return replace(quantity, low=low, high=high)


def _digests(plan: Plan, digest: Digest) -> dict[int, Any]:
    """Run every tile and keep its digest, all recorded generations in one, by first replica."""
    left: dict[int, Any] = {}

    def keep(start, parts):
        left[start] = jax.tree.map(lambda *each: np.concatenate(each), *parts)

    run_tiles(plan, keep, digest)
    return left


def _merged_sums(plan: Plan, left: dict[int, Any]) -> dict[str, PowerSums]:
    """The power sums of every metric over all tiles."""
    starts, stop, width = sorted(left), plan.replicas.stop, plan.tiling.width
    counts = np.array([[min(width, stop - start)] for start in starts])
    stacked = jax.tree.map(lambda *tiles: np.stack(tiles), *(left[start][0] for start in starts))
    for name, (_, _, powers) in stacked.items():
        if np.any(np.isnan(powers[..., 0])):
            raise ValueError(
                f"{name} has no value (NaN) in some replicas: "
                "store the run, whose estimates leave them out"
            )
    return {
        name: PowerSums.of_scaled(counts, *summary).pooled() for name, summary in stacked.items()
    }


def _quantile(run, quantity: Quantile) -> Estimate:
    """An order statistic, from a run replayed digit by digit."""
    plan = run(observe=quantity.metric)
    size = max(1, CHUNK_VALUES // len(plan.times))

    def chunks():
        for start in range(plan.replicas.start, plan.replicas.stop, size):
            part = replace(plan, replicas=range(start, min(start + size, plan.replicas.stop)))
            yield part.units.restored(gathered(part))[quantity.metric.name].T

    chosen = Digits.order_statistics(chunks, quantity.ranks(len(plan.replicas)))
    return quantity.of_order_statistics(chosen, len(plan.replicas))
