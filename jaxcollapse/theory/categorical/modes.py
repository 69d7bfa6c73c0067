r"""Modes and tail of a categorical model: the share that is left of its common and of its rare
types.

Rare are types of true probability below `RARE`. Survival of a type depends on its own probability
alone: by duality with the ancestors of a fit under replacement, and on fit 1 wherever that is kept.
"""

import numpy as np

from ...numerics import coalescent
from ..notes import holds, rival, source
from ..registry import law
from ..subjects import Accumulate, Anchor, Categorical, E, Metric, Replace, types_left

RARE = 0.05
modes_left = types_left(RARE, 1.0)
tail_left = types_left(0.0, RARE)


def _survival(concerned, at, t, p):
    """Mean chance of the types concerned to be left, `at(p)` from fit 1 on."""
    chosen = np.asarray(p)[concerned(np.asarray(p))]
    if not len(chosen):
        raise ValueError("no category of p is of this kind")
    return np.where(np.asarray(t) > 0, at(chosen) / len(chosen), 1.0)


def _seen(n):
    return lambda chosen: np.sum(-np.expm1(n * np.log1p(-chosen)))


def _register(name: str, what: Metric, concerned) -> None:
    """The laws of one kind of types under the three workflows in which types never come back."""

    @law(f"categorical-replace-{name}", Categorical, Replace, E(what), host=True)
    @source("derived", "kingman1982", tag="WF-NCAT")
    @rival("n - 1", n=lambda n: n - 1)
    @rival("kept", lambda xp, n, t, p: kept_left(xp, n, t, p))
    def replace_left(xp, n, t, p):
        r"""Types are lost for good: a share of $1-\frac1{|C|}\sum_{i\in C}E(1-p_i)^{A_t}$ is left,
        $A_t$ the ancestors of fit t.
        """
        return _survival(concerned, lambda chosen: coalescent.expected_support(n, t, chosen), t, p)

    def kept_left(xp, n, t, p):
        return _survival(concerned, _seen(n), t, p)

    @law(f"categorical-accumulate-{name}", Categorical, Accumulate, E(what), host=True)
    @source("derived", tag="ACC-SUPPORT")
    @holds(when=lambda r: r.real is None)
    @rival("replace", replace_left)
    def accumulate_left(xp, n, t, p):
        r"""What fit 1 saw stays: a share of $1-\frac1{|C|}\sum_{i\in C}(1-p_i)^n$ is left whatever
        t.
        """
        return kept_left(xp, n, t, p)

    @law(f"categorical-anchor-{name}", Categorical, Anchor, E(what), host=True)
    @source("derived", tag="ACC-SUPPORT")
    @rival("n for N", lambda xp, n, t, p: kept_left(xp, n, t, p))
    def anchor_left(xp, real, t, p):
        r"""What N kept real observations hold stays: a share of
        $1-\frac1{|C|}\sum_{i\in C}(1-p_i)^N$ is left whatever t.
        """
        return kept_left(xp, real, t, p)


_register("modes-left", modes_left, lambda p: p >= RARE)
_register("tail-left", tail_left, lambda p: p < RARE)
