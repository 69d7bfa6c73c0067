r"""Evidence: what a generation trains on, a commutative monoid with non-negative scaling.

A workflow may only add evidence and scale it, so one workflow means something for every class here:
sufficient statistics, weighted `Samples`, and the formal sum of data sources (`Ledger`). `Unpooled`
summaries are the exception: they cannot be added.
"""

from .base import AbstractEvidence, pooled
from .counts import Counts, Labels, draw_counts
from .extremes import Excess, Maximum
from .moments import Moments, MultivariateMoments
from .parts import Parts, Unchanged
from .samples import Ledger, Samples
from .totals import LogSums, NormalEquations, Sums, Unpooled
from .units import in_units

__all__ = [
    "AbstractEvidence",
    "Counts",
    "Excess",
    "Labels",
    "Ledger",
    "LogSums",
    "Maximum",
    "Moments",
    "MultivariateMoments",
    "NormalEquations",
    "Parts",
    "Samples",
    "Sums",
    "Unchanged",
    "Unpooled",
    "draw_counts",
    "in_units",
    "pooled",
]
