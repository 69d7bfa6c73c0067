"""Theory beside a sweep: the exact law of every quantity, where one speaks."""

import numpy as np

from ..quantities.base import Distribution, Histogram, HittingTime, Quantile
from ..theory.law import Law
from ..theory.prediction import exact_laws_of, laws_that_hold
from .cells import Cell
from .sweep import Sweep

WITHOUT = Distribution, Histogram, HittingTime, Quantile


def law_beside(quantity, recursion, known: dict) -> Law | None:
    """The exact law of a quantity of a recursion, or None where none speaks.

    `known` remembers the laws of every type of family: to find them takes longer than to ask them.
    """
    if isinstance(quantity, WITHOUT):
        return None
    family = type(recursion.family)
    if (quantity, family) not in known:
        known[quantity, family] = exact_laws_of(quantity, family)
    return next(iter(laws_that_hold(recursion, known[quantity, family])), None)


def laws_of_cells(sweep: Sweep, cells: list[Cell]) -> np.ndarray:
    """Values of exact laws, shape (cells, quantities, times); NaN where none speaks."""
    values = np.full((len(cells), len(sweep.quantities), len(sweep.times)), np.nan)
    known: dict = {}
    first_row: dict = {}
    for row, cell in enumerate(cells):
        if (same := first_row.setdefault(cell.point, row)) < row:
            values[row] = values[same]
            continue
        for column, quantity in enumerate(sweep.quantities):
            law = law_beside(quantity, cell.recursion, known)
            if law is None:
                continue
            try:
                values[row, column] = law.of(cell.recursion, sweep.times)
            except ValueError:
                # The law has no value at these symbols, such as one beyond the reach of a chain.
                continue
    return values
