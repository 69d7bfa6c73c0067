"""The variance function of a family in Morris' class: what formulas of means take as `V`."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple


class VarianceFunction(NamedTuple):
    r"""The quadratic variance function $V(m)=v_0+v_1m+v_2m^2$ of a family.

    A formula takes the record as `V`; the law has the three coefficients as its symbols.

    Example:
        >>> VarianceFunction(0.0, 1.0, -1.0)(0.5)
        0.25
    """

    v0: Any
    v1: Any
    v2: Any

    def __call__(self, mean):
        """Return the variance of one observation where the mean is `mean`."""
        return self.v0 + mean * (self.v1 + self.v2 * mean)

    def slope(self, mean):
        """Return the derivative of the variance function at `mean`."""
        return self.v1 + 2 * self.v2 * mean


def constant(variance) -> VarianceFunction:
    """Return the variance function of a family whose variance is known."""
    return VarianceFunction(variance, 0.0, 0.0)


def with_coefficients(formula: Callable) -> Callable:
    """Return the formula with v0, v1 and v2 as arguments where it takes `V`, else the formula."""
    signature = inspect.signature(formula)
    if "V" not in signature.parameters:
        return formula
    parameters = []
    for name, each in signature.parameters.items():
        coefficients = VarianceFunction._fields if name == "V" else (name,)
        parameters += [each.replace(name=coefficient) for coefficient in coefficients]
    expanded = signature.replace(parameters=parameters)

    @functools.wraps(formula)
    def collected(*arguments, **symbols):
        given = expanded.bind(*arguments, **symbols).arguments
        V = VarianceFunction(*(given.pop(name) for name in VarianceFunction._fields))
        return formula(**given, V=V)

    collected.__signature__ = expanded  # pyright: ignore[reportAttributeAccessIssue]
    return collected
