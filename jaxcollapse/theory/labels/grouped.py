r"""Labels of groups under replacement: how fast they forget the truth, where they are absorbed.

A group is a chain of the labels of its two true classes; without errors it ends with one label, so
that G groups have $2^G$ absorbing labelings. Groups are independent.
"""

import numpy as np

from ...domains import POSITIVE
from ...numerics import two_blocks
from ..kinds import Asymptotic
from ..notes import holds, rival, source, tried
from ..registry import law, series
from ..subjects import E, GroupedLabels, Recursion, Replace, informedness, selection_rate
from .noise import FLIP

SOURCES = ("derived", "wyllie2024")
GROUPS = (0, 1)
LABELER = {"retention": POSITIVE, "up": FLIP, "down": FLIP}
WHOLE = {"blocks that sum to one": lambda blocks: abs(np.sum(blocks) - 1) < 1e-5}


def neutral(recursion) -> bool:
    """Whether both labels are retained alike."""
    return bool(np.all(np.asarray(recursion.family.retention) == 1))


def without_errors(recursion) -> bool:
    """Whether no label changes by error."""
    family = recursion.family
    return not (np.any(np.asarray(family.up)) or np.any(np.asarray(family.down)))


def remembering(recursion) -> bool:
    """Whether labels are retained block by block, without errors and without forgetting."""
    return without_errors(recursion) and not np.any(np.asarray(recursion.family.forgetting))


