"""Carriers for replacement alone, where a generation is a step of a known Markov chain.

The chain is run step by step from tables, or as its skeleton: only the recorded generations are
drawn, from a power of the kernel. A skeleton has the law of the chain, not its bits.
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Num

from ...decoding import Faithful
from ...domains import is_concrete
from ...evidence import Sums
from ...families import Bernoulli, Categorical
from ...families.base import as_float
from ...families.categorical import CategoricalParams, EmpiricalParams
from ...recursion import Recursion
from ...sampling import AliasTable, alias_table, binomial_of_seed, founder_counts
from ...sampling.alias import LARGEST, step
from ...sampling.labels import listed, tally
from ...workflows import Replace
from .base import AbstractCarrier, capacity_of
from .statistics import Statistics

# A table takes half a megabyte at n = 512, and all of a second cache of 1 MB at n = 1,024.
TABULATED = 512
_FAMILIES = 1 << 17
_MOST_FOUNDERS = 1 << 20


class CountParams(eqx.Module):
    """A share kept as a count of n observations."""

    count: Int[Array, ""]
    n: Num[Array, ""]

    @property
    def mean(self):
        return self.count / self.n


class TwoTypes(AbstractCarrier):
    """Two categories, stepped by an alias table of one generation."""

    name: ClassVar[str] = "statistics"
    families: ClassVar[type] = Bernoulli

    table: AliasTable

    @classmethod
    def why_not(cls, recursion, stops):
        objection = super().why_not(recursion, stops) or _not_a_chain(cls.name, recursion)
        if objection is None and int(recursion.n) > TABULATED:
            return f"carrier {cls.name!r} tabulates a generation up to n = {TABULATED}"
        return objection

    @classmethod
    def of(cls, recursion, generations, stops):
        return cls(alias_table(int(recursion.n)))

    def empty(self, params):
        return ()

    def draw(self, store, ahead, source, selection, params, n, index):
        if isinstance(params, CountParams):
            count = step(self.table, params.count, source.blocks(1)[0][0])
        else:
            count = binomial_of_seed(source.seed, n, params.mean)
        return Sums(jnp.asarray(n, jnp.int32), count), store

    def learn(self, store, keys, selection, evidence, init, n):
        return CountParams(evidence.total, as_float(evidence.count)), store


class TwoTypesSkeleton(TwoTypes):
    """Two categories, stepped to the first recorded generation and then from each to the next."""

    name: ClassVar[str] = "skeleton"

    leap_table: AliasTable

    @classmethod
    def why_not(cls, recursion, stops):
        return _no_skeleton(cls, recursion, stops, LARGEST)

    @classmethod
    def of(cls, recursion, generations, stops):
        n = int(recursion.n)
        return cls(alias_table(n), alias_table(n, _gap(stops)))

    @property
    def least_lanes(self):
        # A leap is bound by the number of its kernels, not by the size of a tile.
        return 1 << 14

    @property
    def leaps(self):
        return True

    def leap(self, params, source):
        return CountParams(step(self.leap_table, params.count, source.blocks(1)[0][0]), params.n)


class Lineages(Statistics):
    """Categories, by the founders of each recorded generation among the one recorded before it."""

    name: ClassVar[str] = "skeleton"
    families: ClassVar[type] = Categorical

    steps: Int[Array | np.generic, ""]
    size: int = eqx.field(static=True)

    @classmethod
    def why_not(cls, recursion, stops):
        return _no_skeleton(cls, recursion, stops, _MOST_FOUNDERS)

    @classmethod
    def of(cls, recursion, generations, stops):
        gap = np.int32(_gap(stops))
        return cls(recursion.family, capacity_of(recursion), False, gap, int(recursion.n))

    @property
    def least_lanes(self):
        # A leap is n - 1 coalescences, one small kernel after the other.
        return max(1, min(128, _FAMILIES // self.size))

    @property
    def leaps(self):
        return True

    def leap(self, params, source):
        if isinstance(params, EmpiricalParams):
            values = params.sample.values
            copied = self._copied(values, source)
            sample = eqx.tree_at(lambda sample: sample.values, params.sample, copied)
            return self.family.estimate(sample)
        # Few categories for the sample size: the fit is counts, and the order of a sample that has
        # them does not matter, since founders are exchangeable.
        counts = params.weights.astype(jnp.int32)
        copied = self._copied(listed(counts, self.size), source)
        counts = tally(copied, self.size, counts.shape[0]).astype(params.weights.dtype)
        return CategoricalParams(counts, params.total)

    def _copied(self, values, source):
        """The values of a sample several generations later: a copy of its founder's for each."""
        founders = founder_counts(source.key, self.size, self.steps, values.shape[0])
        return values[listed(founders, values.shape[0])]


def _not_a_chain(name: str, recursion: Recursion) -> str | None:
    """Why generations are not steps of one Markov chain: replacement by samples of one size."""
    faithful = isinstance(recursion.decoding, Faithful) and not recursion.selection.selects
    plain = isinstance(recursion.workflow, Replace) and faithful and recursion.real is None
    if plain and is_concrete(recursion.n) and np.ndim(recursion.n) == 0:
        return None
    return f"carrier {name!r} needs Replace, one concrete n, no selection or decoding and no `real`"


def _no_skeleton(
    carrier: type[AbstractCarrier], recursion: Recursion, stops, most: int
) -> str | None:
    """Why the recursion has no skeleton at the stops, from a kernel for samples up to `most`."""
    name, family = carrier.name, type(recursion.family).__name__
    if not isinstance(recursion.family, carrier.families):
        return f"carrier {name!r} does not carry {family}"
    if stops is None or len(np.unique(np.diff(stops))) != 1:
        return f"carrier {name!r} needs `at` to hold two or more equally spaced generations"
    objection = _not_a_chain(name, recursion)
    if objection is None and int(recursion.n) > most:
        return f"carrier {name!r} needs n of at most {most} for {family}, got {int(recursion.n)}"
    return objection


def _gap(stops) -> int:
    """Generations from one stop to the next, which are equally spaced."""
    return int(stops[1] - stops[0])
