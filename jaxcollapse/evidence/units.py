"""Logarithms in units: a draw that is not pooled is told relative to the model that it comes
from.
"""


def in_units(log_unit, log_ratio):
    """The logarithm of a quantity from its ratio to a unit; None stands for the unit one.

    A chain of a million generations adds one small number to a large one in each. Added in two
    steps, such as log chi-square
    and then a constant, the second rounds the same way every time and the logarithm drifts.
    """
    return log_ratio if log_unit is None else log_unit + log_ratio
