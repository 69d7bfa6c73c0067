"""Evidence by group, and the groups that are found at a false discovery rate."""

import math
from collections.abc import Hashable

import numpy as np

from ..arguments import check_all, check_numbers, checked
from .evidence import LEVEL, first_crossings
from .ranks import Evidence
from .signs import chosen_signs
from .streams import Stream


def mean_of(evidence: dict[str, Evidence]) -> Evidence:
    """The mean of e-processes, with the beginning that the strongest of them says."""
    nats, since = (np.stack(each) for each in zip(*evidence.values(), strict=True))
    mean = np.logaddexp.reduce(nats, axis=0) - math.log(len(nats))
    return Evidence(mean, np.take_along_axis(since, nats.argmax(axis=0)[None], 0)[0])


def group_evidence(stream: Stream, names, alpha: float, rng) -> dict[Hashable, Evidence]:
    """Evidence of all signs of these names together on the rows of every group of the reference.

    A group without rows in a generation adds no evidence there. Signs that take a level have the
    part of alpha at which e-BH finds a group alone.
    """
    groups = sorted({*stream.groups[0]}, key=str) if stream.groups else []
    signs = chosen_signs(stream, names, alpha / max(1, len(groups)))
    return {
        group: mean_of({name: each(rows, rng) for name, each in signs.items()})
        for group, rows in ((group, stream.of_group(group)) for group in groups)
    }


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
    # As a test at a part of alpha writes its level, so that the two are equal.
    levels = -np.log(alpha * np.arange(1, count + 1) / count)[:, None]
    passed = order >= levels
    most = np.where(passed.any(axis=0), count - np.argmax(passed[::-1], axis=0), 0)
    edge = np.where(
        most > 0, np.take_along_axis(order, np.maximum(most - 1, 0)[None], 0)[0], np.inf
    )
    return [float(each) for each in first_crossings(nats - edge, 0.0)]
