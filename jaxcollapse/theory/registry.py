"""The law registry: a statement about (family, workflow, quantity), one formula with many readers."""

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from ..decoding import AbstractDecoding, Faithful
from ..domains import POSITIVE, PROBABILITY, REAL, Integer, Real, Simplex
from ..families import AbstractFamily, kebab
from ..quantities import AbstractQuantity
from ..recursion import Recursion
from ..selection import AbstractSelection, Everything
from ..workflows import AbstractWorkflow
from .hypotheses import WITHIN_THE_SCHEDULE, Hypotheses, broken
from .kinds import Exact, Kind
from .namespaces import computes_on_host, jax_namespace, mpmath_namespace, numpy_namespace, sympy_namespace
from .symbols import symbols_of

_LAWS: dict[str, "Law"] = {}

SIZES = ("n", "real", "fresh")
SCHEDULED = {"recursion", "sizes"}
SCHEDULES = ("sizes", "arrivals")
SYMBOL_DOMAINS = {
    "n": Integer(1), "t": Integer(0), "d": Integer(1), "i": Integer(1), "real": Integer(1), "fresh": Integer(1),
    "window": Integer(1), "ddof": PROBABILITY, "weight": PROBABILITY, "variance": POSITIVE, "scale": POSITIVE, "location": REAL, "kurtosis": REAL, "p": Simplex(),
    "mean": REAL, "trials": Integer(1), "threshold": POSITIVE, "sizes": Integer(1), "arrivals": Integer(0), "length": Integer(1),
    "v0": REAL, "v1": REAL, "v2": REAL,
}  # fmt: skip


@dataclass(frozen=True)
class Law:
    """A named statement. Call it with its symbols for a number; the readers give other number systems."""

    name: str
    family: type[AbstractFamily] | None
    workflow: type[AbstractWorkflow] | None
    quantity: AbstractQuantity | None
    kind: Kind
    body: Callable = field(repr=False)
    cite: tuple[str, ...]
    tag: str = ""
    rivals: Mapping[str, Callable] = field(default_factory=dict, repr=False)
    where: Mapping[str, Any] = field(default_factory=dict, repr=False)
    when: Callable[[Recursion], bool] = field(default=lambda recursion: True, repr=False)
    at: tuple = field(default=(), repr=False)
    draw: Callable | None = field(default=None, repr=False)
    selection: type[AbstractSelection] = Everything
    decoding: type[AbstractDecoding] = Faithful
    assuming: Hypotheses = field(default_factory=dict, repr=False)

    @property
    def summary(self) -> str:
        """The law in words and LaTeX: the first line of its docstring."""
        return (inspect.getdoc(self.body) or "").split("\n")[0]

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The symbols of the formula, in order, with their defaults."""
        return dict(list(inspect.signature(self.body).parameters.items())[1:])

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names of the symbols, t included where the law moves in time."""
        return tuple(self.parameters)

    @property
    def on_host(self) -> bool:
        """Whether the body computes in NumPy or SciPy, so that other number systems cannot read it."""
        return computes_on_host(self.body)

    @property
    def continuous(self) -> tuple[str, ...]:
        """The symbols in which JAX differentiates the law: real ones, and sizes, in which formulas are smooth."""
        if self.on_host:
            return ()
        real = lambda name: isinstance(self.domain(name), Real)  # noqa: E731
        return tuple(name for name in self.parameters if name in SIZES or real(name))

    def domain(self, name: str):
        """The range of a symbol, None where anything goes."""
        return self.where.get(name, SYMBOL_DOMAINS.get(name))

    def __call__(self, **symbols):
        """Evaluate in float64, broadcast over every scalar symbol.

        Raises:
            ValueError: a symbol is unknown, missing, or outside its range.
        """
        checked = self.checked(symbols)
        many = [name for name in checked if np.ndim(checked[name]) > 0 and self._is_scalar(name)]
        if set(many) <= {"t"}:
            return self.body(numpy_namespace(), **checked)

        def one(*values):
            return np.asarray(self.body(numpy_namespace(), **{**checked, **dict(zip(many, values, strict=True))})).item()

        return np.vectorize(one, otypes=[float])(*(checked[name] for name in many))

    def _is_scalar(self, name: str) -> bool:
        return isinstance(self.domain(name), (Real, Integer)) and name not in SCHEDULES

    def checked(self, symbols: Mapping[str, Any]) -> dict[str, Any]:
        """The symbols as float64 or exact integers, refused outside the hypotheses of the law."""
        for name in symbols:
            if name not in self.parameters:
                raise ValueError(f"law {self.name} has no symbol {name!r}: it takes {', '.join(self.parameters)}")
        missing = [n for n, p in self.parameters.items() if p.default is p.empty and n not in symbols]
        if missing:
            raise ValueError(f"law {self.name} needs {', '.join(missing)}: it takes {', '.join(self.parameters)}")
        for name, value in symbols.items():
            domain = self.domain(name)
            if domain is not None:
                domain.check(f"{name} of law {self.name}", value)
        problem = self.broken(symbols)
        if problem is not None:
            raise ValueError(f"law {self.name} assumes {problem}")
        return {name: _numeric(value) for name, value in symbols.items()}

    def broken(self, symbols: Mapping[str, Any]) -> str | None:
        """The first hypothesis on the symbols that their values break, or None."""
        defaults = {name: each.default for name, each in self.parameters.items() if each.default is not each.empty}
        return broken({**self.assuming, **WITHIN_THE_SCHEDULE}, {**defaults, **symbols})

    def of(self, recursion: Recursion, t):
        """Evaluate for a configuration at generations t."""
        return self.body(numpy_namespace(), **self.bound(recursion, t))

    def rival_of(self, rival: str, recursion: Recursion, t):
        """Evaluate a nearby wrong formula for the same configuration."""
        body = self.rivals[rival]
        return body(numpy_namespace(), **_chosen(body, symbols_of(recursion, t)))

    def bound(self, recursion: Recursion, t) -> dict[str, Any]:
        """The values of the law's symbols in a configuration."""
        return _chosen(self.body, symbols_of(recursion, t))

    def holds_for(self, recursion: Recursion) -> bool:
        """Whether this law speaks about the configuration."""
        if self.family is None or self.workflow is None:
            return False
        if not isinstance(recursion.family, self.family) or not isinstance(recursion.workflow, self.workflow):
            return False
        if not isinstance(recursion.selection, self.selection) or not isinstance(recursion.decoding, self.decoding):
            return False
        varying = np.ndim(recursion.n) > 0 and not SCHEDULED & set(self.parameters)
        varying |= np.ndim(recursion.fresh) > 0 and "fresh" in self.parameters
        fits = recursion.real is None or {"real", *SCHEDULED} & set(self.parameters)
        return bool(not varying and fits and self.when(recursion))

    def jax(self, **symbols):
        """Evaluate with JAX arrays, differentiable in the `continuous` symbols.

        Raises:
            ValueError: the body computes on the host.
        """
        if self.on_host:
            raise ValueError(f"law {self.name} computes on the host in NumPy, so JAX cannot read it: call it instead")
        with jax.numpy_rank_promotion("allow"):
            return self.body(jax_namespace(), **symbols)

    def symbolic(self, **values):
        """A SymPy expression; symbols not given stay free."""
        import sympy as sp

        free = {n: sp.Symbol(n, positive=True, integer=n in ("n", "t", "d", "real")) for n in self.parameters}
        return self.body(sympy_namespace(), **{**free, **{n: sp.sympify(v) for n, v in values.items()}})

    def precise(self, digits: int = 40, **symbols):
        """Evaluate with mpmath to a number of decimal digits."""
        import mpmath as mp

        with mp.workdps(digits + 10):
            value = self.body(mpmath_namespace(), **{n: _precise(v) for n, v in symbols.items()})
            return mp.mpf(value)

    def latex(self) -> str:
        """The formula in LaTeX, derived from the body where SymPy can read it."""
        import sympy as sp

        return sp.latex(self.symbolic())


