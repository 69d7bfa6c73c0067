"""Toy data in the plane."""

import hashlib

import numpy as np

from .._names import entry
from ..arguments import checked
from ..domains import Integer
from .dataset import Dataset


@checked(size=Integer(8, 10**8), seed=Integer(0, 2**32 - 1))
def toy(name: str, size: int = 4096, seed: int = 0) -> Dataset:
    """Points in the plane with their mode.

    Args:
        name: `eight` Gaussians on a circle, two `moons`, or a `ring`.
        size: how many points, at least 8.
        seed: of NumPy's PCG64.

    Raises:
        ValueError: there is no such toy, or too few points.
    """
    draw = entry(name, TOYS, "toy")
    values, modes = draw(np.random.default_rng(seed), size)
    values = values.astype(np.float32)
    digest = hashlib.sha256(values.tobytes()).hexdigest()
    return Dataset(
        f"toy:{name}", values, None, f"generated from seed {seed}", digest, "none needed", modes
    )


def _eight(rng, size):
    modes = np.arange(size) % 8
    centers = np.stack([np.cos(np.pi * modes / 4), np.sin(np.pi * modes / 4)], axis=1)
    return centers + 0.05 * rng.normal(size=(size, 2)), modes


def _moons(rng, size):
    modes, angle = np.arange(size) % 2, np.pi * rng.uniform(size=size)
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1)
    return np.where(modes[:, None] == 0, upper, -upper) + 0.05 * rng.normal(size=(size, 2)), modes


def _ring(rng, size):
    angle = 2 * np.pi * rng.uniform(size=size)
    radius = 1 + 0.05 * rng.normal(size=size)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), (
        4 * angle / np.pi
    ).astype(int)


TOYS = {"eight": _eight, "moons": _moons, "ring": _ring}
