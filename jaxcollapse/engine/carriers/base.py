"""Carriers: what evidence is made of while the loop runs. Statistics, samples, or the formal sum.

The samples carrier is the ledger beside a store of generated data: workflows weigh sources, the
store resolves them.
A generation is kept in the store only while the ledger of its own workflow says that a later fit
reads it.
"""

import abc
from typing import Any

import equinox as eqx
import numpy as np

from ..._keys import RandomStream, Stream, fold_in
from ...domains import is_concrete
from ...recursion import Recursion
from ..programs import rounded_up


class AbstractCarrier(eqx.Module):
    """How data is drawn from a model, and how evidence becomes the next model."""

    @property
    def replica_axis(self) -> int:
        """Where the loop puts replicas in the arrays that it carries."""
        return 0

    @property
    def least_lanes(self) -> int:
        """Replicas that run side by side on a CPU even where they hold more than a tile ought
        to.
        """
        return 1

    @abc.abstractmethod
    def empty(self, params) -> Any:
        """What the carrier keeps beside the evidence, before anything is drawn."""

    def ahead(self, source: RandomStream, params) -> Any:
        """What of the next draw does not depend on the model."""
        return None

    @abc.abstractmethod
    def draw(
        self, store, ahead, source: RandomStream, selection, params, n, index
    ) -> tuple[Any, Any]:
        """What `selection` leaves of n observations from `params`, registered as source `index`:
        (evidence, store).
        """

    @property
    def leaps(self) -> bool:
        """Whether `leap` is there to be used."""
        return False

    def leap(self, params, source: RandomStream) -> Any:
        """The model several generations later, drawn at once."""
        raise ValueError(f"{type(self).__name__} cannot leap over generations")

    @abc.abstractmethod
    def learn(self, store, keys, selection, evidence, init, n) -> tuple[Any, Any]:
        """The model fitted to what `selection` leaves of the evidence, and the store after it; keys
        are (select, fit).
        """


def _selection_key(source: RandomStream):
    return fold_in(source.replica, source.generation, Stream.SELECT)


def capacity_of(recursion: Recursion) -> int:
    """A static size, one of four an octave, that holds every draw. Sample sizes must be concrete to
    be held.
    """
    sizes = [s for s in (recursion.n, recursion.real, recursion.fresh) if s is not None]
    if not all(is_concrete(size) for size in sizes):
        raise ValueError(
            "Recursion.n must be a concrete integer where shapes follow it; it is being traced"
        )
    return rounded_up(max(int(np.max(size)) for size in sizes), 4)
