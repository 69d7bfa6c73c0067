"""What is fitted."""

from .base import AbstractExponentialFamily, AbstractFamily, AbstractInnovationsFamily, families, kebab
from .categorical import Categorical, CategoricalParams
from .gaussian import Gaussian, GaussianParams
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
    "AbstractInnovationsFamily",
    "AbstractLocationScale",
    "AbstractMeanQVF",
    "AbstractQVF",
    "Bernoulli",
    "Binomial",
    "Categorical",
    "CategoricalParams",
    "Exponential",
    "Gamma",
    "Gaussian",
    "GaussianMixture",
    "GaussianParams",
    "HyperbolicSecant",
    "Laplace",
    "Logistic",
    "MixtureParams",
    "MultivariateGaussian",
    "MultivariateGaussianParams",
    "NegativeBinomial",
    "NormalMean",
    "Poisson",
    "ShiftedExponential",
    "ShiftedExponentialParams",
    "Uniform",
    "UniformParams",
    "families",
    "kebab",
]
