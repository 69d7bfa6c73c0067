"""Recursions without chance: the loop on the population carrier in float64, which deterministic
laws are held against.
"""

import jax
import numpy as np

from ..engine.simulate import simulate
from ..recursion import Recursion


def path(recursion: Recursion, generations: int):
    """Parameters of every fit in the infinite-sample loop, index 0 the truth, leaves of shape
    (generations + 1, ...).
    """
    with jax.enable_x64(True):
        run = simulate(
            jax.random.key(0), recursion, generations=generations, replicas=1, carrier="population"
        )
        return jax.tree.map(lambda leaf: np.asarray(leaf)[0], run.params)


def shares(recursion: Recursion, generations: int) -> np.ndarray:
    """Probabilities of every fit of a categorical recursion, shape (generations + 1, K)."""
    fits = path(recursion, generations)
    return np.asarray(fits.weights, float) / np.asarray(fits.total, float)[:, None]
