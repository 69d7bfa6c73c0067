"""A law: a named statement about (family, workflow, quantity), one formula with many readers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..domains import Integer, Real
from .hypotheses import ALWAYS, Hypotheses, broken, check_holds, listed
from .kinds import Kind
from .namespaces import jax_namespace, mpmath_namespace, numpy_namespace, sympy_namespace
from .proofs import Proof, status_of
from .ranges import ARRAYS, OPTIONAL, SCHEDULES, SIZES, SYMBOL_DOMAINS
from .subjects import Everything, Faithful, Late

if TYPE_CHECKING:
    from ..decoding import AbstractDecoding
    from ..families import AbstractFamily
    from ..quantities.base import AbstractQuantity
    from ..recursion import Recursion
    from ..selection import AbstractSelection
    from ..workflows import AbstractWorkflow

SCHEDULED = {"recursion", "sizes"}


@dataclass(frozen=True)
class Law:
    """A named statement about a quantity of a family under a workflow, and its formula.

    Call it with its symbols for a number. `jax`, `symbolic`, `precise`, `latex` read it otherwise.
    """

    name: str
    family: Late[type[AbstractFamily] | None] = Late()
    workflow: Late[type[AbstractWorkflow] | None] = Late()
    quantity: Late[AbstractQuantity | None] = Late()
    kind: Kind
    body: Callable = field(repr=False)
    cite: tuple[str, ...]
    tag: str = ""
    proof: Proof | None = None
    rivals: Mapping[str, Callable] = field(default_factory=dict, repr=False)
    where: Mapping[str, Any] = field(default_factory=dict, repr=False)
    when: Late[Callable[[Recursion], bool]] = Late(default=lambda recursion: True)
    at: Late[tuple] = Late(default=())
    draw: Late[Callable | None] = Late(default=None)
    selection: Late[type[AbstractSelection]] = Late(default=Everything)
    decoding: Late[type[AbstractDecoding]] = Late(default=Faithful)
    assuming: Hypotheses = field(default_factory=dict, repr=False)
    host: bool = False

    @property
    def summary(self) -> str:
        """The law in words and LaTeX: the first paragraph of its docstring, on one line."""
        return " ".join((inspect.getdoc(self.body) or "").split("\n\n")[0].split())

    @property
    def status(self) -> str:
        """What the law rests on: proved, certified, derived, enumerated, cited or verified."""
        return status_of(self.proof, self.cite)

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The symbols of the formula, in order, with their defaults."""
        return dict(list(inspect.signature(self.body).parameters.items())[1:])

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names of the symbols, t included where the law moves in time."""
        return tuple(self.parameters)

    @property
    def continuous(self) -> tuple[str, ...]:
        """The symbols in which JAX differentiates the law: real numbers and sizes."""
        if self.host:
            return ()
        real = lambda name: isinstance(self.domain(name), Real) and name not in ARRAYS
        return tuple(name for name in self.parameters if name in SIZES or real(name))

    def domain(self, name: str):
        """The range of a symbol, None where every value is allowed."""
        return self.where.get(name, SYMBOL_DOMAINS.get(name))

    def __call__(self, **symbols):
        """Evaluate in float64, broadcast over every scalar symbol.

        Infinity stands for what is infinite, and for what exceeds the range of float64.

        Raises:
            ValueError: a symbol is unknown, missing, or outside its range, or shapes do not
                broadcast, or the formula has no value there, or takes too many steps.
        """
        checked = self.checked(symbols)
        many = [name for name in checked if np.ndim(checked[name]) > 0 and self._is_scalar(name)]
        self._check_shapes({name: np.shape(checked[name]) for name in many})
        if set(many) <= {"t"}:
            return self._valued(checked)

        def one(*values):
            here = checked | dict(zip(many, values, strict=True))
            return np.asarray(self._valued(here)).item()

        # Formulas broadcast over t alone: recurrences and chains take one value of the others.
        return np.vectorize(one, otypes=[float])(*(checked[name] for name in many))

    def _check_shapes(self, shapes: Mapping[str, tuple]):
        try:
            np.broadcast_shapes(*shapes.values())
        except ValueError:
            found = ", ".join(f"{name} of shape {shape}" for name, shape in shapes.items())
            raise ValueError(
                f"symbols of law {self.name} must broadcast together, got {found}"
            ) from None

    def _is_scalar(self, name: str) -> bool:
        return isinstance(self.domain(name), (Real, Integer)) and name not in ARRAYS

    def checked(self, symbols: Mapping[str, Any]) -> dict[str, Any]:
        """Return the symbols as float64 or integers.

        Raises:
            ValueError: a symbol is unknown, missing or out of range, or breaks a hypothesis.
        """
        takes = f"it takes {', '.join(self.parameters)}"
        if unknown := [name for name in symbols if name not in self.parameters]:
            raise ValueError(f"law {self.name} has no symbol {unknown[0]!r}: {takes}")
        required = [n for n, each in self.parameters.items() if each.default is each.empty]
        if missing := [name for name in required if name not in symbols]:
            raise ValueError(f"law {self.name} needs {', '.join(missing)}: {takes}")
        for name, value in symbols.items():
            usual = value is self.parameters[name].default or (value is None and name in OPTIONAL)
            if (domain := self.domain(name)) is not None and not usual:
                domain.of_formula().check(f"{name} of law {self.name}", value)
        problem = self.broken(symbols)
        if problem is not None:
            raise ValueError(f"law {self.name} assumes {problem}")
        if "recursion" in symbols:
            self._check_recursion(symbols["recursion"], symbols.get("t", 0))
        return {name: self._numeric(name, value) for name, value in symbols.items()}

    def _numeric(self, name: str, value):
        """An integer that stands for a size or a real number becomes a float: products of integers
        overflow without a word.
        """
        if not isinstance(value, (int, float, list, tuple, np.ndarray, np.generic)):
            return value
        array = np.asarray(value)
        real = name in SIZES or isinstance(self.domain(name), Real)
        return array if array.dtype.kind in "iu" and not real else array.astype(np.float64)

    def _check_recursion(self, recursion: Recursion, t):
        check_holds(self, recursion)
        for name, length in recursion.schedules.items():
            if (last := int(np.max(t, initial=0))) > length:
                raise ValueError(
                    f"t of law {self.name} must lie within Recursion.{name} of {length} fits, "
                    f"got {last}"
                )

    def broken(self, symbols: Mapping[str, Any]) -> str | None:
        """Return the first hypothesis on the symbols that their values break, or None."""
        defaults = {
            name: each.default
            for name, each in self.parameters.items()
            if each.default is not each.empty
        }
        return broken({**ALWAYS, **self.assuming}, {**defaults, **symbols})

    def unmet(self, recursion: Recursion) -> str | None:
        """Return the first range or hypothesis that a configuration breaks at every t, or None."""
        if not self.where and not self.assuming:
            return None
        symbols = self.bound(recursion, None)
        for name in self.where.keys() & symbols.keys():
            if (problem := self.where[name].problem(np.asarray(symbols[name]))) is not None:
                return f"{name} to {problem}, got {symbols[name]}"
        return self.broken(symbols)

    def of(self, recursion: Recursion, t):
        """Evaluate for a configuration at generations t.

        Raises:
            ValueError: the law does not hold for the configuration, or has no value there.
        """
        check_holds(self, recursion)
        if "t" in self.parameters and (t is None or "t" in self.where):
            self.domain("t").of_formula().check(f"t of law {self.name}", t)
        return self._valued(self.bound(recursion, t))

    def _valued(self, symbols: Mapping[str, Any]):
        """Evaluate on the host. Raises `ValueError` naming the symbols where there is no value."""
        try:
            with np.errstate(all="ignore"):
                value = self.body(numpy_namespace(), **symbols)
        except (ArithmeticError, ValueError, IndexError) as problem:
            raise ValueError(f"law {self.name} at {listed(symbols)}: {problem}") from problem
        if np.any(np.isnan(value)):
            raise ValueError(f"law {self.name} has no value at {listed(symbols)}")
        return value

    def rival_of(self, rival: str, recursion: Recursion, t):
        """Evaluate a nearby wrong formula for the same configuration."""
        return self.rival_at(rival, **_symbols(recursion, t, SCHEDULES))

    def rival_at(self, rival: str, /, **symbols):
        """Evaluate a nearby wrong formula, which takes the symbols that it names and no others."""
        body = self.rivals[rival]
        return body(numpy_namespace(), **_chosen(body, symbols))

    def bound(self, recursion: Recursion, t) -> dict[str, Any]:
        """Return the values of the law's symbols in a configuration."""
        return _chosen(self.body, _symbols(recursion, t, self.parameters))

    def holds_for(self, recursion: Recursion) -> bool:
        """Whether the law holds for a configuration."""
        return (
            self.fits_types(recursion)
            and self._fits_sizes(recursion)
            and bool(self.when(recursion))
            and self.unmet(recursion) is None
        )

    def fits_types(self, recursion: Recursion) -> bool:
        """Whether the law is about the family, workflow, selection and decoding of a recursion."""
        if self.family is None or self.workflow is None:
            return False
        return (
            isinstance(recursion.family, self.family)
            and isinstance(recursion.workflow, self.workflow)
            and isinstance(recursion.selection, self.selection)
            and isinstance(recursion.decoding, self.decoding)
        )

    def _fits_sizes(self, recursion: Recursion) -> bool:
        """Whether the formula takes the schedules and the size of real data that there are."""
        varying = np.ndim(recursion.n) > 0 and not SCHEDULED & set(self.parameters)
        varying |= np.ndim(recursion.fresh) > 0 and "fresh" in self.parameters
        fits = recursion.real is None or {"real", *SCHEDULED} & set(self.parameters)
        return bool(not varying and fits)

    def jax(self, **symbols):
        """Evaluate with JAX arrays, differentiable in the `continuous` symbols.

        Raises:
            ValueError: the formula computes on the host.
        """
        if self.host:
            raise ValueError(
                f"law {self.name} computes on the host in NumPy, so that JAX cannot read it: "
                "call it instead"
            )
        import jax

        with jax.numpy_rank_promotion("allow"):
            return self.body(jax_namespace(), **symbols)

    def symbolic(self, **values):
        """Return a SymPy expression; symbols that are not given stay free."""
        import sympy as sp

        free = {
            n: sp.Symbol(n, positive=True, integer=n in ("n", "t", "d", "real"))
            for n in self.parameters
        }
        return self.body(
            sympy_namespace(), **{**free, **{n: sp.sympify(v) for n, v in values.items()}}
        )

    def precise(self, digits: int = 40, **symbols):
        """Evaluate with mpmath to a number of decimal digits."""
        import mpmath as mp

        with mp.workdps(digits + 10):
            exact = {n: mp.mpf(v) for n, v in symbols.items() if isinstance(v, int | float | str)}
            return mp.mpf(self.body(mpmath_namespace(), **{**symbols, **exact}))

    def latex(self) -> str:
        """Return the formula in LaTeX, where SymPy can read it."""
        import sympy as sp

        return sp.latex(self.symbolic())


def _chosen(body, symbols: Mapping[str, Any]) -> dict[str, Any]:
    wanted = list(inspect.signature(body).parameters)[1:]
    return {name: symbols[name] for name in wanted if name in symbols}


def _symbols(recursion: Recursion, t, wanted) -> dict[str, Any]:
    # Here, for the symbols of a recursion are read with its families, a formula without.
    from .symbols import symbols_of

    return symbols_of(recursion, t, wanted)
