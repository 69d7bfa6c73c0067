"""Our own picture: eight definitions of collapse, seven ways of retraining, three families."""

import math
import textwrap

import jax
import numpy as np
from scipy.stats import norm

from ..analysis.definitions import FALSE_ALARM, list_definitions, quantities_of
from ..engine.simulate import simulate
from ..families import Categorical, Gaussian, Poisson
from ..quantities import significance
from ..quantities.estimates import Estimate
from ..quantities.significance import allowed_sigmas, deviations
from ..recursion import Recursion
from ..workflows import Accumulate, AccumulateSubsample, Anchor, Refresh, Replace, Window
from .panels import exact_law, panel, panel_of_law
from .registry import Comparison, register

N, LAST = 16, 40
FAMILIES = {
    "Gaussian": (Gaussian(ddof=0), Gaussian.params(0.7, 1.7)),
    "Categorical": (Categorical(), Categorical.params([0.3, 0.25, 0.2, 0.13, *[0.01] * 12])),
    "Poisson": (Poisson(), Poisson().params(0.4)),
}
SCENARIOS = {
    "replace": lambda n: {"workflow": Replace(), "n": n},
    "window of 3": lambda n: {"workflow": Window(3), "n": n},
    "growing n": lambda n: {"workflow": Replace(), "n": n * np.arange(1, LAST + 1)},
    "subsample": lambda n: {"workflow": AccumulateSubsample(), "n": n},
    "accumulate": lambda n: {"workflow": Accumulate(), "n": n},
    "anchor": lambda n: {"workflow": Anchor(), "n": n},
    "refresh": lambda n: {"workflow": Refresh(), "n": n, "fresh": n},
}
PARTS = ("law", "simulated", "error", "resolved")
WARM, COOL, NEUTRAL = "#b5402f", "#2f6f8f", "#f3efe6"
LEGEND = (
    "warm: collapse by this definition; cool: none; dashed: undecided.  Bold: exact law, with a "
    "dot where simulation agrees (hollow: too few replicas for the mean, X: it differs, none: not "
    "simulated); plain: simulated; ·: no number.  n = {n}, T = {last} fits."
)


def _color(value, threshold, rises):
    """Warm beyond the threshold, cool on this side of it; full at a factor of four."""
    from matplotlib.colors import LinearSegmentedColormap

    side = math.log(max(value, 1e-3) / threshold) * (1 if rises else -1)
    scale = LinearSegmentedColormap.from_list(
        "collapse", [COOL, "#a9c9d6", NEUTRAL, "#e6b39a", WARM]
    )
    return scale(0.5 + 0.5 * math.copysign(min(0.15 + abs(side) / math.log(4), 1.0), side))


def _cell(axis, x, y, here, definition):
    """Draw one statistic: the law's number in bold where there is a law, else the simulated one."""
    from matplotlib.patches import FancyBboxPatch

    exact, simulated, error = float(here.law), float(here.simulated), float(here.error)
    known = np.isfinite(exact)
    value = exact if known else simulated
    if not np.isfinite(value):
        axis.text(x, y, "·", ha="center", va="center", color="0.7", fontsize=11)
        return
    allowed = allowed_sigmas(1, FALSE_ALARM) * error
    undecided = not known and abs(value - definition.threshold) <= allowed
    face = "0.93" if undecided else _color(value, definition.threshold, definition.rises)
    edge = {"ec": "0.6" if undecided else "none", "ls": (0, (2, 1.5)), "lw": 0.8}
    box = "round,pad=0,rounding_size=0.12"
    axis.add_patch(FancyBboxPatch((x - 0.42, y - 0.4), 0.84, 0.8, boxstyle=box, fc=face, **edge))
    # White ink where the luminance of the box is low.
    dark = not undecided and np.dot(face[:3], [0.3, 0.59, 0.11]) < 0.55
    ink, weight = "white" if dark else "0.15", "bold" if known else "normal"
    label = f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 4.95 else f"{value:.2f}"
    axis.text(x, y, label, ha="center", va="center", color=ink, fontsize=8, weight=weight)
    if known and np.isfinite(simulated):
        agrees = abs(simulated - exact) <= allowed + 1e-4 * abs(exact)
        marker, size = ("o", 2.4) if agrees or not here.resolved else ("X", 6)
        inside = ink if here.resolved else "none"
        axis.plot(x + 0.31, y - 0.28, marker, ms=size, color=ink, mfc=inside, mew=0.6)


def draw(data):
    import matplotlib.pyplot as plt

    families = data.family.values
    drawn, axes = plt.subplots(1, len(families), figsize=(13.2, 4.9), sharey=True, squeeze=False)
    for axis, family in zip(axes[0], families, strict=True):
        axis.set_title(family, fontsize=11, pad=62)
        _draw_family(axis, data.sel(family=family))
    label = "\n".join(textwrap.wrap(LEGEND.format(n=int(data.n), last=int(data.generations)), 150))
    drawn.text(0.5, -0.015, label, ha="center", va="top", fontsize=8.5, color="0.3")
    drawn.tight_layout(w_pad=1.2)
    return drawn


