r"""Panels: one quantity of one recursion over generations, simulated, beside its law.

A figure computes a list of panels. The same arrays are tabulated as the figure's data, drawn as
dots with error bars and a line, and judged. The verdict is a z test over all generations of the
panel at a false alarm of `FALSE_ALARM`. It is "not resolved" where the mean lives on replicas that
are rarer than the simulated ones: there the standard error is no measure of the deviation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
from scipy.stats import norm

from ..quantities.base import AbstractQuantity, E, Estimate, P
from ..quantities.significance import FALSE_ALARM, allowed_sigmas, deviations, rounding
from ..quantities.summaries import PowerSums
from ..theory import predict
from .registry import Comparison

COLUMNS = ("simulated", "error", "law", "resolved")


@dataclass(frozen=True)
class Panel:
    """Aligned arrays over the generations `t`: simulated value, its standard error, and the law.

    `skewness` is that of the simulated value, not of one replica. `law` is NaN where none is known.
    `at` says what the panel shows, such as {"workflow": "replace", "n": 10}.
    """

    what: str
    t: np.ndarray
    simulated: np.ndarray
    error: np.ndarray
    law: np.ndarray
    skewness: np.ndarray
    at: Mapping[str, Any]

    @property
    def compared(self) -> np.ndarray:
        """Whether a simulated value is compared with a law: not where both are one sure number."""
        certain = (self.error == 0) & (np.abs(self.simulated - self.law) <= rounding(self.law))
        return np.isfinite(self.simulated) & np.isfinite(self.law) & ~certain

    @property
    def resolved(self) -> np.ndarray:
        """Whether a deviation from the law, if there were one, would be evidence against it."""
        fine = np.abs(self.skewness) <= most_skewness(max(int(self.compared.sum()), 1))
        return fine & (self.error > 0)

    def root(self) -> "Panel":
        """The square root of the panel, with errors to first order: a root mean square."""
        simulated = np.sqrt(self.simulated)
        # Between two exact zeros the error stays zero, where the derivative of the root is infinite.
        error = np.divide(
            self.error, 2 * simulated, out=np.zeros_like(simulated), where=simulated > 0
        )
        return Panel(self.what, self.t, simulated, error, np.sqrt(self.law), self.skewness, self.at)

    def row(self, reported: float | None = None, t: int | None = None) -> Comparison:
        """One row of the figure's table: the values at generation t, the last unless given.

        p-value and verdict are those of the whole panel.
        """
        shown = np.flatnonzero(np.isfinite(self.simulated))
        place = shown[-1] if t is None else int(np.searchsorted(self.t, t))
        law = float(self.law[place]) if np.isfinite(self.law[place]) else None
        numbers = float(self.simulated[place]), float(self.error[place])
        what = f"{self.what}, t={self.t[place]}"
        return Comparison(what, reported, law, *numbers, *judged_against_law(self))


def panel(
    run, quantity: AbstractQuantity, law=None, *, what: str = "", t=None, at: Mapping | None = None
) -> Panel:
    """The panel of a quantity of a run; several panels may share one run.

    Args:
        run: a `Trajectory`.
        quantity: what is estimated.
        law: values at every generation of `t`; what `predict` says of the run's recursion unless
            given, and NaN where `predict` knows no exact law.
        what: the label of the panel's row in the table; the quantity unless given.
        t: generations that are shown; all of the run unless given.
        at: coordinates of the panel in the figure's data.
    """
    t = np.asarray(run.times) if t is None else np.asarray(t)
    place = np.searchsorted(np.asarray(run.times), t)
    estimate = quantity(run)
    return Panel(
        what or str(quantity), t, np.asarray(estimate.value, float)[place],
        np.asarray(estimate.error, float)[place],
        exact_law(quantity, run.recursion, t) if law is None else np.asarray(law, float),
        skewness_of(quantity, run)[place], at or {},
    )  # fmt: skip


def panel_of_values(what: str, t, values, law=None, at: Mapping | None = None) -> Panel:
    """The panel of a mean over replicas, from values of shape (replicas, generations)."""
    sums = PowerSums.of(values)
    estimate = Estimate(sums.mean, np.sqrt(sums.variance / sums.count), sums.count)
    law = np.full(len(t), np.nan) if law is None else np.asarray(law, float)
    return Panel(what, np.asarray(t), *estimate[:2], law, _skewness_of_mean(sums), at or {})


def exact_law(quantity: AbstractQuantity, recursion, t) -> np.ndarray:
    """What `predict` says at generations t; NaN where it knows no exact law."""
    try:
        return np.asarray(predict(quantity, recursion, t), float)
    except LookupError:
        return np.full(len(t), np.nan)


@singledispatch
def skewness_of(quantity: AbstractQuantity, run) -> np.ndarray:
    """Skewness of an estimate; zero for quantities that are no means, such as quantiles."""
    return np.zeros(len(run.times))


@skewness_of.register(E)
@skewness_of.register(P)
def _(quantity, run) -> np.ndarray:
    return _skewness_of_mean(PowerSums.of(np.asarray(run.values(quantity.metric))))


def _skewness_of_mean(sums: PowerSums) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums.third / sums.count / (sums.second / sums.count) ** 1.5) / np.sqrt(
            sums.count
        )


def most_skewness(entries: int, false_alarm: float = FALSE_ALARM) -> float:
    r"""The skewness of a mean beyond which no deviation from a law would be evidence against it.

    By the Edgeworth expansion skewness s takes $s z^3/3$ off the evidence $z^2/2$ of z standard
    errors. What is left is at most $1/(6 s^2)$, at $z=1/s$, and must reach the evidence of the
    allowed standard errors.

    Example:
        >>> from jaxcollapse.figures.panels import most_skewness
        >>> round(most_skewness(1), 3)
        0.108
    """
    return float(1 / (np.sqrt(3) * allowed_sigmas(entries, false_alarm)))


def judged_against_law(panel: Panel) -> tuple[float | None, str]:
    """The p-value of the panel over all its generations (Bonferroni), and its verdict in words."""
    compared, resolved = panel.compared, panel.compared & panel.resolved
    if not compared.any():
        return None, ""
    if not resolved.any():
        return None, "not resolved"
    estimate = Estimate(panel.simulated[resolved], panel.error[resolved], 0)
    z = deviations(estimate, panel.law[resolved])
    p = min(1.0, float(2 * norm.sf(z.max())) * int(compared.sum()))
    verdict = "agrees" if p > FALSE_ALARM else f"differs at t={panel.t[resolved][z.argmax()]}"
    open_fits = panel.t[compared & ~panel.resolved]
    if len(open_fits) == 0:
        return p, verdict
    span = f"{open_fits[0]}" if len(open_fits) == 1 else f"{open_fits[0]}…{open_fits[-1]}"
    return p, f"{verdict}; not resolved at t={span}"


def tabulated(panels: list[Panel]):
    """Panels as one dataset: a dimension for each coordinate in `at`, and the generations `t`."""
    import xarray as xr

    names = list(panels[0].at)
    coordinates: dict[str, Any] = {
        name: list(dict.fromkeys(each.at[name] for each in panels)) for name in names
    }
    coordinates["t"] = np.unique(np.concatenate([each.t for each in panels]))
    shape = tuple(len(each) for each in coordinates.values())
    columns = {name: np.full(shape, np.nan) for name in COLUMNS}
    for each in panels:
        place = tuple(coordinates[name].index(each.at[name]) for name in names)
        rows = np.searchsorted(coordinates["t"], each.t)
        for name, column in columns.items():
            column[(*place, rows)] = getattr(each, name)
    return xr.Dataset(
        {name: (tuple(coordinates), each) for name, each in columns.items()}, coordinates
    )


def draw_panel(axis, here, color="C0", label=None, marker="o", every: int = 1, line="k"):
    """Dots ± 3 standard errors, and the line of the law, of one panel of the tabulated data.

    A dot that is not resolved is hollow. The line takes `color` where `line` is None.
    """
    with_law = here.dropna("t", subset=["law"])
    axis.plot(with_law.t, with_law.law, color=line or color, lw=0.9, zorder=3)
    shown = here.dropna("t", subset=["simulated"])[{"t": slice(None, None, every)}]
    doubt = (shown.resolved == 0) & (shown.error > 0) & np.isfinite(shown.law)
    for part, face in (
        (shown.where(~doubt, drop=True), color),
        (shown.where(doubt, drop=True), "w"),
    ):
        axis.errorbar(
            part.t, part.simulated, 3 * part.error, fmt=marker, color=color, mfc=face, ms=3, lw=0.8
        )
    if label is not None:
        axis.plot([], [], marker, color=color, ms=3, label=label)
