"""Hypothesis strategies from declared domains, for your own families and workflows as for ours.

Values come from the typical region that a domain declares. Hypothesis shrinks towards the simplest
record.
"""

from collections.abc import Sequence

import jax
import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from ..arguments import checked
from ..domains import AbstractDomain, Covariance, Integer, Simplex
from ..engine.plan import Plan
from ..families import AbstractFamily
from ..space import recursions as space
from ..workflows import AbstractWorkflow

GENERATIONS = 6
LEAST = 1e-30
FITS = Integer(1, 10**5)


class _Drawn:
    """Hypothesis as a source of values."""

    def __init__(self, draw):
        self.draw = draw

    def real(self, name, low, high):
        drawn = self.draw(st.floats(low, high, allow_subnormal=False))
        # The simulator computes in single precision and refuses what would underflow there.
        return 0.0 if abs(drawn) < LEAST and low <= 0 <= high else drawn

    def integer(self, name, low, high):
        return self.draw(st.integers(low, high))

    def choice(self, name, options):
        return self.draw(st.sampled_from(options))


@checked(domain=AbstractDomain, shape=tuple)
@st.composite
def values(draw, domain: AbstractDomain, shape: tuple[int, ...] = ()):
    """Values of a declared domain's typical region.

    Example:
        >>> import jaxcollapse as jc, jaxcollapse.testing as jct
        >>> jct.values(jc.Real(0.0, 1.0, typical=(0.2, 0.4)))
        values(domain=Real(low=0.0, high=1.0, closed=(True, True), typical=(0.2, 0.4)))
    """
    return space.value_in(domain, _Drawn(draw), "value", shape)


@checked(categories=Integer(2, 10**6))
def probability_vectors(categories: int = 5):
    """Probability vectors with every entry positive, shape (categories,)."""
    return values(Simplex(), (categories,))


@checked(dimensions=Integer(1, 1000))
def covariances(dimensions: int = 3):
    """Positive-definite matrices, shape (dimensions, dimensions), well conditioned."""
    return values(Covariance(), (dimensions,))


@checked(generations=Integer(1, 1000))
@st.composite
def stochastic_matrices(draw, generations: int = GENERATIONS):
    """Causal stochastic matrices: row t weighs models 0…t and sums to one; the matrices of
    `Weighted`.
    """
    return space.stochastic_matrix(_Drawn(draw), "matrix", generations)


@checked(generations=Integer(1, 10**6), least=Integer(*space.SIZES))
@st.composite
def schedules(draw, generations: int = GENERATIONS, least: int = 2):
    """A sample size for every fit, shape (generations,)."""
    return space.schedule_of(_Drawn(draw), generations, least)


@checked(kind=type, generations=FITS)
@st.composite
def records(draw, kind: type, generations: int = GENERATIONS):
    """Instances of a record type, fields drawn from their domains; other fields keep their
    defaults.

    Raises:
        ValueError: when drawn, if a field has neither a domain nor a default.
    """
    return space.record_of(kind, _Drawn(draw), generations)


@checked(below=type, generations=FITS)
def families(below: type = AbstractFamily, generations: int = GENERATIONS):
    """Families below a base, your own included."""
    return _below(space.families_below(below), below, generations)


@checked(below=type, generations=FITS)
def workflows(below: type = AbstractWorkflow, generations: int = GENERATIONS):
    """Workflows below a base, your own included; matrices have `generations` rows."""
    return _below(space.workflows_below(below), below, generations)


def _below(kinds: Sequence[type], below: type, generations: int):
    if not kinds:
        raise ValueError(f"nothing below {below.__name__} can be made from declared domains")
    return st.sampled_from(kinds).flatmap(lambda kind: records(kind, generations))


@checked(family=AbstractFamily)
@st.composite
def truths(draw, family: AbstractFamily):
    """True models of a family, from the domains of the arguments of its `params`."""
    return space.truth_of(family, _Drawn(draw))[0]


@checked(
    family=(type, AbstractFamily),
    workflow=(type, AbstractWorkflow),
    generations=FITS,
    schedules=bool,
)
@st.composite
def recursions(
    draw,
    family=AbstractFamily,
    workflow=AbstractWorkflow,
    generations: int = GENERATIONS,
    schedules: bool = False,
):
    """Whole configurations that `simulate(..., generations=generations)` takes.

    Args:
        family: a type, abstract ones standing for all below them, or an instance, taken as it is.
        workflow: likewise.
        generations: number of fits that matrices and schedules are made for.
        schedules: whether n and fresh may change from fit to fit.

    Example:
        >>> import jaxcollapse as jc, jaxcollapse.testing as jct
        >>> from hypothesis import find
        >>> found = find(jct.recursions(jc.AbstractQVF, jc.Accumulate()), lambda r: int(r.n) >= 7)
        >>> int(found.n), type(found.workflow).__name__
        (7, 'Accumulate')
    """
    kinds = space.families_below(family) if isinstance(family, type) else [family]
    rules = space.workflows_below(workflow) if isinstance(workflow, type) else [workflow]
    for name, found, asked in (("family", kinds, family), ("workflow", rules, workflow)):
        if not found:
            raise ValueError(
                f"{name}: nothing below {asked.__name__} can be made from declared domains"
            )
    answers = _Drawn(draw), kinds, rules, generations, schedules
    drawn = space.recursion_by_answers(*answers).recursion
    if len(kinds) * len(rules) > 1:
        assume(_is_simulated(drawn, generations))
    return drawn


_SIMULATED: dict[tuple, bool] = {}


def _is_simulated(recursion, generations: int) -> bool:
    """Whether `simulate` takes a recursion, which its parts and their shapes decide."""
    leaves, structure = jax.tree.flatten(recursion)
    kind = structure, tuple(map(np.shape, leaves)), generations
    if kind not in _SIMULATED:
        try:
            Plan.of(jax.random.key(0), recursion, generations, 1, "auto", None, None)
        except ValueError:
            _SIMULATED[kind] = False
        else:
            _SIMULATED[kind] = True
    return _SIMULATED[kind]


def resolve(asked: type):
    """The strategy of a record type or of a domain, for `hypothesis.strategies.from_type`."""
    from ..recursion import Recursion

    if asked is Recursion:
        return recursions()
    if issubclass(asked, AbstractFamily):
        return families(asked)
    if issubclass(asked, AbstractWorkflow):
        return workflows(asked)
    return records(asked)
