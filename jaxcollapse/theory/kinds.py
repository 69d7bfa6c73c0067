"""The kinds of laws: what a law claims decides how it is tested."""

from collections.abc import Callable
from dataclasses import dataclass

from ..arguments import check_callable, check_is, one_of
from ..domains import REAL, Real

TOLERANCE = Real(0.0, 1.0, closed=(False, True))


@dataclass(frozen=True)
class Exact:
    """Equality at every finite n and t: a two-sided z test, which must reject every rival."""


@dataclass(frozen=True)
class Bound:
    """An inequality: a one-sided z test, which also reports how tight the bound is.

    Args:
        side: "upper" where the simulated value lies below the bound, "lower" where above.
    """

    side: str

    def __post_init__(self):
        one_of("upper", "lower")("Bound.side", self.side)


@dataclass(frozen=True)
class Asymptotic:
    """Equality in a limit: along x, 2x, 4x, ... of a symbol, `x**order * error` stays bounded.

    Where no exact law is known, the cases of the law are the rungs of the ladder and are simulated:
    the error at the last rung, as far as it exceeds its uncertainty, must keep the order that the
    earlier rungs allow, and every rival must break it.

    Args:
        in_: the symbol x that grows.
        order: the order of the error.
        of: name of the exact law that tends to this one, None where none is known.
    """

    in_: str
    order: float
    of: str | None = None

    def __post_init__(self):
        check_is("Asymptotic.in_", self.in_, str)
        REAL.check_one("Asymptotic.order", self.order)
        check_is("Asymptotic.of", self.of, str, type(None))


@dataclass(frozen=True)
class InDistribution:
    """A distribution function: a Kolmogorov-Smirnov test with the DKW envelope."""


@dataclass(frozen=True)
class Identity:
    """Equality without chance: compared with an independent computation of the same number.

    Args:
        reference: the computation, which takes the law's symbols by keyword. It iterates,
            enumerates or integrates; it never evaluates the formula again.
        tolerance: the largest relative difference allowed.
    """

    reference: Callable
    tolerance: float = 1e-9

    def __post_init__(self):
        check_callable("Identity.reference", self.reference)
        TOLERANCE.check_one("Identity.tolerance", self.tolerance)


Kind = Exact | Bound | Asymptotic | InDistribution | Identity
