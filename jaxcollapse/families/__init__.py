"""What is fitted."""

from .base import AbstractExponentialFamily, AbstractFamily, families, kebab
from .categorical import Categorical, CategoricalParams
from .gaussian import Gaussian, GaussianParams
from .multivariate import MultivariateGaussian, MultivariateGaussianParams
from .ppca import ProbabilisticPCA
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
    "Gamma",
    "Gaussian",
    "GaussianParams",
    "HyperbolicSecant",
    "MultivariateGaussian",
    "MultivariateGaussianParams",
    "NegativeBinomial",
    "NormalMean",
    "Poisson",
    "ProbabilisticPCA",
    "families",
    "kebab",
]
