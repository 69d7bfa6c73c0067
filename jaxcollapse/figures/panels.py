r"""Panels: one quantity of one recursion over generations, simulated, beside its law.

A figure computes a list of panels. The same arrays are tabulated as the figure's data, drawn as
dots with error bars and a line, and judged. The verdict is Student's t test over all generations of
the panel at a false alarm of `FALSE_ALARM`. It is "not resolved" where the mean lives on replicas
that are rarer than the simulated ones: there the standard error is no measure of the deviation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import stats

from ..quantities.base import AbstractQuantity, defined
from ..quantities.estimates import Estimate, skewness_of_mean
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
    replicas: int
    at: Mapping[str, Any]

    @property
    def compared(self) -> np.ndarray:
        """Whether a simulated value is compared with a law: not where both are one sure number."""
        certain = (self.error == 0) & (np.abs(self.simulated - self.law) <= rounding(self.law))
        return np.isfinite(self.simulated) & np.isfinite(self.law) & ~certain

    @property
    def resolved(self) -> np.ndarray:
        """Whether a deviation from the law, if there were one, would be evidence against it."""
        estimate = Estimate(self.simulated, self.error, self.replicas, self.skewness)
        allowed = allowed_sigmas(max(int(self.compared.sum()), 1))
        return estimate.trusted(allowed) & (self.error > 0)

    def root(self) -> "Panel":
        """The square root of the panel, with errors to first order: a root mean square."""
        simulated = np.sqrt(self.simulated)
        # At zero the derivative of the root is infinite, and the error is zero.
        error = np.divide(
            self.error, 2 * simulated, out=np.zeros_like(simulated), where=simulated > 0
        )
        return replace(self, simulated=simulated, error=error, law=np.sqrt(self.law))

    def row(self, reported: float | None = None, t: int | None = None) -> Comparison:
        """One row of the figure's table: the panel at generation t, judged there.

        Unless t is given it is the last generation, and all of the panel is judged.
        """
        shown = np.flatnonzero(np.isfinite(self.simulated))
        place = shown[-1] if t is None else int(np.searchsorted(self.t, t))
        law = float(self.law[place]) if np.isfinite(self.law[place]) else None
        numbers = float(self.simulated[place]), float(self.error[place])
        judged = np.ones(len(self.t), bool) if t is None else self.t == t
        what = f"{self.what}, t={self.t[place]}"
        return Comparison(what, reported, law, *numbers, *judged_against_law(self, judged))


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
        t: generations that are shown; all of the run unless given. After the last generation of the
            run there is the law alone.
        at: coordinates of the panel in the figure's data.
    """
    t = np.asarray(run.times) if t is None else np.asarray(t)
    estimate = quantity(run)
    none = np.zeros(len(run.times))
    skewness = none if estimate.skewness is None else estimate.skewness
    columns = [_at_generations(each, run, t) for each in (estimate.value, estimate.error, skewness)]
    law = exact_law(quantity, run.recursion, t) if law is None else np.asarray(law, float)
    return Panel(
        what or str(quantity), t, *columns[:2], law, columns[2], estimate.replicas, at or {}
    )


def _at_generations(values, run, t) -> np.ndarray:
    """Values of a run at generations t; NaN after its last."""
    times = np.asarray(run.times)
    place = np.minimum(np.searchsorted(times, t), len(times) - 1)
    return np.where(t <= times[-1], np.asarray(values, float)[place], np.nan)


def panel_of_law(what: str, t, law, at: Mapping | None = None) -> Panel:
    """The panel of a law that is not simulated."""
    nothing = np.full(len(t), np.nan)
    return Panel(
        what, np.asarray(t), nothing, nothing, np.asarray(law, float), nothing, 0, at or {}
    )


def panel_of_values(what: str, t, values, law=None, at: Mapping | None = None) -> Panel:
    """The panel of a mean over replicas, from values of shape (replicas, generations)."""
    sums = PowerSums.of(defined(np.asarray(values, float), what))
    error = np.sqrt(sums.variance / sums.count)
    law = np.full(len(t), np.nan) if law is None else np.asarray(law, float)
    skewness = skewness_of_mean(sums)
    return Panel(what, np.asarray(t), sums.mean, error, law, skewness, sums.count, at or {})


def exact_law(quantity: AbstractQuantity, recursion, t) -> np.ndarray:
    """What `predict` says at generations t; NaN where it knows no exact law."""
    try:
        return np.asarray(predict(quantity, recursion, t), float)
    except LookupError:
        return np.full(len(t), np.nan)


def judged_against_law(panel: Panel, judged: np.ndarray) -> tuple[float | None, str]:
    """The p-value over the judged generations (Bonferroni), and a verdict in words."""
    compared = panel.compared & judged
    resolved = compared & panel.resolved
    if not compared.any():
        return None, ""
    if not resolved.any():
        return None, "not resolved"
    estimate = Estimate(panel.simulated[resolved], panel.error[resolved], panel.replicas)
    z = deviations(estimate, panel.law[resolved])
    p = min(1.0, float(2 * stats.t.sf(z.max(), panel.replicas - 1)) * int(compared.sum()))
    verdict = "agrees" if p > FALSE_ALARM else f"differs at t={panel.t[resolved][z.argmax()]}"
    if not (unresolved := compared & ~panel.resolved).any():
        return p, verdict
    return p, f"{verdict}; not resolved at t={_spans(panel.t, unresolved)}"


def _spans(t: np.ndarray, chosen: np.ndarray) -> str:
    """The chosen generations as spans of neighbors: "3…8, 117…200"."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(int), [0]])))
    ends = [(t[first], t[after - 1]) for first, after in edges.reshape(-1, 2)]
    return ", ".join(f"{low}" if low == high else f"{low}…{high}" for low, high in ends)


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


def draw_panel(
    axis, here, color="C0", label=None, *, marker="o", every: int = 1, line="k", dashes="-"
):
    """Draw one panel of the tabulated data: dots ± 3 standard errors, and the line of the law.

    A dot that is not resolved is hollow. `every` is the step between generations with a dot.
    """
    law = here.dropna("t", subset=["law"])
    axis.plot(law.t, law.law, dashes, color=line, lw=0.9, zorder=3)
    shown = here.dropna("t", subset=["simulated"])[{"t": slice(None, None, every)}]
    _draw_dots(axis, shown, 3, np.isfinite(shown.law), color, marker, ms=3, lw=0.8)
    if label is not None:
        axis.plot([], [], marker, color=color, ms=3, label=label)


def draw_curve(axis, here, color="C0", label=None, *, marker="o", first: int = 0):
    """Draw one panel without a law from fit `first` on: dots ± one standard error, and a line.

    A dot whose standard error cannot be trusted is hollow.
    """
    shown = here.sel(t=slice(first, None)).dropna("t", subset=["simulated"])
    axis.plot(shown.t, shown.simulated, color=color, marker=marker, ms=4, label=label)
    _draw_dots(axis, shown, 1, True, color, marker, ms=4)


def _draw_dots(axis, shown, sigmas, judged, color, marker, **style):
    """Draw dots with their errors, hollow where they are judged and replicas are too few."""
    doubt = (shown.resolved == 0) & (shown.error > 0) & judged
    for part, face in ((~doubt, color), (doubt, "w")):
        dots = shown.where(part, drop=True)
        axis.errorbar(
            dots.t, dots.simulated, sigmas * dots.error, fmt=marker, color=color, mfc=face, **style
        )
