r"""The eight definitions of model collapse in use, as predicates on a run or on a law.

A `Definition` compares a quantity at two fits, a `ScalingDefinition` its decline in n at two fits.
Statistics are ratios, so that one figure holds them all. Thresholds say how much is much, and are
fields. A definition that does not speak of a family (modes of a Gaussian) has no quantity there,
and none of its findings.

References: Schaeffer et al., arXiv 2503.03150 (the eight definitions; names by the authors, the
tests are this module's own).
"""

import abc
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ..families import AbstractQVF, Categorical, Gaussian, Poisson
from ..metrics import heterozygosity as gini
from ..metrics import mean_error, outside, segregating, squared_distance, variance
from ..quantities.base import AbstractQuantity, E, P, Quantile
from ..quantities.significance import allowed_sigmas
from ..recursion import Recursion
from ..theory import predict
from ..theory.categorical import modes

FALSE_ALARM = 1e-4
FEW = 10
TAIL, FAR = 0.01, 0.001
HEAD = f"""# Eight definitions of collapse

Definitions in use, as Schaeffer et al. (arXiv 2503.03150) collect them; the statistics and
thresholds are this package's own. Each compares a quantity at two fits of a run of $T$ fits, or
at two sample sizes, and calls it collapse when the ratio passes the threshold:
`jc.list_definitions()[name].of_runs(run)`, or `.of_laws(recursion, generations=T)` where an exact
law is known. $R$ is the risk (expected squared error of the mean or the probabilities), $V$ the
spread that is left, $M$ the share of common types left, $L$ of rare ones, $H$ the mass where the
truth has less than {FAR:g}; $n$ is the number of observations of a fit.
"""


class Finding(NamedTuple):
    """A statistic with its standard error (zero for a law) and whether the definition calls it
    collapse; None is undecided.
    """

    statistic: float
    error: float
    collapsed: bool | None


@singledispatch
def risk(family) -> AbstractQuantity | None:
    """Population risk: the expected squared error of the mean, or of the probabilities."""
    return None


@singledispatch
def spread(family) -> AbstractQuantity | None:
    """What a model has of variance: its expectation, or the chance that there is any left."""
    return None


@singledispatch
def real_modes(family) -> AbstractQuantity | None:
    """Expected share of the common types that is left."""
    return None


@singledispatch
def real_tail(family) -> AbstractQuantity | None:
    """Expected share of the rare types that is left, or the median mass on the true tail."""
    return None


@singledispatch
def far_mass(family) -> AbstractQuantity | None:
    """Expected mass where the truth has next to none."""
    return None


risk.register(Gaussian, lambda family: E(mean_error))
risk.register(AbstractQVF, lambda family: E(mean_error))
risk.register(Categorical, lambda family: E(squared_distance))
spread.register(Gaussian, lambda family: E(variance))
spread.register(AbstractQVF, lambda family: P(segregating))
spread.register(Categorical, lambda family: E(gini))
real_modes.register(Categorical, lambda family: E(modes.modes_left))
real_tail.register(Categorical, lambda family: E(modes.tail_left))
real_tail.register(Gaussian, lambda family: Quantile(outside(TAIL), 0.5))
far_mass.register(Gaussian, lambda family: E(outside(FAR)))
far_mass.register(Poisson, lambda family: E(outside(FAR)))


@dataclass(frozen=True)
class AbstractDefinition(abc.ABC):
    """A definition of collapse: `statistic` beyond `threshold`, above it where collapse `rises`,
    else below.

    `symbol` is the statistic in LaTeX; `scales` are the multiples of n at which it looks at a
    recursion.
    """

    name: str
    summary: str
    quantity: Callable[[Any], AbstractQuantity | None]
    threshold: float
    rises: bool
    symbol: str
    scales: ClassVar[tuple[int, ...]]

    @abc.abstractmethod
    def statistic(
        self, curves: Sequence[np.ndarray], errors: Sequence[np.ndarray]
    ) -> tuple[float, float]:
        """The statistic and its standard error from the quantity at every fit from 0 on, one curve
        a scale.
        """

    def of_runs(self, *runs) -> Finding | None:
        """The finding on one `Trajectory` a scale; None where the definition does not speak about
        the family.

        The verdict is open while the threshold lies within the error at a false-alarm rate of
        `FALSE_ALARM`.
        """
        quantity = self.quantity(runs[0].recursion.family)
        if quantity is None:
            return None
        estimates = [quantity(run) for run in runs]
        return self.find([e.value for e in estimates], [e.error for e in estimates])

    def of_laws(self, *recursions: Recursion, generations: int) -> Finding | None:
        """The finding on the exact laws of one recursion a scale; None where no law is known."""
        quantity = self.quantity(recursions[0].family)
        if quantity is None:
            return None
        try:
            curves = [
                np.asarray(predict(quantity, each, np.arange(generations + 1)), float)
                for each in recursions
            ]
        except LookupError:
            return None
        return self.find(curves)

    def find(
        self, curves: Sequence[np.ndarray], errors: Sequence[np.ndarray] | None = None
    ) -> Finding:
        """The finding on curves of the quantity from fit 0 on, one a scale, with their standard
        errors unless they are laws.
        """
        errors = [np.zeros(np.shape(curve)) for curve in curves] if errors is None else errors
        statistic, error = self.statistic(curves, errors)
        beyond = (statistic - self.threshold) * (1 if self.rises else -1)
        doubt = allowed_sigmas(1, FALSE_ALARM) * error + 1e-9 * self.threshold
        return Finding(
            float(statistic),
            float(error),
            None if error > 0 and abs(beyond) <= doubt else bool(beyond > doubt),
        )


