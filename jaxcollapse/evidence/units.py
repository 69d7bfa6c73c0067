"""Logarithms in units: a draw that is not pooled is kept relative to its model."""

from ..arguments import checked
from ..domains import as_array, is_abstract


def _check_logarithm(name: str, value) -> None:
    array = None if is_abstract(value) else as_array(value)
    if array is not None and array.dtype.kind not in "iuf" and value is not None:
        raise ValueError(f"{name} must be a number or an array of numbers, got {value!r}")


@checked(log_unit=_check_logarithm, log_ratio=_check_logarithm)
def in_units(log_unit, log_ratio):
    """The logarithm of a quantity from its ratio to a unit; None stands for the unit one.

    A chain adds one small number to a large one per generation. Added in two steps, such as log
    chi-square and then a constant, the second step rounds the same way every time, and the
    logarithm drifts over a million generations. Kept in units, a draw is added in one step.
    """
    return log_ratio if log_unit is None else log_unit + log_ratio
