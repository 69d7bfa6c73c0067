"""Carriers for replacement alone, where a generation is a step of a Markov chain whose kernel is
known in closed form.

The chain can be run step by step from tables, or as its skeleton: only the recorded generations,
from the kernel's power.
"""

from functools import singledispatch

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Num

from ...decoding import Faithful
from ...domains import is_concrete
from ...evidence import Sums
from ...families import Bernoulli, Categorical
from ...families.base import as_float
from ...recursion import Recursion
from ...sampling import AliasTable, alias_table, binomial_of_seed, founder_counts
from ...sampling.alias import step
from ...sampling.labels import listed
from ...workflows import Replace
from .base import AbstractCarrier, capacity_of
from .statistics import Statistics

TABULATED = 512
_FAMILIES = 1 << 17


class CountParams(eqx.Module):
    """A share kept as a count of n observations."""

    count: Int[Array, ""]
    n: Num[Array, ""]

    @property
    def mean(self):
        return self.count / self.n


class TwoTypes(AbstractCarrier):
    """Two categories by alias tables: of one generation, and of `leap.steps` of them."""

    table: AliasTable
    leap_table: AliasTable | None

    @property
    def least_lanes(self):
        return 1 << 14 if self.leaps else 1

    @property
    def leaps(self):
        return self.leap_table is not None

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

    def leap(self, params, source):
        return CountParams(step(self.leap_table, params.count, source.blocks(1)[0][0]), params.n)


class Lineages(Statistics):
    """Categories by the founders of a recorded generation among the one recorded before it."""

    steps: Int[Array, ""]
    size: int = eqx.field(static=True)

    @property
    def least_lanes(self):
        return max(1, min(128, _FAMILIES // self.size))

    @property
    def leaps(self):
        return True

    def leap(self, params, source):
        values = params.sample.values
        founders = founder_counts(source.key, self.size, self.steps, values.shape[0])
        copied = values[listed(founders, values.shape[0])]
        return self.family.estimate(
            eqx.tree_at(lambda sample: sample.values, params.sample, copied)
        )


@singledispatch
def stepped(family, n: int):
    """The carrier that steps a family by tables under replacement with n observations, or None."""
    return None


@stepped.register
def _(family: Bernoulli, n):
    return TwoTypes(alias_table(n), None) if n <= TABULATED else None


@singledispatch
def skeleton(family, n: int, capacity: int, steps: int):
    """The carrier that draws every `steps`-th generation of a family under replacement with n
    observations.
    """
    raise ValueError(
        f"carrier 'skeleton' knows no kernel of several generations for {type(family).__name__}"
    )


@skeleton.register
def _(family: Bernoulli, n, capacity, steps):
    return TwoTypes(alias_table(n), alias_table(n, steps))


@skeleton.register
def _(family: Categorical, n, capacity, steps):
    return Lineages(family, capacity, False, np.int32(steps), n)


def _is_chain(recursion: Recursion) -> bool:
    """Whether generations are steps of one Markov chain: replacement by samples of one known
    size.
    """
    faithful = isinstance(recursion.decoding, Faithful) and not recursion.selection.selects
    plain = isinstance(recursion.workflow, Replace) and faithful and recursion.real is None
    return plain and is_concrete(recursion.n) and np.ndim(recursion.n) == 0


def _skeleton(recursion: Recursion, stops) -> AbstractCarrier:
    gaps = np.unique(np.diff(stops)) if stops is not None else []
    if len(gaps) != 1:
        raise ValueError(
            "carrier 'skeleton' needs `at` to hold two or more equally spaced generations"
        )
    if not _is_chain(recursion):
        raise ValueError(
            "carrier 'skeleton' needs Replace, one concrete n, no selection and no `real`"
        )
    return skeleton(recursion.family, int(recursion.n), capacity_of(recursion), int(gaps[0]))
