"""What is fitted."""

from .base import AbstractExponentialFamily, AbstractFamily, families, kebab
from .categorical import Categorical, CategoricalParams
from .damped import DampedCategorical, DampedGaussian
from .designs import AbstractDesign, FixedDesign, GaussianDesign, SharedDesign
from .estimators import AbstractEstimator, ColdDescent, Features, LeastSquares, MinimumNorm, Ridge, WarmDescent
from .gaussian import Gaussian, GaussianParams
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
from .regression import AbstractRegression, AveragedRegression, LinearParams, LinearRegression, RegressionRisk, RiskParams

__all__ = [
    "AbstractDesign",
    "AbstractEstimator",
    "AbstractExponentialFamily",
    "AbstractFamily",
    "AbstractMeanQVF",
    "AbstractQVF",
    "AbstractRegression",
    "AveragedRegression",
    "Bernoulli",
    "Binomial",
    "Categorical",
    "CategoricalParams",
    "ColdDescent",
    "DampedCategorical",
    "DampedGaussian",
    "Exponential",
    "Features",
    "FixedDesign",
    "Gamma",
    "Gaussian",
    "GaussianDesign",
    "GaussianParams",
    "HyperbolicSecant",
    "LeastSquares",
    "LinearParams",
    "LinearRegression",
    "MinimumNorm",
    "MultivariateGaussian",
    "MultivariateGaussianParams",
    "NegativeBinomial",
    "NormalMean",
    "Poisson",
    "RegressionRisk",
    "Ridge",
    "RiskParams",
    "SharedDesign",
    "WarmDescent",
    "families",
    "kebab",
]
