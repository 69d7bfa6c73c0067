"""The usual range of every symbol; a law narrows it with `@holds(where=...)`."""

import math

from ..domains import POSITIVE, PROBABILITY, REAL, Covariance, Integer, Real, Simplex

NON_NEGATIVE = Real(0.0, typical=(0.0, 3.0))
ACUTE = Real(0.0, math.pi / 2, typical=(0.1, 1.4))
SIZES = ("n", "real", "fresh")
SCHEDULES = ("sizes", "arrivals")
# Symbols that are arrays: a law is not broadcast over their entries.
ARRAYS = (*SCHEDULES, "eigenvalues", "coefficients", "rewards", "fitness", "h", "blocks", "rates")
_AT_LEAST_ONE = (
    *("n", "d", "i", "real", "fresh", "window", "trials", "sizes", "length", "synthetic"),
    *("among", "least", "bins", "order"),
)
_COUNTS = ("t", "arrivals", "rounds", "latent", "features")
_ANY = (
    *("location", "kurtosis", "mean", "v0", "v1", "v2", "center", "slope", "strength", "gap"),
    *("rewards", "coefficients"),
)
_POSITIVE = (
    *("variance", "scale", "threshold", "temperature", "bound", "radius", "rho", "ratio"),
    *("trace", "trace_square", "spread", "growth", "c"),
)
_NON_NEGATIVE = (
    *("noise", "signal", "omitted", "used", "moved", "distance", "inherited", "kappa", "penalty"),
    *("pseudocount", "eigenvalues", "fitness", "h"),
)
_PROBABILITIES = (
    *("ddof", "weight", "right", "wrong", "mislabeled", "error", "fresh_error", "target", "rate"),
    *("share", "success", "novelty", "blocks", "rates", "forgetting"),
)
SHARE_MEAN = {"mean": PROBABILITY}
RATE_MEAN = {"mean": NON_NEGATIVE}
# Without a weight, fresh and synthetic data are pooled as they come.
OPTIONAL = ("weight",)
SYMBOL_DOMAINS = {
    **dict.fromkeys(_AT_LEAST_ONE, Integer(1)),
    **dict.fromkeys(_COUNTS, Integer(0)),
    **dict.fromkeys(_PROBABILITIES, PROBABILITY),
    **dict.fromkeys(_POSITIVE, POSITIVE),
    **dict.fromkeys(_NON_NEGATIVE, NON_NEGATIVE),
    **dict.fromkeys(_ANY, REAL),
    **dict.fromkeys(("p", "transition", "transitions", "model"), Simplex()),
    "covariance": Covariance(),
    "angle": ACUTE,
    "advantage": Real(-1.0, closed=(False, True), typical=(-0.5, 1.0)),
}