def _configuration(n, groups, base, true_positive, false_positive, labeler):
    """Groups under replacement: the first, and others that are like the second."""
    family = GroupedLabels(**labeler)
    many = lambda first, other: [first, *[other] * (groups - 1)]
    truth = family.params(
        many(0.6, 0.4 / (groups - 1)),
        base_rates=many(*base),
        true_positive_rates=many(*true_positive),
        false_positive_rates=many(*false_positive),
    )
    # Twice the items for four groups, and so on, so that none is empty.
    return Recursion(family, Replace(), truth=truth, n=n * groups // 2)


def trial(n=12, generations=6, groups=2, **labeler):
    """A configuration of two groups or more, of which the first is the largest."""
    rates = (0.6, 0.3), (0.9, 0.8), (0.1, 0.05)
    return _configuration(n, groups, *rates, labeler), generations


def small_trial(n=6, generations=6, groups=2, **labeler):
    """A configuration in which every labeling is met soon."""
    rates = (0.5, 0.4), (0.7, 0.75), (0.35, 0.3)
    return _configuration(n, groups, *rates, labeler), generations


FORGETFUL = trial(forgetting=0.2, up=0.05, down=0.1)
UNEQUAL = trial(forgetting=[0.3, 0.1], up=[0.02, 0.0], down=[0.0, 0.1])


def trials_of(group):
    """Configurations that have a group, in which both labels are retained alike."""
    if group < 2:
        return FORGETFUL, UNEQUAL
    return (trial(groups=group + 1, forgetting=0.2, up=0.05, down=0.1),)


def _of(value, group):
    """The number of a group, where one is given for each or for all."""
    return np.broadcast_to(np.asarray(value, float), (max(np.size(value), group + 1),))[group]


def chains(n, blocks, rates, forgetting, retention, up, down):
    """The chain of the labels of every group."""
    sizes = two_blocks.block_sizes(n, blocks)
    labeler = (forgetting, retention, up, down)
    return [
        two_blocks.TwoBlocks(
            tuple(map(int, sizes[g])),
            tuple(map(float, blocks[g])),
            tuple(map(float, rates[g])),
            *(float(_of(each, g)) for each in labeler),
        )
        for g in range(len(blocks))
    ]


def _forgetting_of(group):
    neutral_trials = trials_of(group)

    @law(
        f"grouped-labels-replace-informedness-{group}",
        GroupedLabels,
        Replace,
        E(informedness(group)),
        host=True,
    )
    @source(*SOURCES, tag="F8")
    @holds(when=neutral, assuming=WHOLE, where=LABELER)
    @tried(*neutral_trials)
    @rival("errors alone", forgetting=0.0)
    @rival(
        "no way back", lambda xp, t, rates, down: _gap(rates, group) * (1 - _of(down, group)) ** t
    )
    def informedness_forgotten(xp, t, rates, forgetting, up, down):
        r"""The true positive rate less the false positive rate decays geometrically,
        $E J_t=\kappa^tJ_0$, $\kappa=(1-m)(1-u-d)$, whatever n is.
        """
        kappa = (1 - _of(forgetting, group)) * (1 - _of(up, group) - _of(down, group))
        return _gap(rates, group) * kappa**t

    @law(
        f"grouped-labels-replace-selection-rate-{group}",
        GroupedLabels,
        Replace,
        E(selection_rate(group)),
        host=True,
    )
    @source(*SOURCES, tag="F8")
    @holds(when=neutral, assuming=WHOLE, where=LABELER)
    @tried(*neutral_trials)
    @rival("no errors", up=0.0, down=0.0)
    @rival("errors swapped", up=lambda down: down, down=lambda up: up)
    def selection_rate_settles(xp, t, blocks, rates, up, down):
        r"""Errors alone move the selection rate of a group,
        $E S_t=s^*+(S_0-s^*)(1-u-d)^t$, $s^*=\frac u{u+d}$; forgetting does not.
        """
        first, up, down = selected(blocks, rates, group), _of(up, group), _of(down, group)
        settled = up / (up + down) if up + down > 0 else first
        return settled + (first - settled) * (1 - up - down) ** t

    return informedness_forgotten, selection_rate_settles


def _gap(rates, group):
    return rates[group][1] - rates[group][0]


def selected(blocks, rates, group):
    items = np.sum(blocks[group])
    return np.sum(np.asarray(blocks[group]) * rates[group]) / (items if items > 0 else 1.0)


def _retained_in(group):
    @law(
        f"grouped-labels-replace-retained-rate-{group}",
        GroupedLabels,
        Replace,
        E(selection_rate(group)),
        host=True,
    )
    @source("derived", tag="F2")
    @holds(assuming=WHOLE, where=LABELER)
    @tried(trial(groups=max(2, group + 1), forgetting=0.3, retention=1.4))
    @rival("no retention", retention=1.0)
    def retained(xp, n, t, blocks, rates, forgetting, retention, up, down):
        r"""The selection rate of a group is $E S_t=\sum_yb_yE s_{y,t}$ in the chain of its two
        blocks.
        """
        chain = chains(n, blocks, rates, forgetting, retention, up, down)[group]
        return chain.expected(t, lambda shares: _mean(shares, chain.weights))

    @law(
        f"grouped-labels-replace-retained-rate-{group}-limit",
        GroupedLabels,
        Replace,
        E(selection_rate(group)),
        Asymptotic("n", 1, f"grouped-labels-replace-retained-rate-{group}"),
        host=True,
    )
    @source("derived", tag="F2")
    @holds(when=remembering, assuming=WHOLE, where=LABELER)
    @tried(trial(n=10, groups=max(2, group + 1), generations=3, retention=1.3))
    def logit_moves(xp, t, blocks, rates, retention):
        r"""In large groups the log-odds of label 1 in every block move linearly,
        $\mathrm{logit}\,s_t=\mathrm{logit}\,s_0+t\log\omega$.
        """
        factor = _of(retention, group) ** np.asarray(t, float)[..., None]
        shares = np.asarray(rates[group]) * factor
        return _mean(shares / (shares + 1 - rates[group]), blocks[group])

    return retained, logit_moves


def _mean(shares, weights):
    weights = np.asarray(weights, float)
    return shares @ weights / (weights.sum() or 1.0)


@series("informedness-{}", "selection-rate-{}", listed=GROUPS)
def _of_group(group):
    _forgetting_of(group)
    _retained_in(group)
