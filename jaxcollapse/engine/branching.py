"""Which carriers a run and its branch use, so that the data of both can be pooled."""

from dataclasses import replace

from ..recursion import Recursion
from .branch import Branch
from .carriers.base import AbstractCarrier
from .carriers.choice import carrier_for
from .carriers.population import Population
from .carriers.samples import Sampled
from .carriers.statistics import Statistics


def branch_of(
    run: AbstractCarrier, recursion: Recursion, other: Recursion, generations: int, name: str
) -> tuple[AbstractCarrier, Branch]:
    """The carrier of a run that has the branch `other`, and the branch.

    Args:
        run: the carrier of the run alone.
        recursion: the run.
        other: what its generations are also fitted as.
        generations: number of fits that the program has room for.
        name: carrier of the data of the branch, "auto" for that of the run.

    Raises:
        ValueError: a carrier that cannot run `other`, or data that the run cannot pool.
    """
    both = recursion, other
    if name == Population.name:
        kind = type(carrier_for(other, generations, name))
        if issubclass(kind, Sampled) or isinstance(run, Sampled):
            owner = type(other.family).__name__
            raise ValueError(f"a branch of {owner} cannot pool weighted points with samples")
        run = Statistics.of(recursion, generations, None)
        return run, Branch(other, *(kind.of(each, generations, None) for each in both))
    kind = Sampled if isinstance(run, Sampled) else Statistics
    carriers = [kind.of(each, generations, None) for each in both]
    sizes = [each.capacity for each in carriers if each.capacity is not None]
    # One size for both, so that the branch finds room beside the data of the run.
    drawing, learning = (replace(each, capacity=max(sizes, default=None)) for each in carriers)
    return drawing, Branch(other, drawing, learning)
