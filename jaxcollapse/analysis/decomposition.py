r"""The record of a decomposition: errors of all combinations of sources, and their parts.

$v(S)$ is the expected error with the sources S alone on. Then, as identities,

* telescoping: along any order the increments of v sum to the total less the floor $v(\emptyset)$;
* Möbius: $v(S)=\sum_{U\subseteq S}m(U)$ with interactions m;
* Shapley: the mean increment of a source over all orders, which sums to the total less the floor.

A part may be negative: a smaller class is also a regularizer.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..quantities.estimates import Estimate, skewness_of_mean
from ..quantities.summaries import PowerSums
from .certificates import Certificate

Combination = frozenset[str]
Signed = dict[Combination, float]


@dataclass(frozen=True)
class Decomposition:
    r"""The error $v(S)$ for every set S of sources that are on, and its parts; each part is an
    `Estimate` over t. Parts of values that are not drawn have no replicas: they are trusted.

    Args:
        sources: the sources that were switched on and off.
        values: for every S an array of shape (replicas, *t.shape); a closed form is one row.
        certificates: for every source what shows that its oracle has switched it off, or why the
            family lacks it; the part of a source that is lacking is exactly zero.
        beyond: for some S a bound of what a limit that was extrapolated may be off by.
        kind: "recursive", the oracles act in every generation, or "one-shot", in generation t
            alone.
        t: the generations.
        quantity: name of the error.
        exact: the sets S whose values are not drawn: closed forms, and fits of unlimited data.
    """

    sources: tuple[str, ...]
    values: Mapping[Combination, np.ndarray] = field(repr=False)
    certificates: Mapping[str, Certificate] = field(default_factory=dict, repr=False)
    beyond: Mapping[Combination, np.ndarray] = field(default_factory=dict, repr=False)
    kind: str = "recursive"
    t: np.ndarray | None = None
    quantity: str = "error"
    exact: frozenset[Combination] = field(default=frozenset(), repr=False)

    @property
    def total(self) -> Estimate:
        """The error with every source on."""
        return self._sum({frozenset(self.sources): 1.0})

    @property
    def floor(self) -> Estimate:
        """The error that no oracle removes, with every source off."""
        return self._sum({frozenset(): 1.0})

    @property
    def statistical(self) -> Estimate:
        """Shapley part of finite samples."""
        return self.part("statistical")

    @property
    def expressivity(self) -> Estimate:
        """Shapley part of a class that does not hold the truth."""
        return self.part("expressivity")

    @property
    def approximation(self) -> Estimate:
        """Shapley part of an optimizer that stops early."""
        return self.part("approximation")

    def part(self, source: str) -> Estimate:
        """Shapley part of one source: its increment averaged over all orders. Parts and floor sum
        to the total. It is zero for a source that the family lacks.
        """
        if self._known(source) not in self.sources:
            return self._nothing
        return self._sum(self._increment(source))

    def of_replicas(self, source: str) -> np.ndarray:
        """The Shapley part of one source in every replica, whose mean is `part`."""
        if self._known(source) not in self.sources:
            return np.zeros(self.values[frozenset(self.sources)].shape)
        return self._of_replicas(self._increment(source))

    def limits(self, source: str) -> np.ndarray | float:
        """What limits that were extrapolated may move the Shapley part of one source by."""
        return self._limits(self._increment(source)) if source in self.sources else 0.0

    def _increment(self, source: str) -> Signed:
        """How the values of all combinations enter the Shapley part of a source."""
        signed: Signed = {}
        others = [each for each in self.sources if each != source]
        for on in subsets(others):
            share = 1 / len(self.sources) / math.comb(len(others), len(on))
            signed |= {on | {source}: share, on: -share}
        return signed

    def interaction(self, *sources: str) -> Estimate:
        """Möbius part of a set of sources, present only where all of them are on: zero for sources
        that only add.
        """
        chosen = [self._known(source) for source in sources]
        if not set(chosen) <= set(self.sources):
            return self._nothing
        return self._sum({on: (-1.0) ** (len(chosen) - len(on)) for on in subsets(chosen)})

    def increments(self, *order: str) -> dict[str, Estimate]:
        """Telescoping parts along one order, in which sources are switched on."""
        if sorted(order) != sorted(self.sources):
            raise ValueError(
                f"order must name each of {', '.join(self.sources)} once, got "
                f"{', '.join(order) or 'nothing'}"
            )
        return {source: self._sum(signed) for source, signed in self._steps(order)}

    def order_range(self, source: str) -> tuple[Estimate, Estimate]:
        """Least and largest increment of a source over all orders, each with its standard error;
        equal where the source takes part in no interaction.
        """
        if self._known(source) not in self.sources:
            return self.part(source), self.part(source)
        orders = itertools.permutations(self.sources)
        steps = [self.increments(*order)[source] for order in orders]
        return _at(steps, np.argmin), _at(steps, np.argmax)

    @property
    def converged(self) -> bool:
        """Whether all oracles have converged, by their certificates."""
        return all(each.met for each in self.certificates.values())

    def to_xarray(self, **coordinates):
        """The Shapley parts, the floor and the total, along the coordinate `part`.

        `least` and `largest` are the ends of the order ranges, with errors.

        Args:
            **coordinates: name and entries of the axis of t, such as `generation=[1, 5]`; the
                generations of the decomposition unless given.
        """
        import xarray as xr

        if not coordinates and self.t is not None and self.t.ndim == 1:
            coordinates = {"generation": self.t}
        parts = {source: self.part(source) for source in self.sources}
        parts |= {"floor": self.floor, "total": self.total}
        each = []
        for name, found in parts.items():
            ends = self.order_range(name) if name in self.sources else (found, found)
            stored = found.to_xarray(**coordinates)
            for end, estimate in zip(("least", "largest"), ends, strict=True):
                stored[end] = stored["value"].copy(data=estimate.value)
                stored[f"{end}_error"] = stored["value"].copy(data=estimate.error)
            each.append(stored)
        stacked = xr.concat(each, dim="part").assign_coords(part=list(parts))
        return stacked.assign_attrs(kind=self.kind, quantity=self.quantity)

    def to_pandas(self, **coordinates):
        """The same as a `pandas.DataFrame`, one row per part and t."""
        return self.to_xarray(**coordinates).to_dataframe()

    def plot(self, figure=None):
        """Draw the parts over the generations, and bars of the last one with their order ranges.

        Args:
            figure: a Matplotlib figure to draw in; a new one unless given.

        Returns:
            The Matplotlib figure.
        """
        from .drawing import drawn

        return drawn(self, figure)

    @property
    def _nothing(self) -> Estimate:
        """The part of a source that the family lacks: exactly zero."""
        values = self.values[frozenset(self.sources)]
        return _undrawn(np.zeros(values.shape[1:]))

    def _steps(self, order):
        on: Combination = frozenset()
        for source in order:
            yield source, {on | {source}: 1.0, on: -1.0}
            on |= {source}

    def _known(self, source):
        names = dict.fromkeys((*self.sources, *self.certificates))
        if source not in names:
            raise ValueError(f"source must be one of {', '.join(names)}, got {source!r}")
        return source

    def _sum(self, signed: Signed) -> Estimate:
        """The estimate of a signed sum of values; what limits may be off by adds to its error."""
        values = self._of_replicas(signed)
        drawn = not signed.keys() <= self.exact
        found = estimate_of(values) if drawn else _undrawn(values[0])
        error = np.hypot(found.error, self._limits(signed))
        return Estimate(found.value, error, found.replicas, found.skewness)

    def _of_replicas(self, signed: Signed) -> np.ndarray:
        return np.asarray(sum(sign * self.values[on] for on, sign in signed.items()))

    def _limits(self, signed: Signed) -> np.ndarray | float:
        return sum(abs(sign) * self.beyond.get(on, 0.0) for on, sign in signed.items())


def estimate_of(values: np.ndarray) -> Estimate:
    """The mean of replicas, shape (replicas, *t.shape), with its error: NaN of one replica."""
    replicas = len(values)
    spread = np.full(values.shape[1:], np.nan)
    if replicas > 1:
        spread = values.std(axis=0, ddof=1) / np.sqrt(replicas)
    skewness = skewness_of_mean(PowerSums.of(values))
    return Estimate(values.mean(axis=0), spread, replicas, skewness)


def _undrawn(value: np.ndarray) -> Estimate:
    """The estimate that a number is where nothing is drawn: it has no error."""
    zeros = np.zeros(np.shape(value))
    return Estimate(value, zeros, 0, zeros)


def _at(steps: list[Estimate], choose) -> Estimate:
    """The step that is chosen at every entry, with the error that it has."""
    which = np.asarray(choose([step.value for step in steps], axis=0))
    picked = []
    for name in ("value", "error", "skewness"):
        arrays = np.stack([np.asarray(getattr(step, name), float) for step in steps])
        picked.append(np.take_along_axis(arrays, which[None], axis=0)[0])
    return Estimate(picked[0], picked[1], max(each.replicas for each in steps), picked[2])


def subsets(sources) -> list[Combination]:
    """All combinations of sources, the smaller ones first."""
    names = tuple(sources)
    sizes = range(len(names) + 1)
    return [frozenset(chosen) for size in sizes for chosen in itertools.combinations(names, size)]
