"""The law registry: formulas become laws under a name, and are found by it or by what they are
about.
"""

from .._names import entry
from ..decoding import Faithful
from ..quantities.base import AbstractQuantity
from ..selection import Everything
from .kinds import Exact, Kind
from .law import Law
from .notes import notes_of

_LAWS: dict[str, Law] = {}


def law(
    name: str,
    family: type | None = None,
    workflow: type | None = None,
    quantity: AbstractQuantity | None = None,
    kind: Kind = Exact(),
    *,
    selection: type = Everything,
    decoding: type = Faithful,
    host: bool = False,
):
    """Register the decorated formula as a law; what else is known of it stands in decorators below.

    Args:
        name: `family-workflow-quantity` in kebab case, unique.
        family: the family, or an abstract base of several; None for a statement that is not about
            a recursion.
        workflow: the workflow, or `AbstractWorkflow` for all of them.
        quantity: what is predicted.
        kind: `Exact`, `Bound`, `Asymptotic`, `InDistribution` or `Identity`.
        selection: the selection of generated data that the law speaks about; none unless given.
        decoding: the decoding of models that the law speaks about; none unless given.
        host: whether the formula computes in NumPy or SciPy (a recurrence, a chain, an inversion)
            rather than through `xp`, so that JAX, SymPy and mpmath cannot read it.

    Raises:
        ValueError: the name is taken by a law of another module.

    Example:
        >>> import jaxcollapse as jc
        >>> @jc.law("example-mean", jc.Poisson, jc.Replace, jc.E(jc.mean))
        ... @jc.source("derived")
        ... @jc.rival("n - 1", n=lambda n: n - 1)
        ... def mean_of_replace(xp, mean, n, t):
        ...     return mean + 0.0 * t / n
        >>> jc.law_named("example-mean")(mean=2.0, n=10, t=5)
        2.0
    """

    def register(body):
        if name in _LAWS and _LAWS[name].body.__module__ != body.__module__:
            raise ValueError(f"law {name!r} is already registered in {_LAWS[name].body.__module__}")
        about = {"selection": selection, "decoding": decoding, "host": host}
        _LAWS[name] = Law(name, family, workflow, quantity, kind, body, **about, **notes_of(body))
        return body

    return register


def laws(**about) -> list[Law]:
    """Every registered law, or those whose attributes match: `laws(family=Gaussian,
    workflow=Replace)`.
    """
    found = sorted(_LAWS.values(), key=lambda each: each.name)
    return [each for each in found if all(getattr(each, k) == v for k, v in about.items())]


def law_named(name: str) -> Law:
    """Look a law up. Raises `ValueError` offering the nearest names."""
    return entry(name, _LAWS, "law")
