r"""Metrics: one model against the truth. A metric is a function `(family, params, truth) -> scalar`, by family.

Univariate models report the moments of the law they describe; categorical models treat their probabilities.
KL divergences are in nats; a model that lost a category is infinitely far from the truth in one direction.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

import jax.numpy as jnp
from jax.scipy.special import gammaln, ndtr, ndtri, xlogy

from ._compile import over_trailing_axes
from ._linear import ldl_product, nuclear_norm, squared_norm
from .domains import Integer, Real
from .families import (
    AbstractCategorical,
    AbstractFamily,
    AbstractLocationScale,
    AbstractQVF,
    AveragedRegression,
    DampedGaussian,
    DebiasedMean,
    Gaussian,
    GaussianMixture,
    KernelDensity,
    LinearRegression,
    MultivariateGaussian,
    OpenVocabulary,
    Poisson,
    ProbabilisticPCA,
    RegressionRisk,
    RememberingMean,
    ShiftedExponential,
    Uniform,
)

_REGISTRY: dict[str, "Metric"] = {}
_COUNTS = 64


@dataclass(frozen=True)
class Metric:
    """A named functional of a model and the truth; `metric.of(Family)` registers its formula for a family."""

    name: str
    summary: str
    formulas: Callable = field(repr=False, compare=False)
    lanes: int | None = None

    def __call__(self, family: AbstractFamily, params, truth):
        """Evaluate for one model."""
        return self.formulas(family, params, truth)

    def of(self, family: type):
        """Decorator: the formula of this metric for `family`."""
        return self.formulas.register(family)

    def applies_to(self, family: type) -> bool:
        """Whether a formula is known for this type of family."""
        return self.formulas.dispatch(family) is not self.formulas.dispatch(object)

    def __gt__(self, threshold: float) -> "Metric":
        """The event that the metric exceeds a threshold, itself a metric with values 0 and 1."""
        return self._event(">", threshold, jnp.greater)

    def __lt__(self, threshold: float) -> "Metric":
        """The event that the metric lies below a threshold."""
        return self._event("<", threshold, jnp.less)

    def __pow__(self, power: float) -> "Metric":
        """A power of the metric, itself a metric: `E(variance**2)` is a fourth moment."""

        def formula(family, params, truth):
            return self(family, params, truth) ** power

        return Metric(f"{self.name}^{power:g}", f"({self.summary}) to the power {power:g}", formula)

    def _event(self, sign, threshold, compare):
        def formula(family, params, truth):
            return compare(self(family, params, truth), threshold).astype(jnp.result_type(float))

        return Metric(f"{self.name}{sign}{threshold:g}", f"whether {self.name} {sign} {threshold:g}", formula, self.lanes)

    def __str__(self):
        return self.name


def metric(name: str, summary: str, lanes: int | None = None) -> Metric:
    """Make and register a metric with no formulas yet; `lanes` bounds the replicas that evaluate it side by side."""

    @singledispatch
    def formulas(family: Any, params, truth):
        raise ValueError(f"metric {name!r} is not defined for {type(family).__name__}")

    _REGISTRY[name] = Metric(name, summary, formulas, lanes)
    return _REGISTRY[name]


def metrics() -> dict[str, Metric]:
    """Every registered metric by name, those of sequences included."""
    from . import sequence_metrics  # noqa: F401

    return dict(_REGISTRY)


mean = metric("mean", "mean of the model")
mean_error = metric("mean-error", "squared distance of the mean from the true mean")
mean_cube = metric("mean-cube", "third power of the mean's deviation from the true mean")
location = metric("location", "location parameter, where the support begins")
second_moment = metric("second-moment", "second moment of the model about the true mean, summed over dimensions")
variance = metric("variance", "variance of the model")
standard_deviation = metric("standard-deviation", "standard deviation of the model")
log_variance = metric("log-variance", "logarithm of the variance over the true variance")
w2 = metric("w2", "squared 2-Wasserstein distance to the truth (Bures in several dimensions)")
kl = metric("kl", "KL(model || truth), nats")
kl_reverse = metric("kl-reverse", "KL(truth || model), nats")
fisher_risk = metric("fisher-risk", "squared error of the variance in Fisher units, (v/v0 - 1)^2 / 2")
trace_ratio = metric("trace-ratio", "trace of the covariance over the true one")
log_determinant_ratio = metric("log-determinant-ratio", "log determinant of the covariance over the true one")
determinant_ratio = metric("determinant-ratio", "determinant of the covariance over the true one")
trace_of_square = metric("trace-of-square", "trace of the squared covariance, its squared Frobenius norm")
zonal_row = metric("zonal-row", "zonal polynomial of the partition (2): ((tr S)^2 + 2 tr S^2) / 3")
zonal_column = metric("zonal-column", "zonal polynomial of the partition (1, 1): 2 ((tr S)^2 - tr S^2) / 3")
projected_log_variance = metric(
    "projected-log-variance", "log variance of the sum of all coordinates over the true one"
)
effective_rank = metric("effective-rank", "exponential of the entropy of the covariance's spectrum")
entropy = metric("entropy", "Shannon entropy, nats")
heterozygosity = metric("heterozygosity", "probability that two draws differ")
simpson = metric("simpson", "probability that two draws agree (Simpson's index, homozygosity)")
missing_mass = metric("missing-mass", "true probability of the categories that the model has lost")
support = metric("support", "number of categories that are still possible")
fixed = metric("fixed", "one if a single category is left, else zero")
segregating = metric("segregating", "one while more than one outcome is possible, else zero")
third_cumulant = metric("third-cumulant", "third cumulant of one observation, V(mu) V'(mu)")
log_condition = metric("log-condition", "log ratio of the first to the last pivot of the covariance, over the true one")
excess_risk = metric("excess-risk", "squared error of the weights in the metric of the inputs' covariance")
parameter_error = metric("parameter-error", "squared Euclidean error of the weights")
in_sample_error = metric("in-sample-error", "squared error of the predictions, summed over the inputs that are shared")
last_log_pivot = metric("last-log-pivot", "log of the last pivot of the covariance over the true one")
total_variation = metric("total-variation", "total variation distance to the truth")
chi_square = metric("chi-square", "chi-square distance sum (p - p0)^2 / p0")
squared_distance = metric("squared-distance", "squared Euclidean distance of the probabilities")


def tail_mass(threshold: float) -> Metric:
    """Mass that a categorical model keeps on the categories whose true probability is below `threshold`."""
    name = f"tail-mass-{threshold:g}"
    if name not in _REGISTRY:

        def formula(family, params, truth):
            rare = truth.probabilities < threshold
            return jnp.sum(jnp.where(rare, params.probabilities, 0.0))

        metric(name, f"mass on the categories of true probability below {threshold:g}").of(AbstractCategorical)(formula)
    return _REGISTRY[name]


def share(category: int) -> Metric:
    """Probability that a categorical model gives to one category, counted from zero.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.Categorical()
        >>> truth = family.params([0.75, 0.25])
        >>> float(jc.share(1)(family, truth, truth))
        0.25
    """
    Integer(0).check("category", category)
    name = f"share-{category}"
    if name not in _REGISTRY:
        formula = metric(name, f"probability of category {category}").of(AbstractCategorical)
        formula(lambda family, params, truth: params.probabilities[category])
    return _REGISTRY[name]


def laplace_transform(rate: float) -> Metric:
    r"""The functional $e^{-sm}$ of the model's mean m at s = `rate`, whose expectation is the Laplace transform of its law.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.Poisson()
        >>> round(float(jc.laplace_transform(2.0)(family, family.params(0.5), None)), 4)
        0.3679
    """
    Real(0.0).check("rate", rate)
    name = f"laplace-{rate:g}"
    if name not in _REGISTRY:
        formula = metric(name, f"exp(-{rate:g} mean)").of(AbstractQVF)
        formula(lambda family, params, truth: jnp.exp(-rate * params.mean))
    return _REGISTRY[name]


def types_left(low: float, high: float) -> Metric:
    """Share that is still possible of the categories whose true probability lies in [low, high); zero if there are none."""
    name = f"types-left-{low:g}-{high:g}"
    if name not in _REGISTRY:

        def formula(family, params, truth):
            concerned = (truth.probabilities >= low) & (truth.probabilities < high)
            left = jnp.sum(concerned & (params.weights > 0)).astype(jnp.result_type(float))
            return left / jnp.maximum(jnp.sum(concerned), 1)

        metric(name, f"share left of the categories of true probability in [{low:g}, {high:g})").of(AbstractCategorical)(formula)
    return _REGISTRY[name]


def outside(mass: float) -> Metric:
    """Mass that a model puts where the truth has `mass`: on both tails, or on the upper one of a count, where it is at most `mass`.

    Counts are told apart up to 64.
    """
    name = f"outside-{mass:g}"
    if name not in _REGISTRY:
        each = metric(name, f"mass on the tails that hold {mass:g} of the truth")

        @each.of(Gaussian)
        def _(family, params, truth):
            reach = -ndtri(0.5 * mass) * jnp.exp(0.5 * truth.log_variance)
            shift, scale = params.mean - truth.mean, jnp.exp(-0.5 * params.log_variance)
            return ndtr((-reach - shift) * scale) + ndtr((shift - reach) * scale)

        @each.of(Poisson)
        def _(family, params, truth):
            counts = jnp.arange(_COUNTS, dtype=jnp.result_type(float))
            chances = lambda mean: jnp.exp(xlogy(counts, mean) - mean - gammaln(counts + 1))  # noqa: E731
            usual = 1 - jnp.cumsum(chances(truth.mean)) > mass
            beyond = jnp.concatenate([jnp.zeros(1, bool), ~usual[:-1]])
            return jnp.clip(1 - jnp.sum(jnp.where(beyond, 0.0, chances(params.mean))), 0.0, 1.0)

    return _REGISTRY[name]


@mean.of(Gaussian)
@mean.of(GaussianMixture)
@mean.of(AbstractLocationScale)
@mean.of(ShiftedExponential)
@mean.of(Uniform)
@mean.of(AbstractQVF)
def _(family, params, truth):
    return params.mean


@mean_error.of(Gaussian)
@mean_error.of(GaussianMixture)
@mean_error.of(AbstractLocationScale)
@mean_error.of(ShiftedExponential)
@mean_error.of(Uniform)
@mean_error.of(AbstractQVF)
@mean_error.of(DebiasedMean)
@mean_error.of(RememberingMean)
def _(family, params, truth):
    return jnp.square(params.mean - truth.mean)


@mean_cube.of(AbstractQVF)
def _(family, params, truth):
    return (params.mean - truth.mean) ** 3


@second_moment.of(Gaussian)
@second_moment.of(GaussianMixture)
@second_moment.of(AbstractLocationScale)
@second_moment.of(MultivariateGaussian)
def _(family, params, truth):
    return variance(family, params, truth) + mean_error(family, params, truth)


@variance.of(Gaussian)
@variance.of(GaussianMixture)
@variance.of(AbstractLocationScale)
@variance.of(ShiftedExponential)
@variance.of(Uniform)
def _(family, params, truth):
    return jnp.exp(params.log_variance)


@standard_deviation.of(Gaussian)
@standard_deviation.of(GaussianMixture)
@standard_deviation.of(AbstractLocationScale)
@standard_deviation.of(ShiftedExponential)
@standard_deviation.of(Uniform)
def _(family, params, truth):
    return jnp.exp(0.5 * params.log_variance)


@variance.of(AbstractQVF)
def _(family, params, truth):
    return family.variance_of(params.mean)


@log_variance.of(Gaussian)
@log_variance.of(GaussianMixture)
@log_variance.of(AbstractLocationScale)
@log_variance.of(ShiftedExponential)
@log_variance.of(Uniform)
def _(family, params, truth):
    return params.log_variance - truth.log_variance


@w2.of(Gaussian)
@w2.of(AbstractLocationScale)
def _(family, params, truth):
    spread = jnp.exp(0.5 * params.log_variance) - jnp.exp(0.5 * truth.log_variance)
    return jnp.square(params.mean - truth.mean) + jnp.square(spread)


@w2.of(Uniform)
def _(family, params, truth):
    return jnp.square(jnp.exp(params.log_scale) - jnp.exp(truth.log_scale)) / 3


@kl.of(Uniform)
def _(family, params, truth):
    loss = truth.log_scale - params.log_scale
    return jnp.where(loss >= 0, loss, jnp.inf)


@w2.of(ShiftedExponential)
def _(family, params, truth):
    shift = params.location - truth.location
    stretch = jnp.exp(params.log_scale) - jnp.exp(truth.log_scale)
    return jnp.square(shift) + 2 * shift * stretch + 2 * jnp.square(stretch)


@location.of(ShiftedExponential)
def _(family, params, truth):
    return params.location


@mean_error.of(KernelDensity)
def _(family, params, truth):
    return jnp.sum(jnp.square(params.mean - truth.mean))


@variance.of(KernelDensity)
def _(family, params, truth):
    return params.cloud_variance + family.noise_variance(params)


@mean.of(KernelDensity)
def _(family, params, truth):
    if params.root.shape[0] != 1:
        raise ValueError(f"metric 'mean' is a number: take mean_error in {params.root.shape[0]} dimensions")
    return params.mean[0]


@fixed.of(KernelDensity)
def _(family, params, truth):
    first = params.cloud[jnp.argmax(params.weights)]
    same = jnp.all((params.cloud == first[None, :]) | (params.weights[:, None] == 0))
    return (same & (family.noise_variance(params) == 0)).astype(jnp.result_type(float))


def _gaussian_kl(p, q):
    log_ratio = p.log_variance - q.log_variance
    distance = jnp.square(p.mean - q.mean) * jnp.exp(-q.log_variance)
    return 0.5 * (jnp.expm1(log_ratio) - log_ratio + distance)


@kl.of(Gaussian)
def _(family, params, truth):
    return _gaussian_kl(params, truth)


@kl_reverse.of(Gaussian)
def _(family, params, truth):
    return _gaussian_kl(truth, params)


@fisher_risk.of(Gaussian)
def _(family, params, truth):
    return 0.5 * jnp.square(jnp.expm1(params.log_variance - truth.log_variance))


@mean_error.of(MultivariateGaussian)
def _(family, params, truth):
    return jnp.sum(jnp.square(params.mean - truth.mean))


@variance.of(MultivariateGaussian)
def _(family, params, truth):
    return _trace(params)


@trace_ratio.of(MultivariateGaussian)
def _(family, params, truth):
    return _trace(params) / _trace(truth)


@log_determinant_ratio.of(MultivariateGaussian)
def _(family, params, truth):
    return 2 * jnp.sum(params.log_diagonal - truth.log_diagonal)


@determinant_ratio.of(MultivariateGaussian)
def _(family, params, truth):
    return jnp.exp(2 * jnp.sum(params.log_diagonal - truth.log_diagonal))


@trace_of_square.of(MultivariateGaussian)
def _(family, params, truth):
    return jnp.sum(jnp.square(params.covariance))


@zonal_row.of(MultivariateGaussian)
def _(family, params, truth):
    return (_trace(params) ** 2 + 2 * jnp.sum(jnp.square(params.covariance))) / 3


@zonal_column.of(MultivariateGaussian)
def _(family, params, truth):
    return 2 * (_trace(params) ** 2 - jnp.sum(jnp.square(params.covariance))) / 3


@projected_log_variance.of(MultivariateGaussian)
def _(family, params, truth):
    return _log_variance_of_sum(params) - _log_variance_of_sum(truth)


def _log_variance_of_sum(params):
    scale = jnp.max(params.log_diagonal)
    loadings = jnp.sum(params.unit_lower, axis=0) * jnp.exp(params.log_diagonal - scale)
    return 2 * scale + jnp.log(jnp.sum(jnp.square(loadings)))


@effective_rank.of(MultivariateGaussian)
def _(family, params, truth):
    scale = jnp.max(params.log_diagonal)
    relative = ldl_product(params.log_diagonal - scale, params.below)
    spectrum = jnp.clip(jnp.linalg.eigvalsh(relative), 0.0, None)
    share = spectrum / jnp.sum(spectrum)
    return jnp.exp(-jnp.sum(xlogy(share, share)))


@w2.of(MultivariateGaussian)
def _(family, params, truth):
    root = truth.unit_lower * jnp.exp(truth.log_diagonal)[None, :]
    model = params.unit_lower * jnp.exp(params.log_diagonal)[None, :]
    cross = nuclear_norm(root.T @ model)
    distance = jnp.sum(jnp.square(params.mean - truth.mean))
    return distance + _trace(params) + _trace(truth) - 2 * cross


def _multivariate_kl(p, q):
    whiten = jnp.linalg.solve(q.unit_lower, p.unit_lower * jnp.exp(p.log_diagonal)[None, :])
    whiten = whiten * jnp.exp(-q.log_diagonal)[:, None]
    shift = jnp.linalg.solve(q.unit_lower, p.mean - q.mean) * jnp.exp(-q.log_diagonal)
    log_ratio = 2 * jnp.sum(p.log_diagonal - q.log_diagonal)
    d = p.mean.shape[-1]
    return 0.5 * (jnp.sum(jnp.square(whiten)) - d - log_ratio + jnp.sum(jnp.square(shift)))


@kl.of(MultivariateGaussian)
def _(family, params, truth):
    return _multivariate_kl(params, truth)


@kl_reverse.of(MultivariateGaussian)
def _(family, params, truth):
    return _multivariate_kl(truth, params)


@over_trailing_axes
def _traces(log_diagonal, below):
    return jnp.stack([squared_norm(jnp.exp(2 * log_diagonal), below)])


def _trace(params):
    return _traces(params.log_diagonal, params.below)[0]


@entropy.of(AbstractCategorical)
def _(family, params, truth):
    p = params.probabilities
    return -jnp.sum(xlogy(p, p))


@heterozygosity.of(AbstractCategorical)
def _(family, params, truth):
    p = params.probabilities
    return jnp.sum(p * (1 - p))


@simpson.of(AbstractCategorical)
def _(family, params, truth):
    return jnp.sum(jnp.square(params.probabilities))


@missing_mass.of(AbstractCategorical)
def _(family, params, truth):
    return jnp.sum(jnp.where(params.weights > 0, 0.0, truth.probabilities))


@simpson.of(OpenVocabulary)
def _(family, params, truth):
    return jnp.sum(jnp.square(params.type_weights() / jnp.sum(params.weights)))


@heterozygosity.of(OpenVocabulary)
def _(family, params, truth):
    return 1 - simpson(family, params, truth)


@support.of(OpenVocabulary)
def _(family, params, truth):
    return jnp.sum(params.type_weights() > 0).astype(jnp.result_type(float))


@support.of(AbstractCategorical)
def _(family, params, truth):
    return jnp.sum(params.weights > 0).astype(jnp.result_type(float))


@fixed.of(AbstractCategorical)
def _(family, params, truth):
    return (jnp.sum(params.weights > 0) == 1).astype(jnp.result_type(float))


@fixed.of(AbstractQVF)
def _(family, params, truth):
    return (family.variance_of(params.mean) <= 0).astype(jnp.result_type(float))


@segregating.of(AbstractCategorical)
@segregating.of(AbstractQVF)
def _(family, params, truth):
    return 1 - fixed(family, params, truth)


@third_cumulant.of(AbstractQVF)
def _(family, params, truth):
    _, v1, v2 = family.variance_function
    return family.variance_of(params.mean) * (v1 + 2 * v2 * params.mean)


@last_log_pivot.of(MultivariateGaussian)
def _(family, params, truth):
    return 2 * (params.log_diagonal - truth.log_diagonal)[-1]


@excess_risk.of(LinearRegression)
@excess_risk.of(AveragedRegression)
def _(family, params, truth):
    error = params.weights - truth.weights
    return error @ jnp.asarray(family.design.covariance_of(len(error)), error.dtype) @ error


@excess_risk.of(RegressionRisk)
def _(family, params, truth):
    return params.excess


@parameter_error.of(LinearRegression)
@parameter_error.of(AveragedRegression)
def _(family, params, truth):
    return jnp.sum(jnp.square(params.weights - truth.weights))


@in_sample_error.of(LinearRegression)
def _(family, params, truth):
    if params.inputs is None:
        raise ValueError(f"metric 'in-sample-error' needs inputs that are remembered, got {type(family.design).__name__}")
    error = params.weights - truth.weights
    return error @ params.inputs @ error


@log_condition.of(MultivariateGaussian)
def _(family, params, truth):
    pivots = params.log_diagonal - truth.log_diagonal
    return 2 * (pivots[0] - pivots[-1])


@total_variation.of(AbstractCategorical)
def _(family, params, truth):
    return 0.5 * jnp.sum(jnp.abs(params.probabilities - truth.probabilities))


@squared_distance.of(AbstractCategorical)
def _(family, params, truth):
    return jnp.sum(jnp.square(params.probabilities - truth.probabilities))


@chi_square.of(AbstractCategorical)
def _(family, params, truth):
    return jnp.sum(_relative_square(params.probabilities, truth.probabilities))


def _relative_square(p, q):
    return jnp.where(q > 0, jnp.square(p - q) / jnp.where(q > 0, q, 1.0), 0.0)


def _categorical_kl(p, q):
    inside = jnp.where(p > 0, p * (jnp.log(jnp.where(p > 0, p, 1.0)) - jnp.log(q)), 0.0)
    return jnp.sum(inside)


@kl.of(AbstractCategorical)
def _(family, params, truth):
    return _categorical_kl(params.probabilities, truth.probabilities)


@kl_reverse.of(AbstractCategorical)
def _(family, params, truth):
    return _categorical_kl(truth.probabilities, params.probabilities)


@entropy.of(Gaussian)
def _(family, params, truth):
    return 0.5 * (params.log_variance + jnp.log(2 * jnp.pi) + 1)


for _each in metrics().values():
    if _each.applies_to(Gaussian):
        _each.of(DampedGaussian)(_each.formulas.dispatch(Gaussian))
    if _each.applies_to(MultivariateGaussian):
        _each.of(ProbabilisticPCA)(_each.formulas.dispatch(MultivariateGaussian))
