"""The theory beside the simulator: laws, their registry, and the exact recurrences and chains
behind them.
"""

from .categorical import (
    absorption,
    curation,
    diversity,
    heavy_tails,
    house_of_cards,
    modes,
    mutation,
    ngram,
    ngram_bias,
    students,
    temperature,
    vocabulary,
)
from .categorical import frequencies as discrete
from .categorical.heavy_tails import zipf
from .gaussian import accumulate as gaussian_accumulate
from .gaussian import (
    admissible,
    biased_sampling,
    covariance,
    equivariant,
    limits,
    location_scale,
    mixture,
    multivariate,
    ppca,
)
from .gaussian import distributions as scale_laws
from .gaussian import moments as gaussian_moments
from .gaussian import truncation as selection
from .gaussian import univariate as gaussian
from .kinds import Asymptotic, Bound, Exact, Identity, InDistribution
from .labels import biased_verifiers, boosting, fairness, mislabeled, verifiers
from .labels import noise as labels
from .law import Law
from .loops import bootstrap, contraction, detection
from .loops import densities as kernel
from .loops import error_sources as decomposition
from .means import (
    branching,
    editing,
    improvement,
    known_share,
    memory,
    qvf,
    real_share,
    schedules,
    stationary,
    subsampling,
    weighting,
)
from .means import polynomials as spectrum
from .means import provenance as provenance_laws
from .prediction import predict
from .recurrence import effective_generations
from .registry import law, law_named, laws
from .regression import averages as mixtures
from .regression import blended, fixed_design, power_spectra, shared_inputs, smoothers
from .regression import deterministic_equivalents as equivalents
from .regression import least_squares as regression
from .symbols import truth_symbols

__all__ = [
    "Asymptotic",
    "Bound",
    "InDistribution",
    "Exact",
    "Identity",
    "Law",
    "absorption",
    "admissible",
    "biased_sampling",
    "biased_verifiers",
    "blended",
    "boosting",
    "bootstrap",
    "branching",
    "contraction",
    "covariance",
    "curation",
    "decomposition",
    "detection",
    "discrete",
    "diversity",
    "editing",
    "effective_generations",
    "equivalents",
    "equivariant",
    "fairness",
    "fixed_design",
    "gaussian",
    "gaussian_accumulate",
    "gaussian_moments",
    "heavy_tails",
    "house_of_cards",
    "improvement",
    "kernel",
    "known_share",
    "labels",
    "law",
    "law_named",
    "laws",
    "limits",
    "location_scale",
    "memory",
    "mislabeled",
    "mixture",
    "mixtures",
    "modes",
    "multivariate",
    "mutation",
    "ngram",
    "ngram_bias",
    "power_spectra",
    "ppca",
    "predict",
    "provenance_laws",
    "qvf",
    "real_share",
    "regression",
    "scale_laws",
    "schedules",
    "selection",
    "shared_inputs",
    "smoothers",
    "spectrum",
    "stationary",
    "students",
    "subsampling",
    "temperature",
    "truth_symbols",
    "verifiers",
    "vocabulary",
    "weighting",
    "zipf",
]
