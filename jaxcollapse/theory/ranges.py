"""The usual range of every symbol; a law narrows it with `@holds(where=...)`."""

from ..domains import POSITIVE, PROBABILITY, REAL, Integer, Simplex

SIZES = ("n", "real", "fresh")
SCHEDULES = ("sizes", "arrivals")
_AT_LEAST_ONE = ("n", "d", "i", "real", "fresh", "window", "trials", "sizes", "length")
_ANY = ("location", "kurtosis", "mean", "v0", "v1", "v2")
_POSITIVE = ("variance", "scale", "threshold")
SYMBOL_DOMAINS = {
    **dict.fromkeys(_AT_LEAST_ONE, Integer(1)),
    **dict.fromkeys(("t", "arrivals"), Integer(0)),
    **dict.fromkeys(("ddof", "weight"), PROBABILITY),
    **dict.fromkeys(_POSITIVE, POSITIVE),
    **dict.fromkeys(_ANY, REAL),
    "p": Simplex(),
}
