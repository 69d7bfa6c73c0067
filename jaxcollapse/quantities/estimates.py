r"""Estimates: a value, its standard error, and whether that error can be trusted.

A standard error cannot be trusted where the mean lives on replicas that are rarer than those drawn:
the sample then misses both the mean and its own spread. The skewness of the estimate shows it.
With skewness s the Edgeworth expansion takes $s z^3/3$ off the evidence $z^2/2$ of z standard
errors, so that at most $1/(6s^2)$ is left. Beyond $s = 1/(\sqrt3 z)$ no deviation is evidence
of z standard errors. If one replica holds the whole sum of squares, s is 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

EVERYDAY = 3.0
LOST = "by chance or below the range of the precision"


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Estimate:
    """A value for every generation, its standard error, and the number of replicas behind it.

    It unpacks as `value, error, replicas`.

    Args:
        value: one value for every generation.
        error: the standard errors.
        replicas: the number of replicas; 0 where nothing is drawn, such as a closed form.
        skewness: skewness of the value, not of one replica; None where it is not known, and
            infinite where all replicas have lost what the truth has (`lost`).
        censored: share of the replicas in which an awaited event did not happen within the run, so
            that the mean time is too small; 0 for other quantities.

    Example:
        >>> import numpy as np
        >>> from jaxcollapse.quantities.estimates import Estimate
        >>> Estimate(np.ones(2), np.ones(2), 1000, skewness=np.array([0.0, 0.7])).warning
        'standard error not to be trusted at entry 1: the mean lives on rare replicas'
    """

    value: Any
    error: Any
    replicas: int
    skewness: Any = None
    censored: float = 0.0

    def __iter__(self) -> Iterator[Any]:
        return iter((self.value, self.error, self.replicas))

    def trusted(self, sigmas: float = EVERYDAY) -> np.ndarray:
        """Return for every entry whether a deviation of so many standard errors is evidence.

        The sample's skewness is allowed three standard errors of its own.
        """
        if self.replicas == 1:
            return np.zeros(np.shape(self.value), bool)
        if self.skewness is None:
            return np.ones(np.shape(self.value), bool)
        noise = 3 * np.sqrt(6) / max(self.replicas, 1)
        constant = (np.asarray(self.error) == 0) & ~np.isinf(self.skewness)
        with np.errstate(invalid="ignore"):
            light = np.abs(self.skewness) - noise <= most_skewness(sigmas)
        return (constant | light) & (self.censored == 0)

    @property
    def warning(self) -> str:
        """Why the standard errors cannot be trusted; empty where they can."""
        if self.censored:
            return (
                f"{self.censored:.3g} of the replicas were still waiting when the run ended: the "
                "mean time is cut off there and too small"
            )
        if self.replicas == 1:
            return "one replica has no standard error"
        doubtful = np.flatnonzero(~self.trusted())
        if not doubtful.size:
            return ""
        where = f"entry {doubtful[0]}" + (f" and {doubtful.size - 1} more" * (doubtful.size > 1))
        why = "the mean lives on rare replicas"
        if np.any(self.lost):
            first = int(np.flatnonzero(self.lost)[0])
            why += f", and from entry {first} on all replicas are 0, {LOST}"
        return f"standard error not to be trusted at {where}: {why}"

    @property
    def lost(self) -> np.ndarray:
        """Where all replicas are 0 and the truth is not, so that nothing is known of the mean."""
        skewness = np.nan if self.skewness is None else np.asarray(self.skewness)
        return np.isinf(skewness) & (np.asarray(self.value) == 0) & (np.asarray(self.error) == 0)

    def to_xarray(self, **coordinates):
        """The estimate as an `xarray.Dataset`: value, error and whether the error is trusted.

        Args:
            **coordinates: name and entries of every axis of the values, in their order, such as
                `generation=run.times` or `category=data.labels`. Without them axes are
                `entry_0`, `entry_1`, and so on, and have no coordinates.

        Raises:
            ValueError: coordinates that do not fit the values.

        Example:
            >>> import numpy as np
            >>> found = Estimate(np.array([1.0, 0.9]), np.array([0.0, 0.1]), 100)
            >>> found.to_pandas(generation=[0, 5])["value"].to_dict()
            {0: 1.0, 5: 0.9}
        """
        import xarray as xr

        value = np.asarray(self.value)
        lengths = {name: len(entries) for name, entries in coordinates.items()}
        if coordinates and tuple(lengths.values()) != value.shape:
            shown = ", ".join(f"{name} of {length}" for name, length in lengths.items())
            raise ValueError(f"coordinates must fit values of shape {value.shape}, got {shown}")
        axes = tuple(coordinates) or tuple(f"entry_{i}" for i in range(value.ndim))
        columns = {"value": value, "error": self.error, "trusted": self.trusted()}
        if self.skewness is not None:
            columns["skewness"] = self.skewness
        about = {"replicas": int(self.replicas), "censored": float(self.censored)}
        arrays = {
            name: (axes, np.broadcast_to(each, value.shape)) for name, each in columns.items()
        }
        return xr.Dataset(arrays, {name: np.asarray(e) for name, e in coordinates.items()}, about)

    def to_pandas(self, **coordinates):
        """The estimate as a `pandas.DataFrame`, one row per entry, with the same coordinates."""
        dataset = self.to_xarray(**coordinates)
        return (dataset if dataset.dims else dataset.expand_dims("entry")).to_dataframe()

    def __str__(self):
        drawn = f"{self.replicas} replicas" if self.replicas else "nothing drawn"
        shown = f"{self.value} ± {self.error} ({drawn})"
        return f"{shown}; {self.warning}" if self.warning else shown


def most_skewness(sigmas: float) -> float:
    r"""Return the skewness of a mean beyond which no deviation is evidence of so many sigmas.

    By the Edgeworth expansion skewness s takes $s z^3/3$ off the evidence $z^2/2$ of z standard
    errors. What is left is at most $1/(6 s^2)$, at $z=1/s$, and must reach the evidence of the
    allowed standard errors.

    Example:
        >>> from jaxcollapse.quantities.estimates import most_skewness
        >>> round(most_skewness(5.3267), 3)
        0.108
    """
    return float(1 / (np.sqrt(3) * sigmas))


def estimate_of_mean(sums) -> Estimate:
    """Return the mean of replicas with the given power sums, its error and its skewness."""
    error = np.sqrt(sums.variance / sums.count)
    return Estimate(sums.mean, error, sums.count, skewness_of_mean(sums))


def skewness_of_mean(sums) -> np.ndarray:
    """Return the skewness of the mean of replicas with the given power sums."""
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.asarray(sums.second / sums.count)
        # Divided step by step: powers of large values would overflow.
        return sums.third / sums.count / variance / np.sqrt(variance) / np.sqrt(sums.count)


def with_losses(estimate: Estimate, start) -> Estimate:
    """Return the estimate of a mean, not trusted where all replicas have lost what they start with.

    Zeros of all replicas have no standard error. They say that the mean is rarer than the replicas,
    or below the range of the precision.

    Args:
        estimate: a mean over replicas.
        start: the value of the truth.
    """
    # Values of several numbers, such as one per category, are judged one by one.
    value, started = np.asarray(estimate.value), np.asarray(start) != 0
    lost = started & (value == 0) & (np.asarray(estimate.error) == 0)
    if not np.any(lost):
        return estimate
    return replace(estimate, skewness=np.where(lost, np.inf, estimate.skewness))


def least_skewness_of_variance(sums) -> np.ndarray:
    r"""Return the least skewness that the variance over replicas can have, from four power sums.

    Its exact skewness takes the sixth moment. By Cauchy and Schwarz $m_6\ge m_4^2/m_2$, with
    equality where one replica holds the sums.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.asarray(sums.second / sums.count)
        kurtosis = sums.fourth / sums.count / variance / variance
        third = kurtosis**2 - 3 * kurtosis + 2
        return third / (kurtosis - 1) ** 1.5 / np.sqrt(sums.count)
