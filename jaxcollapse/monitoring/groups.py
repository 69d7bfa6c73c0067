"""Evidence by group, and the groups that are found at a false discovery rate."""

import math
from collections.abc import Hashable

import numpy as np

from ..arguments import check_all, check_numbers, checked
from .evidence import LEVEL, first_crossings
from .ranks import Evidence
from .streams import Stream


def mean_of(evidence: dict[str, Evidence]) -> Evidence:
    """The mean of e-processes, with the beginning that the strongest of them says."""
    nats, since = (np.stack(each) for each in zip(*evidence.values(), strict=True))
    mean = np.logaddexp.reduce(nats, axis=0) - math.log(len(nats))
    return Evidence(mean, np.take_along_axis(since, nats.argmax(axis=0)[None], 0)[0])


def group_evidence(stream: Stream, signs, rng) -> dict[Hashable, Evidence]:
    """Evidence of all signs together on the rows of every group of the reference.

    A group without rows in a generation adds no evidence there.
    """
    found = {}
    for name in sorted({*stream.groups[0]}, key=str) if stream.groups else []:
        rows = stream.of_group(name)
        found[name] = mean_of({of: each(rows, rng) for of, each in signs.items()})
    return found


def discoveries_of(groups: dict[Hashable, Evidence], alpha: float) -> dict[Hashable, float]:
    """The generation at which e-BH finds each group."""
    nats = [each.nats for each in groups.values()]
    return dict(zip(groups, discoveries(nats, alpha), strict=True))


def _check_evidence(name: str, evidence) -> None:
    check_all(name, evidence, np.ndarray, list)
    for each in evidence:
        check_numbers(f"an entry of {name}", each)


@checked(evidence=_check_evidence, alpha=LEVEL)
def discoveries(evidence, alpha: float) -> list[float]:
    """Return the generation at which e-BH first finds each of several e-processes.

    At a level alpha it finds the k largest e-values where the k-th is at least (number of them) /
    (k alpha). It is infinite for one that is never found.
    """
    if not len(evidence):
        return []
    nats = np.stack([np.asarray(each, float) for each in evidence])
    count = len(nats)
    order = -np.sort(-nats, axis=0)
    levels = np.log(count / (alpha * np.arange(1, count + 1)))[:, None]
    passed = order >= levels
    most = np.where(passed.any(axis=0), count - np.argmax(passed[::-1], axis=0), 0)
    edge = np.where(
        most > 0, np.take_along_axis(order, np.maximum(most - 1, 0)[None], 0)[0], np.inf
    )
    return [float(each) for each in first_crossings(nats - edge, 0.0)]
