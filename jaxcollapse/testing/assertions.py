"""Statistical assertions: error rates and a resolution fix the sample size and the threshold."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import jax
import numpy as np

from .._keys import check_key, fold_in
from ..arguments import arrays, check_callable, check_is, checked, one_of
from ..domains import REAL, Integer, Real
from ..quantities.estimates import Estimate, skewness_of_mean
from ..quantities.significance import (
    FALSE_ALARM,
    RESOLUTION,
    allowed_sigmas,
    described,
    deviations,
    rejects,
    resolved,
)
from ..quantities.summaries import PowerSums
from ..recursion import Recursion
from ..theory.law import Law
from ..theory.registry import law_named
from ..verification import Verdict, verify_law

CHUNK = 1 << 12
MOST_REPLICAS = 1 << 22
RATE = Real(0.0, 0.5, closed=(False, True))
FINENESS = Real(0.0, 1.0, closed=(False, True))

Draw: TypeAlias = Callable


class NotResolved(AssertionError):
    """Nothing contradicts a statement, but the simulation could not have shown that it is wrong."""


@checked(
    draw=check_callable,
    expected=arrays(REAL),
    rivals=Mapping,
    side=one_of("both", "upper", "lower"),
)
def assert_expectation(
    draw: Draw,
    expected,
    *,
    resolution: float = RESOLUTION,
    rivals: Mapping | None = None,
    false_alarm: float = FALSE_ALARM,
    side: str = "both",
    most: int = MOST_REPLICAS,
    key=None,
) -> Estimate:
    r"""Assert that simulated values have a given expectation, and return their estimate.

    Replicas grow until $2 z\,\mathrm{SE} < \mathtt{resolution}\cdot|\mathtt{expected}|$ or, with
    rivals, until each is told apart. This rule looks at standard errors only, so a true statement
    fails with probability `false_alarm` over all entries, as far as the means are normal.

    Args:
        draw: `(key, replicas) -> (replicas, ...)`, independent replicas of finite variance.
        expected: what the mean should be, broadcast against the entries.
        resolution: relative difference that must be seen, in (0, 1].
        rivals: nearby wrong values by name, each shaped like `expected` and to be rejected.
        false_alarm: probability that a true statement fails, in (0, 0.5].
        side: "both" for equality, "upper" or "lower" where `expected` only bounds the mean.
        most: number of replicas after which an unresolved comparison is an error.
        key: a typed key; `jax.random.key(0)` unless given.

    Raises:
        AssertionError: the mean differs.
        NotResolved: a rival is not rejected, the resolution not reached, or a replica too rare.
        ValueError: an argument is out of range, or `draw` does not return one row per replica.

    Example:
        >>> import jax, jaxcollapse.testing as jct
        >>> draw = lambda key, replicas: jax.random.normal(key, (replicas,)) ** 2
        >>> jct.assert_expectation(draw, 1.0, rivals={"n - 1": 0.9}).replicas >= 4096
        True
    """
    _check_rates(false_alarm, resolution, most)
    estimates = _growing(draw, key, most)
    estimate, theory, allowed, problem = _compared(
        estimates, expected, rivals or {}, resolution, false_alarm, side
    )
    return _agreeing(estimate, theory, allowed, side, problem)


def _agreeing(estimate, theory, allowed, side, problem: str) -> Estimate:
    """Return an estimate that agrees with what is stated; raise where it does not, or may not."""
    if np.max(deviations(estimate, theory, side)) >= allowed:
        raise AssertionError(problem + _worst(estimate, theory, allowed, side))
    if problem:
        raise NotResolved(problem + _worst(estimate, theory, allowed, side))
    return estimate


def _compared(estimates, expected, rivals, resolution, false_alarm, side):
    """The first estimate that is fine enough, or the last, with its problem in words if any."""
    for estimate in estimates:
        theory = _shaped("expected", expected, estimate)
        others = {
            name: _shaped(f"rival {name!r}", value, estimate) for name, value in rivals.items()
        }
        allowed = allowed_sigmas(theory.size, false_alarm, 2 if side == "both" else 1)
        trusted = bool(np.all(estimate.trusted(allowed)))
        if trusted and resolved(estimate, theory, others, allowed, resolution):
            return estimate, theory, allowed, _problem(estimate, theory, others, allowed)
    why = "" if trusted else "the mean lives on rare replicas, "
    return estimate, theory, allowed, f"{why}unresolved with {estimate.replicas} replicas: "


def _check_rates(false_alarm, resolution, most):
    RATE.check("false_alarm", false_alarm)
    FINENESS.check("resolution", resolution)
    Integer(CHUNK, 2**40).check("most", most)


def _problem(estimate, theory, rivals, allowed) -> str:
    """The rivals that are not rejected, as the start of a message."""
    missed = [name for name, each in rivals.items() if not rejects(estimate, theory, each, allowed)]
    return f"not told from {', '.join(missed)}: " if missed else ""


def _shaped(name, value, estimate) -> np.ndarray:
    """A value for every entry of the estimate."""
    given = np.asarray(value, float).ravel()
    if given.size not in (1, len(estimate.value)):
        raise ValueError(
            f"{name} must have one entry or {len(estimate.value)}, as draw returns, got "
            f"{given.size}"
        )
    return np.broadcast_to(given, estimate.value.shape)


def _growing(draw, key, most):
    """Estimates from CHUNK, 2 CHUNK, 4 CHUNK, … replicas, up to `most`."""
    key, sums, start = check_key(jax.random.key(0) if key is None else key), None, 0
    while start < most:
        size = min(max(CHUNK, start), most - start)
        added = PowerSums.of(_rows(draw, fold_in(key, start), size))
        sums = added if sums is None else sums.merged(added)
        start += size
        error = np.sqrt(sums.variance / sums.count)
        yield Estimate(sums.mean, error, sums.count, skewness_of_mean(sums))


def _rows(draw, key, replicas) -> np.ndarray:
    values = np.asarray(draw(key, replicas), float)
    if values.ndim < 1 or len(values) != replicas:
        raise ValueError(
            f"draw must return one row for each of {replicas} replicas, got shape {values.shape}"
        )
    return values.reshape(replicas, -1)


def _worst(estimate, expected, allowed, side) -> str:
    z = deviations(estimate, expected, side)
    at = int(np.argmax(z))
    entry = f"entry {at}: " if len(z) > 1 else ""
    return entry + described(estimate, at, expected, z[at], allowed)


@checked(recursion=Recursion)
def assert_law(
    law: Law | str,
    recursion: Recursion | None = None,
    generations: int | None = None,
    *,
    key=None,
    most: int | None = None,
) -> Verdict:
    """Assert that a law agrees with simulation, of one recursion or at the law's own cases.

    With a recursion the simulation must also reject rivals that the machine proposes.

    Args:
        law: a law or its name.
        recursion: the configuration; the law's own cases unless given.
        generations: number of fits, with a recursion.
        key: a typed key; `jax.random.key(0)` unless given.
        most: number of replicas after which the law is not resolved; 2**18 at the law's own cases
            and 2**22 with a recursion unless given.

    Raises:
        AssertionError: the law fails; with the worst comparison of the verdict.
        NotResolved: nothing contradicts the law, but the simulation could not have shown that it
            is wrong; with the number of replicas that would do. It is an `AssertionError` too.
        ValueError: the law does not exist or does not speak about the recursion.

    Example:
        >>> import jaxcollapse as jc, jaxcollapse.testing as jct
        >>> r = jc.Recursion(jc.Poisson(), jc.Replace(), truth=jc.Poisson().params(2.0), n=6)
        >>> jct.assert_law("qvf-replace-variance", r, 3).passed
        True
    """
    law = law_named(law) if isinstance(law, str) else law
    check_is("law", law, Law)
    cases = None
    if recursion is not None:
        Integer(1, 10**9).check("generations", 0 if generations is None else generations)
        if not law.holds_for(recursion):
            family, workflow = type(recursion.family).__name__, type(recursion.workflow).__name__
            raise ValueError(
                f"law {law.name} says nothing about {family} under {workflow}, with these sizes"
            )
        cases = [(recursion, generations)]
    key = jax.random.key(0) if key is None else check_key(key)
    return _holding(verify_law(key, law, cases=cases, most=most))


def _holding(verdict: Verdict) -> Verdict:
    """Return a verdict that a law holds; raise any other."""
    if verdict.outcome == "fails":
        raise AssertionError(f"law {verdict.law} fails: {verdict.reason()}")
    if verdict.outcome == "not resolved":
        raise NotResolved(f"law {verdict.law} is not resolved: {verdict.reason()}")
    return verdict


@checked(draw_a=check_callable, draw_b=check_callable, decimals=Integer(-300, 300))
def assert_same_law(
    draw_a: Draw,
    draw_b: Draw,
    *,
    resolution: float = 0.02,
    false_alarm: float = FALSE_ALARM,
    decimals: int | None = None,
    key=None,
) -> float:
    r"""Assert that two simulations have the same distribution, and return the distance found.

    Every entry has a Kolmogorov-Smirnov test. With m draws each, under equality and for $m\ge458$,
    $P(\sup|F_a-F_b| > \varepsilon) \le 2e^{-m\varepsilon^2}$. m makes $2\varepsilon$ equal to the
    resolution, hence laws that far apart are told apart at least as surely. Ties are covered.

    Args:
        draw_a: `(key, replicas) -> (replicas, ...)`.
        draw_b: another one, with as many entries.
        resolution: distance between distribution functions that must be seen, in (0, 1].
        false_alarm: probability that equal laws fail, over all entries, in (0, 0.5].
        decimals: round values first, where equal atoms differ by float arithmetic.
        key: a typed key; `jax.random.key(0)` unless given.

    Raises:
        AssertionError: with the distance, the allowed distance and the replicas.
        ValueError: an argument is out of range, or the draws have different numbers of entries.

    References:
        Wei and Dudley, Statist. Probab. Lett. 82:636 (2012), arXiv 1107.5356: the constant 2.
    """
    RATE.check("false_alarm", false_alarm)
    FINENESS.check("resolution", resolution)
    key = check_key(jax.random.key(0) if key is None else key)
    draws, allowed = (draw_a, draw_b), resolution / 2
    entries = _entries(draws, key)
    replicas = max(458, int(np.ceil(np.log(2 * entries / false_alarm) / allowed**2)))
    a, b = (_rows(draw, fold_in(key, i), replicas) for i, draw in enumerate(draws))
    distances = _distances(a, b, decimals)
    at = int(np.argmax(distances))
    if not distances[at] <= allowed:
        raise AssertionError(
            f"entry {at}: distance {distances[at]:.4f} of the distribution functions, "
            f"{allowed:.4f} allowed ({replicas} replicas each)"
        )
    return float(distances[at])


def _entries(draws, key) -> int:
    """The number of entries that both draws have."""
    # Two rows suffice; their keys are not those of the comparison.
    first, second = (_rows(draw, fold_in(key, i, 1), 2).shape[1] for i, draw in enumerate(draws))
    if first != second:
        raise ValueError(f"draws must have as many entries as each other, got {first} and {second}")
    return first


def _distances(a: np.ndarray, b: np.ndarray, decimals: int | None) -> np.ndarray:
    """Largest distance of the distribution functions of every entry."""
    if decimals is not None:
        a, b = a.round(decimals), b.round(decimals)
    return np.array([_distance(a[:, i], b[:, i]) for i in range(a.shape[1])])


def _distance(a: np.ndarray, b: np.ndarray) -> float:
    if np.any(np.isnan(a)) or np.any(np.isnan(b)):
        return float("nan")
    points = np.concatenate([a, b])
    below = [np.searchsorted(np.sort(x), points, side="right") / len(x) for x in (a, b)]
    return float(np.max(np.abs(below[0] - below[1])))
