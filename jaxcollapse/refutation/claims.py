"""Claims: conjectured laws, written like the package's own, and the files that hold them."""

import importlib.util
import inspect
import reprlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..arguments import check_callable, check_is, check_is_path, checked
from ..domains import REAL, Integer, Real
from ..families import AbstractFamily
from ..quantities.base import AbstractMomentQuantity, AbstractQuantity
from ..recursion import Recursion
from ..space import recursions as space
from ..theory.kinds import Asymptotic, Bound, Exact
from ..theory.law import Law
from ..theory.registry import laws
from ..theory.symbols import symbols_of
from ..workflows import AbstractWorkflow

HORIZON = 8
FITS = Integer(1, 10**4)


@dataclass(frozen=True)
class Claim:
    """A conjectured law with the space it is claimed on; call it with its symbols for a number.

    `family` and `workflow` are types, abstract ones standing for all below them, or instances,
    taken as they are. `within` is the range of the metric, where it is known: it makes the test
    exact.
    """

    law: Law
    family: type | AbstractFamily
    workflow: type | AbstractWorkflow
    within: Real = REAL
    generations: int = HORIZON

    @classmethod
    def of(cls, law: Law) -> "Claim":
        """The claim that a registered law is true. Raises `ValueError` unless it is about a
        recursion.
        """
        if law.family is None or law.workflow is None or law.quantity is None:
            raise ValueError(
                f"law {law.name} is not about a quantity of a recursion: it cannot be refuted by "
                "searching for one"
            )
        return cls(law, law.family, law.workflow)

    def __post_init__(self):
        check_is("Claim.law", self.law, Law)
        _type_of("family", self.family, AbstractFamily)
        _type_of("workflow", self.workflow, AbstractWorkflow)
        check_is("Claim.within", self.within, Real)
        law = self.law
        _check_kind(f"claim {law.name}: kind", law.kind)
        _check_quantity(f"claim {law.name}: quantity", law.quantity)
        if isinstance(law.kind, Asymptotic) and law.kind.in_ not in ("n", "t"):
            raise ValueError(
                f"claim {law.name}: a limit must be in 'n' or 't', got {law.kind.in_!r}"
            )
        FITS.check_one(f"generations of claim {law.name}", self.generations)

    def __call__(self, **symbols):
        """Evaluate in float64, like a law."""
        return self.law(**symbols)

    @property
    def name(self) -> str:
        return self.law.name

    @property
    def families(self) -> list:
        """What the family is chosen from."""
        return self._options("family", self.family, space.families_below)

    @property
    def workflows(self) -> list:
        """What the workflow is chosen from."""
        return self._options("workflow", self.workflow, space.workflows_below)

    def _options(self, what, asked, below):
        if not isinstance(asked, type):
            return [asked]
        found = below(asked)
        if not found:
            raise ValueError(
                f"claim {self.name}: no {what} below {asked.__name__} can be made from declared "
                "domains"
            )
        return found

    def speaks_of(self, recursion: Recursion) -> bool:
        """Whether the claim's hypotheses hold. Raises `ValueError` where its predicate fails."""
        try:
            return self.law.holds_for(recursion)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            raise ValueError(
                f"claim {self.name}: its hypothesis `when` fails: {problem}"
            ) from error

    def values(self, recursion: Recursion, t: np.ndarray) -> np.ndarray:
        """What is claimed at generations t. Raises `ValueError` where the formula uses an unknown
        symbol or fails.
        """
        known = symbols_of(recursion, t)
        self._check_symbols(known, recursion)
        with np.errstate(all="ignore"):
            try:
                value = np.asarray(self.law.of(recursion, t), float)
                return np.array(np.broadcast_to(value, np.shape(t)))
            except Exception as error:
                problem = f"{type(error).__name__}: {error}"
                raise ValueError(
                    f"claim {self.name} cannot be evaluated at n={recursion.n}, t={t}: {problem}"
                ) from error

    def _check_symbols(self, known, recursion):
        for name, parameter in self.law.parameters.items():
            if name not in known and parameter.default is parameter.empty:
                where = (
                    f"{type(recursion.family).__name__} under {type(recursion.workflow).__name__}"
                )
                raise ValueError(
                    f"claim {self.name} uses {name!r}, which is no symbol of {where}: "
                    f"{', '.join(sorted(known))}"
                )


