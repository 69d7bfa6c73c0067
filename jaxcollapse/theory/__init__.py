"""The theory beside the simulator: laws, their registry, and the exact recurrences and chains behind them."""

from . import (
    discrete,
    gaussian,
    gaussian_accumulate,
    gaussian_moments,
    improvement,
    multivariate,
    qvf,
    schedules,
    spectrum,
    subsampling,
    weighting,
)
from .kinds import Asymptotic, Bound, Distribution, Exact, Identity
from .registry import Law, law, law_named, laws, predict
from .symbols import truth_symbols

__all__ = [
    "Asymptotic",
    "Bound",
    "Distribution",
    "Exact",
    "Identity",
    "Law",
    "discrete",
    "gaussian",
    "gaussian_accumulate",
    "gaussian_moments",
    "law",
    "improvement",
    "law_named",
    "laws",
    "multivariate",
    "predict",
    "qvf",
    "schedules",
    "spectrum",
    "subsampling",
    "truth_symbols",
    "weighting",
]