def _draw_family(axis, here):
    every, columns, rows = list_definitions(), here.scenario.values, here.definition.values
    for x, scenario in enumerate(columns):
        for y, name in enumerate(rows):
            _cell(axis, x, y, here.sel(scenario=scenario, definition=name), every[name])
    axis.set(xlim=(-0.55, len(columns) - 0.45), ylim=(len(rows) - 0.45, -0.55))
    axis.xaxis.tick_top()
    axis.set_xticks(range(len(columns)), columns, rotation=40, ha="left", fontsize=8.5)
    axis.set_yticks(range(len(rows)), [_rule(every[name]) for name in rows], fontsize=8.5)
    axis.tick_params(length=0)
    axis.grid(False)
    axis.spines[:].set_visible(False)


def _rule(definition):
    sign, name = ">" if definition.rises else "<", definition.name.replace("-", " ")
    return f"{name}\n${definition.symbol}$ {sign} {definition.threshold:.3g}"


def _panels(recursions, quantities, replicas):
    """Panels of every quantity at both sizes; the law alone where nothing is simulated."""
    t = np.arange(LAST + 1)
    if not replicas:
        return {
            quantity: [
                panel_of_law(str(quantity), t, exact_law(quantity, each, t)) for each in recursions
            ]
            for quantity in quantities
        }
    metrics = tuple(dict.fromkeys(quantity.metric for quantity in quantities))
    runs = [
        simulate(jax.random.key(0), each, generations=LAST, replicas=replicas, observe=metrics)
        for each in recursions
    ]
    return {quantity: [panel(run, quantity) for run in runs] for quantity in quantities}


def _statistics(family, recursions, replicas):
    """Rows (law, simulated, error, resolved) of all definitions for one scenario of one family."""
    panels = _panels(recursions, quantities_of(family), replicas)
    for definition in list_definitions().values():
        quantity, row = definition.quantity(family), [np.nan] * 4
        if quantity is not None:
            scales = panels[quantity][: len(definition.scales)]
            if all(np.all(np.isfinite(each.law)) for each in scales):
                row[0] = definition.find([each.law for each in scales]).statistic
            if replicas:
                found = definition.find(
                    [each.simulated for each in scales], [each.error for each in scales]
                )
                # The last fit, which every statistic looks at, has the rarest replicas.
                resolved = all(each.resolved[-1] for each in scales)
                row[1:] = found.statistic, found.error, float(resolved)
        yield row


def _comparison(what, law, simulated, error, resolved):
    """The row of one statistic; its error is a bound, so the p-value is one too."""
    if not resolved:
        return Comparison(what, None, law, simulated, error, None, "not resolved")
    z = float(deviations(Estimate(np.array([simulated]), np.array([error]), 0), law)[0])
    p = float(2 * norm.sf(z))
    verdict = "agrees" if p > significance.FALSE_ALARM else "differs"
    return Comparison(what, None, law, simulated, error, p, verdict)


@register(
    "definitions",
    "eight definitions of collapse, seven ways of retraining, three families: "
    "which says yes to what",
    "the definitions of Schaeffer et al., arXiv 2503.03150; statistics and thresholds are ours",
    draw,
)
def compute(quick: bool):
    """Laws of all cells; simulations of all, or of the Gaussian ones alone in the quick form."""
    import xarray as xr

    found, comparisons = [], []
    for index, (name, (family, truth)) in enumerate(FAMILIES.items()):
        for scenario, configured in SCENARIOS.items():
            recursions = [
                Recursion(family, truth=truth, **configured(scale * N)) for scale in (1, 2)
            ]
            sampled = recursions[0].workflow.selection.selects
            replicas = (200 if sampled else 2000) if quick else (4000 if sampled else 20_000)
            rows = list(_statistics(family, recursions, 0 if quick and index else replicas))
            found.append(rows)
            comparisons += [
                _comparison(f"{definition}, {name}, {scenario}", *row)
                for definition, row in zip(list_definitions(), rows, strict=True)
                if np.all(np.isfinite(row))
            ]
    coordinates = {
        "family": list(FAMILIES),
        "scenario": list(SCENARIOS),
        "definition": list(list_definitions()),
    }
    whole = np.reshape(found, (*map(len, coordinates.values()), len(PARTS)))
    data = {part: (tuple(coordinates), whole[..., k]) for k, part in enumerate(PARTS)}
    return xr.Dataset(data | {"n": ((), N), "generations": ((), LAST)}, coordinates), comparisons