def _precise(value):
    import mpmath as mp

    return mp.mpf(value) if isinstance(value, (int, float, str)) else value


def _numeric(value):
    if isinstance(value, (int, float, list, tuple, np.ndarray, np.generic)):
        array = np.asarray(value)
        return array if array.dtype.kind in "iu" else array.astype(np.float64)
    return value


def _chosen(body, symbols: Mapping[str, Any]) -> dict[str, Any]:
    wanted = list(inspect.signature(body).parameters)[1:]
    return {name: symbols[name] for name in wanted if name in symbols}


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


def predict(quantity: AbstractQuantity, recursion: Recursion, t=None):
    """The closed form or exact recurrence for a quantity of a recursion.

    Args:
        quantity: such as `jc.E(jc.variance)`.
        recursion: the configuration.
        t: generation or generations, non-negative integers; not needed by quantities without time.

    Returns:
        Float64, broadcast over t.

    Raises:
        LookupError: no exact law is known for this pair; the nearest are named, or the hypothesis that the sizes break.
    """
    if t is not None:
        t = np.asarray(t)
        Integer(0).check("t", t)
    return exact_law(quantity, recursion).of(recursion, t)


def exact_law(quantity: AbstractQuantity, recursion: Recursion) -> Law:
    """The most specific exact law of a quantity of a recursion. Raises `LookupError` naming the nearest."""
    speaking = [each for each in laws(quantity=quantity) if isinstance(each.kind, Exact) and each.holds_for(recursion)]
    if not speaking:
        family, workflow = kebab(type(recursion.family)), kebab(type(recursion.workflow))
        wanted = f"{family}-{workflow}-{quantity.metric}"
        near = difflib.get_close_matches(wanted, _LAWS, n=3, cutoff=0.3)
        hint = _outside(quantity, recursion) or f"nearest: {', '.join(near) or 'none'}"
        raise LookupError(f"no exact law of {quantity} for {family} under {workflow}; {hint}")
    return max(speaking, key=lambda each: (len(each.family.__mro__), len(each.workflow.__mro__)))


def _outside(quantity: AbstractQuantity, recursion: Recursion) -> str:
    """The hypotheses on symbols that keep exact laws from speaking about a configuration of their types; empty without any."""
    problems = {}
    for each in laws(quantity=quantity):
        typed = isinstance(each.kind, Exact) and each.family is not None and isinstance(recursion.family, each.family)
        if typed and each.workflow is not None and isinstance(recursion.workflow, each.workflow):
            problems[each.name] = each.broken(symbols_of(recursion, None))
    found = [f"{name} assumes {problem}" for name, problem in problems.items() if problem is not None]
    return "; ".join(found)
