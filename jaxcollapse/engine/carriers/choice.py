"""Which carrier a run uses: the one that is named, or the cheapest that the recursion allows."""

import jax
import numpy as np

from ...families.base import AbstractExponentialFamily
from ...recursion import Recursion
from ...workflows import AbstractWorkflow
from ..mixing import mixing_ledger, sources_of
from ..programs import by_structure
from .base import AbstractCarrier, capacity_of
from .chains import _is_chain, _skeleton, stepped
from .population import Population
from .samples import Sampled, allocate_slots, one_source
from .statistics import Statistics


def carrier_for(
    recursion: Recursion, generations: int, name: str = "auto", stops=None
) -> AbstractCarrier:
    """The carrier that `simulate` uses: by its name, or the cheapest that the recursion allows."""
    if name == "skeleton":
        return _skeleton(recursion, stops)
    family, workflow = recursion.family, recursion.workflow
    reducible = isinstance(family, AbstractExponentialFamily)
    rules = workflow.selection, recursion.selection
    selects = any(rule.selects for rule in rules)
    lossless = reducible and family.lossless and all(rule.reads_counts for rule in rules)
    if name == "auto":
        exact = reducible and (lossless or not selects) and not recursion.selection.selects
        exact = exact and recursion.decoding.closed
        name = "statistics" if exact else "samples"
    if name == "population" and reducible:
        return Population(family)
    if name == "statistics" and reducible:
        if not recursion.decoding.closed:
            raise ValueError(
                f"carrier 'statistics' cannot draw through {type(recursion.decoding).__name__}: use 'samples'"
            )
        if selects and not lossless:
            raise ValueError(
                f"carrier 'statistics' cannot select observations of {type(family).__name__}: use 'samples'"
            )
        by_table = stepped(family, int(recursion.n)) if _is_chain(recursion) else None
        if by_table is not None:
            return by_table
        follows = family.shapes_follow_n or selects
        return Statistics(family, capacity_of(recursion) if follows else None, _remembers(workflow))
    if name == "samples":
        ledger = mixing_ledger(
            _generic(workflow), generations, sizes=np.where(np.arange(generations) == 0, 2, 1)
        )
        slots, width = allocate_slots(ledger, _births(generations, workflow))
        return Sampled(family, slots, capacity_of(recursion), width)
    known = (
        "'auto', 'statistics', 'samples', 'skeleton' or 'population'"
        if reducible
        else "'auto' or 'samples'"
    )
    raise ValueError(f"carrier must be {known} for {type(family).__name__}, got {name!r}")


@by_structure
def _remembers(workflow: AbstractWorkflow) -> bool:
    """Whether a workflow keeps any evidence from one generation to the next."""
    kept = jax.eval_shape(lambda: workflow.init(one_source(0, 1, 1)))
    return bool(jax.tree.leaves(kept))


def _births(generations, workflow):
    """The fit before which each source is drawn."""
    return np.arange(sources_of(generations, workflow)) % generations


def _generic(workflow):
    """The workflow at generic values, so that the pattern of its ledger can be read while they are
    traced.
    """
    return jax.tree.map(lambda leaf: 0.5 * np.ones(np.shape(leaf)), workflow)
