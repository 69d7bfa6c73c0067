"""Records of the audit: a printed statement, what is wrong with it, and the check that decides."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ..._names import import_below
from ..references import reference

WORDINGS = ("read", "second-hand", "recalled")
FAULTS = ("does not reproduce", "looser than true", "narrower than quoted")

_STATEMENTS: dict[str, "Statement"] = {}


@dataclass(frozen=True)
class Check:
    """Numbers by what they are, and whether they bear out what the record says."""

    holds: bool
    numbers: dict[str, float]

    def __str__(self):
        return ", ".join(f"{name} = {value:.6g}" for name, value in self.numbers.items())


@dataclass(frozen=True)
class Statement:
    """One printed statement, what is wrong or missing, and the check that decides."""

    name: str
    cite: str
    statement: str
    wording: str
    fault: str
    finding: str
    laws: tuple[str, ...]
    check: Callable[[], Check] = field(repr=False)

    def __post_init__(self):
        if self.wording not in WORDINGS:
            raise ValueError(
                f"wording of {self.name} must be one of {', '.join(WORDINGS)}, got {self.wording!r}"
            )
        if self.fault not in FAULTS:
            raise ValueError(
                f"fault of {self.name} must be one of {', '.join(FAULTS)}, got {self.fault!r}"
            )
        reference(self.cite)

    @property
    def subject(self) -> str:
        """What the statement is about: the module that holds its check."""
        return self.check.__module__.rpartition(".")[2].replace("_", " ")


def statement(name: str, *, cite: str, says: str, wording: str, fault: str, laws: tuple[str, ...]):
    """Decorator: register a statement; the decorated check's docstring is the finding."""

    def register(check: Callable[[], Check]) -> Callable[[], Check]:
        finding = " ".join((check.__doc__ or "").split())
        _STATEMENTS[name] = Statement(name, cite, says, wording, fault, finding, laws, check)
        return check

    return register


def statements() -> list[Statement]:
    """Every audited statement, by subject.

    Example:
        >>> from jaxcollapse.literature import audit
        >>> {each.name: each.wording for each in audit.statements()}["shumailov-w2-variance"]
        'recalled'
    """
    import_below(__package__)
    return list(_STATEMENTS.values())
