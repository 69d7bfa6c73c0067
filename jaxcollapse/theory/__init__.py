"""The theory beside the simulator: laws, their registry, and the exact recurrences and chains behind them."""

from . import discrete, gaussian, multivariate, ppca, qvf
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
    "law",
    "law_named",
    "laws",
    "multivariate",
    "ppca",
    "predict",
    "qvf",
    "truth_symbols",
]
