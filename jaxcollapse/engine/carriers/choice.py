"""Which carrier a run uses: the first that has no objection to the recursion."""

from ...recursion import Recursion
from .base import AbstractCarrier
from .chains import Lineages, TwoTypes, TwoTypesSkeleton
from .population import Population
from .quadrature import Quadrature
from .samples import Sampled
from .statistics import Statistics
from .tilted import Tilted

# In the order in which carriers of one name are asked: special kernels before general ones.
CARRIERS: tuple[type[AbstractCarrier], ...] = (
    TwoTypes,
    Statistics,
    Sampled,
    TwoTypesSkeleton,
    Lineages,
    Population,
    Quadrature,
    Tilted,
)


def carrier_for(
    recursion: Recursion, generations: int, name: str = "auto", stops=None
) -> AbstractCarrier:
    """Return the carrier that `simulate` uses: the first of its name that has no objection.

    Raises:
        ValueError: an unknown name, or the carrier's own objection.
    """
    fitting = [c for c in CARRIERS if isinstance(recursion.family, c.families)]
    asked = _automatic(recursion) if name == "auto" else [c for c in fitting if c.name == name]
    objection = None
    for carrier in asked:
        objection = carrier.why_not(recursion, stops)
        if objection is None:
            return carrier.of(recursion, generations, stops)
    raise ValueError(objection or _unknown(name, fitting, recursion.family))


def _automatic(recursion: Recursion) -> tuple[type[AbstractCarrier], ...]:
    """The carriers that "auto" asks, cheapest first; all of them are exact."""
    # To select from counts, a carrier makes labels of them: no cheaper than samples.
    return (Sampled,) if recursion.selection.selects else (TwoTypes, Statistics, Sampled)


def _unknown(name: str, fitting, family) -> str:
    names = ["auto", *dict.fromkeys(carrier.name for carrier in fitting)]
    listed = ", ".join(map(repr, names[:-1]))
    return f"carrier must be {listed} or {names[-1]!r} for {type(family).__name__}, got {name!r}"
