"""Logarithms in units: a draw that is not pooled is kept relative to its model."""


def in_units(log_unit, log_ratio):
    """The logarithm of a quantity from its ratio to a unit; None stands for the unit one.

    A chain adds one small number to a large one per generation. Added in two steps, such as log
    chi-square and then a constant, the second step rounds the same way every time, and the
    logarithm drifts over a million generations. Kept in units, a draw is added in one step.
    """
    return log_ratio if log_unit is None else log_unit + log_ratio
