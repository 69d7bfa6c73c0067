"""Which observations enter a fit: verifiers, curation, truncation selection.

A selection is a random re-weighting of evidence.
"""

from .base import AbstractReweighing, AbstractSelection, Displace, Everything, Subsample
from .detect import Detect
from .prefer import AbstractTournament, BestOf, Prefer, Top
from .rewards import (
    AbstractJudge,
    AbstractQuadraticReward,
    AbstractReward,
    Agrees,
    Closeness,
    Marked,
    OneOf,
    Slope,
    Table,
    Within,
)
from .stratify import AbstractAnnotator as AbstractAnnotator
from .stratify import CategoryCells as CategoryCells
from .stratify import GroupCells as GroupCells
from .stratify import SelectEach as SelectEach
from .stratify import Stratify as Stratify
from .verify import Verify

__all__ = [
    "AbstractJudge",
    "AbstractQuadraticReward",
    "AbstractReward",
    "AbstractReweighing",
    "AbstractSelection",
    "AbstractTournament",
    "Agrees",
    "BestOf",
    "Closeness",
    "Detect",
    "Displace",
    "Everything",
    "Marked",
    "OneOf",
    "Prefer",
    "Slope",
    "Subsample",
    "Table",
    "Top",
    "Verify",
    "Within",
]
