"""Points of the space that a claim is about: drawn at random, and made simpler while the claim
stays contradicted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from ..recursion import Recursion
from ..space.answers import RememberedAnswers
from ..space.recursions import recursion_by_answers
from .claims import Claim


@dataclass
class Point:
    """A configuration and a generation, with the answers that made them."""

    recursion: Recursion
    arguments: dict[str, Any]
    t: int
    answers: RememberedAnswers


def points_of(claim: Claim, key, configurations: int) -> Iterator[Point]:
    """Random configurations in which all families and workflows take turns; those outside the
    hypotheses are passed over.
    """
    rng = np.random.default_rng(np.asarray(jax.random.key_data(key)).ravel().tolist())
    families, workflows = claim.families, claim.workflows
    for index in range(configurations):
        turn = {
            "family": families[index % len(families)],
            "workflow": workflows[(index // len(families) + index) % len(workflows)],
        }
        for _ in range(20):
            point = point_at(claim, RememberedAnswers(turn | {"t": claim.generations}, rng))
            if point is not None:
                yield point
                break


def point_at(claim: Claim, answers: RememberedAnswers) -> Point | None:
    """The configuration that answers describe, or None where the claim says nothing or is no
    number.
    """
    t = answers.integer("t", 1, claim.generations)
    try:
        recursion, arguments = recursion_by_answers(
            answers, claim.families, claim.workflows, claim.generations
        )
    except ValueError:
        return None
    if not claim.speaks_of(recursion) or not np.all(
        np.isfinite(claim.values(recursion, np.array([t])))
    ):
        return None
    return Point(recursion, arguments, t, answers)


def times_up_to(last: int) -> np.ndarray:
    """Generations at which a configuration is looked at: 1, 2, 4, … and the last."""
    return np.unique(np.append(2 ** np.arange(int(np.log2(last)) + 1), last))


def shrunk(claim: Claim, start: Point, t: int, contradicts, steps: int) -> list[Point]:
    """Make one answer simpler after another while the claim stays contradicted, sizes first; every
    point on the way.
    """
    first = point_at(claim, RememberedAnswers(start.answers.values() | {"t": t}))
    path, refused, left = [start if first is None else first], set(), steps
    while left > 0:
        for candidate in path[-1].answers.simpler():
            point = point_at(claim, RememberedAnswers(candidate))
            if point is None or (mark := repr(point.answers.values())) in refused:
                continue
            left -= 1
            if contradicts(point):
                path.append(point)
                break
            refused.add(mark)
            if left <= 0:
                break
        else:
            break
    return path
