"""What a law rests on besides simulations: a theorem, a certificate, a derivation, an enumeration.

Each record holds the name of a thing in the repository that is checked: a Coq theorem in `proofs/`,
or a test. A test holds that every name is there.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Proof:
    """The name of what a law rests on, and how the status and the page of laws say it."""

    name: str
    status: ClassVar[str]
    claim: ClassVar[str]


class Coq(Proof):
    """A Coq theorem about the printed formula.

    Args:
        name: `File.theorem`, in a file of `proofs/`.
    """

    status: ClassVar[str] = "proved"
    claim: ClassVar[str] = "proved in Coq as"


class Certified(Proof):
    """A certificate: rigorous enclosures of an independent definition contain the formula.

    Args:
        name: the test in `tests/unit/test_certificates*.py` that computes them.
    """

    status: ClassVar[str] = "certified"
    claim: ClassVar[str] = "certified by"


class Derivation(Proof):
    """A symbolic derivation: computer algebra gets the formula at a fixed sample size.

    Args:
        name: the test in `tests/unit/test_derivations.py` that derives it.
    """

    status: ClassVar[str] = "derived"
    claim: ClassVar[str] = "derived symbolically by"


class Enumeration(Proof):
    """An exact enumeration: all outcomes of small chains, in rational numbers, give the formula.

    Args:
        name: the test in `tests/unit/test_exact_*.py` that enumerates them.
    """

    status: ClassVar[str] = "enumerated"
    claim: ClassVar[str] = "enumerated by"


CITED, VERIFIED = "cited", "verified"
STATUSES = {
    Coq.status: "a Coq theorem states the formula",
    Certified.status: "rigorous enclosures of an independent definition contain its values",
    Derivation.status: "computer algebra derives it at fixed sample sizes",
    Enumeration.status: "enumerating all outcomes of small chains gives the same rational numbers",
    CITED: "a source or a textbook states it, and simulations agree",
    VERIFIED: "no prior statement is known to us, and simulations agree",
}
HERE = ("derived",)


def status_of(proof: Proof | None, cite: tuple[str, ...]) -> str:
    """Return what a law rests on in one word, a key of `STATUSES`.

    Example:
        >>> status_of(Coq("Weights.golden_equation"), ("derived",))
        'proved'
        >>> status_of(None, ("derived",))
        'verified'
    """
    if proof is not None:
        return proof.status
    return VERIFIED if cite == HERE else CITED
