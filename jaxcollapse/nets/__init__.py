"""Neural families: nets that are trained, sampled and trained again by the one loop of the package."""

from .base import AbstractNet, Empirical, NetParams
from .training import AbstractStart, Cold, FromReal, Training, Warm
from .vae import VAE, AbstractLikelihood, AbstractVAE, Noise, Pixels

__all__ = [
    "VAE",
    "AbstractLikelihood",
    "AbstractNet",
    "AbstractStart",
    "AbstractVAE",
    "Cold",
    "Empirical",
    "FromReal",
    "NetParams",
    "Noise",
    "Pixels",
    "Training",
    "Warm",
]
