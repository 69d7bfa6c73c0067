"""The theory beside the simulator: laws, their registry, and the exact recurrences and chains behind them."""

from . import (
    absorption,
    branching,
    discrete,
    diversity,
    gaussian,
    heavy_tails,
    kernel,
    multivariate,
    mutation,
    ngram,
    ngram_bias,
    qvf,
    students,
    vocabulary,
)
from .heavy_tails import zipf
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
    "branching",
    "discrete",
    "diversity",
    "gaussian",
    "heavy_tails",
    "kernel",
    "law",
    "law_named",
    "laws",
    "multivariate",
    "mutation",
    "ngram",
    "ngram_bias",
    "predict",
    "qvf",
    "students",
    "truth_symbols",
    "vocabulary",
    "zipf",
]
