"""An example truth for every family: asymmetric, and away from zero."""

from functools import singledispatch

import numpy as np

from ..arguments import checked
from ..families import (
    AbstractCategorical,
    AbstractFamily,
    AbstractLocationScale,
    AbstractQVF,
    AveragedRegression,
    BlendedRegression,
    CategoryClasses,
    CentroidClassifier,
    DampedGaussian,
    DebiasedMean,
    Gaussian,
    GaussianClasses,
    GaussianMixture,
    GroupedLabels,
    KernelDensity,
    Labeled,
    LinearRegression,
    LogisticRegression,
    MedianLocation,
    MisspecifiedGaussian,
    MultivariateGaussian,
    NGram,
    OpenVocabulary,
    ProbabilisticPCA,
    RegressionRisk,
    RememberingMean,
    ShiftedExponential,
    Uniform,
)


@checked(family=AbstractFamily)
@singledispatch
def example_truth(family):
    """An asymmetric true model of a family.

    Register a function for a family of your own, and the laws about it are tried there.
    """
    raise ValueError(
        f"no example truth for {type(family).__name__}: give the law its cases with `at=`"
    )


@example_truth.register(Gaussian)
@example_truth.register(DampedGaussian)
@example_truth.register(AbstractLocationScale)
@example_truth.register(MedianLocation)
@example_truth.register(MisspecifiedGaussian)
def _(family):
    return family.params(mean=0.7, variance=1.7)


@example_truth.register(DebiasedMean)
@example_truth.register(RememberingMean)
def _(family):
    return family.params(0.7)


@example_truth.register
def _(family: AbstractQVF):
    low, high = family.mean_domain.typical
    return family.params(low + 0.37 * (high - low))


@example_truth.register
def _(family: Uniform):
    return family.params(1.7)


@example_truth.register
def _(family: ShiftedExponential):
    return family.params(location=0.7, scale=1.3)


@example_truth.register
def _(family: GaussianMixture):
    return family.params(weights=[0.6, 0.4], means=[-1.0, 1.5], variances=[0.5, 1.2])


@example_truth.register(MultivariateGaussian)
@example_truth.register(ProbabilisticPCA)
def _(family):
    return family.params(
        mean=[0.5, -1.0, 2.0], covariance=[[2.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 0.5]]
    )


@example_truth.register
def _(family: AbstractCategorical):
    return family.params([0.46, 0.27, 0.15, 0.08, 0.04])


@example_truth.register
def _(family: KernelDensity):
    return family.params([-1.0, 0.2, 2.5], [2.0, 3.0, 1.0], width=0.3)


@example_truth.register
def _(family: OpenVocabulary):
    return family.params([0.4, 0.3, 0.2, 0.1])


@example_truth.register
def _(family: NGram):
    contexts = 2 ** (family.order - 1)
    share = 0.15 + 0.7 * np.arange(contexts) / contexts
    return family.params(np.stack([share, 1 - share], axis=1))


@example_truth.register(LinearRegression)
@example_truth.register(AveragedRegression)
@example_truth.register(BlendedRegression)
@example_truth.register(CentroidClassifier)
def _(family):
    return family.params([0.8, -0.5, 1.1])


@example_truth.register
def _(family: LogisticRegression):
    return family.params(0.5 * (-0.8) ** np.arange(np.shape(family.design.rows)[1]))


@example_truth.register
def _(family: RegressionRisk):
    return family.params()


@example_truth.register
def _(family: GroupedLabels):
    return family.params([0.7, 0.3], base_rates=[0.6, 0.3], true_positive_rates=[0.9, 0.8])


@example_truth.register
def _(family: GaussianClasses):
    return family.params([[0.3, 0.4], [0.2, 0.1]], means=[[-1.0, 1.2], [-0.5, 0.8]])


@example_truth.register
def _(family: CategoryClasses):
    table = [[[0.25, 0.1, 0.05], [0.05, 0.1, 0.2]], [[0.08, 0.06, 0.01], [0.02, 0.03, 0.05]]]
    return family.params(table)


@example_truth.register
def _(family: Labeled):
    return example_truth(family.generator)
