"""Noisy labels of linear models: what families of linear regression share."""

from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..domains import REAL, Real
from .base import AbstractExponentialFamily
from .designs import AbstractDesign
from .frames import frame

NOISE = Real(0.0, typical=(0.2, 2.0))


class AbstractLinearLabels(AbstractExponentialFamily):
    """Families whose labels are linear in the inputs of a design, with noise of a given variance.

    Labels alone have a frame, with the deviation of their noise as its unit.
    """

    design: eqx.AbstractVar[AbstractDesign]
    noise: eqx.AbstractVar[Float[Array, ""]]

    def frame_of(self, truth):
        return frame_of_labels(self.noise, truth.weights)

    def in_frame(self, frame):
        return replace(self, noise=frame.scaled(self.noise, 2))


def frame_of_labels(noise, weights):
    """The frame of labels: the deviation of their noise, or the largest weight without noise."""
    noise, largest = float(noise), np.max(np.abs(np.asarray(weights, float)))
    with np.errstate(divide="ignore"):
        return frame(0.0, 0.5 * np.log(noise) if noise > 0 else np.log(largest), whole=False)


def checked_weights(weights):
    """Return the weights as an array. Raises `ValueError` unless they are a finite vector."""
    REAL.check("weights", weights)
    xp = np if isinstance(weights, (list, tuple, np.ndarray)) else jnp
    weights = xp.asarray(weights, dtype=float)
    if weights.ndim != 1:
        raise ValueError(f"weights must be a vector, one a feature, got shape {weights.shape}")
    return weights
