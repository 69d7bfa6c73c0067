"""The theory beside the simulator: laws, their registry, and the exact recurrences and chains behind them."""

from . import biased_sampling, curation, discrete, gaussian, house_of_cards, multivariate, qvf, selection, temperature, verifiers
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
    "biased_sampling",
    "curation",
    "discrete",
    "gaussian",
    "house_of_cards",
    "law",
    "law_named",
    "laws",
    "multivariate",
    "predict",
    "qvf",
    "selection",
    "temperature",
    "truth_symbols",
    "verifiers",
]
