r"""Oracles: what switches a source of error off, and what certifies that nothing of it is left.

* statistical: infinitely many observations of the previous model, or a ladder of sample sizes;
* expressivity: a class that contains the source and all previous models;
* approximation: an optimizer that is run to its end.

A family that lacks a source says why. `expressivity_of` and `approximation_of` know it by the type
of the family; register a function there for a family of your own.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import numpy as np

from ..engine.carriers.choice import carrier_for
from ..families import (
    AbstractFamily,
    DampedCategorical,
    DampedGaussian,
    FixedBandwidth,
    KernelDensity,
    Labeled,
    LogisticRegression,
    NGram,
)
from ..families.base import AbstractExponentialFamily
from ..recursion import Recursion

SOURCES = ("statistical", "expressivity", "approximation")
LADDER = (1, 4, 16)

Change = Callable[[Recursion], Recursion]


def _unchanged(recursion: Recursion) -> Recursion:
    return recursion


@dataclass(frozen=True)
class Oracle:
    """What switches one source of error off.

    Args:
        source: name of the source.
        how: how it is switched off, a sentence.
        why: why nothing of the source is left, a sentence.
        change: a function from recursions to recursions; oracles of one recursion commute.
        carrier: the carrier that the changed recursion needs, "auto" for any.
        weaker: a change that does less; what it leaves is measured, and bounds what is left.
        ladder: factors of the sample sizes from which the limit is extrapolated; none unless given.
        gradient: whether the gradient that fits leave is measured, where one is known.
    """

    source: str
    how: str
    why: str = "by construction"
    change: Change = _unchanged
    carrier: str = "auto"
    weaker: Change | None = None
    ladder: tuple[int, ...] = ()
    gradient: bool = False


@dataclass(frozen=True)
class Absent:
    """A source of error that a family lacks: its part is exactly zero.

    `gradient` says that this is checked by the gradient that fits leave.
    """

    source: str
    why: str
    gradient: bool = False


def oracles_of(recursion: Recursion, kind: str = "recursive") -> dict[str, Oracle | Absent]:
    """What switches each of the three sources of error of a recursion off, by source.

    Interventions of the kind "one-shot" pool with data of the ordinary run, so that unlimited data
    are expected statistics or a ladder of sample sizes, never weighted points.

    Example:
        >>> import jaxcollapse as jc
        >>> r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(), n=10)
        >>> from jaxcollapse.analysis.oracles import oracles_of
        >>> oracles_of(r)["approximation"].why
        'the fit has a closed form'
    """
    # They register what they know of their families, and import this module.
    from . import normal_oracles as normal_oracles
    from . import regression_oracles as regression_oracles

    if "jaxcollapse.nets" in sys.modules:
        # Nets need flax, so their oracles are known once a net can be there.
        from . import net_oracles

        net_oracles.check_parts(recursion.family)
    family = recursion.family
    functions = statistical_of, expressivity_of, approximation_of
    each = (function(family, recursion) for function in functions)
    found: dict[str, Oracle | Absent] = dict(zip(SOURCES, each, strict=True))
    limit = found["statistical"]
    by_points = isinstance(limit, Oracle) and limit.carrier != "auto"
    if kind == "one-shot" and by_points and not isinstance(family, AbstractExponentialFamily):
        found["statistical"] = on_a_ladder()
    return found


@singledispatch
def statistical_of(family: AbstractFamily, recursion: Recursion) -> Oracle | Absent:
    """The oracle of unlimited data: expected statistics where they are known, else a ladder."""
    if has_limit(recursion):
        return Oracle(
            "statistical",
            "every fit sees the exact law of the previous model",
            "expected statistics or weighted points take the place of samples",
            carrier="population",
        )
    return on_a_ladder()


def on_a_ladder() -> Oracle:
    """The oracle that extrapolates to unlimited data from a ladder of sample sizes."""
    return Oracle(
        "statistical",
        f"sample sizes times {', '.join(map(str, LADDER))}, extrapolated in 1/n",
        "the two extrapolations from neighboring sizes agree",
        ladder=LADDER,
    )


def has_limit(recursion: Recursion) -> bool:
    """Whether the recursion runs on infinitely many data."""
    try:
        carrier_for(recursion, 2, "population")
    except ValueError:
        return False
    return True


def larger(recursion: Recursion, factor: int) -> Recursion:
    """The recursion with all of its sample sizes times a factor."""
    if factor == 1:
        return recursion
    sizes = {
        name: factor * np.asarray(size)
        for name in ("n", "real", "fresh")
        if (size := getattr(recursion, name)) is not None
    }
    return replace(recursion, **sizes)


def with_family(recursion: Recursion, **fields: Any) -> Recursion:
    """The recursion whose family has other values of some fields."""
    return replace(recursion, family=replace(recursion.family, **fields))


@singledispatch
def expressivity_of(family: AbstractFamily, recursion: Recursion) -> Oracle | Absent:
    """The oracle of a class that contains the source and all previous models."""
    return Absent("expressivity", "the truth is a member of the family")


@singledispatch
def approximation_of(family: AbstractFamily, recursion: Recursion) -> Oracle | Absent:
    """The oracle of an optimizer that is run to its end."""
    return Absent("approximation", "the fit has a closed form")


@expressivity_of.register
def _(family: DampedCategorical, recursion):
    if family.support is None or not np.any(np.asarray(recursion.truth.weights)[_outside(family)]):
        return Absent("expressivity", "the support holds all categories of the truth")
    return Oracle(
        "expressivity",
        "the support is that of all categories",
        "every law on the categories is in the class",
        lambda r: with_family(r, support=None),
    )


def _outside(family: DampedCategorical):
    return np.asarray(family.support) == 0


@approximation_of.register(DampedGaussian)
@approximation_of.register(DampedCategorical)
def _(family, recursion):
    return Oracle(
        "approximation",
        "a fit goes all the way to the data, at rate 1",
        "the estimate has a closed form",
        lambda r: with_family(r, rate=1.0),
    )


@expressivity_of.register
def _(family: NGram, recursion):
    order = truth_order(recursion.truth)
    if order <= family.order:
        return Absent("expressivity", "the truth has the order of the family")
    return Oracle(
        "expressivity",
        f"n-grams of the order of the truth, {order}",
        "the truth and all fits are chains of this order",
        lambda r: with_family(r, order=order),
    )


def truth_order(params) -> int:
    """The order of an n-gram model: its contexts are words of one symbol less."""
    contexts, symbols = np.shape(params.weights)
    return 1 + round(np.log(contexts) / np.log(symbols))


@expressivity_of.register
def _(family: KernelDensity, recursion):
    if isinstance(family.bandwidth, FixedBandwidth) and float(family.bandwidth.width) == 0:
        return Absent("expressivity", "at width zero every law is in the class")
    return Oracle(
        "expressivity",
        "kernels of width zero",
        "every law is in the class: a fit is its sample",
        lambda r: with_family(r, bandwidth=replace(FixedBandwidth(), width=0.0)),
    )


@approximation_of.register
def _(family: LogisticRegression, recursion):
    return Absent(
        "approximation",
        "the likelihood is concave, and Newton's method runs to its maximum",
        gradient=True,
    )


@expressivity_of.register
def _(family: Labeled, recursion):
    return Absent("expressivity", "generator and classifier have a cell for every group and label")
