"""Neural families: nets that the package's one loop trains, samples and trains again."""

from . import gradients as gradients
from .base import AbstractFitted, AbstractNet, NetParams, diverged, held_out_loss, training_loss
from .classifier import AbstractClassifier, Classifier, TrainedClassifier
from .condition import AbstractCondition, Balanced, ByClass, Unconditional, label_shares
from .convolutional import ConvVAE
from .convolutional_classifier import ConvClassifier
from .empirical import Empirical
from .gan import GAN, AbstractBound, AbstractGame, NonSaturating, Spectral, Unbounded, Wasserstein
from .grouped import GroupedNet, GroupedNetParams
from .held_out import held_out_elbo, held_out_surprise, mean_codes, reconstruction_error
from .language_model import AbstractDecoding, Ancestral, LanguageModel, Sharpened, Truncated
from .linear_vae import LinearVAE
from .stopping import AbstractStopping, Never, Patience
from .trainable import AbstractTrainable
from .training import AbstractStart, Cold, FromReal, Optimum, ShrinkPerturb, Training, Warm
from .vae import VAE, AbstractLikelihood, AbstractVAE, Noise, Pixels

__all__ = [
    "GAN",
    "VAE",
    "AbstractBound",
    "AbstractClassifier",
    "AbstractCondition",
    "AbstractDecoding",
    "AbstractFitted",
    "AbstractGame",
    "AbstractLikelihood",
    "AbstractNet",
    "AbstractStart",
    "AbstractStopping",
    "AbstractTrainable",
    "AbstractVAE",
    "Ancestral",
    "Balanced",
    "ByClass",
    "Classifier",
    "Cold",
    "ConvClassifier",
    "ConvVAE",
    "Empirical",
    "FromReal",
    "GroupedNet",
    "GroupedNetParams",
    "LanguageModel",
    "LinearVAE",
    "NetParams",
    "Never",
    "Noise",
    "NonSaturating",
    "Optimum",
    "Patience",
    "Pixels",
    "Sharpened",
    "ShrinkPerturb",
    "Spectral",
    "TrainedClassifier",
    "Training",
    "Truncated",
    "Unbounded",
    "Unconditional",
    "Warm",
    "Wasserstein",
    "diverged",
    "held_out_elbo",
    "held_out_loss",
    "held_out_surprise",
    "label_shares",
    "mean_codes",
    "reconstruction_error",
    "training_loss",
]
