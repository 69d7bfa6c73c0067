"""What is fitted."""

from .base import AbstractExponentialFamily, AbstractFamily, families, kebab
from .categorical import AbstractCategorical, Categorical, CategoricalParams
from .gaussian import Gaussian, GaussianParams
from .kernel import FixedBandwidth, GaussianKernel, KernelDensity, KernelParams, Scott, Silverman, TopHat
from .multivariate import MultivariateGaussian, MultivariateGaussianParams
from .mutation import FavoredCategorical, MutatingCategorical, SmoothedCategorical
from .ngram import NGram, NGramParams
from .qvf import (
    AbstractMeanQVF,
    AbstractQVF,
    Bernoulli,
    Binomial,
    Exponential,
    Gamma,
    HyperbolicSecant,
    NegativeBinomial,
    NormalMean,
    Poisson,
)
from .vocabulary import OpenVocabulary, VocabularyParams

__all__ = [
    "AbstractCategorical",
    "AbstractExponentialFamily",
    "AbstractFamily",
    "AbstractMeanQVF",
    "AbstractQVF",
    "Bernoulli",
    "Binomial",
    "Categorical",
    "CategoricalParams",
    "Exponential",
    "FavoredCategorical",
    "FixedBandwidth",
    "Gamma",
    "Gaussian",
    "GaussianKernel",
    "GaussianParams",
    "HyperbolicSecant",
    "KernelDensity",
    "KernelParams",
    "MultivariateGaussian",
    "MultivariateGaussianParams",
    "MutatingCategorical",
    "NGram",
    "NGramParams",
    "NegativeBinomial",
    "NormalMean",
    "OpenVocabulary",
    "Poisson",
    "Scott",
    "Silverman",
    "SmoothedCategorical",
    "TopHat",
    "VocabularyParams",
    "families",
    "kebab",
]
