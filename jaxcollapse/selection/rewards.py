"""Rewards $r(x)$ of an observation, and judges that call it right or wrong.

Selections and tilts take them as arguments.
"""

import abc
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ..domains import POSITIVE, REAL, Integer, is_concrete
from ..families.frames import Frame
from ..records import Record, field


def scored_in_frame(rule, field: str, frame: Frame):
    """Return a rule with the reward or judge in `field` seen from a frame; None if not known."""
    score = getattr(rule, field).in_frame(frame)
    return None if score is None else replace(rule, **{field: score})


class AbstractReward(Record):
    """A score of observations, in nats where it is exponentiated."""

    @abc.abstractmethod
    def __call__(self, values) -> Array:
        """Return the reward of every observation along the leading axis."""

    def in_frame(self, frame: Frame) -> "AbstractReward | None":
        """Return the reward of data that are seen from a frame, up to a constant.

        None where it is not known.
        """
        del frame


class AbstractQuadraticReward(AbstractReward):
    r"""A reward $a x + b x^2$ up to a constant: tilting by it keeps a Gaussian Gaussian."""

    @property
    @abc.abstractmethod
    def coefficients(self) -> tuple:
        """The pair (a, b)."""


class Slope(AbstractQuadraticReward):
    """$r(x) = a x$."""

    slope: Float[Array, ""] = field(REAL, 1.0, doc="reward of one unit")

    @property
    def coefficients(self):
        return self.slope, 0.0

    def in_frame(self, frame):
        return Slope(frame.scaled(self.slope, -1)) if frame.whole else None

    def __call__(self, values):
        return self.slope * values


class Closeness(AbstractQuadraticReward):
    """$r(x) = -(x - c)^2 / 2 s^2$: largest at the center."""

    center: Float[Array, ""] = field(REAL, 0.0, doc="where the reward is largest")
    scale: Float[Array, ""] = field(POSITIVE, 1.0, doc="distance at which half a nat is lost")

    @property
    def coefficients(self):
        return self.center / self.scale**2, -0.5 / self.scale**2

    def in_frame(self, frame):
        if not frame.whole or isinstance(frame.origin, tuple):
            return None
        return Closeness(frame.point(self.center), frame.scaled(self.scale))

    def __call__(self, values):
        return -0.5 * jnp.square((values - self.center) / self.scale)


class Table(AbstractReward):
    """A reward for every category."""

    rewards: Float[Array, " K"] = field(REAL, doc="reward of each category")

    def __check_init__(self):
        if np.ndim(self.rewards) != 1:
            raise ValueError(
                f"Table.rewards must be one reward per category, got shape {np.shape(self.rewards)}"
            )

    def __call__(self, values):
        return jnp.asarray(self.rewards)[values.astype(jnp.int32)]


class AbstractJudge(Record):
    """A rule that says of every observation whether it is right."""

    @abc.abstractmethod
    def __call__(self, values) -> Array:
        """Return True where the observation is right, shape (size,)."""

    def in_frame(self, frame: Frame) -> "AbstractJudge | None":
        """Return the judge of data that are seen from a frame; None where it is not known."""
        del frame


class OneOf(AbstractJudge):
    """The categories marked 1 are right."""

    right: Bool[Array, " K"] = field(Integer(0, 1), doc="1 for a right category, 0 for a wrong one")

    def __check_init__(self):
        if np.ndim(self.right) != 1:
            raise ValueError(
                f"OneOf.right must be one mark per category, got shape {np.shape(self.right)}"
            )

    def __call__(self, values):
        return jnp.asarray(self.right)[values.astype(jnp.int32)] > 0


class Marked(AbstractJudge):
    """An observation is right if its last number is 1, a mark that the model sets truthfully."""

    def __call__(self, values):
        return values[:, -1] > 0.5


class Within(AbstractJudge):
    """An observation is right within `radius` of `center`: the threshold verifier.

    References:
        Yi et al., arXiv 2510.16657, eq. 1.
    """

    center: Float[Array, ""] = field(REAL, 0.0, doc="what the verifier believes")
    radius: Float[Array, ""] = field(POSITIVE, 1.0, doc="what it tolerates")

    def in_frame(self, frame):
        if not frame.whole or isinstance(frame.origin, tuple):
            return None
        return Within(frame.point(self.center), frame.scaled(self.radius))

    def __call__(self, values):
        return jnp.abs(values - self.center) <= self.radius


class Agrees(AbstractJudge):
    """A labeled point (x, y) is right if y is the side of `direction` on which x lies.

    The label y = 1 or -1 is in the last column.
    """

    direction: Float[Array, " d"] = field(
        REAL, doc="normal vector of the verifier's own classifier"
    )

    def __check_init__(self):
        if np.ndim(self.direction) != 1 or (
            is_concrete(self.direction) and not np.any(self.direction)
        ):
            raise ValueError(
                f"Agrees.direction must be a vector that is not zero, got {self.direction}"
            )

    def __call__(self, values):
        return values[:, -1] * (values[:, :-1] @ jnp.asarray(self.direction, values.dtype)) > 0
