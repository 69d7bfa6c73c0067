"""Metrics on samples, for any family that can be sampled: distances, fidelity and diversity.

Model and truth are each sampled under a fixed key, the same for every model. So a metric is a fixed
function of a model, and generations, workflows and replicas are compared under common random
numbers. A scalar observation counts as a vector of length one.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import xlogy

from ..arguments import arrays, check_callable, checked
from ..domains import POSITIVE, REAL, Integer
from ..families import AbstractFamily
from ..numerics.eigen import symmetric_eigenvalues
from .base import REGISTRY, Metric, unlisted
from .comparisons import (
    NEIGHBORS,
    covered,
    crowding,
    effective_number,
    energy,
    fidelity,
    frechet_distance,
    maximum_mean_discrepancy,
    recalled,
    similarity,
    squared_distances,
)
from .parametrized import SIZE, parametrized
from .units import FREE, LENGTH, SQUARE, Unit

# Replicas that evaluate a metric side by side at the usual size: each holds tables of size x size
# distances, and many lanes would leave the cache.
LANES = 8
SIZES = Integer(NEIGHBORS + 2, 2**20)


def drawn(family, model, size: int, stream: int):
    """Return observations of a model as rows, shape (size, numbers), under a fixed key.

    A label is not part of the rows.
    """
    x = family.features_of(family.sample(jax.random.key(stream), model, size))
    return x.reshape(size, -1)


@checked(name=str, summary=str, compare=check_callable, size=SIZES, unit=Unit)
def on_samples(
    name: str, summary: str, compare: Callable, size: int = SIZE, unit: Unit | None = None
) -> Metric:
    """Register a metric `compare(x, y)` of model samples x and true samples y.

    Both have shape (size, numbers). If a metric with the same name and code exists, it is returned.
    So values that the comparison closes over belong in the name. Other code replaces the metric.

    Example:
        >>> import jax.numpy as jnp, jaxcollapse as jc
        >>> gap = lambda x, y: jnp.linalg.norm(x.mean(0) - y.mean(0))
        >>> spread = jc.on_samples("mean-gap", "distance of means", gap)
        >>> truth = jc.Gaussian.params(0.0, 1.0)
        >>> bool(spread(jc.Gaussian(), jc.Gaussian.params(3.0, 1.0), truth) > 2)
        True
    """
    found = compared(name, summary, compare, size, unit)
    name, formula = found.name, found.formulas.dispatch(AbstractFamily)
    known = REGISTRY[name].formulas.dispatch(AbstractFamily) if name in REGISTRY else None
    if not isinstance(known, Compared) or _code(known.compare) != _code(formula.compare):
        REGISTRY[name] = found
    return REGISTRY[name]


def compared(
    name: str, summary: str, compare: Callable, size: int = SIZE, unit: Unit | None = None
) -> Metric:
    """Make a metric as `on_samples` does, without registering it."""
    SIZES.check_one("size", size)
    name, lanes = name if size == SIZE else f"{name}-{size}", max(1, LANES * SIZE // size)
    found = unlisted(name, summary, lanes, unit=unit, compares=True)
    found.of(AbstractFamily)(Compared(compare, size))
    return found


@dataclass(frozen=True)
class Compared:
    """The formula of a metric on samples; NaN where a sample is not finite, as a diverged net's."""

    compare: Callable
    size: int

    def __call__(self, family, params, truth):
        x, y = drawn(family, params, self.size, 1), drawn(family, truth, self.size, 2)
        finite = jnp.all(jnp.isfinite(x)) & jnp.all(jnp.isfinite(y))
        return jnp.where(finite, self.compare(x, y), jnp.nan)


def _code(function):
    """Return the code of a function, or the function itself if it has none."""
    return getattr(function, "__code__", function)


@parametrized("vendi-order-{order}", order=POSITIVE)
def vendi_of_order(name: str, order: float, size: int = SIZE) -> Metric:
    r"""Vendi score of order q, $(\sum_i\lambda_i^q)^{1/(1-q)}$ over eigenvalues of $K/m$.

    Its limit at order 1 is $e^{H(\lambda)}$.

    Args:
        order: q above 0; small orders count rare observations for more.
        size: observations drawn, m.

    Raises:
        ValueError: an order that is not positive.

    Example:
        >>> import jaxcollapse as jc
        >>> truth = jc.Gaussian.params(0.0, 1.0)
        >>> narrow, family = jc.Gaussian.params(0.0, 0.01), jc.Gaussian()
        >>> score = jc.vendi_of_order(1.0, size=64)
        >>> bool(score(family, narrow, truth) < 0.5 * score(family, truth, truth))
        True

    References:
        Friedman and Dieng, arXiv 2210.02410; Pasarkar and Dieng, arXiv 2310.12952.
    """

    def formula(x, y):
        values = jnp.maximum(symmetric_eigenvalues(similarity(x, y) / x.shape[0]), 0.0)
        if order == 1:
            return jnp.exp(-jnp.sum(xlogy(values, values)))
        return jnp.sum(values**order) ** (1 / (1 - order))

    return compared(name, f"Vendi score of order {order:g}", formula, size, FREE)


mmd = on_samples(
    "mmd", "squared maximum mean discrepancy to the truth", maximum_mean_discrepancy, unit=FREE
)
energy_distance = on_samples("energy-distance", "energy distance to the truth", energy, unit=LENGTH)
frechet = on_samples(
    "frechet", "Fréchet distance of the observations themselves", frechet_distance, unit=SQUARE
)
precision = on_samples(
    "precision", "share of generated observations near true ones", fidelity, unit=FREE
)
recall = on_samples("recall", "share of true observations near generated ones", recalled, unit=FREE)
density = on_samples(
    "density",
    "true neighborhoods around a generated observation, over their size",
    crowding,
    unit=FREE,
)
coverage = on_samples(
    "coverage", "share of true neighborhoods that hold a generated observation", covered, unit=FREE
)
vendi = on_samples(
    "vendi",
    "Vendi score of order 2: effective number of different observations",
    effective_number,
    unit=FREE,
)


def through(features, of: Metric, compare: Callable, size: int = SIZE) -> Metric:
    """Return a metric on features: `compare` after `features`, a function of rows with a `name`."""
    return on_samples(
        f"{of.name}@{features.name}",
        f"{of.summary}, of {features.name}",
        _composed(compare, features),
        size,
    )


def _composed(compare, features):
    """Return the comparison of the features of both samples."""
    return lambda x, y: compare(features(x), features(y))


@checked(centers=arrays(REAL, 2), size=SIZES)
def mode_shares(centers, size: int = 1024) -> Metric:
    """Return a metric: the share of the samples nearest to each center, a vector."""
    centers = np.asarray(centers, np.float32)

    def shares(x, y):
        nearest = jnp.argmin(squared_distances(x, jnp.asarray(centers)), axis=1)
        return jnp.mean(jax.nn.one_hot(nearest, len(centers)), axis=0)

    # The name must identify the centers, since metrics are known by their names.
    digest = hashlib.sha256(centers.tobytes()).hexdigest()[:8]
    return on_samples(f"mode-shares-{digest}", "share of the samples at each mode", shares, size)
