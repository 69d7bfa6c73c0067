"""Recursions at infinite sample size: deterministic laws are compared with them.

The loop runs on the population carrier in float64.
"""

import numpy as np

from .subjects import Recursion, jax, simulate


def path(recursion: Recursion, generations: int):
    """Return the parameters of every fit at infinite sample size.

    Leaves have shape (generations + 1, ...); index 0 is the truth.
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
