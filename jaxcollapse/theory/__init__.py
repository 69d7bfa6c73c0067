"""The theory beside the simulator: laws, their registry, and the exact recurrences and chains behind them."""

from . import (
    covariance,
    discrete,
    gaussian,
    gaussian_accumulate,
    gaussian_moments,
    improvement,
    limits,
    location_scale,
    mixture,
    multivariate,
    qvf,
    schedules,
    spectrum,
    subsampling,
    weighting,
)
from .kinds import Asymptotic, Bound, Distribution, Exact, Identity
from .mixing import effective_generations
from .registry import Law, law, law_named, laws, predict
from .symbols import truth_symbols

__all__ = [
    "Asymptotic",
    "Bound",
    "Distribution",
    "Exact",
    "Identity",
    "Law",
    "covariance",
    "discrete",
    "effective_generations",
    "gaussian",
    "gaussian_accumulate",
    "gaussian_moments",
    "improvement",
    "law",
    "law_named",
    "laws",
    "limits",
    "location_scale",
    "mixture",
    "multivariate",
    "predict",
    "qvf",
    "schedules",
    "spectrum",
    "subsampling",
    "truth_symbols",
    "weighting",
]
