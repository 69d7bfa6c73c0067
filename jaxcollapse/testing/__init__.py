"""For your own tests: strategies for your families and workflows, and statistical assertions at
stated error rates.

Needs Hypothesis, which is not a dependency of the package itself.
"""

from .assertions import NotResolved, assert_expectation, assert_law, assert_same_law
from .strategies import (
    covariances,
    families,
    probability_vectors,
    records,
    recursions,
    schedules,
    stochastic_matrices,
    truths,
    values,
    workflows,
)

__all__ = [
    "NotResolved",
    "assert_expectation",
    "assert_law",
    "assert_same_law",
    "covariances",
    "families",
    "probability_vectors",
    "records",
    "recursions",
    "schedules",
    "stochastic_matrices",
    "truths",
    "values",
    "workflows",
]
