"""Formulas of laws by computer algebra, and expected values taken term by term."""

from math import prod
from types import SimpleNamespace

import sympy as sp

from jaxcollapse.theory.registry import law_named


def _folded(start, operator):
    def fold(term, first, last):
        value = sp.Integer(start)
        for k in range(first, int(last) + 1):
            value = operator(value, term(sp.Integer(k)))
        return value

    return fold


SYMBOLS = SimpleNamespace(
    sqrt=sp.sqrt,
    exp=sp.exp,
    log=sp.log,
    sum=sum,
    maximum=sp.Max,
    where=lambda condition, yes, no: yes if condition else no,
    total=_folded(0, lambda a, b: a + b),
    product=_folded(1, lambda a, b: a * b),
)


def agrees(name: str, derived, **symbols):
    """The formula of a law is what was derived."""
    numbers = {key: sp.sympify(value) for key, value in symbols.items()}
    value = sp.nsimplify(law_named(name).body(SYMBOLS, **numbers))
    difference = sp.expand(sp.numer(sp.together(value - derived)))
    assert difference == 0 or sp.simplify(difference) == 0, f"{name} at {symbols}: {difference}"


def expected(polynomial, draws, moments):
    """The expected value of a polynomial in independent draws of mean 0 with these moments."""
    found = sp.Integer(0)
    for powers, coefficient in sp.Poly(polynomial, *draws).terms():
        found += coefficient * prod(moments.get(power, 1) for power in powers)
    return sp.expand(found)
