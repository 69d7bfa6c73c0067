"""Quantities of any number of replicas: summed on the device tile by tile, quantiles found by
replaying the run.
"""

import functools
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..engine.executor import run_tiles
from ..engine.plan import Plan
from ..engine.simulate import gathered
from ..recursion import Recursion
from .base import AbstractMomentQuantity, Estimate, Histogram, Quantile
from .order_statistics import Digits
from .summaries import PowerSums, bin_counts, scaled_power_sums

CHUNK_VALUES = 1 << 22


@dataclass(frozen=True)
class Digest:
    """What is kept of a tile's generation on the device: power sums of some metrics up to an order,
    bin counts of others.
    """

    moments: tuple[tuple[str, int], ...]
    histograms: tuple[Histogram, ...]

    @classmethod
    def of(cls, quantities) -> "Digest":
        """What the quantities need, and no more."""
        histograms = tuple(q for q in quantities if isinstance(q, Histogram))
        orders: dict[str, int] = {}
        for each in quantities:
            if isinstance(each, AbstractMomentQuantity):
                orders[each.metric.name] = max(each.order, orders.get(each.metric.name, 1))
        return cls(tuple(orders.items()), histograms)

    def __call__(self, values, present):
        """Summaries over the replicas that are `present`, from one generation's values of shape
        (replicas,).
        """
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
):
    """Estimate quantities over any number of replicas in memory that does not grow with replicas x
    generations.

    Moments and histograms are summed on the device, tile by tile; quantiles are found by replaying
    the run.

    Args:
        key: a typed key.
        recursion: the configuration.
        quantities: a quantity or a sequence of them: `E`, `Var`, `P`, `Rate`, `Histogram`,
            `Quantile`.
        generations: number of fits.
        replicas: how many, or a range.
        carrier: as in `simulate`.
        at: the generations wanted, as in `simulate`.

    Returns:
        An `Estimate` for a single quantity, else a list of them, the numbers of a stored run to
        single precision.

    Raises:
        ValueError: a quantity that needs a stored run, and whatever `simulate` refuses.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> r = jc.Recursion(jc.Bernoulli(), jc.Replace(), truth=jc.Bernoulli().params(0.3), n=20)
        >>> median = jc.estimate(jax.random.key(0), r, jc.Quantile(jc.mean, 0.5), generations=3, replicas=999)
        >>> median.value.shape
        (4,)
    """
    wanted = list(quantities) if isinstance(quantities, (list, tuple)) else [quantities]
    stored = [q for q in wanted if not isinstance(q, (AbstractMomentQuantity, Histogram, Quantile))]
    if stored:
        raise ValueError(
            f"estimate cannot stream {', '.join(map(str, stored))}: store the run with simulate"
        )
    run = functools.partial(Plan.of, key, recursion, generations, replicas, carrier, at=at)
    summed = [q for q in wanted if not isinstance(q, Quantile)]
    found = dict(zip(summed, _summed(run, summed), strict=True)) if summed else {}
    results = [found[q] if q in found else _quantile(run, q) for q in wanted]
    return results if isinstance(quantities, (list, tuple)) else results[0]


def _summed(run, quantities) -> list[Estimate]:
    """Moments and histograms, from sums that every tile leaves behind."""
    digest = Digest.of(quantities)
    plan = run(observe=tuple(dict.fromkeys(q.metric for q in quantities)))
    left: dict[int, Any] = {}
    run_tiles(
        plan,
        lambda start, parts: left.__setitem__(
            start, jax.tree.map(lambda *each: np.concatenate(each), *parts)
        ),
        digest,
    )
    counts = np.array(
        [[min(plan.tiling.width, plan.replicas.stop - start)] for start in sorted(left)]
    )
    stacked = jax.tree.map(
        lambda *tiles: np.stack(tiles), *(left[start][0] for start in sorted(left))
    )
    for name, (_, _, powers) in stacked.items():
        if np.any(np.isnan(powers[..., 0])):
            raise ValueError(
                f"{name} has no value (NaN) in some replicas: store the run, whose estimates leave them out"
            )
    sums = {
        name: PowerSums.of_scaled(counts, *summary).pooled() for name, summary in stacked.items()
    }
    size, truth = len(plan.replicas), {name: float(value) for name, value in plan.at_truth.items()}
    results = []
    for quantity in quantities:
        if isinstance(quantity, Histogram):
            which = digest.histograms.index(quantity)
            later = sum(kept[1][which].T[1:-1].astype(np.int64) for kept in left.values())
            first = size * quantity.counts(np.full((1, 1), truth[quantity.metric.name]))
            results.append(quantity.of_counts(np.concatenate([first, later], axis=1), size))
        else:
            start = PowerSums.constant(size, truth[quantity.metric.name])
            results.append(
                quantity.of_sums(start.followed_by(sums[quantity.metric.name]), plan.times)
            )
    return results


def _quantile(run, quantity: Quantile) -> Estimate:
    """An order statistic, from a run replayed digit by digit."""
    plan = run(observe=quantity.metric)
    size = max(1, CHUNK_VALUES // len(plan.times))

    def chunks():
        for start in range(plan.replicas.start, plan.replicas.stop, size):
            part = replace(plan, replicas=range(start, min(start + size, plan.replicas.stop)))
            yield gathered(part)[quantity.metric.name].T

    chosen = Digits.order_statistics(chunks, quantity.ranks(len(plan.replicas)))
    return quantity.of_order_statistics(chosen, len(plan.replicas))
