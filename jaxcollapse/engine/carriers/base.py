"""What a carrier is: how data is drawn from a model, and how evidence becomes the next model."""

import abc
from typing import Any, ClassVar, Self

import equinox as eqx
import numpy as np

from ..._keys import RandomStream, Stream, fold_in
from ...domains import is_concrete
from ...families.base import AbstractFamily
from ...recursion import Recursion
from ..programs import rounded_up


class AbstractCarrier(eqx.Module):
    """How data is drawn from a model, and how evidence becomes the next model.

    `name` is what `simulate` calls it; `families` is the type of the families that it carries.
    `notes` says that records have more than the model; `weighs` that they have the weights of
    replicas, so that values may not be averaged as they are.
    """

    name: ClassVar[str] = ""
    families: ClassVar[type[AbstractFamily]] = AbstractFamily
    notes: ClassVar[bool] = False
    weighs: ClassVar[bool] = False

    @classmethod
    def why_not(cls, recursion: Recursion, stops) -> str | None:
        """Why this carrier cannot run the recursion, or None if it can.

        `stops` are the generations to record, None for all of them.
        """
        if not isinstance(recursion.family, cls.families):
            return f"carrier {cls.name!r} does not carry {type(recursion.family).__name__}"
        return None

    @classmethod
    def of(cls, recursion: Recursion, generations: int, stops) -> Self:
        """The carrier for a recursion that it has no objection to."""
        raise NotImplementedError(f"{cls.__name__} is not made from a recursion")

    @property
    def replica_axis(self) -> int:
        """Where the loop puts replicas in the arrays that it carries."""
        return 0

    @property
    def least_lanes(self) -> int:
        """Replicas per tile on a CPU even where they hold more than a tile should.

        More than one where the time goes to kernels per step, not to the size of a tile.
        """
        return 1

    @abc.abstractmethod
    def empty(self, params) -> Any:
        """What the carrier keeps beside the evidence, before anything is drawn."""

    def ahead(self, source: RandomStream, params) -> Any:
        """The part of the next draw that does not depend on the model."""
        return None

    @abc.abstractmethod
    def draw(
        self, store, ahead, source: RandomStream, selection, params, n, index
    ) -> tuple[Any, Any]:
        """Draw n observations from `params` and select from them.

        Returns:
            The evidence, registered as source `index`, and the store after it.
        """

    def noted(self, record, store) -> Any:
        """The record of a model, with what the store adds to it."""
        return record

    @property
    def leaps(self) -> bool:
        """Whether the carrier draws the model several generations later at once."""
        return False

    def leap(self, params, source: RandomStream) -> Any:
        """The model several generations later, drawn at once."""
        raise ValueError(f"{type(self).__name__} cannot leap over generations")

    @abc.abstractmethod
    def learn(self, store, keys, selection, evidence, init, n) -> tuple[Any, Any]:
        """Select from the evidence and fit; `keys` are (select, fit).

        Returns:
            The fitted model and the store after it: a selection may lose data for later fits too.
        """


def selection_key(source: RandomStream):
    """The key by which a selection chooses among the data of a stream."""
    return fold_in(source.replica, source.generation, Stream.SELECT)


def capacity_of(recursion: Recursion) -> int:
    """A static size that holds every draw, one of four per octave.

    Raises:
        ValueError: a sample size that is traced, so that no array of its length can be made.
    """
    sizes = [s for s in (recursion.n, recursion.real, recursion.fresh) if s is not None]
    if not all(is_concrete(size) for size in sizes):
        raise ValueError(
            "Recursion.n must be a concrete integer where shapes follow it; it is being traced"
        )
    return rounded_up(max(int(np.max(size)) for size in sizes), 4)
