"""The theory beside the simulator: laws, their registry, and the exact recurrences and chains behind them."""

from . import decomposition, discrete, fixed_design, gaussian, mixtures, multivariate, qvf, regression, shared_inputs, smoothers
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
    "decomposition",
    "discrete",
    "fixed_design",
    "gaussian",
    "law",
    "law_named",
    "laws",
    "mixtures",
    "multivariate",
    "predict",
    "qvf",
    "regression",
    "shared_inputs",
    "smoothers",
    "truth_symbols",
]
