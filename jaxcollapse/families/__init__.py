"""What is fitted."""

from .base import AbstractExponentialFamily, AbstractFamily, AbstractInnovationsFamily, families, kebab
from .categorical import AbstractCategorical, Categorical, CategoricalParams
from .gaussian import Gaussian, GaussianParams
from .kernel import FixedBandwidth, GaussianKernel, KernelDensity, KernelParams, Scott, Silverman, TopHat
from .location_scale import (
    AbstractLocationScale,
    Laplace,
    Logistic,
    ShiftedExponential,
    ShiftedExponentialParams,
    Uniform,
    UniformParams,
)
from .mixture import GaussianMixture, MixtureParams
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
    "AbstractInnovationsFamily",
    "AbstractLocationScale",
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
    "GaussianMixture",
    "GaussianParams",
    "HyperbolicSecant",
    "KernelDensity",
    "KernelParams",
    "Laplace",
    "Logistic",
    "MixtureParams",
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
    "ShiftedExponential",
    "ShiftedExponentialParams",
    "Silverman",
    "SmoothedCategorical",
    "TopHat",
    "Uniform",
    "UniformParams",
    "VocabularyParams",
    "families",
    "kebab",
]
