"""Statements of the literature that do not reproduce as printed, or are looser or narrower than
they are quoted.

Every record names the laws that decide and evaluates them: `check` returns the numbers and whether
they bear the finding
out. A statement enters only with its deciding law in the registry. `wording` says how sure the
printed words are: "read" in
the paper, its abstract or its code, "second-hand" as another source quotes it, "recalled" from
memory.
"""

from . import gaussian, discrete, universality, accumulation, regression, tails_and_loops  # noqa: I001, F401  in the order of the page
from .page import audited_statements
from .records import FAULTS, WORDINGS, Check, Statement, statement, statements

__all__ = [
    "FAULTS",
    "WORDINGS",
    "Check",
    "Statement",
    "audited_statements",
    "statement",
    "statements",
]
