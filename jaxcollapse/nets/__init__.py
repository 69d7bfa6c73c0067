"""Neural families: nets that are trained, sampled and trained again by the one loop of the package."""

from .base import AbstractNet, AbstractTrainable, Empirical, NetParams, diverged, held_out_loss, training_loss
from .classifier import Classifier, TrainedClassifier
from .gan import GAN, AbstractGame, NonSaturating, Wasserstein
from .linear_vae import LinearVAE
from .training import AbstractStart, Cold, FromReal, Training, Warm
from .vae import VAE, AbstractLikelihood, AbstractVAE, Noise, Pixels

__all__ = [
    "GAN",
    "VAE",
    "AbstractGame",
    "AbstractLikelihood",
    "AbstractNet",
    "AbstractStart",
    "AbstractTrainable",
    "AbstractVAE",
    "Classifier",
    "Cold",
    "Empirical",
    "FromReal",
    "LinearVAE",
    "NetParams",
    "Noise",
    "NonSaturating",
    "Pixels",
    "TrainedClassifier",
    "Training",
    "Warm",
    "Wasserstein",
    "diverged",
    "held_out_loss",
    "training_loss",
]
