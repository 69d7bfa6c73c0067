"""The labelings in which groups are absorbed under replacement: which, with what chance, and when.

Groups are independent, so every chance is a product over the chains of their labels.
"""

import numpy as np

from ...domains import Integer
from ...numerics import two_blocks
from ..kinds import Asymptotic
from ..notes import holds, proof, rival, source, tried
from ..proofs import Enumeration
from ..registry import law, series
from ..subjects import GroupedLabels, HittingTime, P, Replace, labeled_as, labeling_absorbed
from .grouped import (
    LABELER,
    SOURCES,
    WHOLE,
    chains,
    neutral,
    selected,
    small_trial,
    trial,
    without_errors,
)

LABELINGS = (0, 1, 2, 3)
SEVERAL = {**WHOLE, "two groups or more": lambda blocks: len(blocks) > 1}
MIXING = {"forgetting > 0": lambda forgetting: np.all(forgetting > 0)}
FAITHFUL = {"no errors": lambda up, down: np.all(up == 0) & np.all(down == 0)}
SMALL = small_trial(forgetting=0.3), small_trial(forgetting=0.3, retention=1.4)


def settling(recursion) -> bool:
    """Whether groups are absorbed, in proportion to their selection rates."""
    forgotten = bool(np.all(np.asarray(recursion.family.forgetting) > 0))
    return neutral(recursion) and without_errors(recursion) and forgotten


def _groups_of(labeling):
    """The fewest groups that have a labeling, two or more."""
    return max(2, labeling.bit_length())


def _around(labeling):
    """Numbers of groups and retentions at which the chance of a labeling is tried."""
    groups = _groups_of(labeling)
    return (groups, 1.0), (groups, 1.4), (groups + 1, 1.2)


def _check_labeling(labeling, blocks):
    """Raise a `ValueError` for a labeling of more groups than there are."""
    Integer(0, 2 ** len(blocks) - 1).check_one("labeling", labeling)


@series("labeled-as-{}", listed=LABELINGS)
def _labeling_of(labeling):
    @law(
        f"grouped-labels-replace-labeling-{labeling}",
        GroupedLabels,
        Replace,
        P(labeled_as(labeling)),
        host=True,
    )
    @source(*SOURCES, tag="F8")
    @proof(Enumeration("test_labelings_of_two_groups"))
    @holds(assuming=SEVERAL, where=LABELER)
    @tried(*(small_trial(groups=g, forgetting=0.3, retention=w) for g, w in _around(labeling)))
    @rival("n + 1", n=lambda n: n + 1)
    @rival("in the end", lambda xp, blocks, rates: ended(xp, blocks, rates))
    def labeled(xp, n, t, blocks, rates, forgetting, retention, up, down):
        r"""Groups have labels $l_0,l_1,\dots$ throughout with probability
        $\prod_gP(\text{all labels of }g\text{ are }l_g)$, each from the chain of a group's two
        blocks.
        """
        _check_labeling(labeling, blocks)
        found = chains(n, blocks, rates, forgetting, retention, up, down)
        each = [chain.absorbed(t)[..., labeling >> g & 1] for g, chain in enumerate(found)]
        return np.prod(each, axis=0)

    @law(
        f"grouped-labels-replace-labeling-{labeling}-limit",
        GroupedLabels,
        Replace,
        P(labeled_as(labeling)),
        Asymptotic("t", 2, f"grouped-labels-replace-labeling-{labeling}"),
        host=True,
    )
    @source(*SOURCES, tag="F8")
    @holds(when=settling, assuming=SEVERAL, where=LABELER)
    @tried(trial(groups=_groups_of(labeling), forgetting=0.3, generations=24))
    def ended(xp, blocks, rates):
        r"""In the end every group has one label, in proportion to its selection rates:
        $\prod_gS_g^{l_g}(1-S_g)^{1-l_g}$, since $S_t$ is a martingale.
        """
        _check_labeling(labeling, blocks)
        rates_of = [selected(blocks, rates, group) for group in range(len(blocks))]
        return np.prod([s if labeling >> g & 1 else 1 - s for g, s in enumerate(rates_of)])

    return labeled, ended


@law(
    "grouped-labels-replace-labeling-absorbed",
    GroupedLabels,
    Replace,
    P(labeling_absorbed),
    host=True,
)
@source(*SOURCES, tag="F8")
@proof(Enumeration("test_labelings_of_two_groups"))
@holds(assuming=WHOLE, where=LABELER)
@tried(*SMALL)
@rival("n + 1", n=lambda n: n + 1)
def absorbed(xp, n, t, blocks, rates, forgetting, retention, up, down):
    r"""Every group has a single label with probability
    $\prod_g[P(\text{all }0)+P(\text{all }1)]$ of their chains.
    """
    found = chains(n, blocks, rates, forgetting, retention, up, down)
    return np.prod([chain.absorbed(t).sum(-1) for chain in found], axis=0)


@law(
    "grouped-labels-replace-absorption-time",
    GroupedLabels,
    Replace,
    HittingTime(labeling_absorbed),
    host=True,
)
@source(*SOURCES, tag="F8")
@holds(assuming={**WHOLE, **FAITHFUL, **MIXING}, where=LABELER)
@tried(*(small_trial(forgetting=0.3, retention=w, generations=150) for w in (1.0, 1.4)))
@rival("n + 1", n=lambda n: n + 1)
def absorption_time(xp, n, blocks, rates, forgetting, retention, up, down):
    r"""The last group has a single label after
    $\sum_{t\ge0}\left[1-\prod_gP(T_g\le t)\right]$ fits on average.
    """
    return two_blocks.last_absorption(chains(n, blocks, rates, forgetting, retention, up, down))
