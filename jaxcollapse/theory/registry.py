"""The law registry: formulas become laws under a name, and are found by it or by what they are about."""

import difflib

from ..decoding import Faithful
from ..selection import Everything
from .statements import Law

_LAWS: dict[str, Law] = {}


def law(
    name: str, *, kind, cite, family=None, workflow=None, quantity=None, tag="", rivals=None, where=None, when=None, at=(),
    draw=None, selection=Everything, decoding=Faithful, assuming=None,
):  # fmt: skip
    """Register the decorated formula as a law.

    Args:
        name: `family-workflow-quantity` in kebab case, unique.
        family: the family, or an abstract base of several; None for a statement that is not about a recursion.
        workflow: the workflow, or `AbstractWorkflow` for all of them.
        quantity: what is predicted.
        kind: `Exact`, `Bound`, `Asymptotic`, `Distribution` or `Identity`.
        cite: keys of the bibliography; "derived" where no prior statement is known.
        tag: tag of the statement in the catalogue of results.
        rivals: nearby wrong formulas, by name, that the data must reject.
        where: domain of each symbol that is narrower than its usual one.
        when: predicate on the recursion, for hypotheses that its types do not express.
        at: configurations to test at, as `(recursion, generations)`, derived from the types unless given; symbols by name,
            as mappings, for laws with a `draw` of their own and for identities.
        selection: the selection of generated data that the law speaks about; none unless given.
        decoding: the decoding of models that the law speaks about; none unless given.
        assuming: hypotheses that tie symbols together, such as `SPARE_ROWS` for n > d + 1.
        draw: simulation of a statement that is not about a trajectory, `(key, replicas, **symbols) -> (replicas, ...)`.
    """

    def register(body):
        if name in _LAWS and _LAWS[name].body.__module__ != body.__module__:
            raise ValueError(f"law {name!r} is already registered in {_LAWS[name].body.__module__}")
        extra = {} if when is None else {"when": when}
        _LAWS[name] = Law(
            name, family, workflow, quantity, kind, body, tuple(cite), tag, rivals or {}, where or {}, at=tuple(at), draw=draw,
            selection=selection, decoding=decoding, assuming=assuming or {}, **extra,
        )
        return body

    return register


def laws(**about) -> list[Law]:
    """Every registered law, or those whose attributes match: `laws(family=Gaussian, workflow=Replace)`."""
    found = sorted(_LAWS.values(), key=lambda each: each.name)
    return [each for each in found if all(getattr(each, k) == v for k, v in about.items())]


def law_named(name: str) -> Law:
    """Look a law up. Raises `ValueError` offering the nearest names."""
    if name in _LAWS:
        return _LAWS[name]
    near = difflib.get_close_matches(name, _LAWS, n=4, cutoff=0.4)
    raise ValueError(f"there is no law {name!r}; nearest: {', '.join(near) or 'none'}")
