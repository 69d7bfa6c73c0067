r"""Decompose an error by intervention: every source is switched off in all combinations.

A source of error is switched off by an oracle, a function from recursions to recursions. Recursive
interventions act in every generation; one-shot interventions act in generation t alone, on data of
the ordinary run's model t - 1. All combinations share their random numbers.
"""

import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from .._keys import check_key
from .._names import known
from ..arguments import check_is, checked
from ..domains import POSITIVE, Integer
from ..quantities.base import E
from ..recursion import Recursion
from .certificates import Certificate, measured
from .combinations import Combinations
from .costs import Cost
from .decomposition import Decomposition
from .needs import check_error, check_pilot
from .oracles import Absent, Oracle, oracles_of
from .work import Found, Work

KINDS = ("recursive", "one-shot")
SECONDS = 120.0
BYTES = 4e9


limited = checked(error=POSITIVE, seconds=POSITIVE, memory=POSITIVE)


@limited
def decompose(
    quantity: E,
    recursion: Recursion,
    *,
    t,
    oracles: Mapping[str, Any] | None = None,
    kind: str = "recursive",
    key=None,
    replicas: int | None = None,
    error: float | None = None,
    seconds: float = SECONDS,
    memory: float = BYTES,
) -> Decomposition:
    r"""Decompose an expected error after t fits by switching its k sources off in $2^k$ ways.

    Args:
        quantity: an expectation such as `jc.E(jc.excess_risk)`.
        recursion: the configuration, with all its sources of error on.
        t: generation or generations, at least 1.
        oracles: an `Oracle` or a function of recursions by source; the family's unless given.
        kind: "recursive", oracles act in every generation, or "one-shot", in generation t alone.
        key: a typed key; without one the closed forms of `predict` are used.
        replicas: of each combination, under common random numbers; unless given, as many of 16 to
            16,384 as half of the allowed seconds are estimated to hold.
        error: the largest standard error that a part may have; a pilot tells before the work that
            the replicas are too few, where it is short beside it.
        seconds, memory: the most seconds on two cores and bytes that an estimate may come to.

    Raises:
        ValueError: no expectation, no source, oracles that do not commute, too much work, or too
            few replicas.
        LookupError: no key is given and a combination has no closed form.

    Example:
        >>> import jaxcollapse as jc
        >>> features = jc.Features(2, jc.ColdDescent(3, 0.3))
        >>> family = jc.LinearRegression(estimator=features, noise=0.5)
        >>> truth = family.params([1.0, -0.5, 0.3])
        >>> r = jc.Recursion(family, jc.Replace(), truth=truth, n=12)
        >>> parts = jc.decompose(jc.E(jc.excess_risk), r, t=4)
        >>> round(float(sum(parts.part(source).value for source in parts.sources)), 4)
        1.0797
    """
    how = {"oracles": oracles, "kind": kind, "key": key, "replicas": replicas, "error": error}
    return decomposed(planned(quantity, recursion, t=t, seconds=seconds, memory=memory, **how))


class Planned(NamedTuple):
    """The oracles of a decomposition by source, its work, and an estimate of what that costs.

    Closed forms cost nothing worth an estimate.
    """

    oracles: dict[str, Oracle | Absent]
    work: Work
    cost: Cost | None
    error: float | None


@limited
def planned(
    quantity: E,
    recursion: Recursion,
    *,
    t,
    oracles: Mapping[str, Any] | None = None,
    kind: str = "recursive",
    key=None,
    replicas: int | None = None,
    error: float | None = None,
    seconds: float = SECONDS,
    memory: float = BYTES,
) -> Planned:
    """Check the arguments of `decompose`, and estimate the work before any of it is done.

    Raises:
        ValueError, LookupError: what `decompose` refuses.
    """
    found = _checked(quantity, recursion, t, oracles, kind, key)
    present = {name: each for name, each in found.items() if isinstance(each, Oracle)}
    graded = frozenset(name for name in found if found[name].gradient)
    combinations = Combinations(recursion, present, kind, graded)
    combinations.check()
    if replicas is not None:
        # One replica has no standard error that could be compared with the asked one.
        Integer(1 if error is None else 2).check("replicas", replicas)
    work = Work(combinations, quantity, np.asarray(t), key)
    if key is None:
        return Planned(found, work, None, error)
    return Planned(found, *work.allowed(replicas, seconds, memory, error is not None), error)


def decomposed(plan: Planned) -> Decomposition:
    """Do the work of a plan.

    Raises:
        ValueError: too few replicas for the asked error, and how many it takes.
    """
    if plan.error is not None and plan.work.pilot:
        _try_pilot(plan, plan.error)
    parts = decomposition_of(plan, plan.work.done())
    if plan.error is not None:
        check_error(parts, plan.error)
    return parts


def _try_pilot(plan: Planned, error: float) -> None:
    """Raise a `ValueError` where a few replicas show that those of the work are too few."""
    work = plan.work.of_pilot()
    with warnings.catch_warnings(action="ignore"):
        try:
            done = work.done()
        except ValueError:
            # Few replicas may have no value where many have: the work itself judges that.
            return
    check_pilot(decomposition_of(plan._replace(work=work), done), error, plan.work.replicas)


def decomposition_of(plan: Planned, done: Found) -> Decomposition:
    """The decomposition that a plan has found."""
    work = plan.work
    scale = max(float(np.max(np.abs(each.mean(axis=0)))) for each in done.values.values())
    made = {name: _certificate(name, o, done.gaps, scale) for name, o in plan.oracles.items()}
    for name, squared in done.gradients.items():
        made[name] = made[name].with_gradient(squared)
    sources, kind = tuple(work.combinations.oracles), work.combinations.kind
    about = kind, work.t, str(work.quantity), done.exact
    return Decomposition(sources, done.values, made, done.beyond, *about)


def _checked(quantity, recursion, t, oracles, kind, key) -> dict[str, Oracle | Absent]:
    """The oracles of a decomposition by source, once its arguments are known to be right."""
    if not isinstance(quantity, E):
        raise ValueError(f"quantity must be an expectation E(metric), got {quantity}")
    check_is("recursion", recursion, Recursion)
    check_is("oracles", oracles, Mapping, type(None))
    known(kind, KINDS, "kind")
    Integer(1).check("t", t)
    if key is not None:
        check_key(key)
    elif kind == "one-shot":
        raise ValueError("kind 'one-shot' is simulated: give a key, such as jax.random.key(0)")
    chosen = oracles_of(recursion, kind) if oracles is None else oracles
    made = {name: _oracle(name, each) for name, each in chosen.items()}
    if not any(isinstance(each, Oracle) for each in made.values()):
        raise ValueError(f"oracles must name a source of error, got none for {recursion.family}")
    return made


def _oracle(name: str, given) -> Oracle | Absent:
    """An oracle as it is, or one that is made of a function from recursions to recursions."""
    if isinstance(given, Oracle | Absent):
        return given
    if not isinstance(given, Callable):
        raise ValueError(f"oracles[{name!r}] must be an oracle or a function, got {given!r}")
    return Oracle(name, getattr(given, "__name__", "a function of the user"), change=given)


def _certificate(name: str, oracle: Oracle | Absent, gaps, scale: float) -> Certificate:
    if isinstance(oracle, Absent):
        return Certificate(name, "", oracle.why)
    if name in gaps:
        return measured(name, oracle.how, oracle.why, gaps[name], scale)
    return Certificate(name, oracle.how, oracle.why)
