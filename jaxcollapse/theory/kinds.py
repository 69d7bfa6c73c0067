"""What a law claims, which decides how it is tested."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Exact:
    """Equality at every finite n and t: a two-sided z test, and every rival is rejected."""


@dataclass(frozen=True)
class Bound:
    """An inequality: a one-sided test, with the tightness reported. `side` says where the truth
    lies below or above.
    """

    side: str

    def __post_init__(self):
        if self.side not in ("upper", "lower"):
            raise ValueError(f"Bound.side must be 'upper' or 'lower', got {self.side!r}")


@dataclass(frozen=True)
class Asymptotic:
    """Equality in a limit: on a ladder x, 2x, 4x, … of the symbol `in_`, `x**order * error` stays
    bounded.

    `of` names the exact law that tends to this one. Where none is known the law's cases are the
    rungs of the ladder, and
    simulation takes its place: the error at the last rung, as far as it is beyond doubt, keeps the
    order that the earlier
    rungs allow, and every rival breaks it.
    """

    in_: str
    order: float
    of: str | None = None


@dataclass(frozen=True)
class InDistribution:
    """The law of a variable, given by its distribution function: a Kolmogorov–Smirnov test with the
    DKW envelope.
    """


@dataclass(frozen=True)
class Identity:
    """Equality without chance, as in an infinite-sample loop: compared with an independent
    computation of the same number.

    `reference` takes the law's symbols by keyword (iterate, enumerate or integrate; never the
    formula again).
    """

    reference: Callable
    tolerance: float = 1e-9


Kind = Exact | Bound | Asymptotic | InDistribution | Identity
