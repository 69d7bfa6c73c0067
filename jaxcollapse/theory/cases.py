"""The configurations at which laws are tried, derived from the types that they are about.

They are asymmetric: no mean of zero, no equal probabilities, no equal sizes.
"""

import inspect

import numpy as np

from ..quantities.base import HittingTime
from ..records import concrete_subclasses, domains_of
from ..recursion import Recursion
from ..space.examples import example_truth
from ..workflows import AbstractWorkflow, Anchor, Each, Refresh, Select, Weighted

GENERATIONS = 6
SIZE = 12
ABSORBING = 40


def example_workflows(workflow: type[AbstractWorkflow]) -> list[AbstractWorkflow]:
    """Return instances of a workflow, or of all linear ones below an abstract one."""
    if inspect.isabstract(workflow):
        return [each for child in _linear(workflow) for each in example_workflows(child)]
    if workflow is Weighted:
        weights = np.tril(1.0 + np.arange(GENERATIONS**2).reshape(GENERATIONS, GENERATIONS) % 3)
        return [Weighted(weights)]
    if workflow in (Each, Select):
        return []  # they are made of other workflows
    if workflow is Refresh:
        return [Refresh(), Refresh.golden(1.5)]
    return [workflow()]


def _linear(workflow):
    """Concrete workflows of the package that select nothing."""
    shipped = [
        child
        for child in concrete_subclasses(workflow)
        if child.__module__.startswith("jaxcollapse.")
    ]
    return [
        child
        for child in shipped
        if not any(each.selection.selects for each in example_workflows(child))
    ]


def example_families(family: type) -> list:
    """Return default instances of a family, or of all families below an abstract one.

    Families with `ddof` come with both values.
    """
    kinds = concrete_subclasses(family) if inspect.isabstract(family) else [family]
    shipped = [kind for kind in kinds if kind.__module__.startswith("jaxcollapse.")]
    estimators = [
        [kind(ddof=1), kind(ddof=0)] if "ddof" in domains_of(kind) else [kind()]
        for kind in shipped or kinds
    ]
    return [each for pair in estimators for each in pair]


def default_cases(law, exhaustive: bool = False) -> list[tuple[Recursion, int]]:
    """Return the cases of a law: those that it names, else configurations with their horizon.

    Args:
        law: the law.
        exhaustive: every family with every workflow, instead of each at least once.
    """
    if law.at:
        return list(law.at)
    horizon = ABSORBING * SIZE if isinstance(law.quantity, HittingTime) else GENERATIONS
    whole = [(f, w) for f in example_families(law.family) for w in example_workflows(law.workflow)]
    fitting = [each for pair in whole if law.holds_for(each := _recursion(*pair))]
    chosen = fitting if exhaustive else _covering(fitting)
    return [(recursion, horizon) for recursion in chosen]


def _recursion(family, workflow) -> Recursion:
    extra = {"fresh": SIZE - 4} if workflow.uses_fresh else {}
    if isinstance(workflow, Anchor):
        extra["real"] = SIZE + 8
    return Recursion(family, workflow, truth=example_truth(family), n=SIZE, **extra)


def _covering(recursions: list[Recursion]) -> list[Recursion]:
    """Choose few configurations in which every family and every workflow occurs.

    The next one is always that whose family and workflow are the rarest so far.
    """
    seen: dict[str, int] = {}
    chosen = []
    for _ in recursions:
        rest = [r for r in recursions if not any(r is other for other in chosen)]
        best = min(rest, key=lambda r: sum(seen.get(name, 0) for name in _names(r)))
        if all(seen.get(name, 0) for r in rest for name in _names(r)):
            break
        chosen.append(best)
        for name in _names(best):
            seen[name] = seen.get(name, 0) + 1
    return chosen


def _names(recursion) -> tuple[str, str]:
    """The family with its estimator and the workflow with its weights, as they are printed."""
    return str(recursion.family), str(recursion.workflow)
