"""What a decoding is: a rule by which a fitted model is sampled."""

import abc
import dataclasses
from typing import Any, ClassVar

from ..arguments import check_all
from ..families import AbstractExponentialFamily
from ..families.frames import Frame
from ..records import Record


class AbstractDecoding(Record):
    """A rule by which a model is sampled.

    `closed` says that the sampled law is again a member of the family.
    """

    closed: ClassVar[bool] = True

    @abc.abstractmethod
    def sample(self, key, family, params, size: int):
        """Draw `size` observations from the decoded model."""

    def in_frame(self, frame: Frame) -> "AbstractDecoding | None":
        """Return the same rule for data that are seen from a frame; None where it is not known."""
        del frame

    def through(self, carrier):
        """Return the carrier that draws from decoded models."""
        return dataclasses.replace(carrier, family=_Decoded(carrier.family, self))


class AbstractClosedDecoding(AbstractDecoding):
    """A decoding that maps each member of a family to another one."""

    @abc.abstractmethod
    def decode(self, family, params):
        """Return the member that is sampled instead of `params`.

        Raises:
            ValueError: if the family has no such member.
        """

    def sample(self, key, family, params, size):
        return family.sample(key, self.decode(family, params), size)


class _Decoded(AbstractExponentialFamily):
    """A family whose members are sampled through a decoding."""

    family: Any
    decoding: AbstractDecoding

    def sample(self, key, params, size):
        return self.decoding.sample(key, self.family, params, size)

    def sample_statistics(self, key, params, n, capacity):
        decoded = self._member(params)
        return self.family.sample_statistics(key, decoded, n, capacity)

    def draw_statistics(self, innovations, source, params, n, capacity):
        # Canonical, because a fit may be kept in a form that no decoding reads, such as a sample.
        decoded = self._member(self.family.canonical(params))
        return self.family.draw_statistics(innovations, source, decoded, n, capacity)

    def _member(self, params):
        # Carriers of exact statistics are chosen for closed decodings only, and these can decode.
        decode = self.decoding.decode  # pyright: ignore[reportAttributeAccessIssue]
        return decode(self.family, params)

    def statistics(self, samples, params):
        return self.family.statistics(samples, params)

    def estimate(self, evidence):
        return self.family.estimate(evidence)


class Faithful(AbstractClosedDecoding):
    """Sample the model as it was fitted."""

    def through(self, carrier):
        return carrier

    def in_frame(self, frame):
        return self

    def decode(self, family, params):
        return params


class Composed(AbstractClosedDecoding):
    """Several decodings in order, such as a temperature and then top-p."""

    steps: tuple[AbstractClosedDecoding, ...]

    def __check_init__(self):
        check_all("Composed.steps", self.steps, AbstractClosedDecoding)
        if not len(self.steps):
            raise ValueError("Composed.steps must have at least one decoding, got none")

    def in_frame(self, frame):
        steps = [step.in_frame(frame) for step in self.steps]
        known = tuple(step for step in steps if isinstance(step, AbstractClosedDecoding))
        return Composed(known) if len(known) == len(steps) else None

    def decode(self, family, params):
        for step in self.steps:
            params = step.decode(family, params)
        return params


def undefined(name: str, family):
    """Return the error that a decoding is not defined for a family."""
    return ValueError(f"decoding {name} is not defined for {type(family).__name__}")
