"""All combinations of sources of error: the recursions in which some of them are switched off."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import equinox as eqx

from ..metrics import Metric
from ..recursion import Recursion
from .oracles import Oracle, larger
from .runs import Run


@dataclass(frozen=True)
class Combinations:
    """What is run for a decomposition.

    Args:
        recursion: the configuration.
        oracles: those of the sources that the family has.
        kind: "recursive" or "one-shot".
        graded: sources for which the gradient that fits leave is measured, where they are off.
    """

    recursion: Recursion
    oracles: Mapping[str, Oracle]
    kind: str
    graded: frozenset[str] = frozenset()

    def changed(self, on, weaker: str | None = None) -> Recursion:
        """The recursion in which only the sources `on` are left, one switched off more weakly."""
        recursion = self.recursion
        for source, oracle in self.oracles.items():
            if source not in on:
                change = oracle.weaker if source == weaker else oracle.change
                recursion = recursion if change is None else change(recursion)
        return recursion

    def runs(
        self, on, metric: Metric, times: tuple[int, ...], weaker: str | None = None
    ) -> list[tuple[int, Run]]:
        """The runs of one combination by the factor of their sample sizes; 1 without a ladder."""
        changed = self.changed(on, weaker)
        off = [oracle for source, oracle in self.oracles.items() if source not in on]
        base = self.recursion if self.kind == "one-shot" else None
        carrier = next((each.carrier for each in off if each.carrier != "auto"), "auto")
        ladder = next((each.ladder for each in off if each.ladder), (1,))
        return [(f, Run(larger(changed, f), metric, times, 1, carrier, base)) for f in ladder]

    def check(self) -> None:
        """Raise a `ValueError` that names two oracles that do not commute."""
        for one, other in itertools.combinations(self.oracles.values(), 2):
            there = other.change(one.change(self.recursion))
            back = one.change(other.change(self.recursion))
            if not eqx.tree_equal(there, back):
                raise ValueError(
                    f"oracles must commute: {one.source!r} and {other.source!r} give different "
                    "recursions in different orders"
                )


def with_sources(recursion: Recursion, oracles: Mapping[str, Oracle], on) -> Recursion:
    """The recursion in which only the sources `on` are left."""
    return Combinations(recursion, oracles, "recursive").changed(on)
