"""The theory beside the simulator: laws, their registry, and the exact recurrences and chains behind them."""

from . import absorption, discrete, diversity, gaussian, kernel, multivariate, mutation, qvf, vocabulary
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
    "absorption",
    "discrete",
    "diversity",
    "gaussian",
    "kernel",
    "law",
    "law_named",
    "laws",
    "multivariate",
    "mutation",
    "predict",
    "qvf",
    "truth_symbols",
    "vocabulary",
]
