"""Hidden decline: groups that are worse while all items together are not."""

import math
from collections.abc import Hashable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from .evidence import first_crossings
from .groups import discoveries_of, group_evidence
from .signs import correct, decline
from .streams import Stream

# Level of the plain test that says that the whole is worse.
WORSE = 0.01
ACCURACY = ["accuracy"]


@dataclass(frozen=True)
class HiddenDecline:
    """Groups that are worse while all items together are not.

    While it is hidden, from `since` to the generation before `until`, a plain test of two shares
    does not find the accuracy of all items below that of the reference either, at level 0.01.

    Attributes:
        groups: change of the accuracy of every group that is worse, from the reference to the
            generations in which it is hidden.
        found: generation at which each of the groups was found.
        began: likeliest generation at which each of the groups began to be worse.
        since: the first generation at which a group was found.
        until: generation at which the overall accuracy raises an alarm of its own, or infinite.
        overall: change of the accuracy of all items over the same generations.
        error: standard error of `overall`.
        group_evidence: nats that each of the groups is worse.
        overall_evidence: nats that all items together are worse, less than an alarm.
        improvement: nats that all items together are better.
    """

    groups: dict[Hashable, float]
    found: dict[Hashable, int]
    began: dict[Hashable, int]
    since: int
    until: float
    overall: float
    error: float
    group_evidence: dict[Hashable, float]
    overall_evidence: float
    improvement: float

    def to_dict(self) -> dict:
        """Plain data, for JSON: names as text, and None where the overall accuracy has no alarm."""
        plain: dict[str, Any] = asdict(self)
        plain["until"] = self.until if math.isfinite(self.until) else None
        for name in ("groups", "found", "began", "group_evidence"):
            plain[name] = {str(group): each for group, each in plain[name].items()}
        return plain


def hidden_decline_of(stream: Stream, groups, alpha, rng) -> HiddenDecline | None:
    """The hidden decline of the accuracy, given its evidence by group or None."""
    if not stream.labeled:
        return None
    groups = group_evidence(stream, ACCURACY, alpha, rng) if groups is None else groups
    by_group = discoveries_of(groups, alpha)
    found = {name: int(at) for name, at in by_group.items() if math.isfinite(at)}
    if not found:
        return None
    since, labeled = min(found.values()), stream.labeled
    right = [correct(each) for each in labeled]
    worse = decline(right[0], right[1:], rng).nats
    until = float(first_crossings(worse, -math.log(alpha)))
    end = int(min(until, len(labeled)))
    # A group that is found once the whole is, is not hidden.
    found = {name: at for name, at in found.items() if at < end}
    if not found:
        return None
    overall, error = _change(right[0], right[since:end])
    if overall < error * ndtri(WORSE):
        return None
    better = decline(1 - right[0], [1 - each for each in right[1:]], rng).nats
    changes = {}
    for name in found:
        first, *later = (one[each[2] == name] for one, each in zip(right, labeled, strict=True))
        changes[name] = _change(first, later[since - 1 : end - 1])[0]
    return HiddenDecline(
        changes,
        found,
        {name: int(groups[name].since[at]) for name, at in found.items()},
        since,
        until,
        overall,
        error,
        {name: float(groups[name].nats[end - 1]) for name in found},
        float(worse[end - 1]),
        float(better[end - 1]),
    )


def _change(first, later) -> tuple[float, float]:
    """Change of the share of right items from the reference to later generations, and its error."""
    now = np.concatenate(later)
    if not now.size:
        return math.nan, math.nan
    error = math.sqrt(first.var() / first.size + now.var() / now.size)
    return float(now.mean() - first.mean()), error
