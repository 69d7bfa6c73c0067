"""What is fitted."""

from .base import (
    AbstractExponentialFamily,
    AbstractFamily,
    AbstractInnovationsFamily,
    kebab,
    list_families,
)
from .blended import BlendedParams, BlendedRegression
from .categorical import AbstractCategorical, Categorical, CategoricalParams
from .centroid import CentroidClassifier, CentroidParams
from .damped import DampedCategorical, DampedGaussian
from .debiased import DebiasedMean, DebiasedMeanParams
from .designs import AbstractDesign, FixedDesign, GaussianDesign, SharedDesign
from .estimators import (
    AbstractEstimator,
    ColdDescent,
    Features,
    LeastSquares,
    MinimumNorm,
    Ridge,
    Student,
    WarmDescent,
)
from .gaussian import Gaussian, GaussianParams
from .kernel import (
    FixedBandwidth,
    GaussianKernel,
    KernelDensity,
    KernelParams,
    Scott,
    Silverman,
    TopHat,
)
from .location_scale import (
    AbstractLocationScale,
    Laplace,
    Logistic,
    ShiftedExponential,
    ShiftedExponentialParams,
    Uniform,
    UniformParams,
)
from .median import MedianLocation
from .mixture import GaussianMixture, MixtureParams
from .multivariate import MultivariateGaussian, MultivariateGaussianParams
from .mutation import FavoredCategorical, MutatingCategorical, SmoothedCategorical
from .ngram import NGram, NGramParams
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
from .regression import (
    AbstractRegression,
    AveragedRegression,
    LinearParams,
    LinearRegression,
    RegressionRisk,
    RiskParams,
)
from .remembering import RememberedMeans, RememberingMean
from .vocabulary import OpenVocabulary, VocabularyParams

__all__ = [
    "AbstractCategorical",
    "AbstractDesign",
    "AbstractEstimator",
    "AbstractExponentialFamily",
    "AbstractFamily",
    "AbstractInnovationsFamily",
    "AbstractLocationScale",
    "AbstractMeanQVF",
    "AbstractQVF",
    "AbstractRegression",
    "AveragedRegression",
    "Bernoulli",
    "Binomial",
    "BlendedParams",
    "BlendedRegression",
    "Categorical",
    "CategoricalParams",
    "CentroidClassifier",
    "CentroidParams",
    "ColdDescent",
    "DampedCategorical",
    "DampedGaussian",
    "DebiasedMean",
    "DebiasedMeanParams",
    "Exponential",
    "FavoredCategorical",
    "Features",
    "FixedBandwidth",
    "FixedDesign",
    "Gamma",
    "Gaussian",
    "GaussianDesign",
    "GaussianKernel",
    "GaussianMixture",
    "GaussianParams",
    "HyperbolicSecant",
    "KernelDensity",
    "KernelParams",
    "Laplace",
    "LeastSquares",
    "LinearParams",
    "LinearRegression",
    "Logistic",
    "MedianLocation",
    "MinimumNorm",
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
    "ProbabilisticPCA",
    "RegressionRisk",
    "RememberedMeans",
    "RememberingMean",
    "Ridge",
    "RiskParams",
    "Scott",
    "SharedDesign",
    "ShiftedExponential",
    "ShiftedExponentialParams",
    "Silverman",
    "SmoothedCategorical",
    "Student",
    "TopHat",
    "Uniform",
    "UniformParams",
    "VocabularyParams",
    "WarmDescent",
    "list_families",
    "kebab",
]
