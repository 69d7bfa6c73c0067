"""Exact samplers with traced parameters.

Each function draws one variate and is meant for `jax.vmap`. The laws hold in single precision.
Every sampler is exact, or its tolerance is a named constant: `LOG_CHI2_TOLERANCE` for the quantile
surface of log chi-square, and the normal tail of the series of the hyperbolic secant.
"""

from .alias import AliasTable, alias_table
from .binomial import binomial, binomial_of_seed, successes, successes_of_seed
from .categorical import categorical
from .chi2 import (
    LOG_CHI2_TOLERANCE,
    log_chi2,
    log_chi2_by_rejection,
    log_chi2_from_normal,
    log_gamma,
)
from .hyperbolic import hyperbolic_secant, hyperbolic_secant_sum
from .labels import labels_from_counts, resampled, tally
from .lineages import founder_counts, traced_founders
from .multinomial import (
    LABELS_PER_CATEGORY,
    by_binomials,
    multinomial,
    multinomial_from_counts,
    multivariate_hypergeometric,
)
from .normal import complex_normals, normal
from .poisson import negative_binomial, poisson
from .wishart import bartlett, bartlett_from_normals

__all__ = [
    "LABELS_PER_CATEGORY",
    "LOG_CHI2_TOLERANCE",
    "AliasTable",
    "alias_table",
    "bartlett",
    "bartlett_from_normals",
    "binomial",
    "binomial_of_seed",
    "by_binomials",
    "categorical",
    "complex_normals",
    "founder_counts",
    "hyperbolic_secant",
    "hyperbolic_secant_sum",
    "labels_from_counts",
    "log_chi2",
    "log_chi2_by_rejection",
    "log_chi2_from_normal",
    "log_gamma",
    "multinomial",
    "multinomial_from_counts",
    "multivariate_hypergeometric",
    "negative_binomial",
    "normal",
    "poisson",
    "resampled",
    "successes",
    "successes_of_seed",
    "tally",
    "traced_founders",
]