def _check_quantity(name: str, quantity) -> None:
    if not isinstance(quantity, AbstractMomentQuantity):
        shown = " ".join(reprlib.repr(quantity).split())
        raise ValueError(f"{name} must be E, Var, P or Rate of a metric, got {shown}")


def _check_kind(name: str, kind) -> None:
    if not isinstance(kind, (Exact, Bound, Asymptotic)):
        raise ValueError(
            f"{name} must be Exact(), Bound(side) or Asymptotic(...), got {reprlib.repr(kind)}"
        )


@checked(
    name=str,
    quantity=_check_quantity,
    kind=_check_kind,
    when=check_callable,
    where=Mapping,
    within=Real,
)
def claim(
    name: str | None = None,
    *,
    family,
    workflow,
    quantity: AbstractQuantity,
    kind=None,
    when: Callable | None = None,
    where=None,
    within: Real = REAL,
    generations: int = HORIZON,
) -> Callable[[Callable], Claim]:
    """Decorator: state a law that `refute` is to test, with a formula `(xp, symbol, …)`.

    Symbols are fields of the family or workflow, parameters of the truth, and n, t, real, fresh.

    Args:
        name: of the claim; the function's own name unless given.
        family, workflow: a type, an abstract base of several, or an instance.
        quantity: `E`, `Var`, `P` or `Rate` of a metric.
        kind: `Exact()` unless given, `Bound("upper" or "lower")`, or `Asymptotic(in_, order)`.
        when: predicate on the recursion, for hypotheses that the types do not express.
        where: domains of symbols that are narrower than usual.
        within: range of the metric, such as `Real(0.0, 1.0)`; where bounded, the test is exact.
        generations: last fit at which the claim is tested.

    Raises:
        ValueError: a family or a workflow that is none, a kind or a quantity that cannot be tested.

    Example:
        >>> import jaxcollapse as jc
        >>> @jc.claim(family=jc.Gaussian(ddof=0), workflow=jc.Replace, quantity=jc.E(jc.variance))
        ... def decays_like_one_over_n(xp, n, t, variance):
        ...     return variance * (1 - 1 / n) ** t
        >>> float(decays_like_one_over_n(n=10, t=2, variance=1.0))
        0.81
    """
    FITS.check_one(f"generations of claim {name or '(named by its function)'}", generations)
    about = {"quantity": quantity, "kind": kind or Exact(), "where": where or {}}
    about |= {"family": _type_of("family", family, AbstractFamily)}
    about |= {"workflow": _type_of("workflow", workflow, AbstractWorkflow)}
    about |= {} if when is None else {"when": when}
    return lambda body: Claim(_conjecture(name, body, about), family, workflow, within, generations)


def _conjecture(name: str | None, body: Callable, about: dict) -> Law:
    title = name or body.__name__.replace("_", "-")
    return Law(title, body=body, cite=("conjecture",), **about)


def _type_of(what: str, given, base: type) -> type:
    kind = given if isinstance(given, type) else type(given)
    if not issubclass(kind, base):
        raise ValueError(
            f"{what} must be a {what} of the package or your own, a type or an instance, got "
            f"{given!r}"
        )
    return kind


@checked(path=check_is_path)
def load_claims(path) -> list[Claim]:
    """The claims of a Python file, in order; laws that it registers count as claims.

    Raises:
        ValueError: the file does not exist, does not import, or holds no claim.

    Example:
        >>> from jaxcollapse.refutation import load_claims
        >>> load_claims("no/such/file.py")
        Traceback (most recent call last):
        ValueError: file of claims 'no/such/file.py' does not exist
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"file of claims {str(path)!r} does not exist")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ValueError(f"file of claims {str(path)!r} is no Python file")
    module: Any = importlib.util.module_from_spec(spec)
    hidden = sys.modules.get(path.stem)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        problem = f"{type(error).__name__}: {error}"
        raise ValueError(f"file of claims {str(path)!r} does not import: {problem}") from error
    finally:
        sys.modules.pop(path.stem)
        if hidden is not None:
            sys.modules[path.stem] = hidden
    stated = [value for value in vars(module).values() if isinstance(value, Claim)]
    own = [
        Claim.of(each)
        for each in laws()
        if inspect.getmodule(each.body) is module or each.body.__module__ == path.stem
    ]
    if not stated + own:
        raise ValueError(
            f"file of claims {str(path)!r} holds no claim: decorate a function with "
            "@jaxcollapse.claim(...)"
        )
    return stated + own
