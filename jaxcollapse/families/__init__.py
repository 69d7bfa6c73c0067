"""What is fitted."""

from .base import AbstractExponentialFamily, AbstractFamily, families, kebab
from .categorical import Categorical, CategoricalParams
from .gaussian import Gaussian, GaussianParams
from .kernel import Fixed, GaussianKernel, KernelDensity, KernelParams, Scott, Silverman, TopHat
from .multivariate import MultivariateGaussian, MultivariateGaussianParams
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

__all__ = [
    "AbstractExponentialFamily",
    "AbstractFamily",
    "AbstractMeanQVF",
    "AbstractQVF",
    "Bernoulli",
    "Binomial",
    "Categorical",
    "CategoricalParams",
    "Exponential",
    "Fixed",
    "Gamma",
    "Gaussian",
    "GaussianKernel",
    "GaussianParams",
    "HyperbolicSecant",
    "KernelDensity",
    "KernelParams",
    "MultivariateGaussian",
    "MultivariateGaussianParams",
    "NegativeBinomial",
    "NormalMean",
    "Poisson",
    "Scott",
    "Silverman",
    "TopHat",
    "families",
    "kebab",
]
