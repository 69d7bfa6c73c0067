"""Rigorous enclosures of numbers, and laws certified by them.

A definition is an integral, a product or a series, never the formula. `flint` computes with balls:
every number carries a bound of its error. A formula that can be evaluated on balls must meet the
enclosure within 1e-25; float64 must come within 1e-11.
"""

from functools import cache
from math import prod
from types import SimpleNamespace

from flint import acb, arb, ctx

from jaxcollapse.theory.registry import law_named

ctx.prec = 128
FLOAT = 1e-11
FAR = 2000


def _folded(start, operator):
    def fold(term, first, last):
        value = arb(start)
        for k in range(first, round(float(last)) + 1):
            value = operator(value, term(arb(k)))
        return value

    return fold


BALLS = SimpleNamespace(
    sqrt=lambda x: arb(x).sqrt(),
    exp=lambda x: arb(x).exp(),
    log=lambda x: arb(x).log(),
    sin=lambda x: arb(x).sin(),
    sinh=lambda x: arb(x).sinh(),
    pi=arb.pi(),
    abs=abs,
    gammaln=lambda x: arb(x).lgamma(),
    digamma=lambda x: arb(x).digamma(),
    polygamma=lambda k, x: acb(x).polygamma(k).real,
    maximum=max,
    where=lambda condition, yes, no: yes if condition else no,
    entry=lambda values, k: arb(values[round(float(k)) - 1]),
    total=_folded(0, lambda a, b: a + b),
    product=_folded(1, lambda a, b: a * b),
)


def certify(name: str, definition, tolerance=1e-25, **symbols):
    """The formula on balls meets the enclosure of the definition, and float64 stays near it."""
    law = law_named(name)
    about = f"{name} at {symbols}"
    middle = float(definition.mid())
    assert definition.rad() <= tolerance * max(1.0, abs(middle)), about
    if not law.host:
        kept = ("t", "sizes")
        balls = {key: value if key in kept else arb(value) for key, value in symbols.items()}
        value = law.body(BALLS, **balls)
        assert value.overlaps(definition), about
        assert value.rad() <= 1e-25 * max(1.0, abs(middle)), about
    assert abs(float(law(**symbols)) - middle) <= max(FLOAT, tolerance) * max(1.0, abs(middle)), (
        about
    )


def enclosed(integrand, low, high, tail=0.0):
    """An integral, with a bound of what lies outside its ends."""
    return acb.integral(integrand, acb(low), acb(high)).real + arb(0, tail)


@cache
def chi_square(m: int, power=0, logs=0):
    r"""$E[X^s\log^kX]$ for a chi-square X of m degrees of freedom, integrated over $\log X$.

    Beyond the ends $|u|^ke^{au}$ is integrated by parts, and $x^{a-1+k}e^{-x/2}\le e^{-x/4}$.
    """

    def integral(s, k):
        a, left, right = arb(m) / 2 + s, arb(-140), arb(FAR).log()
        falling = (left * a).exp() * sum(
            140 ** (k - j) * prod(range(k - j + 1, k + 1)) / a ** (j + 1) for j in range(k + 1)
        )
        assert (a + k) * right <= FAR / 4
        tail = falling + 4 * (arb(-FAR) / 4).exp()
        body = lambda u, _: u**k * (a * u - u.exp() / 2).exp()
        return enclosed(body, left, right, float(tail.abs_upper()))

    return integral(power, logs) / integral(0, 0)


def ratio(n, ddof, power):
    r"""$E R^s$ for the variance ratio R of one fit."""
    return chi_square(n - 1, power) / arb(n - ddof) ** power


def log_ratio(n, ddof):
    return chi_square(n - 1, 0, 1) - arb(n - ddof).log()


def log_spread(m):
    return chi_square(m, 0, 2) - chi_square(m, 0, 1) ** 2


def drift(n, t, r):
    """The mean error of replacement, in units of the variance."""
    return sum((r**k for k in range(t)), arb(0)) / n


HALF = arb(1) / 2


def certify_function(name, definition, v0, v1, v2, **symbols):
    """As `certify`, within 1e-7 and in float64, for a law of a variance function at mean 0."""
    middle = float(definition.mid())
    assert definition.rad() <= 1e-7 * abs(middle)
    value = float(law_named(name)(mean=0.0, v0=float(v0), v1=float(v1), v2=float(v2), **symbols))
    assert abs(value - middle) <= 1e-7 * abs(middle)


def normal_moment(power, low, high, tail=0.0):
    r"""$\int x^k\varphi(x)\,dx$ between two ends."""
    density = lambda x, _: x**power * (-x * x / 2).exp() / (2 * acb.pi()).sqrt()
    return enclosed(density, low, high, tail)
