"""The theory beside the simulator: laws, their registry, and the exact recurrences and chains behind them."""

from . import contraction, detection, discrete, fairness, gaussian, labels, modes, multivariate, provenance_laws, qvf
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
    "contraction",
    "detection",
    "discrete",
    "fairness",
    "gaussian",
    "labels",
    "law",
    "law_named",
    "laws",
    "modes",
    "multivariate",
    "predict",
    "provenance_laws",
    "qvf",
    "truth_symbols",
]
