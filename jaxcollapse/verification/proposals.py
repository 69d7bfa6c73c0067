"""Rivals proposed by the machine, so that the power of a test does not depend on its author."""

import numpy as np

from ..quantities.significance import RESOLUTION
from ..recursion import Recursion
from ..theory.law import Law
from ..theory.symbols import symbols_of

FAR = 1 << 10
AGREEMENT = 1e-9


def proposals(law: Law, recursion: Recursion, t, least: float = AGREEMENT) -> dict[str, np.ndarray]:
    """Return nearby wrong values: n or t off by one, factors 1 ± 1/n, the leading order in 1/n, and
    a sum over generations whose terms are shifted by one.

    For a law that is a power of n, as a limit is, they include the factors 1 ± 1/(4n). Those that
    agree with the law everywhere up to the relative difference `least`, or cannot be evaluated, are
    left out.

    Example:
        >>> import jaxcollapse as jc
        >>> from jaxcollapse.verification.proposals import proposals
        >>> r = jc.Recursion(jc.Poisson(), jc.Replace(), truth=jc.Poisson().params(2.0), n=5)
        >>> sorted(proposals(jc.law_named("poisson-replace-segregating"), r, 2))
        ['factor 1 + 1/n', 'factor 1 - 1/n', 'n + 1', 'n - 1', 't + 1', 't - 1']
    """
    value, found = np.asarray(law.of(recursion, t), float), {}
    size = int(np.min(np.asarray(recursion.n)))
    if np.ndim(recursion.n) == 0:
        found["n + 1"] = _at(law, recursion, t, {"n": size + 1})
        found["n - 1"] = _at(law, recursion, t, {"n": size - 1})
        found["leading order"] = _leading_order(law, recursion, t, size)
    if "t" in law.parameters and t is not None:
        found["t + 1"] = _at(law, recursion, np.asarray(t) + 1, {})
        found["t - 1"] = _at(law, recursion, np.asarray(t) - 1, {})
        found["sum shifted by one"] = _shifted_sum(law, recursion, t)
    if _is_a_power(found.get("leading order"), value):
        # A limit stated as exact is its own leading order: the next order is what it lacks.
        found["factor 1 + 1/(4n)"] = value * (1 + 0.25 / size)
        found["factor 1 - 1/(4n)"] = value * (1 - 0.25 / size)
    found["factor 1 + 1/n"] = value * (1 + 1 / size)
    found["factor 1 - 1/n"] = value * (1 - 1 / size)
    return {
        name: each
        for name, each in found.items()
        if each is not None and _differs(each, value, least)
    }


def _shifted_sum(law: Law, recursion: Recursion, t) -> np.ndarray | None:
    """A sum over k = 1, ..., t with the terms of k + 1; None where there is no value at t = 0."""
    later, first, start = (_at(law, recursion, each, {}) for each in (np.asarray(t) + 1, 1, 0))
    if later is None or first is None or start is None:
        return None
    shifted = later - first + start
    # A law that is no sum, and nearly linear, would be asked for more than the resolution.
    return (
        shifted if _differs(shifted, np.asarray(law.of(recursion, t), float), RESOLUTION) else None
    )


def _is_a_power(leading, value) -> bool:
    """Whether a law is a power of n, as a limit is."""
    return leading is not None and np.allclose(leading, value, 1e-6, 0)


def _differs(rival, value, least) -> bool:
    return bool(np.all(np.isfinite(rival))) and not np.allclose(rival, value, least, 0)


def _at(law: Law, recursion: Recursion, t, changed) -> np.ndarray | None:
    """The law with some symbols changed; None where it does not take such values."""
    if any(name not in law.parameters for name in changed):
        return None
    try:
        symbols = dict(symbols_of(recursion, t)) | changed
        taken = {name: symbols[name] for name in law.parameters if name in symbols}
        with np.errstate(all="ignore"):
            return np.asarray(law(**taken), float)
    except (ValueError, ArithmeticError, LookupError):
        return None


def _leading_order(law: Law, recursion: Recursion, t, size: int) -> np.ndarray | None:
    """The law at a large n, continued to n by the power of n that it follows there."""
    if "n" not in law.continuous:
        return None
    far, twice = (_at(law, recursion, t, {"n": size * FAR * step}) for step in (1, 2))
    if far is None or twice is None:
        return None
    with np.errstate(all="ignore"):
        power = np.round(2 * np.log2(np.abs(twice / far))) / 2
        return far * float(FAR) ** -power
