"""Neural families: nets that are trained, sampled and trained again by the one loop of the package."""

from .base import AbstractNet, AbstractTrainable, Empirical, NetParams, diverged, held_out_loss, training_loss
from .classifier import Classifier, TrainedClassifier
from .gan import GAN, AbstractGame, NonSaturating, Wasserstein
from .language_model import AbstractDecoding, Ancestral, LanguageModel, Sharpened, Truncated
from .linear_vae import LinearVAE
from .training import AbstractStart, Cold, FromReal, Training, Warm
from .vae import VAE, AbstractLikelihood, AbstractVAE, Noise, Pixels

__all__ = [
    "GAN",
    "VAE",
    "AbstractDecoding",
    "AbstractGame",
    "AbstractLikelihood",
    "AbstractNet",
    "AbstractStart",
    "AbstractTrainable",
    "AbstractVAE",
    "Ancestral",
    "Classifier",
    "Cold",
    "Empirical",
    "FromReal",
    "LanguageModel",
    "LinearVAE",
    "NetParams",
    "Noise",
    "NonSaturating",
    "Pixels",
    "Sharpened",
    "TrainedClassifier",
    "Training",
    "Truncated",
    "Warm",
    "Wasserstein",
    "diverged",
    "held_out_loss",
    "training_loss",
]