def _ratio(late: float, early: float, late_error: float, early_error: float) -> tuple[float, float]:
    """A ratio with a bound on its standard error, whatever the correlation of its parts."""
    if early <= 0:
        return math.nan, math.inf
    return late / early, late_error / early + late * early_error / early**2


@dataclass(frozen=True)
class Definition(AbstractDefinition):
    """The ratio of a quantity at two fits, `times(generations) -> (late, early)`."""

    times: Callable[[int], tuple[int, int]]
    scales = (1,)

    def statistic(self, curves, errors):
        late, early = self.times(len(curves[0]) - 1)
        return _ratio(curves[0][late], curves[0][early], errors[0][late], errors[0][early])


@dataclass(frozen=True)
class ScalingDefinition(AbstractDefinition):
    """How much less a quantity falls from n to 2n in the last fit than in fit 1, as a factor."""

    scales = (1, 2)

    def statistic(self, curves, errors):
        parts = [_ratio(curves[1][t], curves[0][t], errors[1][t], errors[0][t]) for t in (-1, 1)]
        return _ratio(parts[0][0], parts[1][0], parts[0][1], parts[1][1])


def _last_to_first(generations):
    return generations, 1


def _last_to_middle(generations):
    return generations, generations // 2


DEFINITIONS: tuple[AbstractDefinition, ...] = (
    Definition(
        "catastrophic-risk",
        "risk multiplies within a few fits",
        risk,
        3.0,
        True,
        rf"R_{{{FEW}}}/R_1",
        lambda last: (min(FEW, last), 1),
    ),
    Definition("rising-risk", "risk rises at all", risk, 1.0, True, "R_T/R_1", _last_to_first),
    Definition(
        "diverging-risk",
        "risk keeps growing, as a power of t",
        risk,
        math.sqrt(2),
        True,
        "R_T/R_{T/2}",
        _last_to_middle,
    ),
    ScalingDefinition(
        "changed-scaling-law",
        "risk no longer falls as it did with n",
        risk,
        1.1,
        True,
        r"\frac{R_T(2n)}{R_T(n)}/\frac{R_1(2n)}{R_1(n)}",
    ),
    Definition(
        "collapsing-variance",
        "variance keeps falling",
        spread,
        0.9,
        False,
        "V_T/V_{T/2}",
        _last_to_middle,
    ),
    Definition(
        "lost-modes", "common types disappear", real_modes, 0.9, False, "M_T/M_1", _last_to_first
    ),
    Definition(
        "lost-tail", "rare data disappear", real_tail, 0.9, False, "L_T/L_1", _last_to_first
    ),
    Definition(
        "hallucination",
        "mass appears where the truth has none",
        far_mass,
        2.0,
        True,
        "H_T/H_1",
        _last_to_first,
    ),
)


def list_definitions() -> dict[str, AbstractDefinition]:
    """Every definition by name."""
    return {each.name: each for each in DEFINITIONS}


def quantities_of(family) -> list[AbstractQuantity]:
    """What a run of this family has to observe for all definitions, each once."""
    found = [each.quantity(family) for each in DEFINITIONS]
    return list(dict.fromkeys(quantity for quantity in found if quantity is not None))


def page() -> str:
    """The definitions as a table of Markdown."""
    lines = [HEAD, "| definition | says | statistic | collapse if |", "|---|---|---|---|"]
    for each in DEFINITIONS:
        beyond = "above" if each.rises else "below"
        lines.append(
            f"| `{each.name}` | {each.summary} | ${each.symbol}$ | {beyond} {each.threshold:.4g} |"
        )
    return "\n".join([*lines, ""])
