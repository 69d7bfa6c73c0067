"""Mergeable summaries of values over replicas: power sums and histograms."""

import math
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

LANES = 256
ROWS = 8


@dataclass(frozen=True)
class PowerSums:
    """Count, mean and central sums of powers two to four, per generation.

    Several bodies of values may stand along a leading axis, with a column of counts.

    References:
        Pébay, SAND2008-6212.
    """

    count: Any
    mean: np.ndarray
    second: np.ndarray
    third: np.ndarray
    fourth: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> "PowerSums":
        """Summarize values along their first axis, in float64."""
        values = np.asarray(values, np.float64)
        # From the first value on: the mean of equal values is that value, and their spread is zero.
        start = np.where(np.isfinite(values[0]), values[0], 0.0)
        from_start = values - start
        shift = from_start.mean(axis=0)
        mean, centered = start + shift, from_start - shift
        square = centered * centered
        second, third = square.sum(axis=0), np.einsum("r...,r...->...", square, centered)
        return cls(len(values), mean, second, third, np.einsum("r...,r...->...", square, square))

    @classmethod
    def of_scaled(cls, count, center, scale, powers) -> "PowerSums":
        r"""From $\sum ((x - c)/s)^k$, shape (..., generations, order), as a device computes them.

        Powers beyond `order` are NaN.
        """
        center, scale, powers = (np.asarray(each, np.float64) for each in (center, scale, powers))
        unknown = np.full((*powers.shape[:-1], 4 - powers.shape[-1]), np.nan)
        one, two, three, four = np.moveaxis(np.concatenate([powers, unknown], axis=-1), -1, 0)
        with np.errstate(invalid="ignore"):
            shift = one / count
            second = two - count * shift**2
            third = three - 3 * shift * two + 2 * count * shift**3
            fourth = four - 4 * shift * three + 6 * shift**2 * two - 3 * count * shift**4
            central = [np.where(np.isfinite(one), each, np.inf) for each in (second, third, fourth)]
        second, third, fourth = (
            scale**k * each for k, each in zip((2, 3, 4), central, strict=True)
        )
        return cls(count, center + scale * shift, np.maximum(second, 0.0), third, fourth)

    @classmethod
    def constant(cls, count: int, value: float) -> "PowerSums":
        """One generation at which every replica has the same value."""
        nothing = np.zeros(1)
        return cls(count, np.full(1, value), nothing, nothing, nothing)

    def followed_by(self, later: "PowerSums") -> "PowerSums":
        """The same replicas at more generations."""
        names = ("mean", "second", "third", "fourth")
        return PowerSums(
            self.count, *(np.concatenate([getattr(self, n), getattr(later, n)]) for n in names)
        )

    def moved(self, shift: float, factor: float) -> "PowerSums":
        """The summary of a + b x for values x."""
        if (shift, factor) == (0.0, 1.0):
            return self
        central = self.second, self.third, self.fourth
        # Powers beyond the range of double precision are infinite; those of zero stay zero.
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = [
                np.where(each == 0, each, each * factor**2 * factor ** (k - 2))
                for k, each in zip((2, 3, 4), central, strict=True)
            ]
        return PowerSums(self.count, shift + factor * self.mean, *scaled)

    @property
    def variance(self) -> np.ndarray:
        """Unbiased variance; one value has none."""
        return self.second / (self.count - 1) if self.count > 1 else np.full_like(self.mean, np.nan)

    def merged(self, other: "PowerSums") -> "PowerSums":
        """The summary of both bodies of values together."""
        both = [
            np.stack([getattr(self, name), getattr(other, name)])
            for name in ("mean", "second", "third", "fourth")
        ]
        return PowerSums(
            np.array([self.count, other.count]).reshape(2, *(1,) * np.ndim(self.mean)), *both
        ).pooled()

    def pooled(self) -> "PowerSums":
        """The summary of all bodies along the leading axis together."""
        n = int(np.sum(self.count))
        start = np.where(np.isfinite(self.mean[0]), self.mean[0], 0.0)
        mean = start + np.sum(self.count * (self.mean - start), axis=0) / n
        known = np.isfinite(mean)
        shift = np.where(known, self.mean, 0.0) - np.where(known, mean, 0.0)
        square = shift * shift
        third = self.third + 3 * shift * self.second + self.count * square * shift
        fourth = (
            self.fourth
            + 4 * shift * self.third
            + 6 * square * self.second
            + self.count * square * square
        )
        return PowerSums(
            n,
            mean,
            *(np.sum(each, axis=0) for each in (self.second + self.count * square, third, fourth)),
        )


def scaled_power_sums(values, present, order: int):
    """On the device: center, scale and `order` power sums of one generation's values.

    The center is the mean of the first lanes, which are never absent: its distance from the mean of
    all is bounded by a multiple of their spread. The scale is the largest value, so that no power
    overflows; absent lanes repeat a present one.
    """
    lanes = math.gcd(values.shape[0], LANES)
    first = jnp.where(present[:lanes] & jnp.isfinite(values[:lanes]), values[:lanes], 0)
    center = jnp.sum(first) / jnp.sum(present[:lanes])
    scale = _by_lanes(jnp.max, jnp.abs(values), lanes)
    scale = jnp.where(jnp.isfinite(scale) & (scale >= jnp.finfo(scale.dtype).tiny), scale, 1)
    unit = jnp.where(present, (values - center) * (1 / scale), 0)
    square = unit * unit
    powers = [unit, square, square * unit, square * square][:order]
    return center, scale, jnp.stack([_sum_by_lanes(each, lanes) for each in powers])


def _by_lanes(reduce, values, lanes: int):
    """Reduce in two steps: to a vector of lanes, which XLA vectorizes, then over the lanes."""
    return reduce(reduce(values.reshape(-1, lanes), axis=0))


def _sum_by_lanes(values, lanes: int):
    """Sum rows of lanes, eight at a time, then over the lanes.

    XLA computes a row's powers in the loop that adds them: a third power costs 2 % of a Gaussian
    run so, and 11 % where each sum is one reduction.
    """
    while (rows := math.gcd(values.shape[0] // lanes, ROWS)) > 1:
        first, *others = values.reshape(rows, -1)
        values = sum(others, first)
    return _by_lanes(jnp.sum, values, lanes)


def bin_counts(values, present, low: float, high: float, bins: int):
    """On the device: how many values lie below `low`, in each bin, and from `high` on."""
    place = jnp.floor((values - low) * (bins / (high - low)))
    place = jnp.clip(jnp.where(jnp.isnan(place), -1, place), -1, bins).astype(jnp.int32) + 1
    return (
        jnp.zeros(bins + 2, jnp.int32)
        .at[place]
        .add(present.astype(jnp.int32), mode="promise_in_bounds")
    )
