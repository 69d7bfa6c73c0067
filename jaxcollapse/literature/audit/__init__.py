"""Printed statements that do not reproduce, or are looser or narrower than they are quoted.

Every record names the laws that decide and evaluates them: `check` returns the numbers and whether
they bear the finding out. A statement enters only with its deciding law in the registry. `wording`
says how sure the printed words are: "read" in the paper, its abstract or its code, "second-hand" as
another source quotes it, "recalled" from memory. Corrections are findings without a check.
"""

from .corrections import Correction, corrections
from .page import audited_statements
from .records import FAULTS, WORDINGS, Check, Statement, statement, statements

__all__ = [
    "FAULTS",
    "WORDINGS",
    "Check",
    "Correction",
    "Statement",
    "audited_statements",
    "corrections",
    "statement",
    "statements",
]
