r"""Error decomposition by intervention: the sources of an error, and their interactions.

A source of error is switched off by an oracle, a function from recursions to recursions that acts
in every generation: unlimited data end the statistical error, a class that holds the truth the
expressivity error, an optimizer run to convergence the approximation error. $v(S)$ is the expected
error with the sources S alone on. Then, as identities,

* telescoping: along any order the increments of v sum to the total less the floor $v(\emptyset)$;
* Möbius: $v(S)=\sum_{U\subseteq S}m(U)$ with interactions m;
* Shapley: the mean increment of a source over all orders, which sums to the total less the floor.

A part may be negative: a smaller class is also a regularizer.
"""

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import singledispatch
from typing import Any

import numpy as np

from ..arguments import check_is
from ..domains import Integer
from ..engine.simulate import simulate
from ..families import AbstractFamily, DampedCategorical, DampedGaussian, LinearRegression
from ..quantities.base import E
from ..quantities.estimates import Estimate, skewness_of_mean
from ..quantities.summaries import PowerSums
from ..recursion import Recursion
from ..theory import predict

UNLIMITED = 2**24 - 1
Oracle = Callable[[Recursion], Recursion]


@dataclass(frozen=True)
class Decomposition:
    r"""The error $v(S)$ for every set S of sources that are on, and its parts; each part is an
    `Estimate` over t.

    `values[S]` has shape (replicas, *t.shape); a closed form is one replica without error.
    """

    sources: tuple[str, ...]
    values: Mapping[frozenset[str], np.ndarray] = field(repr=False)

    @property
    def total(self) -> Estimate:
        """The error with every source on."""
        return _estimate(self.values[frozenset(self.sources)])

    @property
    def floor(self) -> Estimate:
        """The error that no oracle removes, with every source off."""
        return _estimate(self.values[frozenset()])

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
        to the total.
        """
        increments = [
            dict(self._increments(order))[self._known(source)]
            for order in itertools.permutations(self.sources)
        ]
        return _estimate(sum(increments) / math.factorial(len(self.sources)))

    def interaction(self, *sources: str) -> Estimate:
        """Möbius part of a set of sources, present only where all of them are on: zero for sources
        that only add.
        """
        chosen = [self._known(source) for source in sources]
        signed = (((-1) ** (len(chosen) - len(on))) * self.values[on] for on in _subsets(chosen))
        return _estimate(sum(signed))

    def increments(self, *order: str) -> dict[str, Estimate]:
        """Telescoping parts along one order, in which sources are switched on."""
        if sorted(order) != sorted(self.sources):
            raise ValueError(
                f"order must name each of {', '.join(self.sources)} once, got "
                f"{', '.join(order) or 'nothing'}"
            )
        return {source: _estimate(step) for source, step in self._increments(order)}

    def order_range(self, source: str) -> tuple[np.ndarray, np.ndarray]:
        """Least and largest increment of a source over all orders; equal where the source takes
        part in no interaction.
        """
        orders = itertools.permutations(self.sources)
        steps = np.array([self.increments(*order)[self._known(source)].value for order in orders])
        return steps.min(axis=0), steps.max(axis=0)

    def to_xarray(self, **coordinates):
        """The Shapley parts, the floor and the total, along the coordinate `part`.

        Args:
            **coordinates: name and entries of the axis of t, such as `generation=[1, 5]`.
        """
        import xarray as xr

        parts = {source: self.part(source) for source in self.sources}
        parts |= {"floor": self.floor, "total": self.total}
        each = [found.to_xarray(**coordinates) for found in parts.values()]
        return xr.concat(each, dim="part").assign_coords(part=list(parts))

    def to_pandas(self, **coordinates):
        """The same as a `pandas.DataFrame`, one row per part and t."""
        return self.to_xarray(**coordinates).to_dataframe()

    def _increments(self, order):
        on: frozenset[str] = frozenset()
        for source in order:
            yield source, self.values[on | {source}] - self.values[on]
            on |= {source}

    def _known(self, source):
        if source not in self.sources:
            raise ValueError(f"source must be one of {', '.join(self.sources)}, got {source!r}")
        return source


def decompose(
    quantity: E,
    recursion: Recursion,
    *,
    t,
    oracles: Mapping[str, Oracle] | None = None,
    key=None,
    replicas: int = 1 << 14,
) -> Decomposition:
    r"""Decompose an expected error after t fits by switching its k sources off in $2^k$ ways.

    Args:
        quantity: an expectation such as `jc.E(jc.excess_risk)`.
        recursion: the configuration, with all its sources of error on.
        t: generation or generations, at least 1.
        oracles: what switches each source off, by name, commuting; the family's unless given.
        key: a typed key; without one the closed forms of `predict` are used.
        replicas: simulated trajectories of each combination, under common random numbers.

    Raises:
        ValueError: a quantity that is not an expectation, no oracle, or t below 1.
        LookupError: no key is given and a combination has no closed form.

    Example:
        >>> import jaxcollapse as jc
        >>> features = jc.Features(2, jc.ColdDescent(3, 0.3))
        >>> family = jc.LinearRegression(estimator=features, noise=0.5)
        >>> truth = family.params([1.0, -0.5, 0.3])
        >>> r = jc.Recursion(family, jc.Replace(), truth=truth, n=12)
        >>> parts = jc.decompose(jc.E(jc.excess_risk), r, t=4)
        >>> round(float(sum(parts.part(source).value for source in parts.sources)), 4)
        1.0797
    """
    if not isinstance(quantity, E):
        raise ValueError(f"quantity must be an expectation E(metric), got {quantity}")
    check_is("recursion", recursion, Recursion)
    check_is("oracles", oracles, Mapping, type(None))
    Integer(1).check("t", t)
    known = oracles_of(recursion.family) if oracles is None else dict(oracles)
    if not known:
        raise ValueError(f"oracles must name a source of error, got none for {recursion.family}")
    parts = {on: with_sources(recursion, known, on) for on in _subsets(known)}
    errors = {on: _errors(quantity, part, t, key, replicas) for on, part in parts.items()}
    return Decomposition(tuple(known), errors)


def _errors(quantity: E, recursion: Recursion, t, key, replicas: int) -> np.ndarray:
    """Errors of shape (replicas, *t.shape): simulated, or one closed form without a key."""
    Integer(1).check("replicas", replicas)
    if key is None:
        return np.asarray(predict(quantity, recursion, t=t), float)[None]
    generations = int(np.max(t))
    run = simulate(
        key, recursion, generations=generations, replicas=replicas, observe=quantity.metric
    )
    return np.asarray(run.values(quantity.metric), float)[:, np.asarray(t)]


def with_sources(recursion: Recursion, oracles: Mapping[str, Oracle], on) -> Recursion:
    """The recursion in which only the sources `on` are left."""
    for source, oracle in oracles.items():
        recursion = recursion if source in on else oracle(recursion)
    return recursion


def unlimited_data(recursion: Recursion) -> Recursion:
    """Every sample as large as sizes go, $2^{24}-1$; for families whose shapes do not follow n."""
    sizes = {name: UNLIMITED for name in ("real", "fresh") if np.any(getattr(recursion, name))}
    return replace(recursion, n=np.full(np.shape(recursion.n), UNLIMITED), **sizes)


def every_feature(recursion: Recursion) -> Recursion:
    """The estimator of a regression on all features, a class that holds the truth."""
    return _with_estimator(recursion, _estimator(recursion).unrestricted())


def converged(recursion: Recursion) -> Recursion:
    """The estimator of a regression with its optimization run to the end."""
    return _with_estimator(recursion, _estimator(recursion).converged())


def _estimator(recursion) -> Any:
    return recursion.family.estimator


def _with_estimator(recursion, estimator):
    return replace(recursion, family=replace(recursion.family, estimator=estimator))


def undamped(recursion: Recursion) -> Recursion:
    """A damped family with fits that go all the way."""
    return replace(recursion, family=replace(recursion.family, rate=1.0))


def whole_support(recursion: Recursion) -> Recursion:
    """A categorical family on all categories."""
    return replace(recursion, family=replace(recursion.family, support=None))


@singledispatch
def oracles_of(family: AbstractFamily) -> dict[str, Oracle]:
    """What switches the sources of error of a family off; register a function for your own."""
    return {"statistical": unlimited_data}


@oracles_of.register
def _(family: LinearRegression):
    return {
        "statistical": unlimited_data,
        "expressivity": every_feature,
        "approximation": converged,
    }


@oracles_of.register
def _(family: DampedGaussian):
    return {"statistical": unlimited_data, "approximation": undamped}


@oracles_of.register
def _(family: DampedCategorical):
    return {"statistical": unlimited_data, "expressivity": whole_support, "approximation": undamped}


def _subsets(sources):
    names = tuple(sources)
    sizes = range(len(names) + 1)
    return [frozenset(chosen) for size in sizes for chosen in itertools.combinations(names, size)]


def _estimate(values) -> Estimate:
    replicas = len(values)
    spread = (
        values.std(axis=0, ddof=1) / np.sqrt(replicas)
        if replicas > 1
        else np.zeros(values.shape[1:])
    )
    skewness = skewness_of_mean(PowerSums.of(values))
    return Estimate(values.mean(axis=0), spread, replicas, skewness)
